"""Counts of a labelled corpus."""

from __future__ import annotations

import json
from typing import Any

from counterframe.data.codebook import Codebook
from counterframe.data.events import Event
from counterframe.data.statistics import corpus_statistics
from counterframe.data.types import LabelledSentence

BOOK = Codebook.model_validate(
    {
        "name": "t",
        "frames": {name: {"title": name.title(), "definition": name} for name in ("siege", "march")},
        "stances": {"yes": "y", "no": "n"},
    }
)


def _item(name: str, labels: dict[str, Any], **other: Any) -> LabelledSentence:
    values = {"doc": "d", "event": "e", "n": 0, "text": f"The envoy spoke of {name}", "publisher": "P", **other}
    return LabelledSentence(id=name, labels=labels, **values)


def test_counts_by_part() -> None:
    items = [
        _item("a", {"siege": "yes", "march": "no"}, source=(0, 9)),
        _item("b", {"siege": "no"}, doc="d2", publisher="Q"),
        _item("c", {}, event="f"),
        _item("d", {"march": None}, text_elsewhere=True, text=" ".join(["word"] * 40)),
    ]
    found = corpus_statistics(items, BOOK, missing=2)
    own, kept = found.parts["own text"], found.parts["text kept elsewhere"]
    assert (own.sentences, own.documents, own.events, own.without_frame, own.several) == (3, 2, 2, 1, 1)
    assert own.sourced == 1
    assert own.labels == {"siege": {"yes": 1, "no": 1}, "march": {"yes": 0, "no": 1}}
    assert own.primary == {"siege": 2, "march": 0}
    assert own.publishers == {"P": 2, "Q": 1}
    assert own.words[1] == 5
    assert kept.labels["march"] == {"yes": 0, "no": 0, "without stance": 1}
    assert kept.long == 1
    assert (own.lengths, kept.lengths) == ((3,), (0, 0, 0, 0, 1))
    assert found.balance == {}
    assert found.missing == 2
    json.dumps(found.to_dict())


def test_balance_counts_the_first_stance_by_the_power_of_the_publisher() -> None:
    event = Event.model_validate(
        {
            "event": "e",
            "publishers": [
                {"name": "P", "side": "A", "power": "stronger"},
                {"name": "Q", "side": "B", "power": "weaker"},
            ],
        }
    )
    items = [
        _item("a", {"siege": "yes"}),
        _item("b", {"siege": "no", "march": "yes"}),
        _item("c", {"siege": "yes"}, publisher="Q"),
        _item("d", {"siege": "yes"}, publisher="unknown to the file"),
        _item("f", {"siege": "yes"}, event="another"),
    ]
    found = corpus_statistics(items, BOOK, events={"e": event})
    assert found.balance["siege"] == {"stronger": 1, "weaker": 1, "none": 0}
    assert found.balance["march"] == {"stronger": 1, "weaker": 0, "none": 0}


def test_a_part_that_is_empty_is_absent() -> None:
    assert list(corpus_statistics([_item("a", {})], BOOK).parts) == ["own text"]
