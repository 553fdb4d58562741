"""Small multiples over time: for each frame a chart per telling, all on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .compare_facts import Facts, Telling, interval, read_figure, scale_of, share

__all__ = ["over_time"]

#: Points by period, and those by telling.
_Points = Mapping[str, Mapping[str, Any]]
_Series = dict[str, _Points]

#: Width of a period and height of a chart in the units of its drawing.
_STEP, _HEIGHT = 10, 100
#: More periods than these need thinner dots.
_DENSE = 24
#: Height of the tallest bar of counts.
_FOOT = 10


def over_time(facts: Facts) -> dict[str, Any] | None:
    """Return the charts of each frame in the order of the contest, and the figures that they show."""
    time = facts.comparison["time"]
    if not time or not time["series"] or not time["periods"]:
        return None
    periods: Sequence[str] = time["periods"]
    by_frame: dict[str, _Series] = {}
    for series in time["series"]:
        by_period = {point["period"]: point for point in series["points"]}
        by_frame.setdefault(series["frame"], {})[series["telling"]] = by_period
    dated = facts.those({telling for found in by_frame.values() for telling in found})
    by_frame = {frame: found for frame, found in by_frame.items() if any(map(_taken_up, found.values()))}
    if not by_frame:
        return None
    order = [row["frame"] for row in facts.comparison["contest"]]
    frames = sorted(by_frame, key=lambda frame: order.index(frame) if frame in order else len(order))
    points = (point for found in by_frame.values() for row in found.values() for point in row.values())
    most = max(int(point["sentences"]) for point in points)
    return {
        "unit": time["unit"],
        "periods": periods,
        "width": _STEP * len(periods),
        "dense": len(periods) > _DENSE,
        "frames": [_frame(facts, frame, by_frame[frame], periods, dated, most or 1) for frame in frames],
    }


def _taken_up(points: _Points) -> bool:
    return any(point["count"] for point in points.values())


def _frame(
    facts: Facts, frame: str, found: _Series, periods: Sequence[str], dated: Sequence[Telling], most: int
) -> dict[str, Any]:
    # The scale holds the values; whiskers may leave it, since those of a few sentences reach to the top.
    values = [read_figure(point["share"]).value or 0 for points in found.values() for point in points.values()]
    scale = scale_of(values)
    charts = []
    for telling in dated:
        # Each telling keeps its place in all frames, also where it has nothing to draw.
        chart: dict[str, Any] = {"telling": telling, "never": True}
        points = found.get(telling.id, {})
        if _taken_up(points):
            chart |= {"never": False, "sentences": _range(points)}
            chart |= _chart([points.get(period) for period in periods], scale, most)
        charts.append(chart)
    return facts.frame(frame) | {
        "scale": f"{100 * scale:.0f} %",
        "charts": charts,
        "tellings": dated,
        "rows": [
            {"period": period, "cells": [_cell(found.get(telling.id, {}).get(period)) for telling in dated]}
            for period in periods
        ],
    }


def _range(points: _Points) -> str:
    counts = [int(point["sentences"]) for point in points.values() if point["sentences"]]
    if not counts:
        return "no sentence"
    low, high = min(counts), max(counts)
    if low < high:
        return f"{low:,} to {high:,} sentences a point"
    return f"{low:,} {'sentence' if low == 1 else 'sentences'} a point"


def _chart(points: Sequence[Mapping[str, Any] | None], scale: float, most: int) -> dict[str, Any]:
    """Return the paths of a chart: a line that breaks where there is nothing, dots, whiskers, counts, gaps."""
    line, dots, whiskers, foot, gaps = [], [], [], [], []
    joined = False
    for index, point in enumerate(points):
        figure = read_figure(point["share"] if point else None)
        middle = _STEP * index + _STEP // 2
        if point is None or not point["sentences"] or figure.value is None:
            gaps.append(_STEP * index)
            joined = False
            continue
        at = _down(figure.value, scale)
        line.append(f"{'L' if joined else 'M'}{middle} {at}")
        dots.append(f"M{middle} {at}h0")
        joined = True
        if figure.low is not None and figure.high is not None:
            whiskers.append(f"M{middle} {_down(figure.low, scale)}V{_down(figure.high, scale)}")
        height = max(1.0, round(_FOOT * int(point["sentences"]) / most, 1))
        foot.append(f"M{middle} {_FOOT}v-{height}")
    parts = {"line": line, "dots": dots, "whiskers": whiskers, "foot": foot}
    return {name: "".join(part) for name, part in parts.items()} | {"gaps": list(_runs(gaps))}


def _runs(starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield neighbouring periods as one stretch: start and width."""
    begin = end = None
    for start in starts:
        if begin is None or end != start:
            if begin is not None and end is not None:
                yield begin, end - begin
            begin = start
        end = start + _STEP
    if begin is not None and end is not None:
        yield begin, end - begin


def _down(value: float, scale: float) -> float:
    return round(_HEIGHT * (1 - min(value / scale, 1.0)), 1)


def _cell(point: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if point is None or not point["sentences"]:
        return None
    figure = read_figure(point["share"])
    counts = {name: int(point[name]) for name in ("count", "sentences", "documents")}
    stances = [f"{name} {number}" for name, number in (point.get("stances") or {}).items() if number]
    shown = {"share": share(figure), "interval": interval(figure), "stances": stances if len(stances) > 1 else []}
    return counts | shown
