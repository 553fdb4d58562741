"""The lines of a printed page and their order: column by column where a gutter parts them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["Line", "columns"]

#: A gutter between columns is at least so wide, in sizes of the type, and has so many lines on either side.
_GUTTER = 0.8
_COLUMN_LINES = 3
#: Characters in the line of a column; the cells of a table and the labels of a form are shorter.
_CELL = 20
#: A page with more lines is a map or a sheet of numbers, and only so many strips are looked at: the time stays
#: in bounds.
_MOST_LINES, _MOST_STRIPS = 2500, 30
#: Lines across the gutter, as a share of all.
_MOST_ACROSS = 0.4


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; lengths in points, heights from the lower edge of the page. ``turned`` if not level."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    turned: bool = False


def columns(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines column by column; what stands across the columns parts them."""
    lines = sorted(lines, key=lambda line: -line.top)
    gutter = _gutter(lines)
    if gutter is None:
        return [_in_rows(lines)] if lines else []
    found: list[list[Line]] = []
    left: list[Line] = []
    right: list[Line] = []
    across: list[Line] = []

    def flush() -> None:
        found.extend([*columns(left), *columns(right)])
        left.clear()
        right.clear()

    for line in lines:
        if line.x1 > gutter[0] and line.x0 < gutter[1]:
            if left or right:
                flush()
            across.append(line)
            continue
        if across:
            found.append(_in_rows(across))
            across = []
        (left if line.x1 <= gutter[0] else right).append(line)
    flush()
    if across:
        found.append(_in_rows(across))
    return found


def _gutter(lines: Sequence[Line]) -> tuple[float, float] | None:
    """Return the edges of an empty strip that parts two columns of text, None where there is none."""
    if not 2 * _COLUMN_LINES <= len(lines) <= _MOST_LINES:
        return None
    start, end = min(line.x0 for line in lines), max(line.x1 for line in lines)
    width, size = end - start, median(line.size for line in lines)
    edges = sorted({line.x0 for line in lines if start + 0.15 * width < line.x0 < start + 0.85 * width})
    starts, ends = sorted(line.x0 for line in lines), sorted(line.x1 for line in lines)
    strips: list[tuple[int, int, tuple[float, float]]] = []
    for edge in edges:
        strip = edge - _GUTTER * size, edge - 0.01
        left, right = bisect_right(ends, strip[0]), len(lines) - bisect_left(starts, strip[1])
        across = len(lines) - left - right
        if across <= _MOST_ACROSS * len(lines) and left and right:
            strips.append((across, -min(left, right), strip))
    for _, _, strip in sorted(strips)[:_MOST_STRIPS]:
        if _side_by_side(
            [line for line in lines if line.x1 <= strip[0]], [line for line in lines if line.x0 >= strip[1]]
        ):
            return strip
    return None


def _side_by_side(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Return whether both are columns of text that stand beside each other, not the cells of a table.

    Columns have lines as long as text has, or lines of their own heights; the cells of a row share theirs.
    """
    near_left, near_right = _neighbours(left, right), _neighbours(right, left)
    text = [_beside(side, near) for side, near in ((left, near_left), (right, near_right))]
    cells = [near for near in near_right if near]
    sizes = sorted(len(lines) for lines in text)
    # The last column of a page may be short.
    return sizes[0] >= 2 and sizes[1] >= _COLUMN_LINES and 2 * len(text[1]) > len(cells)


def _beside(side: Sequence[Line], neighbours: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the lines of a side that are text and have others beside them."""
    found = []
    for line, near in zip(side, neighbours, strict=True):
        if near and (len(line.text) >= _CELL or all(abs(line.top - beside.top) > 1 for beside in near)):
            found.append(line)
    return found


def _neighbours(lines: Sequence[Line], others: Sequence[Line]) -> list[list[Line]]:
    """Return, for each line, those of the others that share a part of its height."""
    ordered = sorted(others, key=lambda line: line.top)
    tops = [line.top for line in ordered]
    tallest = max((line.top - line.bottom for line in ordered), default=0.0)
    return [
        [
            other
            for other in ordered[bisect_right(tops, line.bottom) : bisect_left(tops, line.top + tallest)]
            if other.bottom < line.top
        ]
        for line in lines
    ]


def _in_rows(lines: Sequence[Line]) -> list[Line]:
    """Return lines from above to below, those of one height from left to right."""
    ordered: list[Line] = []
    row: list[Line] = []
    for line in sorted(lines, key=lambda line: -line.top):
        if row and line.top < row[0].top - 0.5 * (row[0].top - row[0].bottom):
            ordered.extend(sorted(row, key=lambda line: line.x0))
            row = []
        row.append(line)
    return [*ordered, *sorted(row, key=lambda line: line.x0)]
