"""From the lines on printed pages to paragraphs in reading order: columns, running heads, hyphens."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

__all__ = ["Line", "Page", "Paragraph", "paragraphs", "with_story"]

#: Running heads and feet stand in these parts of the height of a page.
_MARGIN = 0.12
#: A gutter between columns is at least so wide, in sizes of the type, and has so many lines on either side.
_GUTTER = 0.8
_COLUMN_LINES = 3
#: Characters in the line of a column; the cells of a table and the labels of a form are shorter.
_CELL = 20
#: A page with more lines is a map or a sheet of numbers, and only so many strips are looked at: the time stays
#: in bounds.
_MOST_LINES, _MOST_STRIPS = 2500, 30
#: Lines across the gutter, as a share of all.
_MOST_ACROSS = 0.4
#: Distance of lines, as a multiple of the usual one, from which a new paragraph begins.
_GAP = 1.3
#: First-line indent, in sizes of the type.
_INDENT = 0.7
#: Type of a note and of a heading, as multiples of that of the story.
_NOTE, _HEADING = 0.9, 1.15

_PAGE_NUMBER = re.compile(r"\W*(?:page|p\.?)?\s*(?:\d{1,4}|[ivxlc]{1,6})(?:\s*(?:/|of)\s*\d{1,4})?\W*", re.I)
_DIGITS = re.compile(r"\d+")
_END = re.compile(r"[.!?…:;][”\"’'»)\]]*(?:\s?\d{1,2})?\Z")
_HYPHEN = re.compile(r"(\w*[^\W\d_])[-\u2010\u00ad]\Z")
#: The first half of 2030-2031 at the end of a line.
_NUMBER = re.compile(r"\d[-\u2010\u2013]\Z")
#: Characters at the end of a line in which its last word is looked for.
_LONGEST_WORD = 80
_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_]++(?:-[^\W\d_]++)*+(?!-\Z)")
_LABEL = re.compile(r"(?:[•‣▪●◦·■□–—*-]|\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivxlc]{1,6})[.)])\s")
_NOTE_MARK = re.compile(r"(?:[\d*†‡]{1,3}|\[\d{1,3}\])\s?\S")
#: First parts of words that keep their hyphen at the end of a line.
_COMPOUNDS = frozenset(
    re.findall(
        r"\w+",
        "all anti cease co counter cross de ex far fact fifth first five four full half hand high inter large life long"
        " low mid multi near new non north old one part post power pre pro re round second self semi short six small so"
        " south sub ten third three two ultra un vice war water well year",
    )
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; lengths in points, heights from the lower edge of the page. ``turned`` if not level."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    turned: bool = False


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
    words = _words(pages)
    found: list[Paragraph] = []
    pending: _Block | None = None  # a paragraph that may go on in the next column
    waiting: list[Paragraph] = []  # what stands between its parts

    def finish() -> None:
        nonlocal pending
        if pending is not None:
            heading = pending.size > _HEADING * body and len(pending.lines) <= 5
            found.append(Paragraph(_joined(pending.lines, words), heading=heading))
        found.extend(waiting)
        waiting.clear()
        pending = None

    for number, page in enumerate(pages):
        story, furniture = _parted(page, running, body if number else 0.0)
        for block in _blocks(story, page, body):
            if block.note:
                waiting.append(Paragraph(_joined(block.lines, words)))
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


def _words(pages: Sequence[Page]) -> Counter[str]:
    """Return the words, hyphenated ones as well, that stand inside of lines."""
    counts: Counter[str] = Counter()
    for page in pages:
        for line in page.lines:
            counts.update(_WORD.findall(line.text.casefold()))
    return counts


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
    for column in _columns(story):
        yield from _in_paragraphs(column)
    for column in _columns(notes):
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


def _columns(lines: Sequence[Line]) -> list[list[Line]]:
    """Return the lines column by column; what stands across the columns parts them."""
    lines = sorted(lines, key=lambda line: -line.top)
    gutter = _gutter(lines)
    if gutter is None:
        return [_in_rows(lines)] if lines else []
    found: list[list[Line]] = []
    left: list[Line] = []
    right: list[Line] = []
    across: list[Line] = []

    def flush() -> None:
        found.extend([*_columns(left), *_columns(right)])
        left.clear()
        right.clear()

    for line in lines:
        if line.x1 > gutter[0] and line.x0 < gutter[1]:
            if left or right:
                flush()
            across.append(line)
            continue
        if across:
            found.append(_in_rows(across))
            across = []
        (left if line.x1 <= gutter[0] else right).append(line)
    flush()
    if across:
        found.append(_in_rows(across))
    return found


def _gutter(lines: Sequence[Line]) -> tuple[float, float] | None:
    """Return the edges of an empty strip that parts two columns of text, None where there is none."""
    if not 2 * _COLUMN_LINES <= len(lines) <= _MOST_LINES:
        return None
    start, end = min(line.x0 for line in lines), max(line.x1 for line in lines)
    width, size = end - start, median(line.size for line in lines)
    edges = sorted({line.x0 for line in lines if start + 0.15 * width < line.x0 < start + 0.85 * width})
    starts, ends = sorted(line.x0 for line in lines), sorted(line.x1 for line in lines)
    strips: list[tuple[int, int, tuple[float, float]]] = []
    for edge in edges:
        strip = edge - _GUTTER * size, edge - 0.01
        left, right = bisect_right(ends, strip[0]), len(lines) - bisect_left(starts, strip[1])
        across = len(lines) - left - right
        if across <= _MOST_ACROSS * len(lines) and left and right:
            strips.append((across, -min(left, right), strip))
    for _, _, strip in sorted(strips)[:_MOST_STRIPS]:
        if _side_by_side(
            [line for line in lines if line.x1 <= strip[0]], [line for line in lines if line.x0 >= strip[1]]
        ):
            return strip
    return None


def _side_by_side(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Return whether both are columns of text that stand beside each other, not the cells of a table.

    Columns have lines as long as text has, or lines of their own heights; the cells of a row share theirs.
    """
    near_left, near_right = _neighbours(left, right), _neighbours(right, left)
    text = [_beside(side, near) for side, near in ((left, near_left), (right, near_right))]
    cells = [near for near in near_right if near]
    sizes = sorted(len(lines) for lines in text)
    # The last column of a page may be short.
    return sizes[0] >= 2 and sizes[1] >= _COLUMN_LINES and 2 * len(text[1]) > len(cells)


def _beside(side: Sequence[Line], neighbours: Sequence[Sequence[Line]]) -> list[Line]:
    """Return the lines of a side that are text and have others beside them."""
    found = []
    for line, near in zip(side, neighbours, strict=True):
        if near and (len(line.text) >= _CELL or all(abs(line.top - beside.top) > 1 for beside in near)):
            found.append(line)
    return found


def _neighbours(lines: Sequence[Line], others: Sequence[Line]) -> list[list[Line]]:
    """Return, for each line, those of the others that share a part of its height."""
    ordered = sorted(others, key=lambda line: line.top)
    tops = [line.top for line in ordered]
    tallest = max((line.top - line.bottom for line in ordered), default=0.0)
    return [
        [
            other
            for other in ordered[bisect_right(tops, line.bottom) : bisect_left(tops, line.top + tallest)]
            if other.bottom < line.top
        ]
        for line in lines
    ]


def _in_rows(lines: Sequence[Line]) -> list[Line]:
    """Return lines from above to below, those of one height from left to right."""
    ordered: list[Line] = []
    row: list[Line] = []
    for line in sorted(lines, key=lambda line: -line.top):
        if row and line.top < row[0].top - 0.5 * (row[0].top - row[0].bottom):
            ordered.extend(sorted(row, key=lambda line: line.x0))
            row = []
        row.append(line)
    return [*ordered, *sorted(row, key=lambda line: line.x0)]


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
    return room > 0.15 * (end - start) + needed and not _HYPHEN.search(above.text)


def _goes_on(pending: _Block, block: _Block) -> bool:
    """Return whether *block*, in the next column or page, continues the paragraph before it."""
    last, first = pending.lines[-1], block.lines[0]
    if abs(last.size - first.size) > 0.12 * last.size or last.size > 1.5 * first.size:
        return False
    if _END.search(last.text) or _LABEL.match(first.text):
        return False
    moved = first.top > last.top or abs(first.x0 - last.x0) > 0.3 * (last.x1 - last.x0)
    return moved and len(pending.lines[-1].text) > 15


def _joined(lines: Sequence[Line], words: Counter[str]) -> str:
    parts = [lines[0].text]
    for line in lines[1:]:
        parted = _HYPHEN.search(parts[-1][-_LONGEST_WORD:])
        if parted is None:
            number = _NUMBER.search(parts[-1][-_LONGEST_WORD:]) and line.text[:1].isdigit()
            parts += ["" if number else " ", line.text]
            continue
        parts[-1] = _before(parted, parts[-1], line.text, words)
        parts.append(line.text)
    return "".join(parts)


def _before(parted: re.Match[str], text: str, following: str, words: Counter[str]) -> str:
    """Return a line that ends in a part of a word, with its hyphen only if the word has one of its own."""
    second = re.match(r"[^\W\d_]+", following)
    if second is None:
        return text
    if text.endswith("\u00ad"):
        return text[:-1]
    head, tail = parted[1].casefold(), second[0].casefold()
    whole = words[head + tail]
    apart = words[f"{head}-{tail}"]
    keep = second[0][0].isupper() or apart > whole or (apart == whole and head.split("-")[-1] in _COMPOUNDS)
    return text if keep else text[:-1]
