"""The neutrality audit as values: flips, shifts, single parties, looks, and the bars that a neutral model keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .bootstrap import FEW_GROUPS
from .figure import Figure
from .party_tests import PartyTest
from .schemas import AUDIT_SCHEMA

__all__ = ["FLIPS", "Audit", "Bar", "Flipped", "Looks", "NameSwaps", "percent", "signed"]

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
        small_parties: Parties that were named too seldom, or in a single document, and so are not tested.
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
        few = (swap for swap in self.swaps if 0 < swap.groups < FEW_GROUPS)
        return list(self.warnings) + [
            f"{swap.title}: {swap.groups} independent events or documents; below {FEW_GROUPS} a bootstrap interval is"
            " too narrow"
            for swap in few
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {
            "schema": AUDIT_SCHEMA,
            "model": self.model,
            "data": list(self.data),
            "warnings": self.notes(),
            "seed": self.seed,
            "swaps": [swap.to_dict() for swap in self.swaps],
            "robustness": [look.to_dict() for look in self.looks],
            "bars": [bar.to_dict() for bar in self.bars()],
        }


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
    return figure.shown(lambda value: f"{value:.1%}")


def signed(figure: Figure) -> str:
    """Return a difference with its interval for people."""
    return figure.shown(lambda value: f"{value:+.4f}")


def _dicts(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: figure.to_dict() for name, figure in figures.items()}
