"""Sentences drawn to choose by, and sentences made for a teacher to label."""

from __future__ import annotations

import random

from helpers.scripts import load_script
from hypothesis import given
from hypothesis import strategies as st

from counterframe.data.types import LabelledSentence

draw = load_script("scripts/draw_documents.py").draw
recombine = load_script("scripts/recombine.py")


def _sentence(doc: int, number: int) -> LabelledSentence:
    return LabelledSentence(
        id=f"{doc}-{number}", doc=f"doc{doc}", event=f"doc{doc}", n=number, text=f"Text {doc} {number}.", labels={}
    )


@given(st.lists(st.integers(1, 6), min_size=1, max_size=20), st.integers(1, 60), st.integers(0, 9))
def test_whole_documents_are_drawn_until_there_are_enough(sizes: list[int], count: int, seed: int) -> None:
    sentences = [_sentence(doc, number) for doc, size in enumerate(sizes) for number in range(size)]
    drawn = draw(sentences, count, seed)
    assert len(drawn) >= min(count, len(sentences))
    documents = {item.doc for item in drawn}
    assert sorted(item.id for item in drawn) == sorted(item.id for item in sentences if item.doc in documents)
    # Without the last document there were too few.
    assert sum(item.doc != drawn[-1].doc for item in drawn) < count
    assert draw(sentences[::-1], count, seed) == drawn


def test_a_crossed_sentence_has_the_beginning_of_one_and_the_end_of_another() -> None:
    first = "The ministry of Ostral denies that the road was ever closed to them."
    other = "Two witnesses told the court that soldiers turned lorries back."
    at = other.index(" that ") + len(" that ")
    made = recombine.crossed(first, {" that ": [(other, at)]}, random.Random(1))
    assert made == "The ministry of Ostral denies that soldiers turned lorries back."
    assert recombine.crossed(first, {}, random.Random(1)) is None
    assert recombine.crossed("Nothing to cut here.", {" that ": [(other, at)]}, random.Random(1)) is None


def test_words_are_replaced_by_near_ones_and_names_stay() -> None:
    text = "Ostral closed the border and Vell closed the border"
    made = {
        recombine.reworded(text, {"closed": ["shut"], "border": ["frontier"]}, random.Random(seed))
        for seed in range(50)
    }
    assert len(made) > 3 and text in made
    words = {word for line in made for word in line.split()}
    assert words == {"Ostral", "Vell", "closed", "shut", "the", "and", "border", "frontier"}
