"""The page of ``data stats`` in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from counterframe.data.codebook import load_codebook
from counterframe.data.events import Event
from counterframe.data.statistics import corpus_statistics
from counterframe.data.types import LabelledSentence
from counterframe.evaluation.corpus_report import write_corpus_page

BOOK = load_codebook()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    event = Event.model_validate(
        {"event": "e", "publishers": [{"name": "Office " * 20, "side": "A", "power": "stronger"}]}
    )
    items = [
        LabelledSentence(
            id=f"s{n}<script>" + "x" * 80,
            doc="d",
            event="e" if n % 2 else "f",
            n=n,
            text=f"The harbour master closed the quay of Ostrel to all foreign trawlers on day {n // 2}.",
            labels={BOOK.frame_ids[n % len(BOOK.frames)]: BOOK.stance_ids[n % 3]},
            publisher="Office " * 20,
        )
        for n in range(60)
    ]
    path: Path = tmp_path_factory.mktemp("corpus") / "page.html"
    statistics = corpus_statistics(items, BOOK, events={"e": event}, missing=3)
    write_corpus_page(statistics, BOOK, path, dict.fromkeys(BOOK.frame_ids, 0.512))
    return path.as_uri()


@pytest.mark.parametrize("width", [320, 400, 1280])
def test_nothing_has_to_be_scrolled_sideways(browser: Any, page: str, width: int) -> None:
    browser.view(page, width=width)
    browser.execute_script("document.querySelectorAll('details').forEach(one => { one.open = true })")
    inside, outside = browser.execute_script(
        "const root = document.documentElement; return [root.scrollWidth, root.clientWidth]"
    )
    assert inside <= outside <= width


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read(browser: Any, page: str, dark: bool) -> None:
    browser.view(page, dark=dark)
    worst = browser.lowest_contrast("h1, h2, p, li, th, td.num, caption, summary")
    assert worst["count"] > 100
    assert worst["ratio"] >= 4.5, worst["what"]


def test_bars_are_as_long_as_the_numbers_say(browser: Any, page: str) -> None:
    browser.view(page)
    rows = browser.execute_script(
        "return [...document.querySelectorAll('.counts tbody tr')].map(row => ["
        "[...row.querySelectorAll('rect')].reduce((sum, one) => sum + one.getBoundingClientRect().width, 0),"
        "Number(row.lastElementChild.previousElementSibling.textContent)])"
    )
    assert len(rows) == len(BOOK.frames)
    longest = max(width for width, _ in rows)
    assert longest > 100
    most = max(count for _, count in rows)
    assert all(abs(width / longest - count / most) < 0.02 for width, count in rows)


def test_nothing_runs_and_nothing_is_fetched(browser: Any, page: str) -> None:
    browser.view("about:blank")
    browser.get_log("browser")
    browser.view(page)
    assert (
        browser.execute_script("return document.querySelectorAll('script, img, iframe, link[rel=stylesheet]').length")
        == 0
    )
    assert browser.get_log("browser") == []
