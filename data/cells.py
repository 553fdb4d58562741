"""Cells of CSV that no spreadsheet takes for a formula, and what stood there before."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["defused", "restored"]

#: What a spreadsheet takes for a formula, and what was made harmless already; the wide signs count in East Asian ones.
_FORMULA = re.compile(r"'*+[=+\-@\t\r\n＝＋－＠]")
_MARKED = re.compile(r"'++[=+\-@\t\r\n＝＋－＠]")
#: A number may have a sign: it is worked out to itself.
_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")


def defused(value: Any) -> Any:
    """Return *value*; a text that a spreadsheet would take for a formula gets an apostrophe before it.

    A text that looks as if it had been treated gets one more, so that :func:`restored` gives each text back.
    """
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def restored(cell: str) -> str:
    """Return the text of which :func:`defused` made *cell*."""
    return cell[1:] if _MARKED.match(cell) else cell
