"""How often an answer of a model was right on held-out sentences, by how probable the model thought it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Answers", "PrecisionCurve", "lower_bound"]

#: Normal quantile of a one-sided bound that holds four times in five. ``benchmarks/calibration.py`` compares: the plain
#: share misses the target on other sentences most of the time, a stricter bound leaves few answers.
_QUANTILE = 0.8416

#: The answers of all labels weigh as much as so many of a label's own, else a label that was lucky a few times promises
#: most. Chosen by the same script.
_POOLED = 25.0

_Array = NDArray[np.float64]
_Bools = NDArray[np.bool_]


def lower_bound(right: _Array, answered: _Array) -> _Array:
    """Return Wilson's lower bound, one-sided at 80 %, of the precision behind *right* of *answered* answers (≥ 1)."""
    share, square = right / answered, _QUANTILE**2
    centre = share + square / (2 * answered)
    spread = _QUANTILE * np.sqrt(share * (1 - share) / answered + square / (4 * answered**2))
    return np.asarray(np.maximum((centre - spread) / (1 + square / answered), 0.0))


@dataclass(frozen=True)
class Answers:
    """Answers of one label, or of several, on held-out sentences.

    Attributes:
        scores: (N,), probability of each answer.
        right: (N,), whether it was right.
        weights: (N,), how often such a sentence stands in the texts to be read, against how often it was held out;
            None for as often. Weighted answers count as their effective number (Kish 1965), (Σ w)² / Σ w².
    """

    scores: _Array
    right: _Bools
    weights: _Array | None = None

    def ranked(self) -> tuple[_Array, _Array, _Array]:
        """Return the scores from the highest on, how many answers up to each were right, and how many there are."""
        order = np.argsort(-self.scores, kind="stable")
        weights = np.ones(len(order)) if self.weights is None else self.weights[order]
        weights = weights * (weights.sum() / max(float(np.square(weights).sum()), 1e-12))
        return self.scores[order], np.cumsum(weights * self.right[order]), np.cumsum(weights)


class PrecisionCurve(BaseModel):
    """From which score on answers of one label were right often enough; for every target that may be asked for.

    Attributes:
        answered: Number of held-out sentences with this answer.
        right: How many of them were right.
        steps: Pairs of a score and of the precision that answers from it on have at least, both rising. Scores between
            two steps promise no more than the lower one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    answered: int = Field(ge=0)
    right: int = Field(ge=0)
    steps: tuple[tuple[float, float], ...] = ()

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.right > self.answered:
            raise ValueError("more answers are right than there are")
        if any(low[0] >= high[0] or low[1] >= high[1] for low, high in pairwise(self.steps)):
            raise ValueError("the steps do not rise")
        if any(not 0 <= number <= 1 for step in self.steps for number in step):
            raise ValueError("a step holds a number that is no probability")
        return self

    @classmethod
    def of(cls, given: Answers, *, pool: Answers | None = None, support: float = _POOLED) -> PrecisionCurve:
        """Measure the answers of a label.

        The precision of the answers from a score on is taken at its lower bound.

        Args:
            given: The answers of the label.
            pool: Those of all labels together, to which the own share is drawn.
            support: Answers of its own that the pool weighs as much as.
        """
        if not len(given.scores):
            return cls(answered=0, right=0)
        ranked, rights, counts = given.ranked()
        if pool is not None:
            all_scores, all_rights, all_counts = pool.ranked()
            places = np.searchsorted(-all_scores, -ranked, side="right")  # where the pool is from each score on
            reached = np.append(0.0, all_counts)[places]
            share = np.append(0.0, all_rights)[places] / np.maximum(reached, 1e-12)
            # Never more than there are.
            borrowed = np.minimum(support, reached)
            rights, counts = rights + borrowed * share, counts + borrowed
        # A cut between equal scores would part what looks the same.
        last = np.append(ranked[1:] < ranked[:-1], True)
        bounds = lower_bound(rights[last], counts[last])
        steps: list[tuple[float, float]] = []
        for score, bound in zip(ranked[last][::-1].tolist(), bounds[::-1].tolist(), strict=True):
            # Rounded down: a step promises no more than was measured from its score on, and steps of a percent will do.
            step = (float(np.floor(score * 1e6) / 1e6), float(np.floor(bound * 100 + 1e-9) / 100))
            if step[1] > (steps[-1][1] if steps else 0.0) and (not steps or step[0] > steps[-1][0]):
                steps.append(step)
        return cls(answered=len(given.scores), right=int(given.right.sum()), steps=tuple(steps))

    def cut(self, target: float) -> float | None:
        """Return the lowest score from which on the precision is at least *target*; None where none is high enough."""
        return next((score for score, precision in self.steps if precision >= target), None)

    @property
    def highest(self) -> float:
        """The highest precision that any cut promises."""
        return self.steps[-1][1] if self.steps else 0.0
