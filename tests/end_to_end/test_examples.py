"""The examples that ship: what the guide and the demo rely on, and that the model cannot have seen them."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from counterframe.data.releases import read_releases
from counterframe.data.sentences import release_sentences
from counterframe.data.types import Release

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
CORPUS = ROOT / "data" / "corpus"
#: Sets of four tellings of one event.
EVENTS = ("releases", "events/scarol-road", "events/tolvarn-line")


def _read(place: str) -> list[Release]:
    failures: list[object] = []
    found = list(read_releases([str(EXAMPLES / place)], on_failure=failures.append))
    assert failures == []
    return found


@pytest.mark.parametrize("place", EVENTS)
def test_an_event_is_told_by_four_publishers_who_say_who_they_are_and_when(place: str) -> None:
    releases = _read(place)
    assert len(releases) == len({release.meta["publisher"] for release in releases}) == 4
    assert all(datetime.fromisoformat(release.meta["date"]) for release in releases)


@pytest.mark.parametrize("place", EVENTS[1:])
def test_a_telling_is_long_enough_and_its_furniture_is_set_aside(place: str) -> None:
    for release in _read(place):
        kinds = Counter(sentence.kind for sentence in release_sentences(release))
        assert 10 <= kinds["body"] <= 22 and kinds["headline"] >= 1, (release.doc, kinds)
        assert (kinds["boilerplate"] >= 5) == release.doc.endswith(".html"), (release.doc, kinds)


def test_the_archive_spans_four_months_of_the_publishers_of_the_releases() -> None:
    archive = _read("archive.jsonl")
    assert len(archive) == len({release.doc for release in archive}) == 40
    assert {release.meta["publisher"] for release in archive} == {row.meta["publisher"] for row in _read("releases")}
    months = Counter(release.meta["date"][:7] for release in archive)
    assert sorted(months) == ["2031-03", "2031-04", "2031-05", "2031-06"] and min(months.values()) >= 8
    by_month = {(release.meta["publisher"], release.meta["date"][:7]) for release in archive}
    assert len(by_month) == 4 * 4, "each publisher in each month"


def test_no_name_of_the_corpus_stands_in_an_example() -> None:
    events = json.loads((CORPUS / "events.json").read_text(encoding="utf-8"))
    names = {
        name
        for event in events
        for party in event["parties"]
        for name in (*party["names"], *party["adjectives"], *party["people"])
        if name[0].isupper() and name not in {"Government", "Council", "League", "Union", "Republic", "Valley"}
    }
    assert len(names) > 500
    words = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(names))) + r")\b")
    for path in sorted(EXAMPLES.rglob("*.*")):
        if path.suffix != ".md":
            assert words.findall(path.read_text(encoding="utf-8")) == [], path


def test_no_sentence_of_an_example_stands_in_the_corpus() -> None:
    corpus = {json.loads(line).get("text") for path in CORPUS.glob("*.jsonl") for line in path.read_text().splitlines()}
    own = [
        sentence.text
        for place in (*EVENTS, "archive.jsonl")
        for release in _read(place)
        for sentence in release_sentences(release)
        if sentence.kind == "body"
    ]
    assert len(own) > 250
    assert [text for text in own if text in corpus and len(text.split()) > 3] == []
