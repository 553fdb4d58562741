"""Which blocks of a page are its story: the extraction, the elements, and their names."""

from __future__ import annotations

import pytest

from counterframe.data.readers.html import parse_page
from counterframe.data.sentences import release_sentences
from counterframe.data.types import Release


def furniture_of(release: Release) -> list[str]:
    return [release.text[start:end] for start, end in release.furniture]


def body_of(page: str) -> list[str]:
    return [item.text for item in release_sentences(parse_page(page, "a")) if item.kind == "body"]


STORY = [
    f"On the {day} day the envoy met the minister in Port Ilva and thanked him for the bread that had come by road."
    for day in ("first", "second", "third", "fourth", "fifth", "sixth")
]


def page_of(*paragraphs: str) -> str:
    return f"<html><body><div class=page>{''.join(paragraphs)}</div></body></html>"


def test_page_without_main_text_goes_by_its_elements(monkeypatch: pytest.MonkeyPatch) -> None:
    import trafilatura

    monkeypatch.setattr(trafilatura, "extract", lambda *args, **kwargs: None)
    release = parse_page("<nav><a>Decrees</a></nav><p>A road.</p><div role=banner>Roads</div><aside>More</aside>", "a")
    assert furniture_of(release) == ["Decrees", "Roads", "More"]


def test_a_sentence_that_the_extraction_missed_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    import trafilatura

    monkeypatch.setattr(trafilatura, "extract", lambda *args, **kwargs: "The envoy left.\nHe came back by boat.")
    page = (
        "<div><p>The envoy left.</p><p>Nobody saw him at the gate.</p><p>He came back by boat.</p><p>Visits</p></div>"
        "<div><p>Nobody reads this line here.</p></div>"
    )
    assert furniture_of(parse_page(page, "a")) == ["Visits", "Nobody reads this line here."]


@pytest.mark.parametrize(
    "name", ["widget", "more", "print", "side", "support", "related", "comments", "tags", "hidden"]
)
def test_a_name_does_not_swallow_the_whole_story(name: str) -> None:
    paragraphs = "".join(f"<p>{text}</p>" for text in STORY)
    assert body_of(page_of(f"<div class='{name}'>{paragraphs}</div>")) == STORY


def test_paragraphs_each_in_a_widget_of_its_own_are_the_story() -> None:
    paragraphs = [
        f"<div class='builder-element-{number:x}7 builder-widget builder-widget-text'><p>{text}</p></div>"
        for number, text in enumerate(STORY)
    ]
    assert body_of(page_of(*paragraphs)) == STORY


def test_a_name_that_tells_furniture_is_believed() -> None:
    paragraphs = "".join(f"<p>{text}</p>" for text in STORY)
    aside = "<div class='related-posts'><p>Another envoy met another minister and thanked him for wheat.</p></div>"
    release = parse_page(page_of(f"<div class='article-body'>{paragraphs}</div>{aside}"), "a")
    assert any(text.startswith("Another envoy") for text in furniture_of(release))
    assert body_of(page_of(f"<div class='article-body'>{paragraphs}</div>{aside}")) == STORY


def test_a_name_of_the_story_is_believed_before_one_of_furniture() -> None:
    parts = [f"<div class='article-body widget-{number}'><p>{text}</p></div>" for number, text in enumerate(STORY)]
    assert body_of(page_of(*parts)) == STORY


@pytest.mark.parametrize("name", ["adage", "moreover", "inside", "vintage", "navy", "supporter"])
def test_part_of_a_name_tells_nothing(name: str) -> None:
    paragraphs = "".join(f"<p>{text}</p>" for text in STORY[1:])
    assert body_of(page_of(f"<div><p class='{name}'>{STORY[0]}</p>{paragraphs}</div>")) == STORY
