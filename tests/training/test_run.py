"""A whole training run on the tiny corpus, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from counterframe.errors import UsageError
from counterframe.training.config import load_train_config
from counterframe.training.run import train


def test_a_run_learns_and_leaves_a_complete_folder(tiny_model: Path) -> None:
    names = {path.name for path in tiny_model.iterdir()}
    assert {
        "README.md",
        "baseline.json",
        "calibration.json",
        "codebook.yaml",
        "config.json",
        "metrics.json",
        "model.onnx",
        "model.safetensors",
        "split.json",
        "tokenizer.json",
        "train.yaml",
    } <= names
    assert not any(name.startswith(".") for name in names)
    metrics = json.loads((tiny_model / "metrics.json").read_text())
    assert metrics["overall"]["pair_f1"]["value"] > 0.9
    assert metrics["overall"]["source_exact_f1"]["value"] > 0.8
    assert metrics["baselines"]["majority"]["overall"]["pair_f1"]["value"] < 0.5
    assert metrics["model"].startswith("tiny@")
