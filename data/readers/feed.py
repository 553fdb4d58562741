"""Feeds (RSS, Atom) saved as XML: each entry is a release."""

from __future__ import annotations

import html
import io
import re
import sys
from collections.abc import Iterator
from typing import Any

from ...errors import InputError
from ..normalise import is_blank
from ..types import Release
from .html import parse_fragment
from .joining import with_title

__all__ = ["read_feed"]

_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")

_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_REFERENCES = re.compile(rb"(?:&#(?:[xX][0-9a-fA-F]++|[0-9]++);?+)++")


def read_feed(data: bytes, doc: str) -> Iterator[Release | InputError]:
    """Yield one release an entry, named ``doc:number``; numbers count from 1.

    Raises:
        InputError: The file is no feed, is cut off before its first entry, or has no entry.
    """
    import feedparser

    # As a stream, since a string may be taken for an address. Its markup is parsed here, not shown as it is.
    feed = feedparser.parse(io.BytesIO(_REFERENCES.sub(_sound, data)), sanitize_html=False, resolve_relative_uris=False)
    if not feed.entries:
        if feed.get("version"):
            reason = "the feed has no entry"
        else:
            reason = "not an RSS or Atom feed, the kinds of XML that are read"
        raise InputError(f"no text: {reason}" + (f" ({feed.bozo_exception})" if feed.bozo else ""))
    for number, entry in enumerate(feed.entries, start=1):
        try:
            release = _entry(entry, feed.feed, f"{doc}:{number}")
        except InputError as error:
            yield InputError(error.problem, line=number)
            continue
        yield release if not is_blank(release.text) else InputError("no text: the entry is empty", line=number)
    if feed.bozo and not isinstance(feed.bozo_exception, feedparser.CharacterEncodingOverride):
        yield InputError(f"the feed is damaged, entries may be missing: {feed.bozo_exception}", line=len(feed.entries))


def _entry(entry: Any, feed: Any, doc: str) -> Release:
    contents = [*entry.get("content", ()), entry.get("summary_detail") or {}]
    longest = max((content.get("value") or "" for content in contents), key=len, default="")
    stated = {
        "title": _text(entry.get("title", "")),
        "publisher": _text((entry.get("source") or {}).get("title") or feed.get("title", "")),
        "date": entry.get("published") or entry.get("updated"),
        "url": entry.get("link"),
        "language": entry.get("language") or feed.get("language"),
    }
    meta = {key: value for key, value in stated.items() if value}
    release = parse_fragment(longest, doc) if _MARKUP.search(longest) else Release(doc=doc, text=longest.strip())
    return with_title(release, meta.get("title", ""), meta)


def _sound(references: re.Match[bytes]) -> bytes:
    """Return references to characters that exist; two halves of a surrogate pair, as some programs write, are one."""
    codes = [int(hexa[:9], 16) if hexa else int(decimal[:9]) for hexa, decimal in _REFERENCE.findall(references[0])]
    if not any(0xD800 <= code < 0xE000 or code > sys.maxunicode for code in codes):
        return references[0]
    written = "".join(chr(code) if code <= sys.maxunicode else "\ufffd" for code in codes)
    text = written.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="replace")
    return "".join(f"&#{ord(character)};" for character in text).encode()


def _text(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[a-zA-Z/][^>]*>", "", markup)).split())
