"""HTML pages: what is visible, what is furniture, what is the title."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterframe.data.readers.html import decode_page, parse_fragment, parse_page, read_html
from counterframe.data.sentences import release_sentences
from counterframe.data.types import Release
from counterframe.errors import InputError

ARTICLE = """<!doctype html>
<html lang="en"><head><title>Envoy Holm meets Minister Orr | Ministry of Roads</title>
<meta property="og:site_name" content="Ministry of Roads">
<meta property="article:published_time" content="2031-03-21T19:22:00+04:00">
<link rel="canonical" href="https://roads.example/news/12">
<style>p { color: red }</style><script>var secret = "unseen";</script></head><body>
<header><h1>Ministry of Roads</h1>
<nav><ul><li><a href="/">Home</a></li><li><a href="/n">Visits</a></li></ul></nav></header>
<div class="crumbs"><a href="/">Home</a> &gt; <a href="/n">Visits</a></div>
<main><article><header><h2><a>Envoy Holm meets Minister Orr</a></h2><p>21 March 2031, 19:22</p></header>
<p>The <b>envoy</b> met the min<i>ister</i> in Port&nbsp;Ilva on Tuesday and they spoke about the road for an hour,
according to a note of the ministry.</p>
<p>“The road is open,” the minister said.<br>“It will stay open.”</p>
<ul><li>Lorries pass daily.</li><li>Ambulances pass too.</li></ul>
<div>He denied that anybody had been stopped at the gate.</div>
<p hidden>unseen</p><p style="display: none">unseen</p><!-- unseen -->
<aside><p>Another story about wheat and about its price in the capital may be read here.</p></aside>
</article></main>
<div><a href="https://f.example">Facebook</a> <a href="https://t.example">Telegram</a></div>
<footer><p>Ministry of Roads, Harbour Street, Port Ilva, Ostria.</p></footer></body></html>"""

OLD_PAGE = """<html><head><title>Ministry of Roads - Press release</title></head><body bgcolor=white>
<table><tr><td><img src=x></td><td><a href=1>Home</a> | <a href=2>Visits</a> | <a href=3>Contacts</a></td></tr>
<tr><td><a href=a>Decrees</a><br><a href=b>Speeches</a><br><a href=c>Visits</a></td>
<td><b>The envoy met the minister</b><br><br>
The envoy of Ostria met the minister in Port Ilva on Tuesday.
He said the road would stay open.<br><br>The minister thanked him for the visit and for the bread sent in May.<br>
They agreed to meet again, Mr. Orr said.<br><br>21.03.2031</td></tr></table>
<center>Copyright &copy; 2031 Ministry of Roads</center></body></html>"""


def title_of(release: Release) -> str | None:
    return release.text[slice(*release.title)] if release.title else None


def furniture_of(release: Release) -> list[str]:
    return [release.text[start:end] for start, end in release.furniture]


def of_kind(release: Release, kind: str) -> list[str]:
    return [item.text for item in release_sentences(release) if item.kind == kind]


def test_article() -> None:
    release = parse_page(ARTICLE, "a.html")
    assert release.doc == "a.html"
    assert title_of(release) == "Envoy Holm meets Minister Orr"
    assert "unseen" not in release.text
    assert of_kind(release, "headline") == ["Envoy Holm meets Minister Orr"]
    assert of_kind(release, "body") == [
        "The envoy met the minister in Port Ilva on Tuesday and they spoke about the road for an hour,"
        " according to a note of the ministry.",
        "“The road is open,” the minister said.",
        "“It will stay open.”",
        "Lorries pass daily.",
        "Ambulances pass too.",
        "He denied that anybody had been stopped at the gate.",
    ]
    assert {"Ministry of Roads", "Home", "Visits", "Facebook Telegram"} <= set(furniture_of(release))
    assert any(text.startswith("Another story") for text in furniture_of(release))
    assert any(text.endswith("Ostria.") for text in furniture_of(release))


def test_page_laid_out_in_tables() -> None:
    release = parse_page(OLD_PAGE, "old.html")
    assert of_kind(release, "headline") == ["The envoy met the minister"]
    assert of_kind(release, "body") == [
        "The envoy of Ostria met the minister in Port Ilva on Tuesday.",
        "He said the road would stay open.",
        "The minister thanked him for the visit and for the bread sent in May.",
        "They agreed to meet again, Mr. Orr said.",
    ]


def test_page_that_is_all_header() -> None:
    story = "The road to Port Ilva was opened after a week of talks between the two sides, the ministry said."
    release = parse_page(f"<body><header><h1>Road open</h1><p>{story}</p><p>Lorries pass.</p></header></body>", "a")
    assert title_of(release) == "Road open"
    assert of_kind(release, "body") == [story, "Lorries pass."]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>min<b>ist</b>er</p>", "minister"),
        ("<p>a  b\n\t c&nbsp;d</p>", "a b c d"),
        ("<p>a<br>b</p>", "a\nb"),
        ("<p>a<br/> <br>b</p>", "a\n\nb"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a<p>b</p>c</div>", "a\n\nb\n\nc"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\n\nb"),
        ("<pre>a\n  b <i>c</i> d\n\ne</pre>", "a\nb c d\n\ne"),
        ("<p>a<script>x</script>b<style>x</style><template>x</template></p>", "ab"),
        ("<p>a<!-- x -->b<?x x?></p>", "ab"),
        ("<p>a<span hidden>x</span>b</p>", "ab"),
        ("<p>a<span style='visibility:hidden'>x<b>x</b></span> b</p>", "a b"),
        ("<dialog>x</dialog><dialog open>a</dialog>", "a"),
        ("<body style='display:none'><p>a</p></body>", "a"),
        ("<svg><title>x</title><text>x</text></svg><p>a</p>", "a"),
        ("<p>a\0b &lt;c&gt; &amp;</p>", "a\ufffdb <c> &"),
        ("<?xml version='1.0' encoding='iso-8859-1'?><html><body><p>é</p></body></html>", "é"),
        ("<p>a\x02b\x1f\fc\ufffe</p>", "ab c"),
        ("<p>a<p>b<div>c<li>d", "a\n\nb\n\nc\n\nd"),
        ("plain", "plain"),
    ],
)
def test_visible_text(markup: str, text: str) -> None:
    assert parse_page(markup, "a").text == text


@pytest.mark.parametrize("page", ["", "  ", "<html></html>", "<!-- x -->", "<p>&nbsp;</p>", "<script>x</script>"])
def test_nothing_visible(page: str) -> None:
    assert parse_page(page, "a").text == ""


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>Road open</title><h1>Roads</h1><h2>Road open</h2><p>It is.</p>", "Road open"),
        ("<title>Roads - Road open today</title><div>Road open today</div><p>It is.</p>", "Road open today"),
        ("<meta property=og:title content='ROAD open'><h1>Road open!</h1><p>It is.</p>", "Road open!"),
        ("<title>Roads</title><h1>Road open</h1><p>It is.</p>", "Road open"),
        ("<header><h1>Road open</h1></header><p>It is.</p>", "Road open"),
        ("<title>Else</title><header><h1>Roads</h1></header><p>It is.</p>", None),
        ("<p>Road open</p><p>It is.</p>", None),
        ("<title>Road open</title><p>Road <b>open</b></p><h3>Road open</h3><p>It is.</p>", "Road open"),
    ],
)
def test_title(page: str, title: str | None) -> None:
    release = parse_page(page, "a")
    assert title_of(release) == title
    assert title is None or title not in furniture_of(release)


def test_the_heading_is_preferred_to_an_equal_line() -> None:
    release = parse_page("<title>Road open</title><p>Road open</p><h3>Road open</h3><p>It is.</p>", "a")
    assert release.title == (11, 20)


def test_deep_pages_are_read_to_the_end() -> None:
    def page(depth: int) -> str:
        return "<div>" * depth + "<p>The road is open today.</p>" + "</div>" * depth + "<p>End.</p>"

    assert parse_page(page(1500), "a").text == "The road is open today.\n\nEnd."
    with pytest.raises(InputError, match="cannot be read to its end"):
        parse_page(page(100_000), "a")


def test_encodings() -> None:
    assert decode_page("\ufeff<p>é</p>".encode()) == ("<p>é</p>", "utf-8", False)
    cyrillic = "<meta charset=windows-1251><p>Острия</p>"
    assert decode_page(cyrillic.encode("windows-1251")) == (cyrillic, "cp1251", False)
    latin = "<?xml version='1.0' encoding='iso-8859-1'?><p>é</p>"
    assert decode_page(latin.encode("iso-8859-1")) == (latin, "cp1252", False)
    assert decode_page("<meta charset=latin1><p>é</p>".encode()).encoding == "utf-8"
    undeclared = "<meta charset=ostrian><p>The café is open, and the road is open</p>"
    assert decode_page(undeclared.encode("iso-8859-1")) == (undeclared, "cp1252", True)


def test_the_encoding_of_a_page_that_is_not_utf_8_is_told() -> None:
    page = "<meta charset=windows-1251><p>Острия</p>"
    assert read_html(page.encode("windows-1251"), "a").meta["encoding"] == "cp1251"
    assert "encoding" not in read_html(page.encode(), "a").meta


@pytest.mark.parametrize("page", ["<p> </p>", "<p>&#8203;</p>", "<p>\u00ad\ufeff</p>"])
def test_a_page_on_which_nothing_is_visible_is_refused(page: str) -> None:
    with pytest.raises(InputError, match="nothing on the page is visible"):
        read_html(page.encode(), "a")


def test_fragments_are_all_story() -> None:
    release = parse_fragment("<h1>Road open</h1><p>It is.</p><div class=related>So is the bridge.</div>", "a")
    assert (release.text, release.title, release.furniture) == ("Road open\n\nIt is.\n\nSo is the bridge.", None, ())


@pytest.mark.parametrize(
    ("page", "end"),
    [
        ("<div><p>The road is open today." * 600, "open today."),
        ("<b><i>" * 500 + "The road is open today.", "open today."),
        ("<span>road </span>" * 30_000, "road"),
        ("&eacute;&amp;&#x1F60A;&nosuch; " * 30_000, "é&😊&nosuch;"),
        ("<table><tr><td>" * 150 + "The end", "The end"),
        ("<p>road</p " * 3_000 + "><p>The end", "The end"),
        ("<!DOCTYPE html [<!ENTITY a 'xxxxxxxxxx'><!ENTITY b '&a;&a;&a;&a;'>]><p>&b;</p><p>The end</p>", "The end"),
        ("<a href='" + "x" * 1_000_000 + "'>The end</a>", "The end"),
        ("<select>" + "<option>Visits" * 3_000 + "</select><p>The end</p>", "The end"),
    ],
    ids=["unclosed", "inline", "spans", "entities", "tables", "broken tags", "entity bomb", "attribute", "options"],
)
def test_pathological_pages_are_read_to_the_end_in_bounded_time(page: str, end: str) -> None:
    start = time.process_time()
    release = parse_page(page, "a")
    assert time.process_time() - start < 10
    assert release.text.endswith(end)
    assert len(release.text) <= 2 * len(page)


def test_many_blocks_deep_inside_take_no_time_for_each_level() -> None:
    page = "<div class=widget>" * 1000 + "<p>The road is open today again.</p>" * 3000
    start = time.process_time()
    assert parse_page(page, "a").text.count("again") == 3000
    assert time.process_time() - start < 8


def test_the_extraction_is_silent_about_pages_without_main_text() -> None:
    code = "from counterframe.data.readers.html import parse_page; parse_page('<nav>Home</nav>', 'a')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


_TAG_NAMES = "html body div p a b ul li table tr td h1 pre br nav header article form select svg script"
_TAGS = st.sampled_from(_TAG_NAMES.split())
_MARKUP = st.recursive(
    st.sampled_from(
        ["The road is open today. ", "Visits", "&nbsp;", "&#0;", "&#xD800;", "\x0b", "\u2028", "<", "<!-- -->"]
    )
    | st.text(max_size=10),
    lambda inner: st.tuples(_TAGS, st.lists(inner, max_size=3)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=12,
)


@given(_MARKUP)
@settings(max_examples=150, deadline=None)
def test_any_page_gives_text_that_can_be_written(page: str) -> None:
    release = parse_page(page, "a")
    release.text.encode()
    assert release.text == release.text.strip()
    position = 0
    for start, end in release.furniture:
        assert position <= start < end <= len(release.text)
        position = end
    assert title_of(release) != ""
