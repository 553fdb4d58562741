"""How often answers are right if only those are taken of which the model is sure, and which labels it mixes up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bootstrap import Array, Bootstrap, Counts, f1, ratio
from .counts import pair_marks
from .figure import Figure
from .judged import Judged

__all__ = ["NO_FRAME", "CoveragePoint", "coverage_at", "coverage_curve", "frame_confusion", "right_answers"]

#: Stands for "no frame" in tables of frames.
NO_FRAME = "none"

#: Confidences at which the curve is drawn.
_CUTS = (*np.round(np.arange(0, 1, 0.05), 2).tolist(), 0.98, 0.99)


@dataclass(frozen=True)
class CoveragePoint:
    """What a user gets who takes the answers of this confidence or more.

    Attributes:
        min_confidence: The lowest confidence.
        answered: Share of the sentences that have an answer.
        precision: Share of these whose whole answer is right: the primary frame and its stance, or no frame.
        pair_f1: Pair F1 on these.
    """

    min_confidence: float
    answered: Figure
    precision: Figure
    pair_f1: Figure

    def to_dict(self) -> dict[str, Any]:
        """Return the point as JSON."""
        figures = {"answered": self.answered, "precision": self.precision, "pair_f1": self.pair_f1}
        return {"min_confidence": self.min_confidence} | {name: one.to_dict() for name, one in figures.items()}


def right_answers(judged: Judged) -> NDArray[np.bool_]:
    """Return (N,), where the whole answer is right. A stance that the data does not give cannot be wrong."""
    gold, predicted = judged.gold, judged.predicted
    rows, primary = np.arange(len(gold.texts)), gold.primary
    wanted, given = gold.stances[rows, primary], predicted.stances[rows, primary]
    right = (primary == predicted.primary) & ((primary < 0) | (wanted < 0) | (wanted == given))
    return np.asarray(right, dtype=bool)


def coverage_curve(judged: Judged, *, rounds: int = 1000, seed: int = 0) -> list[CoveragePoint]:
    """Return precision against coverage; empty where the scores are not the model's own."""
    if judged.predicted.decided is not None and not judged.predicted.decided.scored:
        return []
    confidence = judged.predicted.confidence
    answered = confidence[:, None] >= np.array(_CUTS)
    return _points(judged, answered, _CUTS, rounds, seed)


def coverage_at(judged: Judged, min_confidence: float, *, rounds: int = 1000, seed: int = 0) -> CoveragePoint:
    """Return precision and coverage at the model's own setting: where it did not abstain."""
    return _points(judged, ~judged.predicted.abstained[:, None], [min_confidence], rounds, seed)[0]


def frame_confusion(judged: Judged) -> tuple[list[str], NDArray[np.int64]]:
    """Return labels (frames, then none) and how often each gold primary frame (rows) is taken for each other."""
    labels = [*judged.codebook.frame_ids, NO_FRAME]
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(counts, (judged.gold.primary, judged.predicted.primary), 1)  # -1, none, is the last
    return labels, counts


def _points(
    judged: Judged, answered: NDArray[np.bool_], cuts: Sequence[float], rounds: int, seed: int
) -> list[CoveragePoint]:
    gold = judged.gold
    pairs = {name: marks.sum(1) for name, marks in pair_marks(judged).items()}
    counts: Counts = {name: value[:, None] * answered.astype(np.float64) for name, value in pairs.items()}
    counts |= {
        "one": np.ones(len(gold.texts)),
        "answered": answered.astype(np.float64),
        "right": (answered & right_answers(judged)[:, None]).astype(np.float64),
    }
    sample = Bootstrap(counts, gold.groups, rounds=rounds, seed=seed)

    def at(name: str, column: int) -> Any:
        return lambda counts: counts[name][:, column]

    def pair_f1(column: int) -> Any:
        def figure(counts: Counts) -> Array:
            return f1(*(counts[name][:, column] for name in ("tp", "found", "gold")))

        return figure

    def share(part: str, column: int) -> Any:
        return lambda counts: ratio(counts[part][:, column], counts["answered"][:, column])

    return [
        CoveragePoint(
            min_confidence=round(cut, 4),
            answered=sample.figure(
                lambda counts, column=column: ratio(counts["answered"][:, column], counts["one"]),  # type: ignore[misc]
                lambda counts: counts["one"],
                whole=lambda counts: counts["one"],
            ),
            precision=sample.figure(share("right", column), at("answered", column), whole=at("answered", column)),
            pair_f1=sample.figure(pair_f1(column), at("gold", column), whole=at("gold", column)),
        )
        for column, cut in enumerate(cuts)
    ]
