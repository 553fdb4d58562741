"""syntok is shown less than the text: the breaks that it proposes are the same."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from syntok.segmenter import segment as syntok_segment
from syntok.tokenizer import Tokenizer

from counterframe.data import sentences
from counterframe.data.normalise import to_original

_PLAIN_TEXT = """
the envoy said that no talks on harbour dues took place since Monday in Kesmer we re-opened it's 17 x_y éa Mr b V Nov
"""
_ODD_TEXT = """
Mr. No. 5. art. e.g. U.S. 3.5 ... ?! Vell's “quoted” »so« ' " ” ’ ; , : - – — * 12) a) II. May. Jan. p.m. x.Y [1] { ( )
] end. end!” end.) end.' no. The It don't. stop.Next A. b. iPhone \u3002 \uff1f
"""
_PLAIN = _PLAIN_TEXT.split()
_ODD = [*_ODD_TEXT.split(), "(aside)", "(Two words.)", "a\u200bb", "\u2002wide", "\x1cgap", "\x85next"]
_BLANKS = [" ", " ", " ", " ", " ", "  ", "\n", "\t", "\u00a0"]


def _told(text: str) -> list[int]:
    """Return where syntok breaks *text* when it sees all of it."""
    found = syntok_segment(Tokenizer(replace_not_contraction=False).tokenize(text))
    return [sentence[0].offset for sentence in found][1:]


def _told_of_less(text: str) -> list[int]:
    window, cuts = sentences._shortened(text)
    return [to_original(place, cuts) for place in _told(window)]


def _made(rng: random.Random, odd: float) -> str:
    words = [rng.choice(_ODD if rng.random() < odd else _PLAIN) for _ in range(rng.randrange(1, 60))]
    return "".join(word + rng.choice(_BLANKS) for word in words)


@pytest.mark.parametrize("odd", [0.02, 0.1, 0.3])
def test_what_is_left_out_moves_no_break(odd: float) -> None:
    rng = random.Random(round(odd * 100))
    shorter = 0
    for _ in range(700):
        text = _made(rng, odd)
        shorter += len(sentences._shortened(text)[0]) < len(text)
        assert _told_of_less(text) == _told(text), repr(text)
    assert shorter > 100


def test_most_of_plain_prose_is_left_out() -> None:
    text = " ".join(_PLAIN) + ". " + " ".join(_PLAIN).capitalize() + "."
    window, cuts = sentences._shortened(text)
    assert len(window) < len(text) / 2
    assert all(first < second for first, second in pairwise(cuts))


def test_a_text_with_a_bracket_is_shown_whole() -> None:
    text = " ".join(_PLAIN) + " (an aside). " + " ".join(_PLAIN)
    assert sentences._shortened(text) == (text, [])


@pytest.mark.parametrize("text", ["No stop at all in this line of words", "One stop at the end.", "Ask why?\n"])
def test_a_text_that_cannot_break_is_not_shown(text: str) -> None:
    assert _told(text) == []
    assert sentences._shortened(text) == ("", [])
