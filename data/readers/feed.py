"""Feeds (RSS, Atom) saved as XML: each entry is a release."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from typing import Any

from ...errors import InputError
from ..types import Release
from .html import parse_fragment
from .joining import with_title

__all__ = ["read_feed"]

_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")


def read_feed(data: bytes, doc: str) -> Iterator[Release | InputError]:
    """Yield one release an entry, named ``doc:number``; numbers count from 1.

    Raises:
        InputError: The file is no feed, is cut off before its first entry, or has no entry.
    """
    import feedparser

    # As a stream, since a string may be taken for an address. Its markup is parsed here, not shown as it is.
    feed = feedparser.parse(io.BytesIO(data), sanitize_html=False, resolve_relative_uris=False)
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
        yield release if release.text.strip() else InputError("no text: the entry is empty", line=number)
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
    return with_title(release, stated["title"] or "", meta)


def _text(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[a-zA-Z/][^>]*>", "", markup)).split())
