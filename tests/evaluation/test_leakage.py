"""What publisher and party names give away."""

from __future__ import annotations

import dataclasses
import random

import pytest

from counterframe.data.codebook import Codebook
from counterframe.data.events import Event
from counterframe.data.types import LabelledSentence
from counterframe.errors import UsageError
from counterframe.evaluation.leakage import name_leakage

BOOK = Codebook.model_validate(
    {
        "name": "t",
        "frames": {name: {"title": name, "definition": name} for name in ("siege", "march", "rare")},
        "stances": {"yes": "y"},
    }
)


def _corpus(*, leaking: bool) -> tuple[list[LabelledSentence], dict[str, Event]]:
    """Return a corpus in which relief offices (or nobody in particular) speak of a siege."""
    rng = random.Random(4)
    items, events = [], {}
    for number in range(20):
        name = f"e{number}"
        events[name] = Event.model_validate({"event": name, "parties": [{"side": "A", "names": [f"Land{number}"]}]})
        for n in range(12):
            relief = n % 2 == 0
            siege = relief if leaking else rng.random() < 0.5
            labels: dict[str, str | None] = {"siege": "yes"} if siege else {}
            if rng.random() < 0.5:
                labels["march"] = "yes"
            text = f"siege siege Land{number}" if siege else "nothing here"
            items.append(
                LabelledSentence(
                    id=f"{name}-{n}",
                    doc=name,
                    event=name,
                    n=n,
                    text=text.replace(f"Land{number}", "the land") if not leaking else text,
                    labels=labels,
                    publisher=f"{'Relief office' if relief else 'Ministry'} of Land{number}",
                )
            )
    return items, events


def test_a_publisher_that_tells_the_frame_is_found_out() -> None:
    items, events = _corpus(leaking=True)
    found = name_leakage(items, BOOK, events)
    assert found["siege"] is not None
    assert found["siege"] > 0.95
    assert found["march"] is not None
    assert 0.35 < found["march"] < 0.65
    assert found["rare"] is None


def test_words_of_the_sentence_are_not_seen() -> None:
    """The word "siege" stands in exactly the sentences of that frame, and must not help."""
    items, events = _corpus(leaking=False)
    found = name_leakage(items, BOOK, events)
    assert found["siege"] is not None
    assert 0.35 < found["siege"] < 0.65


def test_too_few_events_are_refused() -> None:
    items, events = _corpus(leaking=True)
    with pytest.raises(UsageError, match="at least 5"):
        name_leakage(items, BOOK, dict(list(events.items())[:4]))


def test_where_nothing_is_named_nothing_leaks() -> None:
    items, events = _corpus(leaking=True)
    bare = [dataclasses.replace(item, publisher=None, text="nothing here") for item in items]
    assert name_leakage(bare, BOOK, events) == {"siege": None, "march": None, "rare": None}
