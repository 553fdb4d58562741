"""The challenge sets: well formed, on events that are held out, and nowhere in the corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

import counterframe
from counterframe.data.codebook import load_codebook
from counterframe.data.events import load_events
from counterframe.data.labelled import check_labelled
from counterframe.data.repetition import near_duplicates, shared_skeletons
from counterframe.data.split_file import load_split
from counterframe.data.types import LabelledSentence

DATA = Path(counterframe.__file__).resolve().parent / "data"
BOOK = load_codebook()


@pytest.fixture(scope="module")
def challenge() -> list[LabelledSentence]:
    found = check_labelled([DATA / "challenge"], BOOK)
    assert found.problems == []
    return found.sentences


def test_it_is_about_events_that_no_model_learnt_from(challenge: list[LabelledSentence]) -> None:
    held_out = set(load_split(DATA / "corpus" / "split.json").test)
    events = load_events(DATA / "corpus" / "events.json")
    assert len(challenge) == 196
    for item in challenge:
        assert item.event in held_out, item.id
        assert item.publisher in events[item.event].power_of, item.id


def test_each_stance_and_no_frame_at_all_are_there(challenge: list[LabelledSentence]) -> None:
    for name in BOOK.frame_ids:
        assert {item.labels[name] for item in challenge if name in item.labels} >= {"asserts", "rejects"}, name
    assert sum(not item.labels for item in challenge) >= 25
    assert sum(len(set(item.labels.values())) > 1 for item in challenge) >= 50  # asserts one thing and rejects another


def test_nothing_of_it_stands_in_the_corpus(challenge: list[LabelledSentence]) -> None:
    corpus = check_labelled([DATA / "corpus"], BOOK).sentences
    documents = {item.doc for item in corpus}
    assert documents.isdisjoint(item.doc for item in challenge)
    new = {item.id for item in challenge}
    both = [*corpus, *challenge]
    alike = [pair for pair in near_duplicates(both) if {pair.first.id, pair.second.id} & new]
    assert [(pair.first.id, pair.second.id) for pair in alike] == []
    framed = [item for item in both if item.labels]
    shared = [[item.id for item in items] for items in shared_skeletons(framed).values()]
    assert [ids for ids in shared if new & set(ids)] == []
