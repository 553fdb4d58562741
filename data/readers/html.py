"""HTML pages: all visible text, and which of it is page furniture."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree, html

from ...errors import InputError
from ..normalise import is_blank
from ..types import Release
from .charset import Decoded, decode
from .html_furniture import HEADINGS, Block, mark_furniture, plain_words
from .html_metadata import page_metadata, page_title
from .text import encoding_meta

__all__ = ["decode_page", "parse_fragment", "parse_page", "read_html"]


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
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)|encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_NO_XML = re.compile("[\x01-\x08\x0b\x0e-\x1f\ufffe\uffff]")
_TITLE_PARTS = re.compile(r"\s+[|–—·»:-]+\s+")


def read_html(data: bytes, doc: str) -> Release:
    """Return the release on a saved page.

    Raises:
        InputError: The bytes are no text, nothing on the page is visible, or it nests too deeply.
    """
    decoded = decode_page(data)
    release = parse_page(decoded.text, doc)
    if is_blank(release.text):
        raise InputError("no text: nothing on the page is visible")
    return replace(release, meta={**release.meta, **encoding_meta(decoded)})


def decode_page(data: bytes) -> Decoded:
    """Decode a page; one that is not UTF-8 in the encoding that it declares, else by its bytes.

    Raises:
        InputError: The bytes are no text.
    """
    declared = _CHARSET.search(data[:4096])
    return decode(data, declared=(declared[1] or declared[2]).decode("ascii") if declared else None)


def parse_page(page: str, doc: str) -> Release:
    """Return the visible text of a page, block by block, with its furniture, title and metadata.

    The text is empty if nothing on the page is visible.

    Raises:
        InputError: The page nests more deeply than the parser can follow.
    """
    root = _parse(page)
    if root is None:
        return Release(doc=doc, text="")
    meta = page_metadata(root)
    blocks = list(_Walker().blocks(root))
    title = _title(blocks, root, meta)
    mark_furniture(blocks, root, title)
    return _release(blocks, doc, title, meta)


def parse_fragment(page: str, doc: str) -> Release:
    """Return the visible text of markup that is all story, such as the body of a feed's entry.

    Only its elements say what is furniture; its first heading is no title.

    Raises:
        InputError: It nests more deeply than the parser can follow.
    """
    root = _parse(page)
    blocks = [] if root is None else list(_Walker().blocks(root))
    return _release(blocks, doc, None, {})


def _parse(page: str) -> Any:
    """Return the root element of a page, None where there is none."""
    # libxml2 ends a text at a zero byte, and refuses a declared encoding in a string; trafilatura stumbles over
    # characters that XML does not have.
    page = _NO_XML.sub("", page.replace("\0", "\ufffd").replace("\f", " "))
    data = page.encode("utf-8", errors="replace")
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(data, parser=parser)
    except etree.ParserError:
        return None
    if given_up := parser.error_log.filter_from_level(etree.ErrorLevels.FATAL):
        # The parser goes on without the rest of the page, which is not to be lost in silence.
        raise InputError(f"cannot be read to its end: {given_up[0].message}", line=given_up[0].line)
    return root


def _release(blocks: Sequence[Block], doc: str, title: Block | None, meta: Mapping[str, Any]) -> Release:
    position = 0
    for block in blocks:
        block.start = position
        position += len(block.text) + 2
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
    #: The open blocks, each with the tags and roles of all that are open there.
    opened: list[tuple[Any, frozenset[str]]] = field(default_factory=list)
    preformatted: int = 0
    links: int = 0
    linked: bool = True

    def blocks(self, root: Any) -> Iterator[Block]:
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
                    around = self.opened[-1][1] if self.opened else frozenset[str]()
                    self.opened.append((element, around.union(_roles(element))))
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

    def _flush(self) -> Iterator[Block]:
        joined = re.sub(r" *\n *", "\n", re.sub(r" +", " ", "".join(self.parts)))
        linked, self.linked = self.linked, True
        self.parts.clear()
        # Two line breaks in a row are how old pages part their paragraphs.
        for text in re.split(r"\n{2,}", joined):
            if text.strip():
                element, tags = self.opened[-1]
                yield Block(text.strip(), element, tags, linked, _is_furniture(tags))


def _is_hidden(element: Any) -> bool:
    if element.tag in {"html", "body"}:
        # Pages hide themselves until their scripts have run.
        return False
    if "hidden" in element.attrib or (element.tag == "dialog" and "open" not in element.attrib):
        return True
    return _INVISIBLE.search(element.get("style", "")) is not None


def _roles(element: Any) -> Iterator[str]:
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


def _title(blocks: Sequence[Block], root: Any, meta: Mapping[str, Any]) -> Block | None:
    """Return the block that shows the title: by preference a heading that says what the metadata say."""
    stated = [meta.get("title", ""), page_title(root), max(_TITLE_PARTS.split(page_title(root)), key=len)]
    wanted = {plain_words(text) for text in stated} - {""}
    main = [block for block in blocks if not block.furniture]
    choices = (
        [block for block in blocks if "h1" in block.tags and plain_words(block.text) in wanted],
        [block for block in main if block.tags & HEADINGS and plain_words(block.text) in wanted],
        [block for block in main if "h1" in block.tags],
        [block for block in main if plain_words(block.text) in wanted],
        [block for block in blocks if "h1" in block.tags and not wanted],
    )
    return next((choice[0] for choice in choices if choice), None)
