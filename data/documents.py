"""From the text of a release to its paragraphs, and what each of them is."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .boilerplate import boilerplate_name, dateline_end
from .sentence_rules import ends_in_abbreviation, starts_item
from .types import Kind, Release, Segment, Span

__all__ = ["segment"]

#: Length of the longest line of hard-wrapped text: at least, at most.
_NARROWEST_WRAP, _WIDEST_WRAP = 40, 100
#: A headline is not longer, and is followed by at most so many sub-headlines.
_LONGEST_HEADLINE = 200
_MOST_SUBHEADLINES = 2

_STOP = re.compile(r"[.!?…][”\"’'»)\]]*\Z")
_CLOSED = re.compile(r"[.!?…:;][”\"’'»)\]]*\Z")
_DANGLING = re.compile(r"(?:,|\b(?:a|an|and|at|by|for|from|in|of|on|or|that|the|to|which|with))\Z")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line without the white space around it; ``fresh`` after a blank line or at the edge of a span."""

    start: int
    end: int
    text: str
    fresh: bool


def segment(release: Release) -> list[Segment]:
    """Cut the text of *release* into paragraphs and say what each is.

    Every character that is not white space lies in exactly one segment. The page furniture that the format
    shows and what matches a pattern of :mod:`.boilerplate` is boilerplate, the title or a short first line
    without a full stop is the headline, everything else is body.
    """
    furniture = _merged(release.furniture)
    titles = _merged([release.title] if release.title else [])
    edges = sorted({edge for span in furniture + titles for edge in span})
    paragraphs = list(_paragraphs(_cut_lines(release.text, edges)))
    texts = [release.text[start:end] for start, end in paragraphs]
    kinds: list[Kind | None] = []
    first = True
    for (start, _), text in zip(paragraphs, texts, strict=True):
        kind: Kind | None = None
        if _inside(titles, start):
            kind = "headline"
        elif _inside(furniture, start) or boilerplate_name(text, first=first):
            kind = "boilerplate"
        kinds.append(kind)
        first = first and kind == "boilerplate"
    _mark_headlines(texts, kinds)
    _mark_repeated(texts, kinds)
    return list(_cut_datelines(paragraphs, texts, kinds))


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _inside(spans: Sequence[Span], place: int) -> bool:
    index = bisect_right(spans, (place, float("inf"))) - 1
    return index >= 0 and spans[index][0] <= place < spans[index][1]


def _cut_lines(text: str, edges: Sequence[int]) -> Iterator[_Line]:
    marks = set(edges)
    position = 0
    fresh = True
    for line in text.splitlines(keepends=True):
        following = position + len(line)
        inner = edges[bisect_right(edges, position) : bisect_right(edges, following - 1)]
        for start, end in pairwise([position, *inner, following]):
            piece = text[start:end]
            fresh = fresh or start in marks
            if stripped := piece.strip():
                start += len(piece) - len(piece.lstrip())
                yield _Line(start, start + len(stripped), stripped, fresh)
                fresh = False
        fresh = fresh or not line.strip()
        position = following


def _paragraphs(lines: Iterable[_Line]) -> Iterator[Span]:
    blocks: list[list[_Line]] = []
    for line in lines:
        if line.fresh or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    width = max((_wrap_width(block) for block in blocks), default=0)
    for block in blocks:
        start = block[0].start
        for line, following in pairwise(block):
            if not _continues(line, following, width):
                yield start, line.end
                start = following.start
        yield start, block[-1].end


def _wrap_width(block: Sequence[_Line]) -> int:
    """Return the length of the longest line if the block is hard-wrapped, else 0."""
    width = max(len(line.text) for line in block)
    pairs = list(pairwise(block))
    if not pairs or not _NARROWEST_WRAP <= width <= _WIDEST_WRAP:
        return 0
    inside_sentence = any(_breaks_sentence(line.text, following.text) for line, following in pairs)
    filled = len(pairs) > 1 and all(_is_full(line.text, following.text, width) for line, following in pairs)
    unfinished = any(not _CLOSED.search(line.text) for line, _ in pairs)
    return width if inside_sentence or (filled and unfinished) else 0


def _continues(line: _Line, following: _Line, width: int) -> bool:
    """Return whether the line break between two lines stands inside a paragraph."""
    if starts_item(following.text, line.text):
        return False
    if boilerplate_name(line.text) or boilerplate_name(following.text):
        return False
    if _breaks_sentence(line.text, following.text):
        return True
    if max(len(line.text), len(following.text)) > width:
        return False
    return _is_full(line.text, following.text, width) or ends_in_abbreviation(line.text)


def _is_full(line: str, following: str, width: int) -> bool:
    """Return whether the first word of *following* had no room in *line*, give or take a tenth."""
    return len(line) + 1 + len(following.split(None, 1)[0]) > 0.9 * width


def _breaks_sentence(line: str, following: str) -> bool:
    if _DANGLING.search(line):
        return True
    return following[0].islower() and not _CLOSED.search(line)


def _mark_headlines(texts: Sequence[str], kinds: list[Kind | None]) -> None:
    """Mark the headline, unless the format marked it, and the sub-headlines after it."""
    stories = [index for index, kind in enumerate(kinds) if kind is None]
    sentences = [index for index in stories if _STOP.search(texts[index])]
    if not sentences:
        return
    titles = [index for index, kind in enumerate(kinds) if kind == "headline"]
    candidates = [index for index in stories if index < sentences[0] and index > max(titles, default=-1)]
    most = _MOST_SUBHEADLINES + (0 if titles else 1)
    for index in candidates[:most]:
        if not _is_headline(texts[index]):
            return
        kinds[index] = "headline"


def _is_headline(text: str) -> bool:
    return (
        len(text) <= _LONGEST_HEADLINE
        and len(text.split()) > 1
        and not text[0].islower()
        and not _CLOSED.search(text)
        and not _DANGLING.search(text)
        and not starts_item(text, "")
    )


def _mark_repeated(texts: Sequence[str], kinds: list[Kind | None]) -> None:
    headlines = {_plain(text) for text, kind in zip(texts, kinds, strict=True) if kind == "headline"}
    for index, text in enumerate(texts):
        if kinds[index] is None and _plain(text) in headlines:
            kinds[index] = "boilerplate"


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _cut_datelines(paragraphs: Sequence[Span], texts: Sequence[str], kinds: Sequence[Kind | None]) -> Iterator[Segment]:
    opening = True
    for (start, end), text, kind in zip(paragraphs, texts, kinds, strict=True):
        if kind is None:
            cut = dateline_end(text, opening=opening)
            opening = False
            if cut:
                yield Segment(start=start, end=start + len(text[:cut].rstrip()), kind="boilerplate")
                start += cut
        yield Segment(start=start, end=end, kind=kind or "body")
