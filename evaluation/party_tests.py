"""Whether scores move when the names of one party leave a sentence: tests with clusters, corrected by Holm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .bootstrap import Array

__all__ = ["MIN_SENTENCES", "PartyTest", "clustered_p", "holm", "party_tests"]

#: A party is tested only from so many distinct sentences on.
MIN_SENTENCES = 200


@dataclass(frozen=True)
class PartyTest:
    """How the score of one frame moves where the names of one party are swapped.

    Attributes:
        event: Event of the party; empty for a swap list.
        sentences: Distinct sentences that name the party.
        shift: Mean of the score after the swap minus the score before.
        p: Probability of so large a shift by chance, sentences of one document taken as one.
        p_adjusted: The same, corrected for the number of all tests.
    """

    event: str
    party: str
    frame: str
    sentences: int
    shift: float
    p: float
    p_adjusted: float

    def to_dict(self) -> dict[str, Any]:
        """Return the test as JSON."""
        numbers = {"shift": round(self.shift, 6), "p": self.p, "p_adjusted": self.p_adjusted}
        return {
            "event": self.event,
            "party": self.party,
            "frame": self.frame,
            "sentences": self.sentences,
            **numbers,
        }


def party_tests(
    shifts: Array,
    rows: NDArray[np.int64],
    documents: Sequence[str],
    parties: Sequence[Sequence[tuple[str, str]]],
    frames: Sequence[str],
) -> tuple[list[PartyTest], int]:
    """Test each party that is named in enough sentences and in more than one document, and count the others.

    Args:
        shifts: (P, F), score after minus score before.
        rows: (P,), sentence of each pair.
        documents: Document of each pair.
        parties: Event and party of the names swapped in each pair.
        frames: Ids of the F frames.
    """
    named: dict[tuple[str, str], list[int]] = defaultdict(list)
    for pair, present in enumerate(parties):
        for key in present:
            named[key].append(pair)
    found = []
    small = 0
    for (event, party), members in sorted(named.items()):
        sentences = len(np.unique(rows[members]))
        clusters = [documents[pair] for pair in members]
        if sentences < MIN_SENTENCES or len(set(clusters)) < 2:
            small += 1
            continue
        for column, frame in enumerate(frames):
            moved = shifts[members, column]
            found.append((event, party, frame, sentences, float(moved.mean()), clustered_p(moved, clusters)))
    adjusted = holm([entry[-1] for entry in found])
    return [PartyTest(*entry, p_adjusted=value) for entry, value in zip(found, adjusted, strict=True)], small


def clustered_p(values: Array, clusters: Sequence[str]) -> float:
    """Return the two-sided p-value of a mean of 0, where the values of one cluster hang together.

    A t-test on the sums of the residuals of the clusters (the "sandwich" for a mean), with one degree of freedom less
    than there are clusters. One value in each cluster makes it the usual t-test.
    """
    _, index = np.unique(np.array(clusters, dtype=object).astype(str), return_inverse=True)
    count = int(index.max()) + 1
    if count < 2:
        raise ValueError("one cluster alone says nothing of chance")
    mean = float(values.mean())
    sums = np.bincount(index, weights=values - mean, minlength=count)
    error = float(np.sqrt((sums**2).sum() * count / (count - 1))) / len(values)
    if error == 0:
        return 1.0 if mean == 0 else 0.0
    return float(2 * stats.t.sf(abs(mean) / error, count - 1))


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values corrected for their number (Holm 1979)."""
    adjusted = [0.0] * len(values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        highest = max(highest, min(1.0, values[index] * (len(values) - rank)))
        adjusted[index] = highest
    return adjusted
