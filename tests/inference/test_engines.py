"""Both engines give the same answers, and the CPU's imports no torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from counterframe.data.types import Release, Sentence
from counterframe.errors import CheckpointError
from counterframe.inference.classifier import Classifier
from counterframe.inference.engines import OnnxEngine, TorchEngine
from counterframe.inference.predict import predicted
from counterframe.models.checkpoint import Checkpoint, default_model

TEXTS = [
    "Minister Vell denied siege near harbour bridge valley people again.",
    "Marchers again.",
    "The envoy discussed dialogue with the people of the valley on Monday, " * 12,
    "Ünïcode – “quotes”, 4,700 vehicles; No. 10 (p.m.)",
    "x",
]


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


def test_classify_on_a_cpu_imports_neither_torch_nor_transformers(tiny_model: Path) -> None:
    code = (
        "import sys; from counterframe import Classifier;"
        f"Classifier.load({str(tiny_model)!r}, device='cpu').classify_text({TEXTS[0]!r});"
        "print(sorted({'torch', 'transformers', 'datasets', 'sklearn', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_with_a_damaged_graph_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "copy"
    shutil.copytree(tiny_model, folder)
    (folder / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(CheckpointError, match=r"model\.onnx or model\.safetensors"):
        Classifier.load(folder, device="cpu")
