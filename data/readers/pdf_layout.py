"""From the lines on printed pages to paragraphs in reading order: columns, running heads, hyphens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from .pdf_columns import Line, columns
from .pdf_words import count_words, join_lines

__all__ = ["Line", "Page", "Paragraph", "paragraphs", "with_story"]

#: Running heads and feet stand in these parts of the height of a page.
_MARGIN = 0.12
#: Distance of lines, as a multiple of the usual one, from which a new paragraph begins.
_GAP = 1.3
#: First-line indent, in sizes of the type.
_INDENT = 0.7
#: Type of a note and of a heading, as multiples of that of the story.
_NOTE, _HEADING = 0.9, 1.15

_PAGE_NUMBER = re.compile(r"\W*(?:page|p\.?)?\s*(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of)\s*\d{1,4})?\W*", re.I)
_DIGITS = re.compile(r"\d+")
_END = re.compile(r"[.!?…:;][”\"’'»)\]]*(?:\s?\d{1,2})?\Z")
_LABEL = re.compile(r"(?:[•‣▪●◦·■□–—*-]|\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivxlc]{1,6})[.)])\s")
_NOTE_MARK = re.compile(r"(?:[\d*†‡]{1,3}|\[\d{1,3}\])\s?\S")


@dataclass(slots=True)
class Page:
    """The lines and the number of pictures of a page; ``unreadable`` counts letters known by their shape alone."""

    width: float
    height: float
    lines: list[Line] = field(default_factory=list)
    pictures: int = 0
    unreadable: int = 0


@dataclass(slots=True)
class Paragraph:
    """A paragraph. ``heading`` where the type is larger than that of the story."""

    text: str
    furniture: bool = False
    heading: bool = False


@dataclass(slots=True)
class _Block:
    """Lines that belong together."""

    lines: list[Line]
    note: bool = False

    @property
    def size(self) -> float:
        return median(line.size for line in self.lines)


def paragraphs(pages: Sequence[Page]) -> list[Paragraph]:
    """Return the paragraphs of a document.

    A paragraph that runs over a page or a column is whole again, before the notes, running heads and page numbers
    between its parts. Hyphens at the ends of lines are taken back unless the word has one elsewhere.
    """
    body = _body_size(pages)
    running = _running(pages)
    words = count_words(line.text for page in pages for line in page.lines)
    found: list[Paragraph] = []
    pending: _Block | None = None  # a paragraph that may go on in the next column
    waiting: list[Paragraph] = []  # what stands between its parts

    def finish() -> None:
        nonlocal pending
        if pending is not None:
            heading = pending.size > _HEADING * body and len(pending.lines) <= 5
            found.append(Paragraph(join_lines([line.text for line in pending.lines], words), heading=heading))
        found.extend(waiting)
        waiting.clear()
        pending = None

    for number, page in enumerate(pages):
        story, furniture = _parted(page, running, body if number else 0.0)
        for block in _blocks(story, page, body):
            if block.note:
                waiting.append(Paragraph(join_lines([line.text for line in block.lines], words)))
            elif pending is not None and _goes_on(pending, block):
                pending.lines.extend(block.lines)
            else:
                finish()
                pending = block
        waiting.extend(Paragraph(line.text, furniture=True) for line in furniture)
    finish()
    return found


def with_story(pages: Sequence[Page]) -> list[bool]:
    """Return, for each page, whether it has lines other than running heads, page numbers and stamps."""
    body, running = _body_size(pages), _running(pages)
    return [bool(_parted(page, running, body if number else 0.0)[0]) for number, page in enumerate(pages)]


def _body_size(pages: Sequence[Page]) -> float:
    """Return the size of type in which most characters are set."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


# Running heads


def _in_margin(line: Line, page: Page) -> bool:
    return line.bottom > (1 - _MARGIN) * page.height or line.top < _MARGIN * page.height


def _running(pages: Sequence[Page]) -> frozenset[str]:
    """Return the lines, without their numbers, that stand in the margins of several pages."""
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({_DIGITS.sub("#", line.text) for line in page.lines if _in_margin(line, page)})
    least = 2 if len(pages) < 6 else 3
    return frozenset(text for text, count in seen.items() if count >= least)


def _parted(page: Page, running: frozenset[str], body: float) -> tuple[list[Line], list[Line]]:
    """Return the lines of the story and those that are page furniture.

    *body* is the size of the story's type: smaller type in the margins is furniture, notes apart. It is 0 on the
    first page, whose head may say what the document is.
    """
    story: list[Line] = []
    furniture: list[Line] = []
    for line in page.lines:
        head = line.size < _NOTE * body and not _NOTE_MARK.match(line.text) and not _END.search(line.text)
        margin = _in_margin(line, page)
        is_furniture = line.turned or (
            margin and (head or _DIGITS.sub("#", line.text) in running or bool(_PAGE_NUMBER.fullmatch(line.text)))
        )
        (furniture if is_furniture else story).append(line)
    furniture.sort(key=lambda line: -line.top)
    return story, furniture


# Order


def _blocks(lines: Sequence[Line], page: Page, body: float) -> Iterator[_Block]:
    """Yield the paragraphs of a page in reading order, its notes last."""
    story, notes = _without_notes(lines, page, body)
    for column in columns(story):
        yield from _in_paragraphs(column)
    for column in columns(notes):
        for block in _in_paragraphs(column, notes=True):
            block.note = True
            yield block


def _without_notes(lines: Sequence[Line], page: Page, body: float) -> tuple[list[Line], list[Line]]:
    """Part the notes at the foot of the page, set in smaller type, from the story above them."""
    small = [line for line in lines if line.size < _NOTE * body and line.top < 0.45 * page.height]
    heads = [line for line in small if _NOTE_MARK.match(line.text)]
    if not heads:
        return list(lines), []
    first = max(line.top for line in heads)
    notes = [line for line in small if line.top <= first + 1]
    apart = set(notes)
    return [line for line in lines if line not in apart], notes


# Paragraphs


def _in_paragraphs(lines: Sequence[Line], *, notes: bool = False) -> Iterator[_Block]:
    """Yield the paragraphs of a column."""
    if not lines:
        return
    steps = [above.top - below.top for above, below in pairwise(lines) if 0 < above.top - below.top < 3 * above.size]
    step = median(steps) if steps else 0.0
    usual = median(line.size for line in lines)
    # A headline may be wider than the text under it.
    text = [line for line in lines if abs(line.size - usual) <= 0.12 * usual] or lines
    start, end = min(line.x0 for line in text), max(line.x1 for line in text)
    block = [lines[0]]
    for above, below in pairwise(lines):
        if _begins(above, below, block, step, start, end) or (notes and _NOTE_MARK.match(below.text)):
            yield _Block(block)
            block = []
        block.append(below)
    yield _Block(block)


def _begins(above: Line, below: Line, block: Sequence[Line], step: float, start: float, end: float) -> bool:
    """Return whether *below* begins a paragraph after *above*."""
    gap = above.top - below.top
    same_row = gap < 0.5 * above.size
    if same_row:
        return below.x0 - above.x1 > 3 * above.size
    if gap > _GAP * step or gap > 2.2 * above.size or abs(below.size - above.size) > 0.12 * above.size:
        return True
    if _LABEL.match(below.text) and (_END.search(above.text) or _LABEL.match(block[0].text)):
        return True
    if below.x0 - above.x0 > _INDENT * below.size and below.x0 - start > _INDENT * below.size:
        # A hanging indent follows a label, a first-line indent a line that was full or a sentence that ended.
        return not _LABEL.match(above.text) and bool(_END.search(above.text))
    room = end - above.x1
    if room > 0.2 * (end - start) and _END.search(above.text):
        return True
    # A line that had room for the next word is a heading or an item.
    word = below.text.split(None, 1)[0]
    needed = (len(word) + 1) / max(len(below.text), 1) * (below.x1 - below.x0)
    return room > 0.15 * (end - start) + needed and not above.text.endswith(("-", "\u2010", "\u00ad"))


def _goes_on(pending: _Block, block: _Block) -> bool:
    """Return whether *block*, in the next column or page, continues the paragraph before it."""
    last, first = pending.lines[-1], block.lines[0]
    if abs(last.size - first.size) > 0.12 * last.size or last.size > 1.5 * first.size:
        return False
    if _END.search(last.text) or _LABEL.match(first.text):
        return False
    moved = first.top > last.top or abs(first.x0 - last.x0) > 0.3 * (last.x1 - last.x0)
    return moved and len(pending.lines[-1].text) > 15
