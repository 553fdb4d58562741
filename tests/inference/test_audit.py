"""The audit of a real model: what it is shown, what it refuses, what it is never shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from counterframe.data.changed import NameSwapper
from counterframe.data.labelled import read_labelled
from counterframe.data.party_names import load_swaps
from counterframe.data.types import Sentence
from counterframe.errors import InputError, UsageError
from counterframe.evaluation.report import Evaluation
from counterframe.inference.audit import audit, audit_sentences
from counterframe.inference.classifier import Classifier
from counterframe.inference.engines import Precision
from counterframe.inference.evaluate import evaluate
from counterframe.inference.predict import judge
from counterframe.inference.unseen import read_seen, unlearnt_sentences, unseen_sentences

SWAPS = """
parties:
  Orvania: {names: [Orvania], adjectives: [Orvanian], people: {Minister Vell: Vell}, swap: Tuvria}
  Tuvria: {names: [Tuvria], adjectives: [Tuvrian], people: {Minister Osk: Osk}}
"""


@pytest.fixture
def swaps(tmp_path: Path) -> Path:
    file = tmp_path / "swaps.yaml"
    file.write_text(SWAPS, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def classifier(tiny_model: Path) -> Classifier:
    return Classifier.load(tiny_model, device="cpu")


def test_the_audit_writes_both_files(tiny_model: Path, tiny_data: Path, swaps: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    found = audit(
        [tiny_data], tmp_path / "out", model=tiny_model, swaps=swaps, held_out=True, device="cpu", say=lines.append
    )
    content = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert content == json.loads(json.dumps(found.to_dict()))
    assert [swap["kind"] for swap in content["swaps"]] == ["parties", "unseen"]
    held = read_labelled([tiny_data], Classifier.load(tiny_model, device="cpu").codebook).sentences
    held = unseen_sentences(held, tiny_model, held_out=True)
    named = [item for item in held if "Orvania" in item.text or "Vell" in item.text]
    assert 0 < len(named) < len(held)
    assert [swap["sentences"] for swap in content["swaps"]] == [len(named)] * 2
    assert [swap["pairs"] for swap in content["swaps"]] == [len(named), 3 * len(named)]
    assert {look["name"] for look in content["robustness"]} == {
        "lower_case",
        "upper_case",
        "title_case",
        "typo",
        "no_full_stop",
        "boilerplate",
        "date",
    } - {"date"}
    assert (tmp_path / "out" / "audit.md").read_text(encoding="utf-8").startswith("# Neutrality audit")
    assert any("Each Word" in line for line in lines)


def test_an_audit_in_whole_numbers_goes_with_the_report_in_whole_numbers(
    tiny_model: Path, tiny_data: Path, swaps: Path, tmp_path: Path
) -> None:
    found = audit(
        [tiny_data],
        tmp_path / "out",
        model=tiny_model,
        swaps=swaps,
        held_out=True,
        draws=1,
        device="cpu",
        precision="int8",
    )
    assert found.model.endswith("+int8")

    def report(precision: Precision) -> Evaluation:
        file = tmp_path / "out" / "audit.json"
        return evaluate(
            [tiny_data], model=tiny_model, held_out=True, device="cpu", precision=precision, audit=file, rounds=0
        )

    assert report("int8").audit is not None
    with pytest.raises(InputError, match="audit this model"):
        report("float32")


def test_a_model_that_is_told_by_names_flips(tiny_model: Path, classifier: Classifier, tiny_data: Path) -> None:
    """The cue word of a frame, taken for a name: its swap must flip what the model says."""
    swaps = load_swaps("states")
    parties = {
        name: replace(swaps.parties["Fiji"], id=name, states=(name,), adjectives=(), towns=())
        for name in ("siege", "marchers")
    }
    cued = replace(swaps, parties=parties, becomes={"siege": "marchers", "marchers": "siege"})
    sentences = unseen_sentences(read_labelled([tiny_data], classifier.codebook).sentences, tiny_model, held_out=True)
    found = audit_sentences(classifier, sentences, NameSwapper(sentences, {}, cued), data=["x"])
    parties_swap = found.swaps[0]
    assert (parties_swap.flips["primary"].value or 0) > 0.5
    assert parties_swap.flipped and parties_swap.flipped[0].text != parties_swap.flipped[0].swapped
    assert (parties_swap.before["pair_f1"].value or 0) > (parties_swap.after["pair_f1"].value or 0) + 0.3
    assert not found.bars()[0].holds


def test_publishers_and_meta_are_never_input(
    classifier: Classifier, tiny_model: Path, tiny_data: Path, swaps: Path
) -> None:
    sentences = unseen_sentences(read_labelled([tiny_data], classifier.codebook).sentences, tiny_model, held_out=True)
    others = [
        replace(item, publisher=f"Siege marchers {number}", meta={"outlet": "denied siege", "side": "A"})
        for number, item in enumerate(sentences)
    ]
    first, second = judge(classifier, sentences).predicted, judge(classifier, others).predicted
    assert np.array_equal(first.frame_scores, second.frame_scores)
    assert np.array_equal(first.stance_scores, second.stance_scores)
    assert first.sources == second.sources
    listed = load_swaps(swaps)
    audits = [
        audit_sentences(classifier, items, NameSwapper(items, {}, listed), data=["x"]) for items in (sentences, others)
    ]
    assert audits[0].to_dict() == audits[1].to_dict()
    shown = [
        Sentence(doc="d", n=0, start=0, end=len(item.text), text=item.text, meta=meta)
        for item, meta in zip(sentences[:5] * 2, [{}] * 5 + [{"publisher": "Siege marchers"}] * 5, strict=True)
    ]
    results = [result.to_dict() for result in classifier.classify(shown)]
    for plain, named in zip(results[:5], results[5:], strict=True):
        assert {**plain, "meta": None} == {**named, "meta": None}


def test_what_was_learnt_from_is_refused(tiny_model: Path, tiny_data: Path, swaps: Path) -> None:
    with pytest.raises(UsageError, match="trained or tuned on; use --held-out"):
        audit([tiny_data], model=tiny_model, swaps=swaps, device="cpu")


def test_new_data_stays_beside_what_was_held_out(tiny_model: Path, classifier: Classifier, tiny_data: Path) -> None:
    labelled = read_labelled([tiny_data], classifier.codebook).sentences
    new = replace(labelled[0], id="new", doc="new", event="new", text="A wholly new sentence of more than six words.")
    test = unseen_sentences(labelled, tiny_model, held_out=True)
    assert unseen_sentences([*labelled, new], tiny_model, held_out=True) == test
    assert unlearnt_sentences([*labelled, new], tiny_model, held_out=True) == [*test, new]
    wider = unlearnt_sentences(labelled, tiny_model, held_out=True, tuned=True)
    assert len(test) < len(wider) < len(labelled)
    assert {item.id for item in test} < {item.id for item in wider}
    seen = read_seen(tiny_model)
    assert seen["train"] and seen["dev"]
    with pytest.raises(UsageError, match="none of these sentences was held out"):
        unlearnt_sentences([item for item in labelled if item not in wider], tiny_model, held_out=True)


def test_nobody_says_which_names_to_swap(tiny_model: Path, tiny_data: Path) -> None:
    with pytest.raises(UsageError, match=r"events\.json.*--swaps states"):
        audit([tiny_data], model=tiny_model, held_out=True, device="cpu")


def test_no_name_stands_in_the_data(tiny_model: Path, tiny_data: Path) -> None:
    with pytest.raises(UsageError, match="no name of"):
        audit([tiny_data], model=tiny_model, swaps="states", held_out=True, device="cpu")


def test_the_folder_is_a_file(tiny_model: Path, tiny_data: Path, swaps: Path) -> None:
    with pytest.raises(UsageError, match="is a file"):
        audit([tiny_data], swaps, model=tiny_model, swaps=swaps, held_out=True)
    with pytest.raises(UsageError, match="at least once"):
        audit([tiny_data], model=tiny_model, swaps=swaps, held_out=True, draws=0)
