"""What a page says of itself."""

from __future__ import annotations

import json

import pytest
from lxml import html

from counterframe.data.readers import html_metadata
from counterframe.data.readers.html import parse_page
from counterframe.data.readers.html_metadata import page_metadata

STORY = "<p>The envoy met the minister in Port Ilva and thanked him for the bread, a note of the ministry says.</p>"


def meta_of(head: str, *, attributes: str = "", body: str = STORY) -> dict[str, object]:
    return dict(parse_page(f"<html {attributes}><head>{head}</head><body>{body}</body></html>", "a").meta)


def test_metadata_of_an_article() -> None:
    head = """<title>Envoy leaves | Ministry of Roads</title>
<meta property="og:site_name" content="Ministry of Roads">
<meta property="article:published_time" content="2031-03-21T19:22:00+04:00">
<link rel="canonical" href="https://roads.example/news/12">"""
    assert meta_of(head, attributes="lang=en") == {
        "title": "Envoy leaves | Ministry of Roads",
        "publisher": "Ministry of Roads",
        "date": "2031-03-21T19:22:00+04:00",
        "url": "https://roads.example/news/12",
        "language": "en",
    }


def test_names_of_fields_are_read_in_any_case_and_empty_ones_passed_over() -> None:
    assert meta_of('<meta name="DC.Date" content="2031"><meta name=date content=" ">') == {"date": "2031"}


def test_a_page_that_says_nothing_has_no_metadata() -> None:
    assert parse_page("<p>A road.</p>", "a").meta == {}


@pytest.mark.parametrize(
    ("attributes", "head", "language"),
    [
        ("lang=de-AT", "<meta http-equiv=content-language content=en>", "de-AT"),
        ("xml:lang=hy", "", "hy"),
        ("lang=' '", "<meta http-equiv=Content-Language content=en>", "en"),
        ("", "<meta property=og:locale content=en_GB>", "en_GB"),
    ],
)
def test_the_language_of_the_document_goes_first(attributes: str, head: str, language: str) -> None:
    assert meta_of(head, attributes=attributes) == {"language": language}


def test_metadata_in_json_ld() -> None:
    # The date lies in the past, because the extraction takes none that is to come.
    stated = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": "Envoy leaves",
        "datePublished": "2021-03-21T10:00:00+04:00",
        "publisher": {"@type": "Organization", "name": "Ministry of Roads"},
    }
    found = meta_of(f'<script type="application/ld+json">{json.dumps(stated)}</script>')
    assert found == {"title": "Envoy leaves", "publisher": "Ministry of Roads", "date": "2021-03-21"}


@pytest.mark.parametrize(
    "script",
    ["{broken", "[]", "null", "[[1]]", '{"@type": 1}', '{"@type": ["NewsArticle"], "headline": {"a": 1}}', "[" * 5000],
)
def test_json_ld_that_is_broken_costs_nothing_else(script: str) -> None:
    head = f'<meta property=og:site_name content=Roads><script type="application/ld+json">{script}</script>'
    assert meta_of(head) == {"publisher": "Roads"}


def test_no_date_is_guessed_from_the_text() -> None:
    body = f"{STORY}<p>On 21 March 2021 he left.</p><footer>© 2019 Ministry of Roads</footer>"
    assert "date" not in meta_of("", body=body)


def test_the_extraction_is_asked_once_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(html_metadata, "_from_trafilatura", lambda root: asked.append(root) or {"title": "Else"})
    assert page_metadata(html.document_fromstring("<p>A road.</p>")) == {"title": "Else"}
    assert len(asked) == 1
