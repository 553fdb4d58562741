"""A figure with its interval, as it is written and read again. Imports nothing that takes time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Difference", "Figure"]


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

    def shown(self, write: Callable[[float], str]) -> str:
        """Return the figure for people, its interval in brackets where it has one; a dash where there is no figure.

        Args:
            write: Writes one number.
        """
        if self.value is None:
            return "–"
        if self.low is None or self.high is None:
            return write(self.value)
        return f"{write(self.value)} [{write(self.low)}, {write(self.high)}]"

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as JSON."""
        return {
            name: None if number is None else round(number, 4)
            for name, number in (("value", self.value), ("low", self.low), ("high", self.high))
        } | {"support": self.support}


@dataclass(frozen=True)
class Difference(Figure):
    """The difference of two figures on the same sentences.

    Attributes:
        p: Two-sided p-value: the level at which the interval would just reach 0. None where there is no interval.
    """

    p: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as JSON."""
        return super().to_dict() | {"p": None if self.p is None else round(self.p, 4)}
