"""Calibrating a trained model anew."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from counterframe.errors import UsageError
from counterframe.models.calibration import Calibration
from counterframe.models.checkpoint import Checkpoint
from counterframe.training.recalibrate import recalibrate


@pytest.fixture
def aged(tiny_model: Path, tmp_path: Path) -> Path:
    """The tiny model with a calibration as older versions wrote it, and figures of another model."""
    folder = tmp_path / "aged"
    shutil.copytree(tiny_model, folder)
    old = {"frame_temperature": 1.0, "stance_temperature": 1.0, "source_margin": 0.0, "min_confidence": 0.5}
    old["thresholds"] = dict.fromkeys(Checkpoint.load(tiny_model).codebook.frame_ids, 0.01)
    (folder / "calibration.json").write_text(json.dumps(old))
    (folder / "metrics.json").write_text("{}")
    card = (folder / "README.md").read_text()
    figures = card.partition("## Figures")[2].partition("\n## ")[0]
    (folder / "README.md").write_text(card.replace(figures, "\n\nold figures\n"))
    return folder


def test_it_gives_what_training_gave(tiny_model: Path, aged: Path, tiny_data: Path) -> None:
    lines: list[str] = []
    evaluation = recalibrate(aged, [tiny_data], say=lines.append)
    for name in ("calibration.json", "README.md"):
        old, new = ((folder / name).read_text() for folder in (tiny_model, aged))
        assert new == old, name
    # Sentences come in another order than in training, by which nothing but the order of rows may differ.
    before, after = (json.loads((folder / "metrics.json").read_text()) for folder in (tiny_model, aged))
    assert [after[part] for part in ("overall", "frames", "stances")] == [
        before[part] for part in ("overall", "frames", "stances")
    ]
    assert evaluation is not None
    assert evaluation.model == Checkpoint.load(aged).name == Checkpoint.load(tiny_model).name
    (line,) = lines
    assert "to calibrate on" in line and "mind" not in line


def test_what_is_missing_is_said(aged: Path, tiny_data: Path, tmp_path: Path) -> None:
    records = [json.loads(line) for line in tiny_data.read_text().splitlines()]
    some = tmp_path / "some.jsonl"
    some.write_text("".join(json.dumps(record) + "\n" for record in records[:60]))
    lines: list[str] = []
    recalibrate(aged, [some], say=lines.append)
    assert any(line.startswith("mind:") and "of the dev part" in line for line in lines)
    none = tmp_path / "none.jsonl"
    new = [record | {"doc": "x", "text": f"new {n}", "source": None} for n, record in enumerate(records)]
    none.write_text("".join(json.dumps(record) + "\n" for record in new))
    before = (aged / "calibration.json").read_text()
    with pytest.raises(UsageError, match="held out to tune on"):
        recalibrate(aged, [none], say=lines.append)
    assert (aged / "calibration.json").read_text() == before


def test_rates_of_stances_stay_until_others_are_told(tiny_model: Path, aged: Path, tiny_data: Path) -> None:
    names = Checkpoint.load(aged).codebook.stance_ids
    rates = dict.fromkeys(names, 0.1) | {names[0]: 1 - 0.1 * (len(names) - 1)}
    recalibrate(aged, [tiny_data], stance_rates=rates, say=lambda line: None)
    told = Checkpoint.load(aged)
    assert told.calibration.stance_rates == pytest.approx(rates)
    assert max(told.calibration.stance_biases, key=told.calibration.stance_biases.__getitem__) == names[0]
    recalibrate(aged, [tiny_data], say=lambda line: None)
    assert Checkpoint.load(aged).name == told.name
    assert "that have them so often" in (aged / "README.md").read_text()
    recalibrate(aged, [tiny_data], stance_rates={}, say=lambda line: None)
    assert Checkpoint.load(aged).name == Checkpoint.load(tiny_model).name
    assert (aged / "README.md").read_text() == (tiny_model / "README.md").read_text()
    with pytest.raises(UsageError, match="name all stances"):
        recalibrate(aged, [tiny_data], stance_rates={names[0]: 1.0}, say=lambda line: None)


def test_training_stores_what_a_target_precision_needs(tiny_model: Path) -> None:
    calibration = Calibration.model_validate_json((tiny_model / "calibration.json").read_text())
    assert set(calibration.precision) == set(calibration.thresholds) == set(calibration.frame_biases)
    assert calibration.precision_without_frame is not None
    assert any(curve.answered for curve in calibration.precision.values())
