"""How often each telling takes up each frame, week by week or month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np

from ...data.codebook import Codebook
from ...data.dates import parse_date
from .contest import Counted
from .intervals import shares
from .tellings import Telling

__all__ = ["Period", "period_of", "timeline"]

Period = Literal["week", "month"]

#: Days up to which weeks are shown where nothing else is asked for.
_WEEKS_UP_TO = 120
#: Periods that are listed without a gap; beyond, a wrong date would make thousands.
_MOST_PERIODS = 400
#: Days that a period has at most.
_LONGEST: Mapping[Period, int] = {"week": 7, "month": 31}
_ROUNDS = 400


def period_of(day: date, unit: Period) -> str:
    """Return the name of the ISO week or the month of a day: ``2031-W19``, ``2031-05``."""
    if unit == "month":
        return f"{day.year:04d}-{day.month:02d}"
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def timeline(
    tellings: Sequence[Telling], codebook: Codebook, counted: Counted, unit: Period | None
) -> tuple[dict[str, Any] | None, list[str]]:
    """Return counts and shares by period, and what to warn of.

    Args:
        tellings: With documents that state their dates.
        codebook: Its frames.
        counted: What was found in the documents.
        unit: Week or month; None chooses, and gives no series where no telling has documents in two periods.
    """
    days = [[parse_date(document.meta.get("date")) for document in telling.documents] for telling in tellings]
    known = [day for row in days for day in row if day is not None]
    warnings = _undated(tellings, days) if unit or len(known) > len(tellings) else []
    if not known:
        if unit is not None:
            warnings.append("no document states a date that could be read, so there is no series over time")
        return None, warnings
    chosen: Period = unit or ("week" if (max(known) - min(known)).days <= _WEEKS_UP_TO else "month")
    if unit is None and not any(len({period_of(day, chosen) for day in row if day}) > 1 for row in days):
        return None, []  # nobody asked for periods, and there are none
    series = [
        row
        for index, telling in enumerate(tellings)
        for row in _series(telling, days[index], counted.documents[index], codebook, chosen)
    ]
    periods = _periods({period_of(day, chosen) for day in known}, min(known), max(known), chosen)
    return {"unit": chosen, "periods": periods, "series": series}, warnings


def _undated(tellings: Sequence[Telling], days: Sequence[Sequence[date | None]]) -> list[str]:
    """Return a warning that counts the documents without a date, and those whose date cannot be read."""
    absent, strange = 0, []
    for telling, row in zip(tellings, days, strict=True):
        for document, day in zip(telling.documents, row, strict=True):
            if day is None and document.meta.get("date") in (None, ""):
                absent += 1
            elif day is None:
                strange.append(str(document.meta["date"]))
    warnings = []
    if absent:
        warnings.append(f"{absent} document(s) state no date and stand in no period")
    if strange:
        warnings.append(
            f"{len(strange)} document(s) have a date that cannot be read for sure, such as {strange[0]!r}, and stand in"
            " no period; write it like 2031-05-12"
        )
    return warnings


def _periods(found: set[str], first: date, last: date, unit: Period) -> list[str]:
    """Return the periods from *first* to *last* without a gap, or those found where there are too many."""
    days = (last - first).days
    if days > _MOST_PERIODS * _LONGEST[unit]:
        return sorted(found)
    names = list(dict.fromkeys(period_of(first + timedelta(days=step), unit) for step in range(days + 1)))
    return names if len(names) <= _MOST_PERIODS else sorted(found)


def _series(
    telling: Telling, days: Sequence[date | None], documents: Any, codebook: Codebook, unit: Period
) -> list[dict[str, Any]]:
    """Return one series a frame, with points for those periods in which the telling has documents."""
    periods: dict[str, list[int]] = {}
    for index, day in enumerate(days):
        if day is not None:
            periods.setdefault(period_of(day, unit), []).append(index)
    sizes = [len(document.sentences) for document in telling.documents]
    points: list[list[dict[str, Any]]] = [[] for _ in codebook.frames]
    for period in sorted(periods):
        chosen = periods[period]
        counts = np.asarray(documents[chosen])  # (D, F, S); a frame stands at most once in a sentence
        figures = shares(list(counts.sum(2)), [sizes[index] for index in chosen], rounds=_ROUNDS)
        for frame in range(len(codebook.frames)):
            by_stance = counts[:, frame].sum(0)
            points[frame].append(
                {
                    "period": period,
                    "documents": len(chosen),
                    "sentences": sum(sizes[index] for index in chosen),
                    "count": int(by_stance.sum()),
                    "share": figures[frame].to_dict(),
                    "stances": dict(zip(codebook.stance_ids, map(int, by_stance), strict=True)),
                }
            )
    return [
        {"telling": telling.id, "frame": name, "points": row}
        for name, row in zip(codebook.frames, points, strict=True)
        if row
    ]
