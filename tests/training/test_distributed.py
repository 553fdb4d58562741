"""Several processes take the same code: two on a CPU stand in for two GPUs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from counterframe.inference.classifier import Classifier


def test_two_processes_train_one_model(
    tmp_path: Path, tiny_data: Path, codebook_file: Path, tiny_settings: list[str]
) -> None:
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2"]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no", "-m", "counterframe"]
    settings = [part for setting in [*tiny_settings, "optimisation.epochs=3"] for part in ("--set", setting)]
    train = ["train", "--data", tiny_data, "--codebook", codebook_file, "--out", tmp_path / "model", "--device", "cpu"]
    done = subprocess.run(
        [*launch, *map(str, train), *settings],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "model" / "config.json").is_file()
    assert not (tmp_path / "model" / ".training").exists()
    # One process speaks and writes for both.
    assert done.stderr.count("expected time") == 1
    assert done.stdout.count("pair F1 (frame and stance)") == 1
    # The folder is complete and whole.
    (result,) = Classifier.load(tmp_path / "model", device="cpu").classify_text("Minister Vell denied the siege.")
    assert result.model.startswith("model@")
