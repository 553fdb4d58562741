"""Which blocks of a page are its story and which its furniture."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from ..normalise import normalise
from ..types import Span
from .html_hints import hinted

__all__ = ["HEADINGS", "Block", "mark_furniture", "plain_words"]

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))

_STOP = re.compile(r"[.!?…][”\"’'»)]*\Z")
#: A line of the page counts as found inside a longer line of the main text from this many words on.
_FOUND_INSIDE = 4
#: A block that the extraction left out, beside blocks that it kept, stays from this many words on.
_SENTENCE_WORDS = 4


@dataclass(slots=True)
class Block:
    """A piece of visible text between two block boundaries, and the element in which it stands.

    ``linked`` if all of it is the text of links.
    """

    text: str
    element: Any
    tags: frozenset[str]
    linked: bool
    furniture: bool
    start: int = 0

    @property
    def span(self) -> Span:
        """Place in the text of the release."""
        return self.start, self.start + len(self.text)


def plain_words(text: str) -> str:
    """Return the words of *text* in lower case, parted by one blank; what is not seen is left out."""
    return " ".join(re.findall(r"\w+", normalise(text)[0].casefold()))


def mark_furniture(blocks: Sequence[Block], root: Any, title: Block | None) -> None:
    """Mark what is no part of the story.

    trafilatura says which blocks are the main text. It leaves out lines, lists and tables among them; so what
    stands between its first and its last block stays as well, unless an element or its name says that it is
    furniture. Without a main text the elements alone decide.
    """
    found = _found(blocks, _main_lines(root))
    if not any(found):
        return
    if all(block.furniture for block, hit in zip(blocks, found, strict=True) if hit):
        # The elements call the whole main text furniture, so they are not to be trusted.
        for block in blocks:
            block.furniture = False
    for block, is_hinted in zip(blocks, hinted(blocks, found, title), strict=True):
        block.furniture = block.furniture or is_hinted
    story = [index for index, hit in enumerate(found) if hit and not blocks[index].furniture]
    if not story:
        return
    first = min([story[0], *(index for index, block in enumerate(blocks) if block is title)])
    while first > 0 and _is_heading(blocks[first - 1]):
        first -= 1
    homes = {_home(blocks[index]) for index in story}
    for index, block in enumerate(blocks):
        sentence = _is_sentence(block.text)
        kept = (
            (found[index] and (sentence or not block.linked))
            or (sentence and _home(block) in homes)
            or (first <= index <= story[-1] and not block.linked)
        )
        block.furniture = block.furniture or not kept


def _main_lines(root: Any) -> list[str]:
    """Return the words of each line of the main text, as trafilatura finds it."""
    import trafilatura

    logger = logging.getLogger("trafilatura")
    if logger.level == logging.NOTSET:
        # It warns of each page without main text, for which there is a way out here.
        logger.setLevel(logging.ERROR)
    # A copy, because some versions prune the tree that they are given.
    page = deepcopy(root)
    found = trafilatura.extract(page, favor_recall=True, include_comments=False, include_tables=True)
    return [words for line in (found or "").splitlines() if (words := plain_words(line))]


def _found(blocks: Sequence[Block], main: Sequence[str]) -> list[bool]:
    lines = set(main)
    joined = f" {' '.join(main)} "

    def is_found(block: Block) -> bool:
        pieces = [plain_words(piece) for piece in [block.text, *block.text.split("\n")]]
        return any(
            piece in lines or (piece.count(" ") >= _FOUND_INSIDE - 1 and f" {piece} " in joined)
            for piece in pieces
            if piece
        )

    return [is_found(block) for block in blocks]


def _home(block: Block) -> Any:
    """Return the element in which the neighbours of a block stand; the cells of a row are no neighbours."""
    return block.element if block.element.tag in {"body", "td", "th"} else block.element.getparent()


def _is_heading(block: Block) -> bool:
    return not block.furniture and not block.linked and bool(block.tags & HEADINGS)


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= _SENTENCE_WORDS and _STOP.search(text) is not None
