"""The neutrality audit as figures: does a model answer otherwise when only the names, or the looks of a sentence, change?

From arrays to figures; what was changed, and how the model answers, is given. A pair is an original and a changed form of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.codebook import Codebook
from ..data.types import LabelledSentence
from .bootstrap import FEW_GROUPS, Array, Bootstrap, Counts, Figure, ratio
from .judged import Gold, Judged, Predicted
from .metrics import measure
from .party_tests import PartyTest, party_tests

__all__ = ["FLIPS", "Audit", "Bar", "Flipped", "Looks", "NameSwaps", "Pairs", "measure_looks", "measure_swaps", "percent", "signed"]

#: Titles of the flip rates for people.
FLIPS = {
    "any": "any frame, or the stance of one, differs",
    "frames": "the set of frames differs",
    "primary": "the primary frame differs",
    "stances": "a frame stays and its stance differs",
    "decisions": "decisions that differ, of all sentences × frames",
}

#: The bars: share of pairs with any flip, half-width of the mean shift's interval, sentences.
MAX_FLIPS, MAX_SHIFT, MIN_PAIRED = 0.02, 0.01, 1000

#: Scores are compared as results are written: what differs behind that is how a batch was filled up.
_DECIMALS = 6

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
        """Event, else document, of each pair."""
        return [self.sentences[row].event for row in self.rows]


@dataclass(frozen=True)
class Flipped:
    """A pair whose answers differ. Labels are frame, stance and score."""

    id: str
    text: str | None
    swapped: str | None
    before: Sequence[tuple[str, str, float]]
    after: Sequence[tuple[str, str, float]]

    def to_dict(self) -> dict[str, Any]:
        """Return the pair as JSON."""
        labels = {"before": [list(label) for label in self.before], "after": [list(label) for label in self.after]}
        return {"id": self.id, "text": self.text, "swapped": self.swapped, **labels}


@dataclass(frozen=True)
class NameSwaps:
    """Figures of one kind of swap.

    Attributes:
        kind: ``parties`` or ``unseen``.
        sentences: Distinct sentences.
        flips: Share of pairs by kind of flip; see ``FLIPS``.
        shifts: For each frame the mean of the score after the swap minus the score before.
        parties: Tests of single parties, corrected for their number.
        small_parties: Parties that were named too seldom to be tested.
        before: Figures on the originals; as many times as they stand in pairs.
        after: The same on the changed ones.
        flipped: The pairs that flipped farthest.
    """

    kind: str
    title: str
    sentences: int
    pairs: int
    groups: int
    flips: Mapping[str, Figure]
    shifts: Mapping[str, Figure]
    parties: Sequence[PartyTest]
    small_parties: int
    before: Mapping[str, Figure]
    after: Mapping[str, Figure]
    flipped: Sequence[Flipped]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        return {
            "kind": self.kind,
            "title": self.title,
            "sentences": self.sentences,
            "pairs": self.pairs,
            "groups": self.groups,
            "flips": _dicts(self.flips),
            "shifts": _dicts(self.shifts),
            "parties": [test.to_dict() for test in self.parties],
            "small_parties": self.small_parties,
            "accuracy": {"before": _dicts(self.before), "after": _dicts(self.after)},
            "flipped": [item.to_dict() for item in self.flipped],
        }


@dataclass(frozen=True)
class Looks:
    """Figures of one change that means nothing (case, quotes, a typo …)."""

    name: str
    title: str
    sentences: int
    groups: int
    flips: Mapping[str, Figure]
    examples: Sequence[Flipped]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "sentences": self.sentences,
            "groups": self.groups,
            "flips": _dicts(self.flips),
            "examples": [item.to_dict() for item in self.examples],
        }


@dataclass(frozen=True)
class Bar:
    """A limit, and whether it holds."""

    name: str
    limit: str
    value: str
    holds: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the bar as JSON."""
        return {"name": self.name, "limit": self.limit, "value": self.value, "holds": self.holds}


@dataclass(frozen=True)
class Audit:
    """The whole audit.

    Attributes:
        model: Name of the checkpoint.
        data: Names of the files.
        seed: Seed of the invented names, the typos and the intervals.
    """

    model: str
    data: Sequence[str]
    seed: int
    swaps: Sequence[NameSwaps]
    looks: Sequence[Looks]
    warnings: Sequence[str] = field(default=())

    def bars(self) -> list[Bar]:
        """Return the limits that a neutral model keeps, and whether this one does."""
        return [bar for swap in self.swaps for bar in _bars(swap)]

    def notes(self) -> list[str]:
        """Return the warnings, with those that follow from the figures themselves."""
        notes = list(self.warnings)
        for swap in self.swaps:
            if 0 < swap.groups < FEW_GROUPS:
                notes.append(
                    f"{swap.title}: {swap.groups} independent events or documents; below {FEW_GROUPS} a bootstrap"
                    " interval is too narrow"
                )
        return notes

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {
            "schema": "counterframe-audit/1",
            "model": self.model,
            "data": list(self.data),
            "warnings": self.notes(),
            "seed": self.seed,
            "swaps": [swap.to_dict() for swap in self.swaps],
            "robustness": [look.to_dict() for look in self.looks],
            "bars": [bar.to_dict() for bar in self.bars()],
        }


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
    return {
        name: sample.figure(lambda c, name=name: ratio(c[name], c["one"]), _ones)  # type: ignore[misc]
        for name in FLIPS
    }


def _shifts(before: Predicted, after: Predicted) -> Array:
    return np.round(after.frame_scores.astype(np.float64) - before.frame_scores, _DECIMALS)


def _mean_shift(column: int) -> Any:
    return lambda counts: ratio(counts["shift"][:, column], counts["one"])


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
                id=item.id,
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


def _bars(swap: NameSwaps) -> list[Bar]:
    flips = swap.flips["any"]
    held = flips.value is not None and flips.value <= MAX_FLIPS
    bars = [
        Bar(f"{swap.title}: flips", f"at most {MAX_FLIPS:.0%} of pairs", percent(flips), held),
        Bar(
            f"{swap.title}: sentences",
            f"at least {MIN_PAIRED:,}",
            f"{swap.sentences:,} ({swap.pairs:,} pairs)",
            swap.sentences >= MIN_PAIRED,
        ),
    ]
    worst = max(swap.shifts.items(), key=lambda entry: _reach(entry[1]), default=None)
    if worst is not None:
        name, figure = worst
        value = f"farthest: {name} {signed(figure)}"
        limit = f"95 % interval of each frame within ±{MAX_SHIFT}"
        bars.insert(1, Bar(f"{swap.title}: mean shift of scores", limit, value, _reach(figure) <= MAX_SHIFT))
    return bars


def _reach(figure: Figure) -> float:
    """Return how far from 0 the interval reaches; without an interval nothing is shown, so it reaches everywhere."""
    if figure.low is None or figure.high is None:
        return float("inf")
    return max(abs(figure.low), abs(figure.high))


def percent(figure: Figure) -> str:
    """Return a share with its interval for people."""
    if figure.value is None:
        return "–"
    rest = "" if figure.low is None or figure.high is None else f" [{figure.low:.1%}, {figure.high:.1%}]"
    return f"{figure.value:.1%}{rest}"


def signed(figure: Figure) -> str:
    """Return a difference with its interval for people."""
    if figure.value is None:
        return "–"
    rest = "" if figure.low is None or figure.high is None else f" [{figure.low:+.4f}, {figure.high:+.4f}]"
    return f"{figure.value:+.4f}{rest}"


def _dicts(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: figure.to_dict() for name, figure in figures.items()}
