"""Whether scores mean what they say: calibration error, Brier score and the bins of a reliability diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bootstrap import Array, Bootstrap, Counts, ratio
from .figure import Figure
from .judged import Judged

__all__ = ["BINS", "Bin", "Calibrated", "CalibrationFigures", "calibration_figures"]

#: Equal-width bins of the score between 0 and 1.
BINS = 10


@dataclass(frozen=True)
class Bin:
    """The scores between two bounds.

    Attributes:
        confidence: Their mean.
        share: How often what they promise is so.
    """

    low: float
    high: float
    count: int
    confidence: float
    share: Figure

    def to_dict(self) -> dict[str, Any]:
        """Return the bin as JSON."""
        numbers = {"low": self.low, "high": self.high, "count": self.count, "confidence": round(self.confidence, 4)}
        return numbers | {"share": self.share.to_dict()}


@dataclass(frozen=True)
class Calibrated:
    """Figures of one kind of score.

    Attributes:
        ece: Expected calibration error: mean distance between confidence and share over the bins, each by its count.
        brier: Mean squared distance between scores and truth; for stances, summed over the stances (0 to 2).
        bins: Those that hold a score.
    """

    ece: Figure
    brier: Figure
    bins: Sequence[Bin]


@dataclass(frozen=True)
class CalibrationFigures:
    """Calibration of a model.

    Attributes:
        frames: All scores of frames, one for each sentence and frame.
        stances: The score of the most probable stance of each gold frame whose stance is known.
        by_frame: As ``frames``, for each frame id.
    """

    frames: Calibrated
    stances: Calibrated
    by_frame: Mapping[str, Calibrated]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON."""

        def errors(found: Calibrated) -> dict[str, Any]:
            return {"ece": found.ece.to_dict(), "brier": found.brier.to_dict()}

        both = {"frames": self.frames, "stances": self.stances}
        return {
            **{name: errors(found) | {"bins": [one.to_dict() for one in found.bins]} for name, found in both.items()},
            "by_frame": {frame: errors(found) for frame, found in self.by_frame.items()},
        }


def calibration_figures(judged: Judged, *, rounds: int = 1000, seed: int = 0) -> CalibrationFigures | None:
    """Return how well calibrated a model is, or None where its scores are not its own."""
    gold, predicted = judged.gold, judged.predicted
    if predicted.decided is not None and not predicted.decided.scored:
        return None
    frames = _binned(predicted.frame_scores, gold.frames, (predicted.frame_scores - gold.frames) ** 2)
    known = gold.stances >= 0
    top = predicted.stance_scores.max(-1)
    truth = np.eye(predicted.stance_scores.shape[-1])[np.maximum(gold.stances, 0)]
    distance = ((predicted.stance_scores - truth) ** 2).sum(-1)
    stances = _binned(top, predicted.stance_scores.argmax(-1) == gold.stances, distance, known)
    counts = {"frames": frames, "stances": stances.sum(1, keepdims=True)}  # (N, F or 1, BINS, 4)
    sample = Bootstrap(counts, gold.groups, rounds=rounds, seed=seed)
    return CalibrationFigures(
        frames=_figures(sample, "frames", None),
        stances=_figures(sample, "stances", None),
        by_frame={frame: _figures(sample, "frames", column) for column, frame in enumerate(judged.codebook.frame_ids)},
    )


def _binned(
    scores: NDArray[np.floating],
    right: NDArray[np.bool_],
    distance: NDArray[np.floating],
    known: NDArray[np.bool_] | None = None,
) -> Array:
    """Return, for each sentence, frame and bin: how many scores, their sum, how many are right, squared distances."""
    counts = np.zeros((*scores.shape, BINS, 4))
    rows, columns = np.nonzero(np.ones_like(right) if known is None else known)
    place = np.minimum((scores[rows, columns].astype(np.float64) * BINS).astype(np.int64), BINS - 1)
    counts[rows, columns, place, 0] = 1
    counts[rows, columns, place, 1] = scores[rows, columns]
    counts[rows, columns, place, 2] = right[rows, columns]
    counts[rows, columns, place, 3] = distance[rows, columns]
    return counts


def _figures(sample: Bootstrap, name: str, column: int | None) -> Calibrated:
    def held(counts: Counts) -> Array:
        """Return (R, BINS, 4) of one frame, or of all."""
        return counts[name].sum(1) if column is None else counts[name][:, column]

    def size(counts: Counts) -> Array:
        return np.asarray(held(counts)[:, :, 0].sum(-1))

    def error(counts: Counts) -> Array:
        bins = held(counts)
        return ratio(np.abs(bins[:, :, 1] - bins[:, :, 2]).sum(-1), size(counts))

    def share(number: int, part: int) -> Figure:
        return sample.figure(
            lambda counts: ratio(held(counts)[:, number, part], held(counts)[:, number, 0]),
            lambda counts: held(counts)[:, number, 0],
            whole=lambda counts: held(counts)[:, number, 0],
        )

    def one(number: int) -> Bin:
        confidence = sample.total(lambda counts: ratio(held(counts)[:, number, 1], held(counts)[:, number, 0]))
        found = share(number, 2)
        return Bin(number / BINS, (number + 1) / BINS, found.support, confidence, found)

    bins = [one(number) for number in range(BINS)] if column is None else []
    return Calibrated(
        ece=sample.figure(error, size, corrected=False),
        brier=sample.figure(lambda counts: ratio(held(counts)[:, :, 3].sum(-1), size(counts)), size),
        bins=[found for found in bins if found.count],
    )
