"""The contest: how much of each telling takes up each frame in which stance, and how far the tellings are apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...data.codebook import Codebook
from .intervals import shares
from .tellings import Telling

__all__ = ["FIRM", "Counted", "contest", "distance", "left_out"]

#: Sentences on each side from which a contest does not hang on a single reading of the model.
FIRM = 2

_Counts = NDArray[np.float64]


class Counted:
    """What was found in each telling.

    Attributes:
        documents: For each telling sentences by document, frame and stance (D, F, S), the unsure ones left out.
        counts: Sentences by telling, frame and stance (T, F, S), the unsure ones left out.
        quoted: Of these, sentences that name a source (T, F, S); known for primary frames alone.
        unsure: Unsure sentences by telling and frame that may hold the frame (T, F).
        sizes: Sentences of each telling (T,).
    """

    def __init__(self, tellings: Sequence[Telling], codebook: Codebook) -> None:
        shape = (len(tellings), len(codebook.frames), len(codebook.stances))
        self.documents = [
            np.array([document.counts(codebook) for document in telling.documents]).reshape(-1, *shape[1:])
            for telling in tellings
        ]
        self.counts = np.array([documents.sum(0) for documents in self.documents]).reshape(shape)
        self.sizes = np.array([telling.sentences for telling in tellings], dtype=np.float64)
        self.quoted = np.zeros(shape)
        self.unsure = np.zeros(shape[:2])
        for index, telling in enumerate(tellings):
            for _, sentence in telling.told():
                if sentence.unsure:
                    self.unsure[index, [frame for frame, _ in sentence.pairs]] += 1
                elif sentence.pairs and sentence.source is not None:
                    self.quoted[(index, *sentence.pairs[0])] += 1


def distance(first: _Counts, second: _Counts) -> float:
    """Return the total variation distance of two distributions over stances: 0 for the same, 1 for nothing shared.

    Args:
        first: Share of the sentences of a telling in each stance (S,); the rest does not take the frame up.
        second: The same of another telling.
    """
    rest = abs(first.sum() - second.sum())
    return float(np.abs(first - second).sum() + rest) / 2


def contest(tellings: Sequence[Telling], codebook: Codebook, counted: Counted) -> list[dict[str, Any]]:
    """Return one row a frame, those first on which the tellings are farthest apart; else as in the codebook."""
    stances = codebook.stance_ids
    figures = [
        shares(
            list(documents.reshape(len(documents), -1)),
            [len(document.sentences) for document in telling.documents],
        )
        for telling, documents in zip(tellings, counted.documents, strict=True)
    ]
    rows = []
    for frame, name in enumerate(codebook.frames):
        apart, between = _farthest(counted, frame)
        cells = {
            telling.id: {
                stance: {
                    "count": int(counted.counts[index, frame, place]),
                    "share": figures[index][frame * len(stances) + place].to_dict(),
                    "quoted": int(counted.quoted[index, frame, place]),
                }
                for place, stance in enumerate(stances)
            }
            for index, telling in enumerate(tellings)
        }
        row = {"frame": name, "distance": round(apart, 6), "between": [tellings[index].id for index in between]}
        rows.append(row | _sides(tellings, counted.counts[:, frame]) | {"cells": cells})
    return sorted(rows, key=lambda row: -row["distance"])


def _farthest(counted: Counted, frame: int) -> tuple[float, tuple[int, ...]]:
    """Return the largest distance of two tellings on a frame, and which they are."""
    told = np.flatnonzero(counted.sizes)
    portions = counted.counts[:, frame] / np.maximum(counted.sizes, 1)[:, None]
    best: float = 0.0
    between: tuple[int, ...] = ()
    for first, second in combinations(told.tolist(), 2):
        apart = distance(portions[first], portions[second])
        if apart > best + 1e-12:
            best, between = apart, (first, second)
    return best, between


def _sides(tellings: Sequence[Telling], counts: _Counts) -> dict[str, Any]:
    """Return who asserts a frame, who rejects it and who is silent on it, by the place of the stances (T, S)."""
    asserted = counts[:, 0]
    rejected = counts[:, 1] if counts.shape[1] > 1 else np.zeros(len(tellings))

    def ids(chosen: NDArray[np.bool_]) -> list[str]:
        return [telling.id for telling, taken in zip(tellings, chosen, strict=True) if taken]

    mostly = (asserted >= FIRM) & (asserted > rejected), (rejected >= FIRM) & (rejected > asserted)
    return {
        "contested": _two_sides(asserted > 0, rejected > 0),
        "firm": _two_sides(*mostly),
        "rejected_only": bool(rejected.any() and not asserted.any()),
        "asserted_by": ids(asserted > 0),
        "rejected_by": ids(rejected > 0),
        "absent_from": ids(counts.sum(1) == 0),
    }


def _two_sides(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> bool:
    """Return whether one telling is in *first* and another one in *second*."""
    return bool(first.any() and second.any() and (first | second).sum() > 1)


def left_out(tellings: Sequence[Telling], codebook: Codebook, counted: Counted) -> list[dict[str, Any]]:
    """Return the frames that others take up and a telling never does, nor rejects; first what most others tell."""
    # To reject a frame is not to tell it: where it is only denied, silence leaves nothing out.
    telling_it = counted.counts[:, :, [stance != 1 for stance in range(counted.counts.shape[2])]].sum(2)  # (T, F)
    rows = []
    for index, telling in enumerate(tellings):
        for frame, name in enumerate(codebook.frames):
            others = [other for other in range(len(tellings)) if other != index and telling_it[other, frame]]
            if others and not counted.counts[index, frame].any() and telling.sentences:
                rows.append(
                    {
                        "telling": telling.id,
                        "frame": name,
                        "told_by": [tellings[other].id for other in others],
                        "sentences": int(telling_it[others, frame].sum()),
                        "unsure": int(counted.unsure[index, frame]),
                    }
                )
    return sorted(rows, key=lambda row: (-len(row["told_by"]), -row["sentences"]))
