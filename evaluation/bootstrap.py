"""Figures with bootstrap intervals that resample events or documents, not sentences.

Every figure is a function of counts that add up over sentences. So the counts are summed once for each group,
and a bootstrap round is a weighted sum of those: 1,000 rounds are one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEW_GROUPS", "Array", "Bootstrap", "Counts", "Figure", "f1", "ratio"]

Array = NDArray[np.float64]

#: Counts by name; the first axis is that of sentences, groups or bootstrap rounds.
Counts = dict[str, Array]

#: Below so many groups a bootstrap interval is too narrow to be trusted.
FEW_GROUPS = 30

#: Numbers drawn at once: where each sentence is a group of its own, all rounds would fill the memory.
_DRAWN_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Figure:
    """One figure with its 95 % interval.

    Attributes:
        value: The figure, or None where there is nothing to measure it on.
        support: How many sentences, pairs or spans of the gold labels it stands on.
    """

    value: float | None
    low: float | None
    high: float | None
    support: int

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as JSON."""
        return {
            name: None if number is None else round(number, 4)
            for name, number in (("value", self.value), ("low", self.low), ("high", self.high))
        } | {"support": self.support}


class Bootstrap:
    """Counts of N sentences, resampled by group.

    Args:
        counts: Arrays (N, …) of what adds up over sentences.
        groups: Event or document of each sentence.
        rounds: Bootstrap rounds; 0, or a single group, leaves the intervals empty.
        seed: Seed of the resampling.

    Attributes:
        groups: Number of independent groups.
    """

    def __init__(self, counts: Mapping[str, Array], groups: Sequence[str], *, rounds: int, seed: int) -> None:
        names, index = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
        self.groups = len(names)
        grouped = {key: _sum_by(index, value, len(names)) for key, value in counts.items()}
        self._total = {key: value.sum(0, keepdims=True) for key, value in grouped.items()}
        self._rounds = _resample(grouped, len(names), rounds, seed) if rounds and len(names) > 1 else None

    def figure(self, function: Callable[[Counts], Array], support: Callable[[Counts], Array]) -> Figure:
        """Return a figure with its interval.

        Args:
            function: From counts (R, …) to the figure (R,) of each round; NaN where there is nothing to measure.
            support: From counts (R, …) to how many cases it stands on (R,).
        """
        value, size = float(function(self._total)[0]), round(float(support(self._total)[0]))
        if np.isnan(value):
            return Figure(None, None, None, size)
        if self._rounds is None:
            return Figure(value, None, None, size)
        spread = function(self._rounds)
        if np.isnan(spread).all():
            return Figure(value, None, None, size)
        low, high = np.nanpercentile(spread, [2.5, 97.5])
        return Figure(value, float(low), float(high), size)

    def spread(self, function: Callable[[Counts], Array]) -> tuple[Array, Array]:
        """Return the lower and upper ends of the 95 % intervals of many figures at once; NaN where there is none.

        Args:
            function: From counts (R, …) to the figures (R, K) of each round; NaN where there is nothing to measure.
        """
        if self._rounds is None:
            nothing = np.full(function(self._total).shape[1:], np.nan)
            return nothing, nothing.copy()
        values = function(self._rounds)
        measured = ~np.isnan(values).any(axis=1)  # a round may have drawn only documents without a sentence
        if not measured.any():
            nothing = np.full(values.shape[1:], np.nan)
            return nothing, nothing.copy()
        low, high = np.percentile(values[measured], [2.5, 97.5], axis=0)
        return low, high


def ratio(part: Array, whole: Array) -> Array:
    """Return part / whole, NaN where the whole is 0."""
    return np.asarray(np.where(whole > 0, part / np.maximum(whole, 1e-12), np.nan), dtype=np.float64)


def f1(tp: Array, found: Array, gold: Array) -> Array:
    """Return F1 of what was found against what was to be found; NaN where there is neither."""
    return ratio(2 * tp, found + gold)


def _resample(grouped: Counts, groups: int, rounds: int, seed: int) -> Counts:
    """Return the counts of each bootstrap round."""
    rng = np.random.default_rng(seed)
    shares = np.full(groups, 1 / groups)
    blocks = []
    step = max(1, _DRAWN_AT_ONCE // groups)
    for begin in range(0, rounds, step):
        draws = rng.multinomial(groups, shares, size=min(step, rounds - begin)).astype(np.float64)
        blocks.append({key: np.tensordot(draws, value, axes=1) for key, value in grouped.items()})
    return {key: np.concatenate([block[key] for block in blocks]) for key in grouped}


def _sum_by(index: NDArray[np.int64], values: Array, size: int) -> Array:
    summed = np.zeros((size, *values.shape[1:]))
    np.add.at(summed, index, values)
    return summed
