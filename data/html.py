"""HTML pages: all visible text, and which of it is page furniture."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from lxml import etree, html

from ..errors import InputError
from .types import Release, Span

__all__ = ["decode_page", "parse_page"]


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


_DROPPED = _names(
    "applet audio canvas datalist embed head iframe map noframes noscript object script style svg template"
    " textarea title video"
)
_BLOCKS = _names(
    "address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol"
    " optgroup option p pre search section select summary table tbody td tfoot th thead tr ul"
)
_FURNITURE_TAGS = _names("aside button dialog footer menu nav search select")
_FURNITURE_ROLES = _names("alertdialog banner complementary contentinfo dialog menu menubar navigation search toolbar")
_HEADINGS = _names("h1 h2 h3 h4 h5 h6")
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)|encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_STOP = re.compile(r"[.!?…][”\"’'»)]*\Z")
_TITLE_PARTS = re.compile(r"\s+[|–—·»:-]+\s+")

#: Where pages state what they are, the best first: names of ``meta`` elements.
_META = {
    "title": ("og:title", "twitter:title", "dc.title", "dcterms.title"),
    "publisher": ("og:site_name", "dc.publisher", "dcterms.publisher", "publisher", "application-name"),
    "date": (
        "article:published_time",
        "datepublished",
        "date",
        "dc.date",
        "dc.date.issued",
        "dcterms.date",
        "dcterms.issued",
        "publication_date",
        "pubdate",
    ),
    "url": ("og:url",),
}

#: A line of the page counts as found inside a longer line of the main text from this many words on.
_FOUND_INSIDE = 4
#: A block that the extraction left out, beside blocks that it kept, stays from this many words on.
_SENTENCE_WORDS = 4


@dataclass(slots=True)
class _Block:
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
        return self.start, self.start + len(self.text)


def decode_page(data: bytes) -> str:
    """Decode a page as UTF-8, else in the encoding that it declares.

    Raises:
        UnicodeError: The page is neither.
        LookupError: The page declares an encoding that does not exist.

    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _CHARSET.search(data[:4096])
        if declared is None:
            raise
        return data.decode((declared[1] or declared[2]).decode("ascii"))


def parse_page(page: str, doc: str) -> Release:
    """Return the visible text of a page, block by block, with its furniture, title and metadata.

    The text is empty if nothing on the page is visible.

    Raises:
        InputError: The page nests more deeply than the parser can follow.
    """
    # libxml2 ends a text at a zero byte, and refuses a declared encoding in a string.
    data = page.replace("\0", "\ufffd").encode("utf-8", errors="replace")
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(data, parser=parser)
    except etree.ParserError:
        return Release(doc=doc, text="")
    if given_up := parser.error_log.filter_from_level(etree.ErrorLevels.FATAL):
        # The parser goes on without the rest of the page, which is not to be lost in silence.
        raise InputError(f"cannot be read to its end: {given_up[0].message}", line=given_up[0].line)
    meta = _metadata(root)
    blocks = list(_Walker().blocks(root))
    position = 0
    for block in blocks:
        block.start = position
        position += len(block.text) + 2
    title = _title(blocks, root, meta)
    _mark_furniture(blocks, _main_lines(root))
    return Release(
        doc=doc,
        text="\n\n".join(block.text for block in blocks),
        meta=meta,
        furniture=tuple(block.span for block in blocks if block.furniture and block is not title),
        title=title.span if title else None,
    )


@dataclass(slots=True)
class _Walker:
    """Cuts a page into blocks without recursion, because pages nest deeply."""

    parts: list[str] = field(default_factory=list)
    opened: list[Any] = field(default_factory=list)
    preformatted: int = 0
    links: int = 0
    linked: bool = True

    def blocks(self, root: Any) -> Iterator[_Block]:
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            tag = element.tag
            dropped = tag in _DROPPED or _is_hidden(element)
            if event == "start":
                if dropped:
                    walk.skip_subtree()
                    continue
                if tag in _BLOCKS:
                    yield from self._flush()
                    self.opened.append(element)
                self.preformatted += tag == "pre"
                self.links += tag == "a"
                self._add("\n" if tag == "br" else element.text, keep=tag == "br")
            else:
                if not dropped:
                    self.preformatted -= tag == "pre"
                    self.links -= tag == "a"
                    if tag in _BLOCKS:
                        yield from self._flush()
                        self.opened.pop()
                self._add(element.tail)
        yield from self._flush()

    def _add(self, text: str | None, *, keep: bool = False) -> None:
        if text:
            self.linked = self.linked and (self.links > 0 or not text.strip())
            blanks = r"[^\S\n]+" if keep or self.preformatted else r"\s+"
            self.parts.append(re.sub(blanks, " ", text))

    def _flush(self) -> Iterator[_Block]:
        joined = re.sub(r" *\n *", "\n", re.sub(r" +", " ", "".join(self.parts)))
        linked, self.linked = self.linked, True
        self.parts.clear()
        # Two line breaks in a row are how old pages part their paragraphs.
        for text in re.split(r"\n{2,}", joined):
            if text.strip():
                element = self.opened[-1]
                tags = frozenset(_roles(self.opened))
                yield _Block(text.strip(), element, tags, linked, _is_furniture(tags))


def _is_hidden(element: Any) -> bool:
    if element.tag in {"html", "body"}:
        # Pages hide themselves until their scripts have run.
        return False
    if "hidden" in element.attrib or (element.tag == "dialog" and "open" not in element.attrib):
        return True
    return _INVISIBLE.search(element.get("style", "")) is not None


def _roles(elements: Sequence[Any]) -> Iterator[str]:
    for element in elements:
        yield str(element.tag)
        if role := element.get("role"):
            yield f"role={role.strip().lower()}"


def _is_furniture(tags: frozenset[str]) -> bool:
    """Return whether the elements around a block are those of page furniture.

    The header of an article holds its headline and date, the header of a page the name of the site.
    """
    if tags & _FURNITURE_TAGS or any(f"role={role}" in tags for role in _FURNITURE_ROLES):
        return True
    return "header" in tags and not tags & {"article", "main", "section"}


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


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
    return [words for line in (found or "").splitlines() if (words := _words(line))]


def _mark_furniture(blocks: Sequence[_Block], main: Sequence[str]) -> None:
    """Mark what is not part of the main text as furniture; without a main text, go by the elements alone."""
    lines = set(main)
    joined = f" {' '.join(main)} "

    def is_found(block: _Block) -> bool:
        pieces = [_words(piece) for piece in [block.text, *block.text.split("\n")]]
        return any(
            piece in lines or (piece.count(" ") >= _FOUND_INSIDE - 1 and f" {piece} " in joined)
            for piece in pieces
            if piece
        )

    found = [is_found(block) for block in blocks]
    if all(block.furniture for block, hit in zip(blocks, found, strict=True) if hit) and any(found):
        # The elements call the whole main text furniture, so they are not to be trusted.
        for block in blocks:
            block.furniture = False
    if not any(found):
        return
    homes = [_home(block) for block in blocks]
    main_homes = {
        id(home) for home, block, hit in zip(homes, blocks, found, strict=True) if hit and not block.furniture
    }
    for home, block, hit in zip(homes, blocks, found, strict=True):
        sentence = _is_sentence(block.text)
        kept = (hit and (sentence or not block.linked)) or (sentence and id(home) in main_homes)
        block.furniture = block.furniture or not kept


def _home(block: _Block) -> Any:
    """Return the element in which the neighbours of a block stand; the cells of a row are no neighbours."""
    return block.element if block.element.tag in {"body", "td", "th"} else block.element.getparent()


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= _SENTENCE_WORDS and _STOP.search(text) is not None


def _title(blocks: Sequence[_Block], root: Any, meta: Mapping[str, Any]) -> _Block | None:
    """Return the block that shows the title: by preference a heading that says what the metadata say."""
    stated = [meta.get("title", ""), _page_title(root), max(_TITLE_PARTS.split(_page_title(root)), key=len)]
    wanted = {_words(text) for text in stated} - {""}
    main = [block for block in blocks if not block.furniture]
    choices = (
        [block for block in blocks if "h1" in block.tags and _words(block.text) in wanted],
        [block for block in main if block.tags & _HEADINGS and _words(block.text) in wanted],
        [block for block in main if "h1" in block.tags],
        [block for block in main if _words(block.text) in wanted],
        [block for block in blocks if "h1" in block.tags and not wanted],
    )
    return next((choice[0] for choice in choices if choice), None)


def _page_title(root: Any) -> str:
    return " ".join((root.findtext(".//head/title") or "").split())


def _metadata(root: Any) -> dict[str, Any]:
    stated: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or ""
        content = " ".join(element.get("content", "").split())
        if content:
            stated.setdefault(name.strip().lower(), content)
    canonical = root.xpath("string(//link[@rel='canonical']/@href)").strip()
    fallbacks = {"title": _page_title(root), "url": canonical}
    meta: dict[str, Any] = {}
    for key, names in _META.items():
        value = next((stated[name] for name in names if name in stated), fallbacks.get(key))
        if value:
            meta[key] = value
    return meta
