"""The facts of ``metrics.json`` as a page reads them: checked once, tolerant of what is left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from .figure import Figure
from .pages import frame_tone, number
from .schemas import METRICS_SCHEMA
from .titles import OF_STANCES

__all__ = ["Facts", "FactsError", "figure_of", "finite", "rows_of", "with_interval"]

#: What must be there, and of which kind.
_NEEDED: Mapping[str, type] = {"model": str, "sentences": int, "overall": Mapping, "codebook": Mapping}
#: What may be absent or null, and is of this kind otherwise.
_OPTIONAL: Mapping[str, type] = {
    **dict.fromkeys(
        ("frames", "stances", "baselines", "slices", "calibration", "confusion", "coverage_of_model"), Mapping
    ),
    **dict.fromkeys(("against", "human", "audit"), Mapping),
    **dict.fromkeys(("data", "warnings", "coverage", "errors", "passages"), list),
}


class FactsError(InputError, ValueError):
    """Facts of another schema, or without what a report must hold."""


@dataclass(frozen=True)
class Facts:
    """The facts of one evaluation."""

    raw: Mapping[str, Any]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Facts:
        """Check *raw*.

        Raises:
            FactsError: It is of another schema, or lacks what a report must hold.
        """
        if not isinstance(raw, Mapping):
            raise FactsError(f"is a {type(raw).__name__}, not an object; give the metrics.json of an evaluation")
        if raw.get("schema") != METRICS_SCHEMA:
            problem = f"is {raw.get('schema')!r}, this version reads {METRICS_SCHEMA!r}; run evaluate again"
            raise FactsError(problem, field="schema")
        for name, kind in {**_NEEDED, **_OPTIONAL}.items():
            value = raw.get(name)
            if not isinstance(value, kind) and (name in _NEEDED or value is not None):
                problem = "is missing" if value is None else f"is a {type(value).__name__}"
                raise FactsError(f"{problem}; give the metrics.json of an evaluation", field=name)
        book = raw["codebook"]
        if not isinstance(book.get("frames"), Mapping) or not isinstance(book.get("stances"), Sequence):
            raise FactsError("needs `frames` (titles by id) and `stances` (ids)", field="codebook")
        _check_lists(raw)
        return cls(raw)

    def part(self, name: str) -> Mapping[str, Any]:
        """Return an object that may be absent, as an empty one then."""
        return self.raw.get(name) or {}

    def listed(self, name: str) -> Sequence[Any]:
        """Return a list that may be absent, as an empty one then."""
        value = self.raw.get(name)
        return value if isinstance(value, list) else ()

    @property
    def frames(self) -> Mapping[str, str]:
        """Titles of the frames by id."""
        return {str(name): str(title or name) for name, title in self.raw["codebook"]["frames"].items()}

    @property
    def stances(self) -> Sequence[str]:
        """Ids of the stances."""
        return [str(name) for name in self.raw["codebook"]["stances"]]

    def frame_title(self, name: str) -> str:
        """Return the title of a frame; one that the codebook lacks is called by its id."""
        return self.frames.get(name, name)

    def frame_class(self, name: str) -> str:
        """Return the class that gives a frame its colour."""
        return f"f{list(self.frames).index(name)}" if name in self.frames else ""

    @property
    def tones(self) -> Sequence[tuple[str, float, int]]:
        """Class, hue and lift of each frame."""
        return [(f"f{index}", *frame_tone(index, len(self.frames))) for index in range(len(self.frames))]

    def overall(self, given: Mapping[str, Any] | None) -> dict[str, Figure]:
        """Return overall figures that say something of this codebook, in the order in which they are given."""
        single = len(self.stances) <= 1
        return {name: figure_of(raw) for name, raw in (given or {}).items() if not (single and name in OF_STANCES)}

    @property
    def baselines(self) -> Mapping[str, Mapping[str, Any]]:
        """Figures of each baseline, the best known first."""
        held = self.part("baselines")
        return {name: held[name] for name in sorted(held, key=lambda name: (name != "tf-idf", name))}


def _check_lists(raw: Mapping[str, Any]) -> None:
    """Check that lists of objects hold objects, and spans two numbers: what a page looks into."""
    _objects(raw.get("coverage"), "coverage")
    for name, rows in (raw.get("slices") or {}).items():
        _objects(rows, f"slices.{name}")
    for part in ("bars", "swaps", "robustness"):
        for row in _objects((raw.get("audit") or {}).get(part), f"audit.{part}"):
            for inner in ("flipped", "examples", "parties"):
                _objects(row.get(inner), f"audit.{part}.{inner}")
    for document in _objects(raw.get("passages"), "passages"):
        _objects(document.get("sentences"), "passages.sentences")
    for group in _objects(raw.get("errors"), "errors"):
        for error in _objects(group.get("listed"), "errors.listed"):
            for found in _objects(error.get("predicted"), "errors.listed.predicted"):
                _spans(found.get("evidence"), "errors.listed.predicted.evidence")


def _objects(given: Any, field: str) -> Sequence[Mapping[str, Any]]:
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        raise FactsError("is not a list of objects; give the metrics.json of an evaluation", field=field)
    return given


def _spans(given: Any, field: str) -> None:
    if given is not None and not isinstance(given, list):
        raise FactsError("is not a list of spans; give the metrics.json of an evaluation", field=field)
    for span in given or ():
        if not isinstance(span, Sequence) or len(span) != 2 or any(type(end) is not int for end in span):
            raise FactsError(f"holds {span!r}, which is no span of two numbers", field=field)


def finite(value: Any) -> float | None:
    """Return *value* as a number, or None where it is none or is not finite."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def figure_of(raw: Any) -> Figure:
    """Return a figure, empty where *raw* holds none or where it stands on nothing."""
    held = raw if isinstance(raw, Mapping) and raw.get("support") != 0 else {}
    low, high = finite(held.get("low")), finite(held.get("high"))
    support = int(finite(held.get("support")) or 0)
    if low is None or high is None:
        low = high = None
    return Figure(value=finite(held.get("value")), low=low, high=high, support=support)


def rows_of(raw: Mapping[str, Any], names: Sequence[str]) -> dict[str, Figure]:
    """Return the figures of those names; absent ones are empty."""
    return {name: figure_of(raw.get(name)) for name in names}


def with_interval(figure: Figure, decimals: int = 2) -> str:
    """Return a figure in words, its interval in brackets."""
    return figure.shown(lambda value: number(value, decimals))
