"""Feeds saved as XML."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterframe.data.readers.feed import read_feed
from counterframe.data.types import Release
from counterframe.errors import InputError

TEXT = "The road to Port Ilva is open again, the minister said on Monday."
ITEM = (
    f"<item><title>The road is open</title><link>https://roads.example/1</link><description>{TEXT}</description></item>"
)


def rss(items: str, doctype: str = "") -> str:
    return f"<?xml version='1.0'?>{doctype}<rss version='2.0'><channel><title>Ministry</title>{items}</channel></rss>"


def read(feed: str) -> list[Release | InputError]:
    return list(read_feed(feed.encode("utf-8", "surrogatepass"), "f"))


def releases(feed: str) -> list[Release]:
    items = read(feed)
    assert all(isinstance(item, Release) for item in items), items
    return [item for item in items if isinstance(item, Release)]


def test_each_entry_of_rss_is_a_release() -> None:
    first, second = releases(rss(ITEM + ITEM.replace("open", "closed")))
    assert (first.doc, second.doc) == ("f:1", "f:2")
    assert first.text == f"The road is open\n\n{TEXT}"
    assert first.title == (0, 16)
    assert first.meta == {"title": "The road is open", "publisher": "Ministry", "url": "https://roads.example/1"}


def test_rdf_and_atom_are_feeds() -> None:
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        f'<channel><title>Ministry</title></channel><item rdf:about="x"><title>Open</title><description>{TEXT}'
        "</description></item></rdf:RDF>"
    )
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Ministry</title><entry><title>Open</title>'
        "<updated>2031-03-25T09:30:00Z</updated><summary>Short.</summary>"
        f'<content type="html">&lt;p&gt;{TEXT}&lt;/p&gt;'
        "</content></entry></feed>"
    )
    for feed in (rdf, atom):
        (release,) = releases(feed)
        assert release.text == f"Open\n\n{TEXT}"
    assert release.meta["date"] == "2031-03-25T09:30:00Z"


def test_a_title_that_the_text_repeats_stands_once() -> None:
    (release,) = releases(rss(ITEM.replace(TEXT, f"<![CDATA[<h1>The  road is open</h1><p>{TEXT}</p>]]>")))
    assert release.text == f"The road is open\n\n{TEXT}"
    assert release.title == (0, 16)


def test_less_than_is_no_markup() -> None:
    (release,) = releases(rss(ITEM.replace(TEXT, "Prices &lt; 5 crowns &amp; falling.")))
    assert release.text.endswith("Prices < 5 crowns & falling.")


def test_halves_of_a_pair_are_put_together() -> None:
    (release,) = (
        i for i in read(rss(ITEM.replace(TEXT, "Bread &#55357;&#56832; and &#xD800; wine"))) if isinstance(i, Release)
    )
    assert release.text.endswith("Bread \U0001f600 and \ufffd wine")


def test_a_feed_that_is_damaged_in_the_middle_gives_what_it_has_and_says_so() -> None:
    feed = rss(ITEM * 3)
    items = read(feed[: feed.rindex("Monday")])
    assert sum(isinstance(item, Release) for item in items) >= 2
    assert isinstance(items[-1], InputError)
    assert "damaged" in items[-1].problem


def test_an_entry_without_text_is_an_error_with_its_number() -> None:
    items = read(rss(ITEM + "<item><link>https://roads.example/2</link></item>" + ITEM))
    assert [type(item) for item in items] == [Release, InputError, Release]
    assert isinstance(items[1], InputError)
    assert items[1].line == 2


@pytest.mark.parametrize(
    "feed", ["", "no markup", "<svg xmlns='http://www.w3.org/2000/svg'><text>x</text></svg>", "<a><b/></a>", rss("")]
)
def test_other_xml_and_empty_feeds_are_refused(feed: str) -> None:
    with pytest.raises(InputError, match="no text"):
        read(feed)


def test_entities_neither_grow_nor_open_files() -> None:
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "lol"}">' for n in range(12))
    started = time.monotonic()
    for doctype, name in ((bomb, "a11"), ("<!ENTITY a SYSTEM 'file:///etc/passwd'>", "a")):
        items = read(rss(ITEM.replace(TEXT, f"x &{name}; y"), f"<!DOCTYPE rss [{doctype}]>"))
        text = "".join(item.text for item in items if isinstance(item, Release))
        assert len(text) < 100
        assert "root:" not in text
    assert time.monotonic() - started < 3


@pytest.mark.parametrize("junk", ["<", "&", "<a ", "<!DOCTYPE ", "<![CDATA[", "<div>", "<!--", "<?", "]]>"])
def test_no_junk_takes_long(junk: str) -> None:
    started = time.monotonic()
    for feed in (rss(ITEM.replace(TEXT, junk * 20_000)), f"<rss>{junk * 20_000}"):
        try:
            read(feed)
        except InputError as error:
            assert error.problem
    assert time.monotonic() - started < 5


PIECES = [
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<description>",
    "&lt;p&gt;",
    "&#xD83D;",
    "&#0;",
    "&#99999999999;",
    "&#xFFFFFFFFFFFF",
    "]]>",
    "<![CDATA[",
    "x",
    ITEM,
]


@settings(max_examples=150)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=10)), max_size=12))
def test_any_feed_is_read_or_an_error(pieces: list[str]) -> None:
    try:
        items = read(rss("".join(pieces)))
    except InputError:
        return
    for item in items:
        if isinstance(item, Release):
            item.text.encode()
            str(item.meta).encode()
