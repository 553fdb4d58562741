"""Average precision under the weights of bootstrap rounds. It does not add up over sentences."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bootstrap import Array, Bootstrap, Spread

__all__ = ["RankedFrames", "average_precision"]


class RankedFrames:
    """Average precision of each frame in the whole set, in each round, and with each lot of groups left out.

    Args:
        sample: The groups and their rounds.
        scores: (N, F), score of each frame.
        gold: (N, F) bool, whether the frame is there.
    """

    def __init__(self, sample: Bootstrap, scores: NDArray[np.floating], gold: NDArray[np.bool_]) -> None:
        self._groups = sample.groups
        ranks = [_Ranks(scores[:, column], gold[:, column], sample.index) for column in range(gold.shape[1])]
        self._value = _stack(ranks, np.ones((1, sample.groups)))[0]
        blocks = [_stack(ranks, draws) for draws in sample.draws(max(len(scores), 1))]
        self._rounds = np.concatenate(blocks) if blocks else None
        self._left = None
        if blocks:
            lots = sample.lots
            others = (np.arange(lots.max() + 1)[:, None] != lots).astype(np.float64)
            step = max(1, 4_000_000 // max(len(scores), 1))
            self._left = np.concatenate([_stack(ranks, others[i : i + step]) for i in range(0, len(others), step)])

    def of(self, column: int) -> Spread:
        """Return the average precision of one frame."""
        return Spread(
            float(self._value[column]),
            None if self._rounds is None else self._rounds[:, column],
            None if self._left is None else self._left[:, column],
            self._groups,
        )

    def mean(self) -> Spread:
        """Return the mean over the frames that occur in the gold labels."""
        occurs = ~np.isnan(self._value)
        if not occurs.any():
            return Spread(float("nan"), None, None, self._groups)

        def over(values: Array) -> Array:
            kept = values[:, occurs]
            counted = (~np.isnan(kept)).sum(1)
            return np.asarray(np.where(counted > 0, np.nansum(kept, axis=1) / np.maximum(counted, 1), np.nan))

        return Spread(
            float(over(self._value[None])[0]),
            None if self._rounds is None else over(self._rounds),
            None if self._left is None else over(self._left),
            self._groups,
        )


def average_precision(scores: NDArray[np.floating], gold: NDArray[np.bool_], weights: Array) -> Array:
    """Return the average precision (R,) under sentence weights (R, N); sentences of one score count as one step.

    That is scikit-learn's ``average_precision_score`` with ``sample_weight``; NaN where nothing that is there weighs.
    """
    return _Ranks(scores, gold, np.arange(len(scores))).average(weights)


class _Ranks:
    """One frame's sentences by falling score, cut where a score at which the frame is there ends."""

    def __init__(self, scores: NDArray[np.floating], gold: NDArray[np.bool_], groups: NDArray[np.int64]) -> None:
        order = np.argsort(-scores, kind="stable")
        # Ties are one step of the curve. Steps without a positive change nothing, so only the others are ends.
        step = np.cumsum(np.r_[True, scores[order][1:] != scores[order][:-1]])[: len(order)]
        there = gold[order]
        steps, self._tp_begins = np.unique(step[there], return_index=True)
        ends = np.searchsorted(step, steps, side="right")  # first place behind each step
        self._begins = np.r_[0, ends[:-1]].astype(np.int64)
        self._seen = groups[order[: ends[-1] if len(ends) else 0]]
        self._there = groups[order[there]]

    def average(self, weights: Array) -> Array:
        """Return the average precision (R,) under weights (R, G) of groups."""
        if not len(self._there):
            return np.full(len(weights), np.nan)
        seen = np.cumsum(np.add.reduceat(weights[:, self._seen], self._begins, axis=1), axis=1)
        gain = np.add.reduceat(weights[:, self._there], self._tp_begins, axis=1)
        right = np.cumsum(gain, axis=1)
        area = (gain * right / np.maximum(seen, 1e-12)).sum(1)
        whole = right[:, -1]
        return np.asarray(np.where(whole > 0, area / np.maximum(whole, 1e-12), np.nan), dtype=np.float64)


def _stack(ranks: list[_Ranks], weights: Array) -> Array:
    return np.stack([rank.average(weights) for rank in ranks], axis=1)
