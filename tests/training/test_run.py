"""A whole training run on the tiny corpus, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from counterframe.data.codebook import load_codebook
from counterframe.errors import UsageError
from counterframe.training.config import load_train_config
from counterframe.training.fit import takes_bfloat16
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


def test_a_run_that_was_cut_off_goes_on_exactly(
    tmp_path: Path, tiny_data: Path, codebook_file: Path, tiny_settings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.numpy import load_file
    from transformers import Trainer

    config = load_train_config(None, [*tiny_settings, "optimisation.epochs=4", "checkpoint.weights=float32"])

    def run(folder: Path, *, resume: bool = False) -> None:
        train([tiny_data], folder, codebook=codebook_file, config=config, device="cpu", resume=resume, say=_quiet)

    run(tmp_path / "whole")
    saved = Trainer._save_checkpoint
    calls = []

    def cut_off(self: Trainer, *args: object, **kwargs: object) -> None:
        saved(self, *args, **kwargs)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Trainer, "_save_checkpoint", cut_off)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "cut")
    with pytest.raises(UsageError, match="--resume"):
        run(tmp_path / "cut")
    assert not (tmp_path / "cut" / "config.json").exists()
    # Cut off once more, in the middle of writing what would have been the next state.
    half = tmp_path / "cut" / ".training" / "epochs" / "checkpoint-99999"
    half.mkdir()
    (half / "optimizer.pt").write_bytes(b"PK")
    run(tmp_path / "cut", resume=True)
    whole = load_file(tmp_path / "whole" / "model.safetensors")
    resumed = load_file(tmp_path / "cut" / "model.safetensors")
    assert whole.keys() == resumed.keys()
    assert all((whole[name] == resumed[name]).all() for name in whole)


def test_rates_of_stances_are_checked_before_anything_is_learnt_and_told_in_the_card(
    tmp_path: Path, tiny_data: Path, codebook_file: Path, tiny_settings: list[str]
) -> None:
    first, *others = load_codebook(codebook_file).stance_ids
    rates = {first: 1 - 0.1 * len(others)} | dict.fromkeys(others, 0.1)
    settings = [*tiny_settings, "optimisation.epochs=1", f"calibration.stance_rates={json.dumps(rates)}"]

    def run(*more: str) -> None:
        config = load_train_config(None, [*settings, *more])
        train([tiny_data], tmp_path / "out", codebook=codebook_file, config=config, device="cpu", say=_quiet)

    with pytest.raises(UsageError, match="no stance 'nonesuch'"):
        run("calibration.stance_rates.nonesuch=0.1")
    assert not (tmp_path / "out").exists()
    run()
    assert f"calibrated for texts that have them so often: {first} 0." in (tmp_path / "out" / "README.md").read_text()
    assert json.loads((tmp_path / "out" / "calibration.json").read_text())["stance_rates"] == pytest.approx(rates)


def test_a_run_in_bfloat16_leaves_a_model_that_computes_in_float32(
    tmp_path: Path, tiny_data: Path, codebook_file: Path, tiny_settings: list[str]
) -> None:
    if not takes_bfloat16("auto", "cpu"):
        pytest.skip("needs a CPU with instructions for bfloat16")
    settings = [*tiny_settings, "optimisation.epochs=1", "optimisation.precision=bfloat16"]
    # The export at the end refuses a graph that answers otherwise than the weights.
    train(
        [tiny_data],
        tmp_path / "out",
        codebook=codebook_file,
        config=load_train_config(None, settings),
        device="cpu",
        say=_quiet,
    )
    assert "on cpu in bfloat16" in (tmp_path / "out" / "README.md").read_text()


def test_a_processor_without_bfloat16_refuses_it_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cpu.get_capabilities", dict)
    assert not takes_bfloat16("auto", "cpu")
    with pytest.raises(UsageError, match="does not compute it fast"):
        takes_bfloat16("bfloat16", "cpu")


def test_a_run_with_other_data_cannot_be_resumed(
    tmp_path: Path, tiny_data: Path, codebook_file: Path, tiny_settings: list[str]
) -> None:
    state = tmp_path / "out" / ".training"
    state.mkdir(parents=True)
    (state / "run.json").write_text(
        json.dumps({"config": {"optimisation": {"epochs": 999}}, "codebook": "x", "data": "y"})
    )
    with pytest.raises(UsageError, match=r"config, codebook, data.* \(optimisation\.epochs was 999, is \d+\)"):
        train(
            [tiny_data],
            tmp_path / "out",
            codebook=codebook_file,
            config=load_train_config(None, tiny_settings),
            resume=True,
            device="cpu",
            say=_quiet,
        )


def test_a_folder_that_holds_something_is_left_alone(
    tmp_path: Path, tiny_data: Path, codebook_file: Path, tiny_settings: list[str]
) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        train(
            [tiny_data],
            tmp_path,
            codebook=codebook_file,
            config=load_train_config(None, tiny_settings),
            device="cpu",
            say=_quiet,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_the_expected_time_is_said_before_the_first_step(
    tmp_path: Path, tiny_data: Path, codebook_file: Path, tiny_settings: list[str]
) -> None:
    lines: list[str] = []
    train(
        [tiny_data],
        tmp_path / "out",
        codebook=codebook_file,
        config=load_train_config(None, [*tiny_settings, "optimisation.epochs=1"]),
        device="cpu",
        say=lines.append,
    )
    assert any(line.startswith("expected time: about") for line in lines)
    assert lines[0].startswith("device: cpu")


def test_a_missing_gpu_is_an_error_when_asked_for_by_name(tmp_path: Path, tiny_data: Path, codebook_file: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(UsageError, match="--device cuda"):
        train([tiny_data], tmp_path / "out", codebook=codebook_file, device="cuda", say=_quiet)
    assert not (tmp_path / "out").exists()


def _quiet(line: str) -> None:
    """Say nothing."""
