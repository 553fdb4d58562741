"""Shares of sentences with their 95 % intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..bootstrap import FEW_GROUPS, Array, Bootstrap, ratio
from ..figure import Figure
from ..wilson import wilson

__all__ = ["ROUNDS", "SEED", "explain", "shares"]

#: Bootstrap rounds of each telling, and their seed.
ROUNDS, SEED = 1000, 20


def shares(counts: Sequence[Array], sizes: Sequence[int], *, rounds: int = ROUNDS, seed: int = SEED) -> list[Figure]:
    """Return the shares of sentences in which something was found, for all documents of a telling together.

    Where there are several documents, they are resampled, and the interval is at least as wide as Wilson's over the
    sentences: a few documents that are alike, or none of which has what is counted, would feign certainty.

    Args:
        counts: For each document in how many of its sentences each of K things was found (K,).
        sizes: Sentences of each document.
        rounds: Bootstrap rounds.
        seed: Seed of the resampling.
    """
    found, size = np.asarray(counts, dtype=np.float64), np.asarray(sizes, dtype=np.float64)
    total, whole = found.sum(0), float(size.sum())
    if whole == 0:
        return [Figure(None, None, None, 0) for _ in total]
    low, high = wilson(total, whole)
    if len(size) > 1:
        names = [str(index) for index in range(len(size))]
        bootstrap = Bootstrap({"found": found, "size": size[:, None]}, names, rounds=rounds, seed=seed)
        ends = bootstrap.ends(lambda sums: ratio(sums["found"], sums["size"]))
        low, high = np.fmin(low, ends[0]), np.fmax(high, ends[1])
    values = total / whole
    return [
        Figure(float(value), float(first), float(last), round(whole))
        for value, first, last in zip(values, low, high, strict=True)
    ]


def explain(documents: Sequence[int]) -> str:
    """Return in words how the intervals are made for tellings of so many documents each."""
    parts = []
    if any(number == 1 for number in documents):
        parts.append(
            "Where a telling is one document, its interval is Wilson's over its sentences: it says what share other"
            " sentences by the same hand might have had. Sentences of one document are not independent, so it is rather"
            " too narrow"
        )
    if any(number > 1 for number in documents):
        few = (
            f"; with fewer than {FEW_GROUPS} documents it may still be too narrow"
            if min(documents) < FEW_GROUPS
            else ""
        )
        parts.append(
            f"Where a telling has several documents, they are resampled ({ROUNDS:,} bootstrap rounds), and the interval"
            f" is at least as wide as Wilson's over the sentences{few}"
        )
    parts.append(
        "Shares are of all sentences of a telling, so sentences that the model is unsure of count as sentences, but"
        " not as findings. What the model misreads is in no interval; its card says how often that happens"
    )
    return "95 % intervals. " + ". ".join(parts) + "."
