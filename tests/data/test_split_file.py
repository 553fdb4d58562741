"""Frozen splits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from counterframe.data.codebook import Codebook
from counterframe.data.split_file import (
    FrozenSplit,
    apply_split,
    balanced_split,
    load_split,
    missing_pairs,
    write_split,
)
from counterframe.data.types import LabelledSentence
from counterframe.errors import InputError, UsageError

BOOK = Codebook.model_validate(
    {
        "name": "t",
        "frames": {name: {"title": name, "definition": name} for name in ("siege", "march")},
        "stances": {"yes": "y", "no": "n"},
    }
)


def _corpus(events: int = 24, each: int = 6) -> list[LabelledSentence]:
    """Return events in which the rare pair march:no stands in every fourth event alone."""
    items = []
    for event in range(events):
        for n in range(each):
            labels: dict[str, str | None] = [{}, {"siege": "yes"}, {"siege": "no"}, {"march": "yes"}][n % 4]
            if n == 5 and event % 4 == 0:
                labels = {"march": "no"}
            name = f"e{event}-{n}"
            items.append(
                LabelledSentence(id=name, doc=f"d{event}", event=f"e{event}", n=n, text=f"text {name}", labels=labels)
            )
    return items


@pytest.mark.parametrize("seed", range(6))
def test_every_part_has_every_pair_and_its_share(seed: int) -> None:
    items = _corpus()
    parts = apply_split(items, balanced_split(items, BOOK, dev=0.15, test=0.2, seed=seed))
    assert not any(missing_pairs(parts, BOOK).values())
    assert len(parts.test) / len(items) == pytest.approx(0.2, abs=0.05)
    assert len(parts.dev) / len(items) == pytest.approx(0.15, abs=0.05)
    assert sorted(item.id for part in (parts.train, parts.dev, parts.test) for item in part) == sorted(
        item.id for item in items
    )
    events = [{item.event for item in part} for part in (parts.train, parts.dev, parts.test)]
    assert not (events[0] & events[1] or events[0] & events[2] or events[1] & events[2])


def test_it_survives_the_file_and_the_order_of_the_sentences(tmp_path: Path) -> None:
    items = _corpus()
    frozen = balanced_split(items, BOOK, dev=0.1, test=0.1, seed=3)
    assert frozen == balanced_split(items[::-1], BOOK, dev=0.1, test=0.1, seed=3)
    assert frozen != balanced_split(items, BOOK, dev=0.1, test=0.1, seed=4)
    path = tmp_path / "split.json"
    write_split(frozen, path)
    assert load_split(path) == frozen
    assert {item.id for item in apply_split(items[::-1], frozen).test} == {
        item.id for item in apply_split(items, frozen).test
    }


def test_a_new_event_is_there_to_learn_from() -> None:
    items = _corpus(events=6)
    frozen = FrozenSplit(dev=("e0",), test=("e1",))
    assert {item.event for item in apply_split(items, frozen).train} == {"e2", "e3", "e4", "e5"}


def test_a_text_on_two_sides_is_refused() -> None:
    items = _corpus(events=3)
    copy = LabelledSentence(
        id="copy", doc="dx", event="ex", n=0, text="one and the same long text here again", labels={}
    )
    twin = LabelledSentence(id="twin", doc="d0", event="e0", n=9, text=copy.text, labels={})
    with pytest.raises(UsageError, match="share a document or a text"):
        apply_split([*items, twin, copy], FrozenSplit(dev=("e0",), test=("e1",)))


def test_a_split_of_other_data_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing in dev and test"):
        apply_split(_corpus(events=3), FrozenSplit(dev=("other",), test=("another",)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nonsense", "cannot be read"),
        ({"dev": []}, "test"),
        ({"dev": ["a"], "test": ["a"]}, "in dev and in test"),
        ({"dev": ["a"], "test": ["b"], "trian": []}, "trian"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: object, message: str) -> None:
    path = tmp_path / "split.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_split(path)


@pytest.mark.parametrize(("dev", "test"), [(0, 0.1), (0.5, 0.5), (0.1, -1)])
def test_wrong_shares_are_refused(dev: float, test: float) -> None:
    with pytest.raises(UsageError, match="shares"):
        balanced_split(_corpus(), BOOK, dev=dev, test=test, seed=1)


def test_too_few_events_are_refused() -> None:
    with pytest.raises(UsageError, match="three"):
        balanced_split(_corpus(events=2), BOOK, dev=0.2, test=0.2, seed=1)


def _plain(events: int, labels: dict[int, dict[str, str | None]]) -> list[LabelledSentence]:
    return [
        LabelledSentence(id=f"{e}-{n}", doc=f"d{e}", event=f"e{e}", n=n, text=f"text {e} {n}", labels=labels.get(e, {}))
        for e in range(events)
        for n in range(3)
    ]


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3])
def test_a_part_reaches_its_share(share: float) -> None:
    items = _plain(10, {})
    parts = apply_split(items, balanced_split(items, BOOK, dev=0.1, test=share, seed=1))
    assert len(parts.test) == round(share * len(items))
    assert len(parts.dev) == 3


@pytest.mark.parametrize("seed", range(4))
def test_what_two_events_alone_hold_is_there_to_learn_from(seed: int) -> None:
    items = _plain(20, {3: {"siege": "yes"}, 11: {"siege": "yes"}})
    parts = apply_split(items, balanced_split(items, BOOK, dev=0.15, test=0.15, seed=seed))
    assert "siege:yes" not in missing_pairs(parts, BOOK)["train"]


@pytest.mark.parametrize("seed", range(4))
def test_labels_without_stance_are_balanced_too(seed: int) -> None:
    items = _plain(30, {e: {"march": None} for e in (2, 9, 14, 20)})
    parts = apply_split(items, balanced_split(items, BOOK, dev=0.2, test=0.2, seed=seed))
    assert missing_pairs(parts, BOOK) == {"train": [], "dev": [], "test": []}


def test_only_what_the_data_holds_can_be_missing() -> None:
    items = _plain(6, {0: {"march": "yes"}})
    parts = apply_split(items, FrozenSplit(dev=("e0",), test=("e1",)))
    assert missing_pairs(parts, BOOK) == {"train": ["march:yes"], "dev": [], "test": ["march:yes"]}


def test_a_split_need_not_hold_anything_out_to_be_measured() -> None:
    parts = apply_split(_plain(4, {}), FrozenSplit(dev=("e0",), test=()))
    assert parts.test == []


def test_sentences_without_document_cannot_be_named() -> None:
    items = [
        LabelledSentence(id=str(n), doc=f"text {n}", event=f"text {n}", n=0, text=f"text {n}", labels={})
        for n in range(9)
    ]
    with pytest.raises(UsageError, match="column doc"):
        balanced_split(items, BOOK, dev=0.2, test=0.2, seed=1)
    with pytest.raises(UsageError, match="seed"):
        balanced_split(_plain(9, {}), BOOK, dev=0.2, test=0.2, seed=-1)


def test_the_record_of_a_model_is_no_frozen_split(tmp_path: Path) -> None:
    file = tmp_path / "split.json"
    file.write_text('{"train": ["a1"], "dev": [], "test": []}')
    with pytest.raises(InputError, match="what a model has seen, as hashes, and no frozen split"):
        load_split(file)
