"""What holds for every page of our own that people read."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise

from .readings import VOID

__all__ = ["check", "tags", "words"]


def tags(html: str) -> list[tuple[str, dict[str, str]]]:
    """Return all tags, having checked that each that is opened is closed."""
    found: list[tuple[str, dict[str, str]]] = []
    open_: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))
            if tag not in VOID:
                open_.append(tag)

        def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

        def handle_endtag(self, tag: str) -> None:
            last = open_.pop()
            assert last == tag, f"<{last}> closed by </{tag}>"

    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not open_
    return found


def words(html: str) -> str:
    """Return what the page says, without its styles."""
    body = html[html.index("<body") :]
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", body))


def check(html: str) -> list[tuple[str, dict[str, str]]]:
    """Check what holds for every page, and return its tags."""
    found = tags(html)
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {a["href"][1:] for _, a in found if a.get("href", "").startswith("#")}
    assert links <= set(ids), links - set(ids)
    described = {a[name] for _, a in found for name in ("aria-labelledby", "for") if name in a}
    assert described <= set(ids), described - set(ids)
    levels = [int(tag[1]) for tag, _ in found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert not {"script", "img", "iframe", "form", "object"} & {tag for tag, _ in found}
    assert not [name for _, a in found for name in a if name.startswith("on") or name in ("src", "srcset")]
    assert not re.search(r"url\(|@import", html)
    assert "default-src 'none'" in html
    said = words(html)
    assert not re.search(r"\b(None|nan|NaN|inf|undefined)\b", said), re.search(r".{40}\b(None|nan)\b.{40}", said)
    for tag, attributes in found:
        if tag == "th":
            assert attributes["scope"] in ("row", "col", "rowgroup")
    assert html.count("<table") == html.count("<caption") == html.count("<thead")
    html.encode("utf-8")
    return found
