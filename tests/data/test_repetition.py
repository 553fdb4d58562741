"""Near-duplicates, skeletons and openings."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from counterframe.data.repetition import near_duplicates, repeated_openings, shared_skeletons
from counterframe.data.types import LabelledSentence


def _item(text: str, event: str = "e", name: str | None = None) -> LabelledSentence:
    return LabelledSentence(id=name or text[:12], doc=event, event=event, n=0, text=text, labels={})


def test_a_sentence_with_one_word_changed_is_found_and_another_one_is_not() -> None:
    first = _item("The harbour master closed the northern quay to all foreign trawlers on Monday.", "a", "1")
    second = _item("The harbour master closed the northern quay to all foreign trawlers on Friday.", "b", "2")
    third = _item("Talks on the return of the displaced will be resumed after the winter recess.", "c", "3")
    found = near_duplicates([first, third, second])
    assert [(pair.first.id, pair.second.id) for pair in found] == [("1", "2")]
    assert 0.7 <= found[0].similarity < 1
    within = _item(second.text, "a", "4")
    assert near_duplicates([first, within], across_events=True) == []
    assert len(near_duplicates([first, within])) == 1


def test_short_formulae_are_no_duplicates() -> None:
    assert near_duplicates([_item("Photo: press service", "a", "1"), _item("Photo: press service", "b", "2")]) == []


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_copy_is_always_found(seed: int) -> None:
    """MinHash is a gamble near the threshold, but a copy must never slip through."""
    rng = random.Random(seed)
    words = [f"{rng.choice('bdfgklmnprst')}{rng.choice('aeiou')}{rng.choice('lmnrst')}{n}" for n in range(60)]
    texts = [" ".join(rng.sample(words, 12)) for _ in range(40)]
    items = [_item(text, f"e{n}", f"s{n}") for n, text in enumerate(texts)]
    copy = _item(texts[7].upper(), "copy", "copy")
    assert any(pair.similarity == 1 and pair.second.id == "copy" for pair in near_duplicates([*items, copy]))


def test_texts_that_differ_in_names_and_numbers_share_a_skeleton() -> None:
    one = _item("On 3 May the envoy of Orvania received a note from the Tuskan side about fish.", name="1")
    two = _item("On 12 June the envoy of Belk received a note from the Harnian side about fish.", name="2")
    other = _item("The envoy received nothing at all from anybody on that long day.", name="3")
    groups = list(shared_skeletons([one, two, other]).values())
    assert [[item.id for item in group] for group in groups] == [["1", "2"]]


def test_openings_are_counted_without_case() -> None:
    counts = repeated_openings(
        [_item("It was noted that fish is dear"), _item("It Was Noted That bread is"), _item("It was noted that")]
    )
    assert counts == {"it was noted that": 2}


def test_a_thousand_copies_are_a_thousand_pairs() -> None:
    text = "The press office may be reached on weekdays between nine and five."
    copies = [_item(text, f"e{n}", f"s{n:04}") for n in range(1000)]
    assert len(near_duplicates(copies, across_events=True)) == 999
