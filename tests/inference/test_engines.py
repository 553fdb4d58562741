"""Both engines give the same answers, and the CPU's imports no torch."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from counterframe.data.types import Release, Sentence
from counterframe.errors import CheckpointError, UsageError
from counterframe.inference.classifier import Classifier
from counterframe.inference.engines import OnnxEngine, TorchEngine, check_precision, choose_engine
from counterframe.inference.gate import compare
from counterframe.inference.predict import predicted
from counterframe.models.checkpoint import Checkpoint, default_model

TEXTS = [
    "Minister Vell denied siege near harbour bridge valley people again.",
    "Marchers again.",
    "The envoy discussed dialogue with the people of the valley on Monday, " * 12,
    "Ünïcode – “quotes”, 4,700 vehicles; No. 10 (p.m.)",
    "x",
]

#: Each costs tenths of a second to seconds, or tens of megabytes, before the first label.
HEAVY = {"torch", "transformers", "datasets", "sklearn", "scipy", "pandas", "pyarrow", "onnx", "huggingface_hub", "ray"}
HEAVY |= {"trafilatura", "lxml", "pdfminer", "mammoth", "feedparser", "jinja2", "datasketch", "rich"}


def _agreement(folder: Path) -> None:
    checkpoint = Checkpoint.load(folder)
    engines = (OnnxEngine(checkpoint, workers=2), TorchEngine(checkpoint, device="cpu"))
    scores = [Classifier(checkpoint, engine).score(TEXTS * 7) for engine in engines]
    first, second = (predicted(one, checkpoint.calibration, checkpoint.codebook) for one in scores)
    np.testing.assert_allclose(first.frame_scores, second.frame_scores, atol=1e-4)
    np.testing.assert_allclose(first.stance_scores, second.stance_scores, atol=1e-4)
    assert first.sources == second.sources
    # The same sentence gets the same answer whatever stands beside it in the batch.
    np.testing.assert_allclose(first.frame_scores[:5], first.frame_scores[5:10], atol=1e-5)


def test_onnxruntime_and_torch_agree_on_the_tiny_model(tiny_model: Path) -> None:
    _agreement(tiny_model)


@pytest.mark.skipif(not (default_model() / "config.json").is_file(), reason="no shipped model")
def test_onnxruntime_and_torch_agree_on_the_shipped_model() -> None:
    _agreement(default_model())


@pytest.mark.parametrize(("precision", "near"), [("bfloat16", 0.1), ("float16", 0.02)])
def test_half_precision_differs_only_near_a_threshold(tiny_model: Path, precision: str, near: float) -> None:
    checkpoint = Checkpoint.load(tiny_model)
    engines = (OnnxEngine(checkpoint, workers=1), TorchEngine(checkpoint, device="cpu", precision=precision))  # type: ignore[arg-type]
    texts = [f"{text} {other}" for text in TEXTS for other in (*TEXTS, "Confirmed marchers.", "Dialogue again, siege.")]
    first, second = (
        predicted(Classifier(checkpoint, engine).score(texts), checkpoint.calibration, checkpoint.codebook)
        for engine in engines
    )
    found = compare(first, second)
    assert 0 < found.largest < 2 * near  # it is another precision, and the same model
    assert found.farthest < near
    assert np.isfinite(second.frame_scores).all()


def test_the_numbers_that_a_device_computes_in(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = Checkpoint.load(tiny_model)
    assert choose_engine(checkpoint, "cpu").precision == "float32"
    assert choose_engine(checkpoint, "auto", "int8").precision == "int8"
    with pytest.raises(UsageError, match="float16 is for GPUs"):
        choose_engine(checkpoint, "cpu", "float16")
    import counterframe.models.device as device

    monkeypatch.setattr(device, "torch_device", lambda name: ("cuda", "device: cuda"))
    with pytest.raises(UsageError, match="int8 is for CPUs"):
        choose_engine(checkpoint, "cuda", "int8")
    assert check_precision("auto") is None
    with pytest.raises(UsageError, match=r"no precision 'int4' \(did you mean 'int8'"):
        check_precision("int4")


def test_results_name_the_precision(tiny_model: Path) -> None:
    exact, rounded = (Classifier.load(tiny_model, device="cpu", precision=each) for each in (None, "int8"))
    assert exact.name == exact.checkpoint.name
    assert [result.model for result in rounded.classify_text(TEXTS[0])] == [f"{exact.name}+int8"]


def test_windows_of_the_callers_choice(tiny_model: Path) -> None:
    classifier = Classifier.load(tiny_model, device="cpu")
    classifier.engine.workers = 3
    sentences = [Sentence(doc="d", n=n, start=0, end=9, text=TEXTS[n % 5]) for n in range(40)]
    cut = [sentences[:3], [], sentences[3:31], sentences[31:]]
    found = list(classifier.classify_windows(cut))
    assert [[result.sentence for result in window] for window in found] == cut
    assert [result for window in found for result in window] == list(classifier.classify(sentences))


def test_a_stream_of_results_that_is_closed_leaves_no_threads(tiny_model: Path) -> None:
    classifier = Classifier.load(tiny_model, device="cpu")
    classifier.engine.workers = 3
    endless = (Sentence(doc="d", n=n, start=0, end=9, text=TEXTS[n % 2]) for n in itertools.count())
    results = classifier.classify(endless)
    assert next(results).sentence.n == 0
    results.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("counterframe")]


def test_results_come_in_order_and_boilerplate_is_not_read(tiny_model: Path) -> None:
    classifier = Classifier.load(tiny_model, device="cpu")
    sentences = [
        Sentence(
            doc="d", n=n, start=0, end=len(text), text=text, kind="boilerplate" if n % 7 == 3 else "body", meta={"n": n}
        )
        for n, text in enumerate(f"Minister Vell denied the siege {'again ' * (n % 11)}." for n in range(100))
    ]
    results = list(classifier.classify(iter(sentences)))
    assert [result.sentence.n for result in results] == list(range(100))
    assert all(result.primary is None for result in results if result.sentence.kind == "boilerplate")
    body = [result for result in results if result.sentence.kind == "body"]
    assert any(result.primary == "blockade" and result.stance == "rejects" for result in body)
    for result in body[::9]:  # alone, a sentence gets the answer that it got among others
        (alone,) = classifier.classify([result.sentence])
        assert (alone.primary, alone.stance, alone.source) == (result.primary, result.stance, result.source)


def test_offsets_of_evidence_and_source_point_into_the_release(tiny_model: Path) -> None:
    text = "A first line about nothing.\n\nMinister Vell denied siege near harbour bridge valley people again."
    results = list(Classifier.load(tiny_model, device="cpu").classify_releases([Release(doc="d", text=text)]))
    found = next(result for result in results if result.primary == "blockade")
    assert found.source is not None
    assert text[found.source[0] : found.source[1]] == "Minister Vell"
    words = [text[start:end] for frame in found.frames for start, end in frame.evidence]
    assert words and all(word in found.sentence.text for word in words)


def test_a_long_sentence_is_cut_and_says_so(tiny_model: Path) -> None:
    long = Sentence(doc="d", n=0, start=0, end=1, text="siege " * 500)
    short = Sentence(doc="d", n=1, start=0, end=1, text="siege")
    first, second = Classifier.load(tiny_model, device="cpu").classify([long, short])
    assert first.truncated and not second.truncated


def test_nothing_in_nothing_out(tiny_model: Path) -> None:
    classifier = Classifier.load(tiny_model, device="cpu")
    assert list(classifier.classify([])) == []
    assert classifier.score([]).frames.shape == (0, 3)


def test_the_command_imports_what_it_needs_alone(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "release.txt").write_text(TEXTS[0])
    code = (
        "import sys; from counterframe.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end\n"
        f"print('heavy', sorted({HEAVY} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "classify", "release.txt", "--out", "x.jsonl", "--model", str(tiny_model)]
    done = subprocess.run([*command, "--device", "cpu"], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "heavy []"
    assert (tmp_path / "x.jsonl").stat().st_size


def test_a_folder_with_a_damaged_graph_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(tiny_model, folder)
    (folder / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(CheckpointError, match=r"model\.onnx or model\.safetensors"):
        Classifier.load(folder, device="cpu")
