"""What the report page shows of the neutrality audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .audit import MAX_SHIFT
from .facts import Facts, figure_of, finite, rows_of
from .pages import number, signed
from .plots import Axis, IntervalPlot, Mark, Row, Series
from .report_sections import Section

__all__ = ["audit"]

#: Titles of the ways in which an answer can flip.
_FLIPS = {
    "any": "anything",
    "frames": "the set of frames",
    "primary": "the primary frame",
    "stances": "a stance",
    "decisions": "per frame",
}
#: Titles of the figures that stand beside the flips.
_ACCURACY = {"frame_micro_f1": "frame F1", "pair_f1": "pair F1"}
#: Rows of parties, and flipped examples, that are shown.
_PARTIES_SHOWN, _FLIPPED_SHOWN = 200, 30


def audit(facts: Facts) -> Section | None:
    """Return the audit: bars, swaps of names, robustness."""
    held = facts.part("audit")
    swaps = [_swap(facts, index, raw) for index, raw in enumerate(held.get("swaps") or ())]
    robustness = [
        _measured(raw) | {"examples": _flipped(facts, raw.get("examples"))} for raw in held.get("robustness") or ()
    ]
    bars = [
        {name: str(raw.get(name) or "–") for name in ("name", "limit", "value")} | {"holds": bool(raw.get("holds"))}
        for raw in held.get("bars") or ()
    ]
    if not swaps and not robustness and not bars:
        return None
    content = {
        "bars": bars,
        "swaps": swaps,
        "robustness": robustness,
        "flips": list(_FLIPS.values()),
        "warnings": [str(note) for note in held.get("warnings") or ()],
        "band": MAX_SHIFT,
        "data": [str(name) for name in held.get("data") or ()],
    }
    return Section("audit", "Neutrality and robustness", content)


def _measured(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": str(raw.get("title") or raw.get("name") or raw.get("kind") or ""),
        "sentences": _whole(raw.get("sentences")),
        "pairs": _whole(raw.get("pairs")),
        "groups": _whole(raw.get("groups")),
        "flips": list(rows_of(raw.get("flips") or {}, list(_FLIPS)).values()),
    }


def _swap(facts: Facts, index: int, raw: Mapping[str, Any]) -> dict[str, Any]:
    shifts: list[dict[str, Any]] = [
        {"title": facts.frame_title(name), "figure": figure_of(figure)}
        for name, figure in (raw.get("shifts") or {}).items()
    ]
    shifts = [row for row in shifts if row["figure"].value is not None]
    accuracy = raw.get("accuracy") or {}
    before, after = accuracy.get("before") or {}, accuracy.get("after") or {}
    parties = sorted(raw.get("parties") or (), key=lambda row: finite(row.get("p_adjusted")) or 0.0)
    return _measured(raw) | {
        "id": f"swap-{index}",
        "accuracy": [
            {"title": title, "before": figure_of(before.get(name)), "after": figure_of(after.get(name))}
            for name, title in _ACCURACY.items()
            if (name in before or name in after) and (len(facts.stances) > 1 or name != "pair_f1")
        ],
        "shifts": shifts,
        "plot": _shift_plot(index, shifts) if shifts else None,
        "parties": [_party(facts, row) for row in parties[:_PARTIES_SHOWN]],
        "parties_left": max(0, len(parties) - _PARTIES_SHOWN),
        "small_parties": _whole(raw.get("small_parties")),
        "flipped": _flipped(facts, raw.get("flipped")),
    }


def _shift_plot(index: int, shifts: Sequence[Mapping[str, Any]]) -> IntervalPlot:
    figures = [row["figure"] for row in shifts]
    ends = [end for figure in figures for end in (figure.value, figure.low, figure.high)]
    axis = Axis.around_zero("mean change of the score", ends, 1.5 * MAX_SHIFT)
    series = Series("mean shift", 0)
    rows = []
    for row in shifts:
        mark = Mark.of(series, row["figure"], axis)
        rows.append(Row(row["title"], signed(row["figure"].value, 4), [mark] if mark else []))
    said = ", ".join(f"{row['title']} {signed(row['figure'].value, 4)}" for row in shifts)
    return IntervalPlot(
        id=f"plot-shift-{index}",
        title=f"Mean change of each frame’s score; the shaded band is ±{MAX_SHIFT}",
        about=f"{said}. The table below has all numbers.",
        axis=axis,
        series=[],
        rows=rows,
        band=(axis.at(-MAX_SHIFT), axis.at(MAX_SHIFT)),
        zero=axis.at(0),
    )


def _party(facts: Facts, raw: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "event": str(raw.get("event") or ""),
        "party": str(raw.get("party") or ""),
        "frame": facts.frame_title(str(raw.get("frame") or "")),
        "sentences": _whole(raw.get("sentences")),
        "shift": finite(raw.get("shift")),
        "p": finite(raw.get("p")),
        "p_adjusted": finite(raw.get("p_adjusted")),
    }


def _flipped(facts: Facts, given: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]]:
    return [
        {
            "id": str(row.get("id") or ""),
            "text": row.get("text"),
            "swapped": row.get("swapped"),
            "before": _answers(facts, row.get("before")),
            "after": _answers(facts, row.get("after")),
        }
        for row in list(given or ())[:_FLIPPED_SHOWN]
    ]


def _answers(facts: Facts, given: Sequence[Sequence[Any]] | None) -> list[dict[str, Any]]:
    return [
        {
            "class": facts.frame_class(str(frame)),
            "title": facts.frame_title(str(frame)),
            "stance": stance if len(facts.stances) > 1 else None,
            "score": number(finite(value)),
            "stance_score": None,
        }
        for frame, stance, value in given or ()
    ]


def _whole(value: Any) -> int:
    return int(finite(value) or 0)
