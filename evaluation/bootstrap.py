"""Figures with bootstrap intervals that resample events or documents, not sentences.

Most figures are functions of counts that add up over sentences. So the counts are summed once for each group, and a
bootstrap round is a weighted sum of those: 1,000 rounds are one matrix product. What does not add up (average
precision) is computed from the weights of the groups in each round; see :mod:`.ranking`.

Intervals are BCa intervals (Efron 1987: corrected for bias and for skewness), made wider as Student's t asks for with
few groups (Hesterberg 2015, "expanded"). Plain percentile intervals are too short for shares near 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from ..data.types import LabelledSentence
from .figure import Difference, Figure
from .wilson import widened

__all__ = ["FEW_GROUPS", "Array", "Bootstrap", "Counts", "Spread", "describe", "f1", "independent_groups", "ratio"]

Array = NDArray[np.float64]

#: Counts by name; the first axis is that of sentences, groups or bootstrap rounds.
Counts = dict[str, Array]

#: Below so many groups a bootstrap interval is too narrow to be trusted.
FEW_GROUPS = 30

#: Numbers drawn at once: where each sentence is a group of its own, all rounds would fill the memory.
_DRAWN_AT_ONCE = 4_000_000

#: The groups are left out in so many lots, at most, to see how skewed a figure is.
_LOTS = 200

#: Shares of the rounds nearer to 0 or 1 than this say nothing more of bias.
_MOST_BIAS = 2.0


@dataclass(frozen=True)
class Spread:
    """How a figure varies; NaN where there is nothing to measure it on.

    Attributes:
        value: The figure of the whole set.
        rounds: (R,), the figure of each bootstrap round; None without rounds.
        left: (J,), the figure when one lot of groups is left out.
        groups: Number of groups.
    """

    value: float
    rounds: Array | None
    left: Array | None
    groups: int

    def __sub__(self, other: Spread) -> Spread:
        """Return how the difference varies when both see the same groups in each round."""
        value = self.value - other.value
        if self.rounds is None or other.rounds is None or self.left is None or other.left is None:
            return Spread(value, None, None, self.groups)
        return Spread(value, self.rounds - other.rounds, self.left - other.left, self.groups)

    def figure(self, support: float, *, corrected: bool = True) -> Figure:
        """Return the figure with its interval.

        Args:
            support: How many cases it stands on.
            corrected: False leaves out the correction for bias and skewness. It is wrong for a sum of absolute
                values (the calibration error), which grows with any noise.
        """
        value, size = self.value, round(support)
        if np.isnan(value):
            return Figure(None, None, None, size)
        rounds = self._finite()
        if rounds is None:
            return Figure(value, None, None, size)
        bias, skew = self._bias_and_skew(rounds) if corrected else (0.0, 0.0)
        wide = bias + np.array([-1.0, 1.0]) * _widened(self.groups)
        levels = ndtr(bias + wide / np.maximum(1 - skew * wide, 0.1))
        low, high = np.quantile(rounds, levels)
        return Figure(value, float(low), float(high), size)

    def difference(self, support: float) -> Difference:
        """Return the figure as a difference, with the p-value of there being none."""
        figure, rounds = self.figure(support), self._finite()
        p = None if figure.value is None or rounds is None else self._p_value(rounds)
        return Difference(figure.value, figure.low, figure.high, figure.support, p)

    def _finite(self) -> Array | None:
        if self.rounds is None:
            return None
        rounds = self.rounds[np.isfinite(self.rounds)]
        return rounds if len(rounds) else None

    def _bias_and_skew(self, rounds: Array) -> tuple[float, float]:
        bias = float(np.clip(_quantile_of(self.value, rounds), -_MOST_BIAS, _MOST_BIAS))
        left = np.empty(0) if self.left is None else self.left[np.isfinite(self.left)]
        pull = left.mean() - left if len(left) else left
        spread = float((pull**2).sum())
        return bias, float((pull**3).sum()) / (6 * spread**1.5) if spread > 1e-20 else 0.0

    def _p_value(self, rounds: Array) -> float:
        """Return the level at which the interval of :meth:`figure` would just reach 0."""
        if not rounds.any():
            return 1.0
        bias, skew = self._bias_and_skew(rounds)
        reach = _quantile_of(0.0, rounds) - bias
        normal = reach / max(1 + skew * reach, 0.1) - bias
        tail = float(stdtr(self.groups - 1, -abs(normal) / _inflation(self.groups)))
        # That no round reaches 0 says so much and no more, and with few groups less: three that agree do so by chance
        # one time in four, so the tail of Student's t holds then too.
        return float(np.clip(2 * tail, 2 / (len(rounds) + 1), 1.0))


class Bootstrap:
    """Counts of N sentences, resampled by group.

    Args:
        counts: Arrays (N, …) of what adds up over sentences.
        groups: Event or document of each sentence.
        rounds: Bootstrap rounds; 0, or a single group, leaves the intervals empty.
        seed: Seed of the resampling. The same seed and groups draw the same rounds.

    Attributes:
        groups: Number of independent groups.
        index: (N,), group of each sentence.
    """

    def __init__(self, counts: Mapping[str, Array], groups: Sequence[str], *, rounds: int, seed: int) -> None:
        names, index = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
        self.groups = len(names)
        self.index: NDArray[np.int64] = index.astype(np.int64)
        self._drawn, self._seed = (rounds if len(names) > 1 else 0), seed
        grouped = {key: _sum_by(self.index, value, len(names)) for key, value in counts.items()}
        self._grouped = grouped
        self._total = {key: value.sum(0, keepdims=True) for key, value in grouped.items()}
        self._rounds = self._weigh(grouped) if self._drawn else None
        self._left = _leave_out(grouped, self.lots) if self._drawn else None

    @property
    def lots(self) -> NDArray[np.int64]:
        """(G,), the lot with which each group is left out."""
        return np.arange(self.groups) % min(self.groups, _LOTS)

    def draws(self, width: int) -> Iterator[Array]:
        """Yield, for some rounds at a time, how often each group was drawn (rounds, G); always the same.

        Args:
            width: Numbers that the caller holds for one round; bounds how many rounds come at once.
        """
        rng = np.random.default_rng(self._seed)
        step = max(1, _DRAWN_AT_ONCE // max(width, self.groups))
        for begin in range(0, self._drawn, step):
            size = min(step, self._drawn - begin)
            drawn = rng.integers(self.groups, size=(size, self.groups))
            drawn += np.arange(size)[:, None] * self.groups
            counted = np.bincount(drawn.ravel(), minlength=size * self.groups)
            yield counted.reshape(size, self.groups).astype(np.float64)

    def spread(self, function: Callable[[Counts], Array]) -> Spread:
        """Return how a figure varies, by its function from counts (R, …) to the figure (R,) of each round."""
        value = float(function(self._total)[0])
        if self._rounds is None or self._left is None:
            return Spread(value, None, None, self.groups)
        return Spread(value, function(self._rounds), function(self._left), self.groups)

    def total(self, function: Callable[[Counts], Array]) -> float:
        """Return a figure of the whole set alone."""
        return float(function(self._total)[0])

    def figure(
        self,
        function: Callable[[Counts], Array],
        support: Callable[[Counts], Array],
        *,
        corrected: bool = True,
        whole: Callable[[Counts], Array] | None = None,
    ) -> Figure:
        """Return a figure with its interval.

        Args:
            function: From counts (R, …) to the figure (R,) of each round; NaN where there is nothing to measure.
            support: From counts (R, …) to how many cases it stands on (R,).
            corrected: See :meth:`Spread.figure`.
            whole: For a share, from counts (R, …) to the cases of which it is one (R,). A share of 0 or 1 has an
                interval at least as wide as Wilson's on the groups that hold such a case.
        """
        figure = self.spread(function).figure(self.total(support), corrected=corrected)
        if whole is None or figure.low is None:
            return figure
        return widened(figure, min(float((whole(self._grouped) > 0).sum()), self.total(whole)))

    def ends(self, function: Callable[[Counts], Array]) -> tuple[Array, Array]:
        """Return the ends of the percentile intervals (95 %) of many figures at once; NaN where there is none.

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

    def _weigh(self, grouped: Counts) -> Counts:
        """Return the counts of each bootstrap round."""
        blocks = [
            {key: np.tensordot(draws, value, axes=1) for key, value in grouped.items()}
            for draws in self.draws(self.groups)
        ]
        return {key: np.concatenate([block[key] for block in blocks]) for key in grouped}


def independent_groups(sentences: Sequence[LabelledSentence]) -> list[str]:
    """Return what is resampled for each sentence: its event (else document); within a single event, its document."""
    several = len({item.event for item in sentences}) > 1
    return [item.event if several else item.doc for item in sentences]


def describe(rounds: int) -> str:
    """Return how intervals are made, in a sentence for people."""
    if not rounds:
        return "no intervals were asked for (0 rounds)"
    return (
        f"95 % bootstrap intervals (BCa, widened as Student's t), {rounds:,} rounds that resample whole events"
        " (documents where events are unknown, and within a single event); shares of 0 or 1 have Wilson's intervals"
        " over these, and the calibration error has percentile intervals"
    )


def ratio(part: Array, whole: Array) -> Array:
    """Return part / whole, NaN where the whole is 0."""
    return np.asarray(np.where(whole > 0, part / np.maximum(whole, 1e-12), np.nan), dtype=np.float64)


def f1(tp: Array, found: Array, gold: Array) -> Array:
    """Return F1 of what was found against what was to be found; NaN where there is neither."""
    return ratio(2 * tp, found + gold)


def _leave_out(grouped: Counts, lots: NDArray[np.int64]) -> Counts:
    """Return the counts of all but one lot of groups, for each lot."""
    return {key: value.sum(0) - _sum_by(lots, value, int(lots.max()) + 1) for key, value in grouped.items()}


def _sum_by(index: NDArray[np.int64], values: Array, size: int) -> Array:
    """Return the sums (size, …) of the rows with the same index."""
    summed = np.zeros((size, *values.shape[1:]))
    if len(values):
        order = np.argsort(index, kind="stable")
        present, begins = np.unique(index[order], return_index=True)
        summed[present] = np.add.reduceat(values[order], begins, axis=0)
    return summed


def _quantile_of(value: float, rounds: Array) -> float:
    """Return the normal quantile of the share of rounds below *value*; those that equal it count half."""
    # What is equal but for the order in which it was summed up is equal.
    margin = 1e-12 * max(1.0, abs(value))
    below = float((rounds < value - margin).sum()) + float((np.abs(rounds - value) <= margin).sum()) / 2
    return float(ndtri(np.clip(below / len(rounds), 1 / (len(rounds) + 1), len(rounds) / (len(rounds) + 1))))


def _inflation(groups: int) -> float:
    """Return by how much the spread of bootstrap rounds falls short of the spread between samples."""
    return float(np.sqrt(groups / (groups - 1)))


@lru_cache(maxsize=1024)
def _widened(groups: int) -> float:
    """Return the normal quantile at which an expanded 95 % interval of so many groups ends."""
    return float(stdtrit(groups - 1, 0.975)) * _inflation(groups)
