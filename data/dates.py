"""Dates as documents write them."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

__all__ = ["parse_date"]

_ISO = re.compile(r"\s*(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"\s*((?:19|20|21)\d{2})()(\d{2})(\d{2})(?:T?\d{4,6}Z?)?\s*")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
#: Two days that differ in year, month and day: what the text leaves open, they fill in differently.
_FILLERS = (datetime(2001, 1, 1), datetime(2002, 2, 2))
_LONGEST = 80


def parse_date(value: Any) -> date | None:
    """Return the day that *value* names, as it is written there, or None where it names none for sure.

    ISO 8601, RFC 822 and what people write are read: ``2031-05-12``, ``12 May 2031, 11:40``, ``May 12, 2031``,
    ``Mon, 12 May 2031 09:00:00 GMT``. A day without a year or a month is none, nor is ``05/06/2031``, which is the
    fifth of June to some and the sixth of May to others.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    match = _ISO.match(value) or _COMPACT.fullmatch(value)
    if match:
        try:
            return date(int(match[1]), int(match[3]), int(match[4]))
        except ValueError:
            return None
    return _written(value) if _YEAR.search(value) else None


def _written(text: str) -> date | None:
    """Return the day on which all readings of *text* agree."""
    from dateutil import parser

    readings = set()
    for default in _FILLERS:
        for dayfirst in (False, True):
            try:
                readings.add(parser.parse(text, default=default, dayfirst=dayfirst, ignoretz=True).date())
            except (ValueError, OverflowError, TypeError):  # ParserError is a ValueError
                return None
    return readings.pop() if len(readings) == 1 else None
