"""Plots as places in percent: a template draws them as SVG that keeps its letters' size at any width."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .figure import Figure
from .pages import number

__all__ = ["Axis", "Bar", "Curve", "CurvePlot", "IntervalPlot", "Mark", "Point", "Row", "Series"]

#: Shapes of marks; a sixth series begins again with the first.
_SHAPES = 5
#: Letters of a row's label that fit beside its marks.
_LABEL = 30


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale from *low* to *high* with labelled ticks."""

    title: str
    low: float
    high: float
    marks: tuple[tuple[float, str], ...]

    @classmethod
    def share(cls, title: str, low: float = 0.0) -> Axis:
        """Return a scale for shares and F1, up to 1; *low* is rounded down to a fifth."""
        begin = min(8, max(0, math.floor(low * 10 / 2) * 2))
        step = 2 if begin < 6 else 1
        return cls(title, begin / 10, 1.0, tuple((value / 10, f"{value / 10:.1f}") for value in range(begin, 11, step)))

    @classmethod
    def around_zero(cls, title: str, values: Iterable[float | None], least: float) -> Axis:
        """Return a scale on which zero is in the middle and all *values* have room."""
        most = max([least, *(abs(value) for value in values if value is not None)])
        step = next(
            factor * 10.0**power for power in range(-6, 7) for factor in (1, 2, 5) if 2 * factor * 10.0**power >= most
        )
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        marks = tuple((tick * step, number(tick * step, decimals)) for tick in range(-2, 3))
        return cls(title, -2 * step, 2 * step, marks)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Places of the ticks in percent, with their labels."""
        return [(self.at(value), text) for value, text in self.marks]

    def at(self, value: float) -> float:
        """Return the place of *value* in percent; what lies beyond an end is put on it."""
        return round(min(100.0, max(0.0, 100 * (value - self.low) / (self.high - self.low))), 2)


@dataclass(frozen=True, slots=True)
class Series:
    """What is plotted with one shape and colour."""

    name: str
    index: int

    @property
    def shape(self) -> str:
        """Class of the shape in the style sheet and template."""
        return f"m{self.index % _SHAPES}"


@dataclass(frozen=True, slots=True)
class Mark:
    """One value on a row with its interval, as places in percent."""

    shape: str
    at: float
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, series: Series, figure: Figure, axis: Axis) -> Mark | None:
        """Return where *figure* stands, if it has a value."""
        if figure.value is None:
            return None
        if figure.low is None or figure.high is None:
            return cls(series.shape, axis.at(figure.value))
        return cls(series.shape, axis.at(figure.value), axis.at(figure.low), axis.at(figure.high))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a plot of intervals.

    Attributes:
        name: What the row is about; shown shortened.
        value: The figure in words, shown at the end of the row.
        marks: In drawing order: the last lies on top.
    """

    name: str
    value: str
    marks: Sequence[Mark]

    @property
    def label(self) -> str:
        """The name, shortened to what fits."""
        return self.name if len(self.name) <= _LABEL else self.name[: _LABEL - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class IntervalPlot:
    """Rows with a value and its interval each.

    Attributes:
        id: Anchor, unique in the page.
        title: Heading of the plot.
        about: What a reader who does not see the plot needs to know.
        band: A range in percent that is shaded.
        zero: Place of a line that is stressed, in percent.
    """

    id: str
    title: str
    about: str
    axis: Axis
    series: Sequence[Series]
    rows: Sequence[Row]
    band: tuple[float, float] | None = None
    zero: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a curve, in percent from the left and from the top; *low* and *high* are ends of its interval."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, x: float, figure: Figure, across: Axis, up: Axis) -> Point | None:
        """Return where a figure stands over *x*, if it has a value."""
        if figure.value is None:
            return None
        ends = [None if end is None else 100 - up.at(end) for end in (figure.low, figure.high)]
        return cls(across.at(x), 100 - up.at(figure.value), ends[0], ends[1])


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of one series, joined by a line where *joined*."""

    series: Series
    points: Sequence[Point]
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar at the foot of a plot, in percent."""

    x: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class CurvePlot:
    """Points over two axes.

    Attributes:
        id: Anchor, unique in the page.
        title: Heading of the plot.
        about: What a reader who does not see the plot needs to know.
        diagonal: Whether the line on which both axes are equal is drawn.
        bars: Counts at the foot.
        square: Whether the plot is as high as it is wide.
    """

    id: str
    title: str
    about: str
    across: Axis
    up: Axis
    curves: Sequence[Curve]
    diagonal: bool = False
    bars: Sequence[Bar] = field(default=())
    square: bool = False
