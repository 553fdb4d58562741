"""A title that stands outside of the text, such as the subject of a message, set before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..types import Release, Span

__all__ = ["with_title"]


def with_title(release: Release, title: str, meta: Mapping[str, Any]) -> Release:
    """Return *release* with *title* as its first paragraph and headline.

    A text that has the same words in one of its first lines keeps that line as its headline instead.
    """
    title = " ".join(title.split())
    if not title:
        return replace(release, meta=meta)
    position = 0
    for line in release.text.splitlines(keepends=True)[:40]:
        if " ".join(line.split()) == title:
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
