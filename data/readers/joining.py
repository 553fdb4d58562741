"""A title that stands outside of the text, such as the subject of a message, set before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..types import Release, Span

__all__ = ["has_line", "with_title"]

#: Lines in which a title is looked for.
_FIRST = 40


def has_line(release: Release, title: str) -> bool:
    """Return whether one of the first lines of *release* is its title, and not only a sentence that holds it."""
    return any(_plain(line) == _plain(title) for line in release.text.splitlines()[:_FIRST])


def with_title(release: Release, title: str, meta: Mapping[str, Any]) -> Release:
    """Return *release* with *title* as its first paragraph and headline.

    A text that has the same words in one of its first lines keeps that line as its headline instead.
    """
    title = " ".join(title.split())
    if not title:
        return replace(release, meta=meta)
    position = 0
    for line in release.text.splitlines(keepends=True)[:_FIRST]:
        if _plain(line) == _plain(title):
            start = position + len(line) - len(line.lstrip())
            return replace(release, title=(start, start + len(line.strip())), meta=meta)
        position += len(line)
    shift = len(title) + 2

    def moved(span: Span) -> Span:
        return span[0] + shift, span[1] + shift

    return replace(
        release,
        text=f"{title}\n\n{release.text}" if release.text else title,
        furniture=tuple(moved(span) for span in release.furniture),
        title=(0, len(title)),
        meta=meta,
    )


def _plain(text: str) -> str:
    return " ".join(text.split())
