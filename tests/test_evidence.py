"""The evidence words of the shipped model mean something: deleting them costs more than deleting others."""

from __future__ import annotations

import pytest
from helpers.scripts import ROOT, load_script

from counterframe import Classifier
from counterframe.models.checkpoint import default_model


@pytest.mark.skipif(not (default_model() / "config.json").is_file(), reason="no shipped model")
def test_deleting_the_evidence_lowers_the_score_more_than_deleting_random_words() -> None:
    benchmark = load_script("benchmarks/evidence.py")
    classifier = Classifier.load(device="cpu")
    sentences = benchmark.held_out_sentences(classifier, [ROOT / "data" / "corpus"])
    assert len(sentences) > 50
    falls = benchmark.measure_falls(classifier, sentences)
    mean, low, _ = falls.difference()
    assert mean > 0 and low > 0


def test_delete_cuts_spans_and_closes_the_gaps() -> None:
    assert load_script("benchmarks/evidence.py").delete("The long siege ended", [(4, 8), (15, 20)]) == "The siege"
