"""Lines on pages to paragraphs in reading order."""

from __future__ import annotations

import random
import time

import pytest

from counterframe.data.readers.pdf_layout import Line, Page, paragraphs, with_story

#: Width of a letter of size 10.
LETTER = 5.0


def line(text: str, x: float = 60, top: float = 700, *, size: float = 10, turned: bool = False) -> Line:
    return Line(text, x, x + LETTER * len(text) * size / 10, top, top - size, size, turned)


def column(*texts: str, x: float = 60, top: float = 700, size: float = 10) -> list[Line]:
    return [line(text, x, top - 12 * number, size=size) for number, text in enumerate(texts)]


def page(*lines: Line) -> Page:
    return Page(600, 800, list(lines))


def story(*pages: Page) -> list[str]:
    return [paragraph.text for paragraph in paragraphs(pages) if not paragraph.furniture]


LEFT = [
    "The envoy of Ostria met the minister",
    "of roads in Port Ilva on Tuesday and",
    "they spoke about the road for a while",
]
RIGHT = [
    "and about the price of bread that is",
    "sold in the capital, as a note of the",
    "ministry says that came on Thursday.",
]


def test_columns_are_read_one_after_the_other() -> None:
    lines = [*column(*LEFT), *column(*RIGHT, x=320)]
    random.Random(4).shuffle(lines)
    assert story(page(*lines)) == [" ".join(LEFT + RIGHT)]


def test_a_heading_across_columns_comes_first() -> None:
    head = line("The envoy of Ostria comes to Port Ilva again", 60, 740, size=18)
    assert story(page(*column(*RIGHT, x=320), *column(*LEFT), head))[0] == head.text
    assert [paragraph.heading for paragraph in paragraphs([page(head, *column(*LEFT, *RIGHT))])] == [True, False]


def test_the_rows_of_a_table_stay_rows() -> None:
    cells = [line(text, x, 700 - 30 * row) for row in range(5) for x, text in ((60, f"Town {row}"), (320, f"{row} km"))]
    assert " ".join(story(page(*cells))).index("0 km") < " ".join(story(page(*cells))).index("Town 1")


def test_running_heads_and_page_numbers_are_furniture() -> None:
    pages = [
        page(line("Ministry of Roads, No. 4", 60, 790), *column(*LEFT), line(f"- {n} -", 290, 30)) for n in (1, 2, 3)
    ]
    found = [paragraph.text for paragraph in paragraphs(pages) if paragraph.furniture]
    assert found == [text for n in (1, 2, 3) for text in ("Ministry of Roads, No. 4", f"- {n} -")]
    assert with_story([*pages, page(line("Ministry of Roads, No. 4", 60, 790))]) == [True, True, True, False]


def test_a_number_inside_of_the_page_is_no_page_number() -> None:
    assert "1914" in " ".join(story(page(*column(*LEFT, "1914"))))


def test_turned_text_is_furniture() -> None:
    assert story(page(*column(*LEFT), line("DRAFT", 20, 400, turned=True))) == [" ".join(LEFT)]


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("a talk with the min-", "ister of roads", "a talk with the minister of roads"),
        ("a note of the well-", "known envoy there", "a note of the well-known envoy there"),
        ("a talk with the Ostria-", "Ilva group there", "a talk with the Ostria-Ilva group there"),
        ("a talk with the min\u00ad", "ister of roads", "a talk with the minister of roads"),
        ("in the years 2030-", "2031 and then on", "in the years 2030-2031 and then on"),
        ("nothing is parted -", "it is a dash there", "nothing is parted - it is a dash there"),
    ],
)
def test_hyphens_stay_or_go(first: str, second: str, joined: str) -> None:
    assert story(page(*column(first, second))) == [joined]


def test_a_word_that_has_its_hyphen_elsewhere_keeps_it() -> None:
    lines = column(
        "The cease-fire and the tug-boat went on, and", "yet nobody there has seen again the tug-", "boat of Ilva."
    )
    assert story(page(*lines))[0].endswith("the tug-boat of Ilva.")


def test_a_paragraph_goes_on_behind_the_notes_of_its_page() -> None:
    note = line("1 A note of the ministry on this.", 60, 100, size=8)
    found = story(page(*column(*LEFT), note), page(*column(*RIGHT)))
    assert found == [" ".join(LEFT + RIGHT), note.text]


def test_a_sentence_that_ended_does_not_go_on_over_the_page() -> None:
    assert story(page(*column(*RIGHT)), page(*column(*LEFT))) == [" ".join(RIGHT), " ".join(LEFT)]


def test_a_gap_an_indent_and_a_label_begin_paragraphs() -> None:
    gap = [*column(*RIGHT), *column(*LEFT, top=640)]
    indent = [*column(*RIGHT), line(LEFT[0], 75, 664), *column(*LEFT[1:], top=652)]
    labels = column("1. The road is open now for everybody.", "2. The bridge is closed for the winter.")
    for lines in (gap, indent, labels):
        assert len(story(page(*lines))) == 2


def test_nothing_is_lost_and_nothing_is_invented() -> None:
    rng = random.Random(7)
    for _ in range(50):
        words = [f"word{n}" for n in range(80)]
        lines = [line(word, rng.uniform(0, 550), rng.uniform(20, 800), size=rng.choice([8, 10, 14])) for word in words]
        found = " ".join(paragraph.text for paragraph in paragraphs([page(*lines[:40]), page(*lines[40:])]))
        assert sorted(found.split()) == sorted(words)


def test_no_pages_and_empty_pages() -> None:
    assert paragraphs([]) == []
    assert paragraphs([page()]) == []
    assert with_story([page()]) == [False]


@pytest.mark.parametrize("kind", ["grid", "map", "one word", "one paragraph"])
def test_no_page_takes_long(kind: str) -> None:
    rng = random.Random(1)
    lines = {
        "grid": [line(f"cell {n}", 20 + n % 20 * 28, 780 - n // 20 * 4) for n in range(2400)],
        "map": [
            line("some label text is here"[: rng.randint(3, 23)], rng.uniform(0, 500), rng.uniform(0, 800))
            for _ in range(2400)
        ],
        "one word": column("a" * 20_000 + "-", "b" * 20_000),
        "one paragraph": column(*["word goes here and there and on " * 2] * 4000, top=60_000),
    }[kind]
    started = time.monotonic()
    paragraphs([Page(600, 60_000 if kind == "one paragraph" else 800, lines)])
    assert time.monotonic() - started < 3
