"""How often, and how far, the answers of a model change: from arrays to the figures of the audit.

What was changed, and how the model answers, is given. A pair is an original and a changed form of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..data.codebook import Codebook
from ..data.types import LabelledSentence
from .audit import FLIPS, Flipped, Looks, NameSwaps
from .bootstrap import Array, Bootstrap, Counts, independent_groups, ratio
from .figure import Figure
from .judged import Gold, Judged, Predicted
from .metrics import measure
from .party_tests import party_tests
from .slices import shown_name

__all__ = ["Pairs", "measure_looks", "measure_swaps"]

#: Scores are compared as results are written: what differs behind that is how a batch was filled up.
_DECIMALS = 6

#: So many flipped sentences are listed, and so many examples for each change of looks.
_LISTED, _EXAMPLES = 30, 3


@dataclass(frozen=True)
class Pairs:
    """Originals and their changed forms. P pairs of N sentences.

    Attributes:
        sentences: The N originals, with their gold labels.
        before: What the model says of them.
        rows: (P,), original of each pair.
        texts: The P changed texts.
        after: What the model says of these.
        codebook: Frames and stances of both.
        parties: Event and party of the names that were swapped, for each pair.
    """

    sentences: Sequence[LabelledSentence]
    before: Predicted
    rows: NDArray[np.int64]
    texts: Sequence[str]
    after: Predicted
    codebook: Codebook
    parties: Sequence[Sequence[tuple[str, str]]] = ()

    def originals(self) -> Predicted:
        """Return what the model says of the original of each pair."""
        rows = self.rows
        return replace(
            self.before,
            frame_scores=self.before.frame_scores[rows],
            stance_scores=self.before.stance_scores[rows],
            sources=tuple(self.before.sources[row] for row in rows),
        )

    @property
    def distinct(self) -> int:
        """Number of distinct sentences."""
        return len(np.unique(self.rows))

    @property
    def groups(self) -> list[str]:
        """Event, else document, of each pair; the document, where all are of one event."""
        return independent_groups([self.sentences[row] for row in self.rows])


def measure_swaps(
    kind: str, title: str, pairs: Pairs, *, with_text: bool = True, rounds: int = 1000, seed: int = 0
) -> NameSwaps:
    """Measure what changes with the names.

    Args:
        kind: ``parties`` or ``unseen``.
        title: The same for people.
        pairs: Originals and forms with other names.
        with_text: Show the sentences that flipped; else their ids alone.
        rounds: Bootstrap rounds.
        seed: Seed of the resampling.
    """
    frames = pairs.codebook.frame_ids
    before = pairs.originals()
    shifts = _shifts(before, pairs.after)
    sample = Bootstrap({"shift": shifts, "one": np.ones(len(shifts))}, pairs.groups, rounds=rounds, seed=seed)
    documents = [pairs.sentences[row].doc for row in pairs.rows]
    tests, small = party_tests(shifts, pairs.rows, documents, pairs.parties, frames)
    gold = Gold.of([pairs.sentences[row] for row in pairs.rows], pairs.codebook)
    return NameSwaps(
        kind=kind,
        title=title,
        sentences=pairs.distinct,
        pairs=len(pairs.rows),
        groups=len(set(pairs.groups)),
        flips=_flips(pairs, before, rounds, seed),
        shifts={frame: sample.figure(_mean_shift(column), _ones) for column, frame in enumerate(frames)},
        parties=tests,
        small_parties=small,
        before=_accuracy(Judged(gold, before, pairs.codebook), rounds, seed),
        after=_accuracy(Judged(gold, pairs.after, pairs.codebook), rounds, seed),
        flipped=_flipped(pairs, before, _LISTED, with_text),
    )


def measure_looks(
    name: str, title: str, pairs: Pairs, *, with_text: bool = True, rounds: int = 1000, seed: int = 0
) -> Looks:
    """Measure what changes with the looks of a sentence; the arguments are those of ``measure_swaps``."""
    before = pairs.originals()
    return Looks(
        name=name,
        title=title,
        sentences=pairs.distinct,
        groups=len(set(pairs.groups)),
        flips=_flips(pairs, before, rounds, seed),
        examples=_flipped(pairs, before, _EXAMPLES, with_text),
    )


def _differing(before: Predicted, after: Predicted) -> dict[str, NDArray[np.bool_]]:
    frames = before.frames != after.frames  # (P, F)
    stances = before.frames & after.frames & (before.stances != after.stances)
    return {
        "any": (frames | stances).any(1),
        "frames": frames.any(1),
        "primary": np.asarray(before.primary != after.primary),
        "stances": stances.any(1),
        "decisions": frames | stances,
    }


def _flips(pairs: Pairs, before: Predicted, rounds: int, seed: int) -> dict[str, Figure]:
    differing = {name: array.astype(np.float64) for name, array in _differing(before, pairs.after).items()}
    size = before.frame_scores.shape[1]
    counts = {**differing, "decisions": differing["decisions"].sum(1) / max(size, 1), "one": np.ones(len(pairs.rows))}
    sample = Bootstrap(counts, pairs.groups, rounds=rounds, seed=seed)
    return {name: sample.figure(_rate(name), _ones, whole=_ones) for name in FLIPS}


def _shifts(before: Predicted, after: Predicted) -> Array:
    return np.round(after.frame_scores.astype(np.float64) - before.frame_scores, _DECIMALS)


def _mean_shift(column: int) -> Callable[[Counts], Array]:
    return lambda counts: ratio(counts["shift"][:, column], counts["one"])


def _rate(name: str) -> Callable[[Counts], Array]:
    return lambda counts: ratio(counts[name], counts["one"])


def _ones(counts: Counts) -> Array:
    return counts["one"]


def _accuracy(judged: Judged, rounds: int, seed: int) -> dict[str, Figure]:
    overall = measure(judged, rounds=rounds, seed=seed).overall
    return {name: overall[name] for name in ("pair_f1", "frame_micro_f1")}


def _flipped(pairs: Pairs, before: Predicted, most: int, with_text: bool) -> list[Flipped]:
    """Return the pairs with a flip, those with the largest change of a score first, each sentence once."""
    after = pairs.after
    differing = _differing(before, after)["decisions"]
    moved = np.abs(after.frame_scores - before.frame_scores)
    moved = np.maximum(moved, np.abs(after.stance_scores - before.stance_scores).max(-1, initial=0.0))
    size = np.where(differing, moved, -1.0).max(1, initial=-1.0)
    listed: dict[int, Flipped] = {}
    for index in np.argsort(-size, kind="stable"):
        row = int(pairs.rows[index])
        if size[index] < 0 or len(listed) == most:
            break
        if row not in listed:
            item = pairs.sentences[row]
            listed[row] = Flipped(
                id=item.id if with_text else shown_name(item.id, item.text),
                text=item.text if with_text else None,
                swapped=pairs.texts[index] if with_text else None,
                before=_labels(before, int(index), pairs.codebook),
                after=_labels(after, int(index), pairs.codebook),
            )
    return list(listed.values())


def _labels(predicted: Predicted, row: int, codebook: Codebook) -> list[tuple[str, str, float]]:
    scores, found, stances = predicted.frame_scores[row], predicted.frames[row], predicted.stances[row]
    order = [column for column in np.argsort(-scores, kind="stable") if found[column]]
    names = codebook.frame_ids, codebook.stance_ids
    return [(names[0][column], names[1][stances[column]], round(float(scores[column]), 4)) for column in order]
