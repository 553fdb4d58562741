"""The counts of a corpus as text and as a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lxml import html

from counterframe.data.codebook import Codebook
from counterframe.data.events import Event
from counterframe.data.statistics import CorpusStatistics, corpus_statistics
from counterframe.data.types import LabelledSentence
from counterframe.evaluation.agreement import agreement
from counterframe.evaluation.corpus_report import agreement_text, corpus_text, write_corpus_page

BOOK = Codebook.model_validate(
    {
        "name": "t",
        "frames": {name: {"title": name.title(), "definition": name} for name in ("siege", "march")},
        "stances": {"yes": "y", "no": "n"},
    }
)
EVENT = Event.model_validate({"event": "e", "publishers": [{"name": "P & <b>Q</b>", "side": "A", "power": "stronger"}]})


def _item(name: str, labels: dict[str, Any], **other: Any) -> LabelledSentence:
    values = {"doc": "d", "event": "e", "n": 0, "text": f"The envoy spoke of {name}", "publisher": "P & <b>Q</b>"}
    return LabelledSentence(id=name, labels=labels, **{**values, **other})


@pytest.fixture
def statistics() -> CorpusStatistics:
    long = "The harbour master closed the northern quay to all foreign trawlers on Monday."
    items = [
        _item("a", {"siege": "yes"}, source=(0, 9)),
        _item("b", {"siege": "yes", "march": "no"}),
        _item("c", {}),
        _item("<script>alert(1)</script>", {"march": "yes"}, text=long),
        _item("twin", {"march": "yes"}, text=long, event="f"),
    ]
    return corpus_statistics(items, BOOK, events={"e": EVENT}, missing=3)


def test_the_text_holds_every_count(statistics: CorpusStatistics) -> None:
    text = corpus_text(statistics, BOOK, {"siege": 0.5123, "march": None})
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.startswith("  ")}
    assert "5 sentences, 1 documents, 2 events, 1 publishers" in text
    assert "1 without a frame (20 %), 1 with two or more" in text
    assert "1 of 4 framed sentences name a source (25 %)" in text
    assert "3 labels are not counted" in text
    assert "near-duplicates across events: 1" in text
    assert rows["all"] == ["4", "1", "5", "4"]
    assert rows["march"] == ["–"]  # the last table: too rare to be told by names
    assert "siege 2 0 0 100 %" in " ".join(text.split())


def test_the_page_has_tables_with_headings_and_escapes_what_it_shows(
    statistics: CorpusStatistics, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    write_corpus_page(statistics, BOOK, path, {"siege": 0.5})
    content = path.read_text(encoding="utf-8")
    page = html.fromstring(content)
    assert not page.xpath("//script | //b | //link[@rel='stylesheet'] | //*[@src]")
    assert "&lt;script&gt;" in content
    for table in page.xpath("//table"):
        assert table.xpath("./caption")
        assert table.xpath(".//th[@scope='col']")
    first = page.xpath("//table[@class='counts']//tr[th[.='Siege']]/td[@class='num']/text()")
    assert first == ["2", "0", "2", "2"]
    lengths = page.xpath("//table[@class='lengths']//td[@class='num']/text()")
    assert lengths == ["3", "2"]
    bars = page.xpath("//table[@class='counts']//tr[th[.='March']]//*[local-name()='rect']/@width")
    assert [float(width) for width in bars] == [66.67, 33.33]


def test_agreement_as_text() -> None:
    first = {"a": _item("a", {"siege": "yes"}), "b": _item("b", {"march": "no"}), "c": _item("c", {})}
    second = {**first, "b": _item("b", {"march": "yes"})}
    text = agreement_text(agreement({"Ana": first, "Bo": second}, BOOK), BOOK)
    assert text.startswith("3 sentences read by Ana and Bo; in dispute: 1")
    assert "same stance, given the frame" in text
    assert "0.500" in text


def test_labels_without_stance_have_a_column_and_sources_nobody_asked_for_no_share(tmp_path: Path) -> None:
    items = [_item(f"s{n}", {"siege": None}, source_known=False, publisher=None) for n in range(4)]
    statistics = corpus_statistics(items, BOOK)
    text = corpus_text(statistics, BOOK)
    assert "nothing is said of sources" in text
    assert "0 publishers" in text
    path = tmp_path / "page.html"
    write_corpus_page(statistics, BOOK, path)
    page = html.fromstring(path.read_text(encoding="utf-8"))
    assert "without stance" in page.xpath("//table[@class='counts']//th/text()")
    assert page.xpath("//table[@class='counts']//tr[th[.='Siege']]/td[@class='num']/text()") == [
        "0",
        "0",
        "4",
        "4",
        "4",
    ]
    assert len(page.xpath("//table[@class='counts']//*[local-name()='rect']")) == 1
