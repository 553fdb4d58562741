"""A model that learns with names hidden answers alike whatever the names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from counterframe.errors import CheckpointError
from counterframe.inference.classifier import Classifier
from counterframe.models.checkpoint import WORDS_FILE, Checkpoint
from counterframe.training.config import load_train_config
from counterframe.training.run import train


@pytest.fixture(scope="module")
def model(
    tmp_path_factory: pytest.TempPathFactory, tiny_data: Path, codebook_file: Path, tiny_settings: list[str]
) -> Path:
    folder = tmp_path_factory.mktemp("models") / "hidden"
    settings = [*tiny_settings, "model.hide_names=true", "optimisation.epochs=2"]
    config = load_train_config(None, settings)
    train([tiny_data], folder, codebook=codebook_file, config=config, device="cpu", say=lambda line: None)
    return folder


def test_names_change_nothing(model: Path) -> None:
    texts = ["Minister Vell denied siege near Orvania.", "Idris al-Hannoud denied siege near Velmar."]
    first, second = Classifier.load(model, device="cpu").score(texts).frames
    assert np.array_equal(first, second)
    assert not np.array_equal(first, Classifier.load(model, device="cpu").score(["Vell denied marchers."]).frames[0])


def test_sources_and_evidence_stand_where_they_do_in_the_text(model: Path) -> None:
    text = "The envoy Idris al-Hannoud confirmed siege near Upper Velmar again."
    (result,) = Classifier.load(model, device="cpu").classify_text(text)
    places = [span for frame in result.frames for span in frame.evidence] + ([result.source] if result.source else [])
    words = {(at, at + len(word)) for word in text.rstrip(".").split() for at in [text.index(word)]}
    edges = {edge for span in words for edge in span} | {len(text)}
    assert all(edge in edges for span in places for edge in span), [text[start:end] for start, end in places]


def test_the_folder_tells_what_is_no_name(model: Path, tmp_path: Path) -> None:
    words = (model / WORDS_FILE).read_text(encoding="utf-8").split()
    assert "siege" in words and "vell" not in words and words == sorted(words)
    assert json.loads((model / "config.json").read_text())["name_sign"] == "[UNK]"
    name = Checkpoint.load(model).name
    (model / WORDS_FILE).write_text("siege\n", encoding="utf-8")
    assert Checkpoint.load(model).name != name, "another list is another model"
    (model / WORDS_FILE).rename(tmp_path / "kept")
    with pytest.raises(CheckpointError, match=r"words\.txt is missing"):
        Checkpoint.load(model)
    (tmp_path / "kept").rename(model / WORDS_FILE)
