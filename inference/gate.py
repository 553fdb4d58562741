"""Does a graph answer as the model it was made from? What does not is not written, and so never used.

Compared are calibrated probabilities and the labels that follow from them. Two ways to compute never agree to the last
digit; what a threshold lies between changes. So the gate bounds how far probabilities move, and how many sentences get
other labels.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np

from ..errors import ExportRefusedError
from ..evaluation.judged import Predicted
from ..models.checkpoint import Checkpoint
from .classifier import Classifier
from .engines import Engine, OnnxEngine, Precision, TorchEngine
from .predict import predicted

__all__ = ["LIMITS", "Fidelity", "Limits", "check_graph", "compare", "own_sentences"]


@dataclass(frozen=True)
class Limits:
    """What a graph must keep to.

    Attributes:
        shift: Largest mean change of the probability of a frame.
        sentences: Smallest share of sentences all of whose labels (frames with their stances) are the same.
        decisions: Smallest share of decisions (a sentence and a frame: absent, or present with its stance).
    """

    shift: float
    sentences: float
    decisions: float


#: The one place where it stands what may be written. float32 differs by rounding alone. The bounds of the others lie
#: above what was measured on held-out sentences (``benchmarks/precision.py``) and far below what a fault does.
LIMITS: dict[Precision, Limits] = {
    "float32": Limits(shift=1e-4, sentences=0.995, decisions=0.999),
    "float16": Limits(shift=1e-3, sentences=0.985, decisions=0.998),
    "bfloat16": Limits(shift=0.005, sentences=0.95, decisions=0.99),
    "int8": Limits(shift=0.005, sentences=0.95, decisions=0.99),
}

#: Texts that real sentences rarely are and inputs are now and then.
_ODD = ("x", "…", "1,234.5 %", "NO NAME AT ALL", "Ünïcode – “quotes”; No. 10 (p.m.)", "the road was closed " * 90)
_SENTENCES = 250


@dataclass(frozen=True)
class Fidelity:
    """How far two ways to compute the same model agree.

    Attributes:
        count: Sentences that were compared.
        shift: Mean change of the probability of a frame.
        largest: Largest change of it.
        sentences: Share of sentences all of whose labels are the same.
        decisions: Share of decisions that are the same: of each sentence and frame, absent or present with its stance.
        sources: Share of sentences with the same source.
        farthest: How far from its threshold a frame's probability was at most where the other found it and the original
            did not, or the other way round.
    """

    count: int
    shift: float
    largest: float
    sentences: float
    decisions: float
    sources: float
    farthest: float

    def problem(self, limits: Limits) -> str | None:
        """Say what is beyond *limits*, or None."""
        found = []
        # Written so that a NaN is a problem, too.
        if not self.shift <= limits.shift:
            found.append(f"probabilities differ by {self.shift:.2g} on average (at most {limits.shift:g})")
        if not self.sentences >= limits.sentences:
            found.append(f"{self.sentences:.1%} of the sentences keep their labels (at least {limits.sentences:.1%})")
        if not self.decisions >= limits.decisions:
            found.append(f"{self.decisions:.2%} of the decisions are the same (at least {limits.decisions:.1%})")
        return "; ".join(found) or None

    def to_text(self) -> str:
        """Return a line for people."""
        return (
            f"{self.count} sentences: {self.sentences:.1%} keep all labels, {self.decisions:.2%} of the decisions and"
            f" {self.sources:.1%} of the sources are the same; probabilities differ by {self.shift:.2g} on average, by"
            f" {self.largest:.2g} at most"
        )


def compare(original: Predicted, other: Predicted) -> Fidelity:
    """Compare two sets of answers to the same sentences, by the thresholds of the original."""
    labels = [
        np.where(one.frame_scores >= original.thresholds, one.stance_scores.argmax(axis=-1), -1)
        for one in (original, other)
    ]
    same = labels[0] == labels[1]  # (N, F)
    change = np.abs(original.frame_scores.astype(np.float64) - other.frame_scores)
    crossed = (labels[0] < 0) != (labels[1] < 0)
    distance = np.abs(original.frame_scores - original.thresholds)[crossed]
    return Fidelity(
        count=len(same),
        shift=float(change.mean()),
        largest=float(change.max()),
        sentences=float(same.all(axis=1).mean()),
        decisions=float(same.mean()),
        sources=float(np.mean([a == b for a, b in zip(original.sources, other.sources, strict=True)])),
        farthest=float(distance.max()) if distance.size else 0.0,
    )


def check_graph(checkpoint: Checkpoint, texts: Sequence[str] = (), *, engine: Engine | None = None) -> Fidelity:
    """Compare the graph of a model folder with its weights.

    Args:
        checkpoint: The model folder.
        texts: Sentences to compare on, beside some odd ones; those of the shipped corpus by default.
        engine: What is compared with torch in float32; the graph of the folder by default.

    Raises:
        ExportRefusedError: They disagree by more than ``LIMITS`` allow.
    """
    engine = engine or OnnxEngine(checkpoint)
    shown = [*(texts or own_sentences()), *_ODD]
    weights = TorchEngine(checkpoint, device="cpu")
    original, other = (
        predicted(Classifier(checkpoint, one).score(shown), checkpoint.calibration, checkpoint.codebook)
        for one in (weights, engine)
    )
    found = compare(original, other)
    problem = found.problem(LIMITS[engine.precision])
    if problem is not None:
        raise ExportRefusedError(
            f"the {engine.precision} graph does not answer as the weights of {checkpoint.folder} do, on {found.count}"
            f" sentences: {problem}; it was not written. Keep float32, or report the encoder and these figures"
        )
    return found


def own_sentences(count: int = _SENTENCES) -> list[str]:
    """Return about *count* sentences of the shipped corpus, from all of its authored files."""
    texts = []
    files = resources.files("counterframe.data") / "corpus"
    for file in sorted((file for file in files.iterdir() if file.name.endswith(".jsonl")), key=lambda file: file.name):
        for line in file.read_text(encoding="utf-8").splitlines():
            text = json.loads(line).get("text")
            if text:
                texts.append(text)
    return texts[:: max(1, len(texts) // count)][:count]
