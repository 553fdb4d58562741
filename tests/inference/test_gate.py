"""What is exported answers as its weights do, or is not written."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from helpers.scripts import ROOT, load_script
from onnx import helper

from counterframe.errors import ExportRefusedError, UsageError
from counterframe.inference import gate
from counterframe.inference.classifier import Classifier
from counterframe.inference.engines import Precision
from counterframe.inference.export import export
from counterframe.inference.gate import LIMITS, Fidelity, Limits, check_graph, own_sentences
from counterframe.models.checkpoint import Checkpoint

SAME = Fidelity(count=9, shift=0.0, largest=0.0, sentences=1.0, decisions=1.0, sources=1.0, farthest=0.0)
TEXT = "Minister Vell denied siege near harbour bridge valley people again."


def _command(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "counterframe", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def int8(tiny_model: Path, tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model, exported in int8 by the command."""
    folder = tmp_path_factory.mktemp("exported")
    done = _command("export", tiny_model, "--out", folder / "int8", "--precision", "int8", "--data", tiny_data)
    assert done.returncode == 0, done.stderr
    assert "246 sentences: " in done.stdout and "written: " in done.stdout
    assert [path.name for path in folder.iterdir()] == ["int8"]
    return folder / "int8"


def _damage(folder: Path, output: str = "frame_logits") -> None:
    """Have the graph of a folder turn an output's sign."""
    path = folder / "model.onnx"
    proto = onnx.load(str(path), load_external_data=False)
    for node in proto.graph.node:
        for place, name in enumerate(node.output):
            if name == output:
                node.output[place] = "right"
    proto.graph.node.append(helper.make_node("Neg", ["right"], [output]))
    path.write_bytes(proto.SerializeToString())


def test_the_graph_of_a_trained_model_passes(tiny_model: Path) -> None:
    found = check_graph(Checkpoint.load(tiny_model))
    assert found.count > 200
    assert found.sentences == found.decisions == 1.0
    assert 0 < found.largest < 1e-3  # two engines never agree to the last digit


@pytest.mark.parametrize("output", ["frame_logits", "stance_logits"])
def test_a_graph_that_answers_otherwise_is_refused(tiny_model: Path, tmp_path: Path, output: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_model, folder)
    _damage(folder, output)
    with pytest.raises(ExportRefusedError, match=r"does not answer as the weights .*: .*\(at least"):
        check_graph(Checkpoint.load(folder), [TEXT] * 3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shift": 0.1}, "probabilities differ by 0.1 on average"),
        ({"shift": math.nan}, "probabilities differ by nan"),
        ({"sentences": 0.9}, "90.0% of the sentences keep their labels"),
        ({"decisions": 0.9}, "90.00% of the decisions"),
    ],
)
def test_each_limit_is_kept(change: dict[str, float], said: str) -> None:
    for limits in LIMITS.values():
        assert SAME.problem(limits) is None
        assert said in str(replace(SAME, **change).problem(limits))


def test_two_sets_of_answers_are_compared_by_the_thresholds_of_the_first(tiny_model: Path) -> None:
    classifier = Classifier.load(tiny_model, device="cpu")
    texts = [TEXT, "Marchers again.", "The envoy discussed dialogue."]
    first = gate.predicted(classifier.score(texts), classifier.calibration, classifier.codebook)
    moved = first.frame_scores.copy()
    moved[1, 0] = 1 - moved[1, 0]
    assert (moved[1, 0] >= first.thresholds[0]) != (first.frame_scores[1, 0] >= first.thresholds[0])
    found = gate.compare(first, replace(first, frame_scores=moved, thresholds=np.ones(3, dtype=np.float32)))
    assert (found.sentences, found.decisions, found.sources) == (2 / 3, 8 / 9, 1.0)
    assert found.farthest == pytest.approx(abs(float(first.frame_scores[1, 0] - first.thresholds[0])))


def test_the_sentences_to_compare_on_come_from_all_of_the_corpus() -> None:
    texts = own_sentences(100)
    assert 90 <= len(texts) <= 100 and len(set(texts)) == len(texts)
    assert own_sentences(100) == texts
    assert own_sentences(10) != texts[:10]  # not the beginning of the first file


def _answers(model: Path, precision: Precision | None = None) -> list[dict[str, object]]:
    return [one.to_dict() for one in Classifier.load(model, device="cpu", precision=precision).classify_text(TEXT)]


def test_an_exported_folder_answers_as_the_model(tiny_model: Path, tmp_path: Path) -> None:
    found = export(tiny_model, tmp_path / "out")
    assert found.problem(LIMITS["float32"]) is None
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {path.name for path in tiny_model.iterdir()}
    assert _answers(tmp_path / "out") == _answers(tiny_model)


def test_a_folder_in_int8_answers_as_the_model_does_in_int8(tiny_model: Path, int8: Path) -> None:
    exported = Classifier.load(int8)
    assert exported.engine.precision == "int8"
    assert exported.name == f"{Checkpoint.load(tiny_model).name}+int8"
    assert _answers(int8) == _answers(tiny_model, "int8")
    assert "> **Exported in int8.**" in (int8 / "README.md").read_text(encoding="utf-8")
    assert not (int8 / "metrics.json").exists()  # they are those of the other precision


def test_a_folder_in_int8_is_no_float32_model(int8: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exported in int8"):
        Classifier.load(int8, precision="float32")
    with pytest.raises(UsageError, match="exported in int8"):
        export(int8, tmp_path / "again")


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_what_disagrees_is_not_written_and_nothing_is_left(
    tiny_model: Path, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, precision: Precision
) -> None:
    def wrong(model: object, folder: Path) -> Path:
        shutil.copy(tiny_model / "model.onnx", folder)
        _damage(folder)
        return folder / "model.onnx"

    monkeypatch.setattr("counterframe.models.export.export_onnx", wrong)
    with pytest.raises(ExportRefusedError, match=f"{precision} graph does not answer"):
        export(tiny_model, tmp_path / "out", precision=precision, data=[tiny_data])  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_taken_is_left_alone(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        export(tiny_model, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_training_ends_with_the_gate(
    tiny_data: Path,
    codebook_file: Path,
    tiny_settings: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from counterframe.training.config import load_train_config
    from counterframe.training.run import train

    monkeypatch.setitem(LIMITS, "float32", Limits(shift=-1.0, sentences=0.0, decisions=0.0))
    settings = [*tiny_settings, "optimisation.epochs=1"]
    with pytest.raises(ExportRefusedError, match="float32 graph"):
        train(
            [tiny_data],
            tmp_path / "model",
            codebook=codebook_file,
            config=load_train_config(None, settings),
            device="cpu",
            say=lambda line: None,
        )
    assert not (tmp_path / "model" / "config.json").exists()


def test_classify_with_the_folder_and_with_the_option(tiny_model: Path, int8: Path, tmp_path: Path) -> None:
    (tmp_path / "release.txt").write_text(TEXT)
    both = (["--model", int8], ["--model", tiny_model, "--precision", "int8"])
    for number, chosen in enumerate(both):
        out = tmp_path / f"{number}.jsonl"
        assert _command("classify", tmp_path / "release.txt", "--out", out, *chosen).returncode == 0
        assert json.loads(out.read_text())["model"].endswith("+int8")
    assert (tmp_path / "0.jsonl").read_bytes() == (tmp_path / "1.jsonl").read_bytes()
    refused = _command("export", tiny_model, "--out", tmp_path / "half", "--precision", "float16")
    assert refused.returncode == 2 and "float32 or int8" in refused.stderr


def test_the_benchmarks_run(
    tiny_model: Path, tiny_data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["precision.py", "--model", str(tiny_model), "--data", str(tiny_data), "--texts"])
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--precision", "float32", "int8", "--parts"])
    load_script("benchmarks/precision.py").main()
    printed = capsys.readouterr().out
    assert "float32: sentences that keep all labels ≥ 99.5% met" in printed
    rows = [line.split("|")[1].strip() for line in printed.splitlines() if line.startswith("|")]
    assert rows[2:5] == ["float32 (onnxruntime)", "float32", "int8"] and len(rows) == 5 + 4


def test_the_benchmark_of_the_cold_start_runs(tiny_model: Path) -> None:
    # By a process of its own: a child's peak of memory is at least what its parent had when it was started.
    command = [sys.executable, str(ROOT / "benchmarks" / "startup.py"), "--model", str(tiny_model), "--runs", "1"]
    printed = subprocess.run([*command, "--imports"], capture_output=True, text=True, check=True).stdout
    assert "median of 1 cold starts" in printed and "within 350 MB: met" in printed
    assert "counterframe" in printed.partition("importing")[2]
