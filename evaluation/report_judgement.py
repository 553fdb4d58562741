"""What the report page shows of single answers: confusion, calibration, coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .facts import Facts, figure_of, finite
from .figure import Figure
from .pages import number, percent
from .plots import Axis, Bar, Curve, CurvePlot, Point, Series
from .report_sections import Section

__all__ = ["calibration", "confusion", "coverage"]

#: Confusions that are named in words.
_NAMED = 5
#: What the last label of a confusion of frames is called.
_NO_FRAME = "no frame"
#: How high the longest bar of the counts of a reliability diagram is, in percent.
_BARS = 18


def confusion(facts: Facts) -> Section | None:
    """Return the tables of confusion between frames and between stances."""
    tables: list[dict[str, Any]] = []
    for part, title in (("frames", "Primary frame"), ("stances", "Stance, given the frame")):
        held = facts.part("confusion").get(part) or {}
        labels, counts = held.get("labels") or [], held.get("counts") or []
        if len(labels) < 2 or not any(map(any, counts)):
            continue
        names = [_label(facts, part, str(name)) for name in labels]
        tables.append({"id": f"confusion-{part}", "title": title, "labels": names, "rows": _shaded(names, counts)})
        tables[-1]["named"] = _commonest(names, counts)
    return Section("confusion", "Confusion", {"tables": tables}) if tables else None


def _label(facts: Facts, part: str, name: str) -> str:
    if part == "frames":
        return _NO_FRAME if name == "none" and name not in facts.frames else facts.frame_title(name)
    return name


def _shaded(names: Sequence[str], counts: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    rows = []
    for index, (name, row) in enumerate(zip(names, counts, strict=True)):
        whole = sum(row)
        cells = [
            {"count": count, "share": round(count / whole, 3) if whole else 0, "right": column == index}
            for column, count in enumerate(row)
        ]
        rows.append({"name": name, "cells": cells, "whole": whole})
    return rows


def _commonest(names: Sequence[str], counts: Sequence[Sequence[int]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"gold": names[row], "predicted": names[column], "count": count, "whole": sum(counts[row])}
        for row in range(len(names))
        for column, count in enumerate(counts[row])
        if row != column and count
    ]
    return sorted(found, key=lambda one: -one["count"])[:_NAMED]


def calibration(facts: Facts) -> Section | None:
    """Return the reliability diagrams and what they say in figures."""
    held = facts.part("calibration")
    parts = []
    for part, title in (("frames", "Frames"), ("stances", "Stances, given the frame")):
        given = held.get(part) or {}
        bins = [_bin(raw) for raw in given.get("bins") or ()]
        if not any(one["count"] for one in bins):
            continue
        ece, brier = figure_of(given.get("ece")), figure_of(given.get("brier"))
        plot = _reliability(part, bins, ece)
        parts.append({"id": f"bins-{part}", "title": title, "plot": plot, "bins": bins, "ece": ece, "brier": brier})
    by_frame: list[dict[str, Any]] = [
        {"title": facts.frame_title(name), "ece": figure_of(row.get("ece")), "brier": figure_of(row.get("brier"))}
        for name, row in (held.get("by_frame") or {}).items()
    ]
    by_frame = [row for row in by_frame if row["ece"].value is not None or row["brier"].value is not None]
    if not parts and not by_frame:
        return None
    return Section("calibration", "Calibration", {"parts": parts, "by_frame": by_frame})


def _bin(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "low": finite(raw.get("low")) or 0.0,
        "high": finite(raw.get("high")) or 0.0,
        "count": int(finite(raw.get("count")) or 0),
        "confidence": finite(raw.get("confidence")),
        "share": figure_of(raw.get("share")),
    }


def _reliability(part: str, bins: Sequence[Mapping[str, Any]], ece: Figure) -> CurvePlot:
    across, up = Axis.share("score that the model gives"), Axis.share("share that is right")
    used = [one for one in bins if one["count"] and one["confidence"] is not None]
    points = [Point.of(one["confidence"], one["share"], across, up) for one in used]
    most = max((one["count"] for one in bins), default=0) or 1
    bars = [
        Bar(
            across.at(one["low"]), across.at(one["high"]) - across.at(one["low"]), round(_BARS * one["count"] / most, 2)
        )
        for one in bins
    ]
    said = ", ".join(f"{number(one['confidence'], 2)} right in {percent(one['share'].value, 0)}" for one in used)
    return CurvePlot(
        id=f"plot-reliability-{part}",
        title=f"{part.capitalize()}: share right by score",
        about=f"Mean score and share that is right: {said}. Expected calibration error {number(ece.value)}.",
        across=across,
        up=up,
        curves=[Curve(Series("answers with such a score", 0), [one for one in points if one], joined=True)],
        diagonal=True,
        bars=bars,
        square=True,
    )


def coverage(facts: Facts) -> Section | None:
    """Return how right the answers are when the model may leave the unsure ones open."""
    steps: list[dict[str, Any]] = [
        {
            "level": finite(raw.get("min_confidence")),
            "answered": figure_of(raw.get("answered")),
            "precision": figure_of(raw.get("precision")),
            "pair_f1": figure_of(raw.get("pair_f1")),
        }
        for raw in facts.listed("coverage")
    ]
    steps = [one for one in steps if one["answered"].value is not None]
    if not steps:
        return None
    own = facts.part("coverage_of_model")
    setting: dict[str, Any] = {
        "level": finite(own.get("min_confidence")),
        "answered": figure_of(own.get("answered")),
        "precision": figure_of(own.get("precision")),
    }
    pairs = any(one["pair_f1"].value is not None for one in steps) and len(facts.stances) > 1
    content = {"plot": _coverage_plot(steps, setting, pairs), "steps": steps, "setting": setting, "pairs": pairs}
    return Section("coverage", "Precision against coverage", content)


def _coverage_plot(steps: Sequence[Mapping[str, Any]], setting: Mapping[str, Any], pairs: bool) -> CurvePlot:
    ends = [one["precision"].low if one["precision"].low is not None else one["precision"].value for one in steps]
    ends += [one["pair_f1"].value for one in steps] if pairs else []
    lowest = min((end for end in ends if end is not None), default=0.0)
    across, up = Axis.share("share of sentences that are answered"), Axis.share("share right, and F1", lowest)

    def curve(name: str, key: str, index: int) -> Curve:
        points = [Point.of(one["answered"].value, one[key], across, up) for one in steps]
        plain = [Point(one.x, one.y) if index else one for one in points if one]
        return Curve(Series(name, index), plain, joined=True)

    curves = [curve("whole answer right", "precision", 0)]
    curves += [curve("pair F1 of what is answered", "pair_f1", 1)] if pairs else []
    own = Point.of(setting["answered"].value, setting["precision"], across, up) if setting["answered"].value else None
    curves += [Curve(Series("the model’s own setting", 3), [own])] if own else []
    said = ", ".join(
        f"{percent(one['answered'].value, 0)} answered, {percent(one['precision'].value, 0)} right" for one in steps
    )
    return CurvePlot(
        id="plot-coverage",
        title="How right the answers are, by how many are given",
        about=f"{said}. The table below has all numbers.",
        across=across,
        up=up,
        curves=curves,
    )
