"""What a model folder must hold."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from counterframe.errors import CheckpointError
from counterframe.models.checkpoint import Checkpoint


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    shutil.copytree(tiny_model, folder)
    return folder


def test_the_name_tells_models_apart_and_survives_a_copy(tiny_model: Path, copy: Path) -> None:
    assert Checkpoint.load(tiny_model).name == Checkpoint.load(copy).name
    settings = json.loads((copy / "calibration.json").read_text())
    settings["thresholds"]["protest"] = 0.77
    (copy / "calibration.json").write_text(json.dumps(settings))
    assert Checkpoint.load(tiny_model).name != Checkpoint.load(copy).name


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no model folder"):
        Checkpoint.load(tmp_path / "nothing")


@pytest.mark.parametrize("name", ["config.json", "codebook.yaml", "calibration.json", "model.safetensors"])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(CheckpointError, match=name.replace(".", r"\.")):
        Checkpoint.load(copy)


def test_another_codebook_than_the_trained_one_is_refused(copy: Path) -> None:
    path = copy / "codebook.yaml"
    path.write_text(path.read_text().replace("marchers with a grievance", "somebody in a street"))
    with pytest.raises(CheckpointError, match="is not the codebook that the model was trained on"):
        Checkpoint.load(copy)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"thresholds": {"protest": 0.5}}, "one threshold for each frame"), ({"frame_temperature": 0}, "frame_temp")],
)
def test_a_wrong_calibration_is_refused(copy: Path, change: dict[str, object], message: str) -> None:
    path = copy / "calibration.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(CheckpointError, match=message):
        Checkpoint.load(copy)


def test_a_damaged_configuration_is_named(copy: Path) -> None:
    (copy / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match=r"config\.json cannot be read"):
        Checkpoint.load(copy)


@pytest.mark.parametrize("value", [None, "many", 0, 12.5, True])
def test_a_number_of_tokens_that_is_none_is_named(copy: Path, value: object) -> None:
    path = copy / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "max_tokens": value}))
    with pytest.raises(CheckpointError, match="'max_tokens' must be a whole number"):
        Checkpoint.load(copy)


def test_a_codebook_that_is_no_text_is_named(copy: Path) -> None:
    (copy / "codebook.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CheckpointError, match=r"codebook\.yaml cannot be read"):
        Checkpoint.load(copy)


def test_transformers_reads_the_folder(tiny_model: Path) -> None:
    from counterframe.models.network import CounterframeModel

    model = CounterframeModel.from_pretrained(tiny_model)
    assert model.config.frames == ["blockade", "protest", "peace_process"]


def test_the_folder_holds_no_pickle_and_no_path_of_the_machine(tiny_model: Path, tiny_encoder: Path) -> None:
    names = {path.suffix for path in tiny_model.iterdir()}
    assert names <= {".json", ".yaml", ".safetensors", ".onnx", ".md", ".txt"}
    for path in tiny_model.glob("*.json"):
        if path.name != "config.json":  # names the encoder as the user named it, here by its folder
            assert str(tiny_encoder) not in path.read_text(), path.name
    here = str(Path(__file__).resolve().parents[2]).encode()
    assert here not in (tiny_model / "model.onnx").read_bytes()
