"""``make default-model``: what learns from what, without training anything."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from helpers.scripts import load_script

from counterframe.training.config import TrainConfig

script = load_script("scripts/default_model.py")


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Record each training run instead of doing it."""
    done: list[dict[str, Any]] = []

    def train(data: Sequence[Path], out: Path, *, config: TrainConfig, **_: object) -> None:
        done.append({"data": {path.name for path in data}, "out": str(out), "config": config})
        out.mkdir()
        (out / "config.json").write_text("{}")

    monkeypatch.chdir(script.ROOT)
    monkeypatch.setattr(script.counterframe, "train", train)
    monkeypatch.setattr(script, "fetch", lambda folder: None)
    monkeypatch.setattr(script, "write_unlabelled", lambda texts, file: None)
    monkeypatch.setattr(script, "recombine", lambda *_, **__: 0)
    return done


def test_both_steps_teach_with_a_teacher_of_the_same_sentences(runs: list[dict[str, Any]], tmp_path: Path) -> None:
    arguments = argparse.Namespace(texts=tmp_path, resume=False)
    script.train_both_steps(tmp_path / "default", arguments)
    before, first, teacher, last = runs
    assert script.LATER not in before["data"] | first["data"]
    assert {"land.jsonl", "real.jsonl"} <= before["data"] == first["data"]
    assert teacher["data"] == last["data"] == {"corpus"}
    assert first["config"].distillation.teachers == [before["out"]]
    assert last["config"].distillation.teachers == [teacher["out"]]
    assert teacher["config"].model.start_from == before["out"]
    assert last["config"].model.start_from == first["out"]
    assert last["out"] == str(tmp_path / "default")
    assert {run["config"].split.file for run in runs} == {"data/corpus/split.json"}
    # What is there is not trained again.
    script.train_both_steps(tmp_path / "default", arguments)
    assert len(runs) == 4
