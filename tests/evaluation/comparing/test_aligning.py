"""The nearest sentences of other tellings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from helpers.tellings import book, result, tell
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from counterframe.evaluation.comparing import aligning
from counterframe.evaluation.comparing.aligning import align, framed_sentences

BOOK = book()
FRAMED = ("f0", "s0")


def _embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return vectors that know four words."""
    words = ("road", "talks", "bread", "flares")
    return np.array([[word in text for word in words] for text in texts], dtype=np.float32) + 5


def _pairs(*texts: list[str], **options: float) -> list[tuple[str, int, str, int]]:
    tellings = tell(BOOK, *([result(text, FRAMED) for text in told] for told in texts))
    rows, cut = align(tellings, _embed, **options)  # type: ignore[arg-type]
    assert cut == 0
    return [(row["telling"], row["n"], row["to"], row["to_n"]) for row in rows]


def test_the_nearest_of_each_other_telling() -> None:
    found = _pairs(
        ["They shut the road.", "The talks went on."],
        ["A meeting for talks took place.", "There was no bread.", "The road is open."],
        ["Bread is short."],
    )
    assert ("t0", 0, "t1", 2) in found and ("t0", 1, "t1", 0) in found
    assert ("t1", 2, "t0", 0) in found
    assert all(first != second for first, _, second, _ in found)


def test_what_is_not_near_has_no_partner() -> None:
    assert _pairs(["They shut the road."], ["There was no bread."]) == []
    assert _pairs(["They shut the road."], ["There was no bread."], threshold=-1) != []


def test_only_sure_sentences_with_a_frame_have_partners() -> None:
    rows = [
        result("They shut the road.", FRAMED),
        result("The road is shut."),
        result("The road.", FRAMED, abstained=True),
    ]
    tellings = tell(BOOK, rows, [result("The road is shut.", FRAMED), result("No bread.", FRAMED)])
    assert framed_sentences(tellings) == 3
    found, _ = align(tellings, _embed)
    assert {(row["telling"], row["n"]) for row in found} <= {("t0", 0), ("t1", 0)}
    assert found


def test_no_frames_no_pairs() -> None:
    def never(texts: Sequence[str]) -> NDArray[np.float32]:
        raise AssertionError("nothing is to be embedded")

    assert align(tell(BOOK, [result("a")], [result("b", FRAMED)]), never) == ([], 0)


@given(
    st.lists(
        st.lists(st.sampled_from(["road", "talks", "bread road", "-", "flares talks"]), min_size=1),
        min_size=2,
        max_size=4,
    )
)
def test_best_first_each_sentence_at_most_once_a_telling_and_blocks_do_not_matter(texts: list[list[str]]) -> None:
    tellings = tell(BOOK, *([result(text, FRAMED) for text in told] for told in texts))
    rows, _ = align(tellings, _embed, threshold=-1)
    values = [row["similarity"] for row in rows]
    assert values == sorted(values, reverse=True) and all(-1 <= value <= 1 for value in values)
    keys = [(row["telling"], row["n"], row["to"]) for row in rows]
    assert len(set(keys)) == len(keys) == sum(map(len, texts)) * (len(texts) - 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aligning, "_BLOCK", 2)
        again, _ = align(tellings, _embed, threshold=-1)
    assert [row["similarity"] for row in again] == pytest.approx(values)


def test_what_is_cut_off_is_counted() -> None:
    texts = [[f"The road {index} is shut." for index in range(5)]] * 2
    tellings = tell(BOOK, *([result(text, FRAMED) for text in told] for told in texts))
    whole, none = align(tellings, _embed)
    rows, cut = align(tellings, _embed, most=3)
    assert none == 0 and cut == len(whole) - 3
    assert [row["similarity"] for row in rows] == [row["similarity"] for row in whole[:3]]


def test_texts_without_words() -> None:
    assert _pairs(["!", "road"], ["?", "road"]) != []
    assert _pairs(["!"], ["?"]) == []
