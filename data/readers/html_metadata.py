"""What a page says of itself: title, publisher, date, address, language."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

__all__ = ["page_metadata", "page_title"]

#: Where pages state what they are, the best first: names of ``meta`` elements.
_STATED = {
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
    "author": ("author", "article:author", "dc.creator", "dcterms.creator"),
    "language": ("content-language", "dc.language", "dcterms.language", "og:locale"),
}
#: What trafilatura calls the same; it reads JSON-LD and more names of ``meta`` elements.
_TRAFILATURA = {"title": "title", "publisher": "sitename", "date": "date", "url": "url", "language": "language"}


def page_title(root: Any) -> str:
    """Return the text of the page's ``title`` element."""
    return " ".join((root.findtext(".//head/title") or "").split())


def page_metadata(root: Any) -> dict[str, Any]:
    """Return title, publisher, date, url and language of a page, as far as it states them."""
    stated: dict[str, str] = {}
    for element in root.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        content = " ".join(element.get("content", "").split())
        if name and content:
            stated.setdefault(name.strip().lower(), content)
    own = {
        "title": page_title(root),
        "url": root.xpath("string(//link[@rel='canonical']/@href)").strip(),
        "language": (root.get("lang") or root.get("xml:lang") or "").strip(),
    }
    # The language of the document itself is surer than that of its meta elements.
    meta = {"language": own.pop("language")}
    for key, names in _STATED.items():
        found = (stated[name] for name in names if name in stated)
        meta[key] = meta.get(key) or next(found, "") or own.get(key, "")
    if not all(meta.values()):
        found_else = _from_trafilatura(root)
        meta = {key: value or found_else.get(key, "") for key, value in meta.items()}
    return {key: meta[key] for key in _STATED if meta[key]}


def _from_trafilatura(root: Any) -> Mapping[str, Any]:
    from copy import deepcopy

    from trafilatura.metadata import extract_metadata

    logger = logging.getLogger("trafilatura.metadata")
    logger.setLevel(logging.ERROR)
    # Only what is stated: a date that is guessed from the text may be that of another event.
    found = extract_metadata(deepcopy(root), extensive=False)
    return {key: getattr(found, name, None) or "" for key, name in _TRAFILATURA.items()}
