"""Titles that stand outside of the text."""

from __future__ import annotations

from counterframe.data.readers.joining import has_line, with_title
from counterframe.data.types import Release

TEXT = "Ministry of Roads\n\n  The road is  open \n\nThe road is open, the minister said."
RELEASE = Release(doc="a", text=TEXT, furniture=((0, 17),))


def test_a_title_that_is_a_line_of_the_text_stays_there() -> None:
    release = with_title(RELEASE, "The road is open", {"a": 1})
    assert release.text == TEXT
    assert release.title is not None
    assert release.text[slice(*release.title)] == "The road is  open"
    assert release.meta == {"a": 1}


def test_another_title_is_set_before_the_text_and_moves_its_spans() -> None:
    release = with_title(RELEASE, " The  road ", {})
    assert release.text == "The road\n\n" + TEXT
    assert release.title == (0, 8)
    assert [release.text[slice(*span)] for span in release.furniture] == ["Ministry of Roads"]


def test_no_title_and_no_text() -> None:
    assert with_title(RELEASE, " ", {"a": 1}).title is None
    assert with_title(Release(doc="a", text=""), "Open", {}).text == "Open"


def test_a_sentence_that_holds_the_title_is_not_its_line() -> None:
    assert has_line(RELEASE, "The  road is open")
    assert not has_line(RELEASE, "The road")
