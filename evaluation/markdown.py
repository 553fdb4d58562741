"""Figures and tables as Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .figure import Figure

__all__ = ["code", "escaped", "interval", "number", "table"]


def number(value: float | None, sign: str = "") -> str:
    """Return a figure with three decimals, or a dash where there is none."""
    return "–" if value is None else f"{value:{sign}.3f}"


def interval(figure: Figure | Mapping[str, Any], sign: str = "") -> str:
    """Return a figure, or its JSON (value, low, high), with its interval where it has one."""
    if not isinstance(figure, Figure):
        figure = Figure(figure["value"], figure["low"], figure["high"], 0)
    return figure.shown(lambda value: number(value, sign))


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; the first column to the left, the others to the right. Cells are escaped already."""
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows))


def code(text: str) -> str:
    """Return *text* as code, on one line."""
    return "`" + " ".join(text.replace("`", "'").split()) + "`"


def escaped(text: str) -> str:
    """Return *text* on one line, with what Markdown or HTML would take for its own escaped."""
    marked = re.sub(r"([\\`*_\[\]|~#])", r"\\\1", html.escape(text, quote=False))
    return " ".join(marked.split())
