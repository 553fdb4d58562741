"""Which blocks of a page are its story and which its furniture."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from ..types import Span

__all__ = ["HEADINGS", "Block", "mark_furniture", "plain_words"]

HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))

_STOP = re.compile(r"[.!?…][”\"’'»)]*\Z")
#: A line of the page counts as found inside a longer line of the main text from this many words on.
_FOUND_INSIDE = 4
#: A block that the extraction left out, beside blocks that it kept, stays from this many words on.
_SENTENCE_WORDS = 4
#: An element that holds this share of the text found is no furniture, whatever its name.
_MOST_STORY = 0.3
#: One of links to other stories may outweigh a short story beside it that has the title and so many words.
_MOST_STORIES, _SHORT_STORY = 0.7, 20

#: Words in the names (class, id) of elements that hold what is not the story: links to other stories, and the rest.
_OTHER_STORIES = (
    "also|earlier|latest|more|most|next|popular|prev|previous|read-?(?:also|more|next)|recirc\\w*|recommend\\w*|rel"
    "|related|see-?also|side|sidebar|teasers?|trending"
)
_REST = (
    "ad|ads|advert\\w*|alert|author-?(?:bio|box|info)|banner|bio|breadcrumbs?|byline-?box|calendar|comments?"
    "|comment-?list|contacts?|cookies?|copyright|counter|crumbs?|disclaimer|donat\\w+|feedback|footer|gdpr|hatnote|hdr"
    "|helpful|hidden|langs?|languages?|legal|listen|login|masthead|menu|meta|nav|navbar|navigation|newsletter|noprint"
    "|notice|pagination|pager|path|paywall|poll|print|promo\\w*|push|rating|reactions|register|search|share|sharing"
    "|site-?(?:header|footer|notice)|skip|social|sponsor\\w*|subscri\\w*|support|tags?|toc|toolbar|tools|topics"
    "|widgets?"
)


def _named(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[-_\s])(?:{words})(?:$|[-_\s])", re.IGNORECASE)


_HINTS, _STORIES_HINTS = _named(f"{_OTHER_STORIES}|{_REST}"), _named(_OTHER_STORIES)
#: Words in such names that prove that they hold the story.
_STORY_HINTS = re.compile(
    r"article-?(?:body|content|text)|(?:entry|post|story|main|page|news)-?(?:body|content|text)", re.I
)
#: Headings of what is not the story.
_SECTION = re.compile(
    r"(?:see|read|watch|also|more)(?: also| next| more)*(?: (?:in|on|from|about|for) [^.!?]{1,40})?:?"
    r"|(?:also|elsewhere) (?:in|on) (?:this|the|our) [\w ]{1,30}:?|(?:on|about) the same (?:subject|topic|matter):?"
    r"|(?:related|similar|other|earlier|previous|recent|latest|more|most|top|popular|recommended|trending)"
    r" (?:articles?|communiqu[eé]s?|content|documents?|events|headlines|links|materials|news|pages|posts|press releases"
    r"|publications|read|releases|reports?|statements?|stories|topics|viewed|videos?|commented):?"
    r"|related:?|you (?:may|might) also (?:like|be interested in):?"
    r"|(?:notes|footnotes|references|sources)(?:\[edit\])?:?"
    r"|about (?:us|the author|this (?:site|page))|how we work|editors?[’'] picks?|don[’']t miss:?",
    re.IGNORECASE,
)


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
    """Return the words of *text* in lower case, parted by one blank."""
    return " ".join(re.findall(r"\w+", text.casefold()))


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
    hinted = _hinted(blocks, found, title)
    for block in blocks:
        block.furniture = block.furniture or any(element in hinted for element in _lineage(block))
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


def _hinted(blocks: Sequence[Block], found: Sequence[bool], title: Block | None) -> set[Any]:
    """Return the elements that by their names or headings hold furniture, and do not hold the story."""
    # By the elements, not by their ids: lxml makes them anew as soon as nobody holds them.
    inside: Counter[Any] = Counter()
    outside = total = 0
    headed: set[Any] = set()
    titled = set() if title is None else set(_lineage(title))
    for block, hit in zip(blocks, found, strict=True):
        lineage = list(_lineage(block))
        words = len(block.text.split()) if hit else 0
        total += words
        if not any(_is_hinted(element, _STORIES_HINTS) for element in lineage):
            outside += words
        for element in lineage:
            inside[element] += words
        if block is not title and _SECTION.fullmatch(" ".join(block.text.split())):
            headed.add(block.element.getparent())

    def holds_story(element: Any, share: float) -> bool:
        if share < _MOST_STORY * total:
            return False
        beside = element not in titled and outside >= _SHORT_STORY and _is_hinted(element, _STORIES_HINTS)
        return not beside or share >= _MOST_STORIES * total

    return {
        element
        for element, words in inside.items()
        if (element in headed or _is_hinted(element, _HINTS)) and not holds_story(element, words)
    }


def _is_hinted(element: Any, hints: re.Pattern[str]) -> bool:
    if element.tag in ("html", "body", "article", "main"):
        return False
    name = f"{element.get('class', '')} {element.get('id', '')}"
    return hints.search(name) is not None and _STORY_HINTS.search(name) is None


def _lineage(block: Block) -> Iterator[Any]:
    yield block.element
    yield from block.element.iterancestors()


def _home(block: Block) -> Any:
    """Return the element in which the neighbours of a block stand; the cells of a row are no neighbours."""
    return block.element if block.element.tag in {"body", "td", "th"} else block.element.getparent()


def _is_heading(block: Block) -> bool:
    return not block.furniture and not block.linked and bool(block.tags & HEADINGS)


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= _SENTENCE_WORDS and _STOP.search(text) is not None
