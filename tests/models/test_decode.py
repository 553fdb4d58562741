"""From logits to decisions."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterframe.data.codebook import parse_codebook
from counterframe.data.types import Sentence
from counterframe.models.checkpoint import Calibration
from counterframe.models.decode import Decoder, Logits, evidence_spans, probabilities, source_span
from counterframe.models.tokenization import Encoded

BOOK = parse_codebook(
    "name: b\nframes: {one: {title: One, definition: x}, two: {title: Two, definition: y}}\nstances: {yes_: a, no_: b}"
)
finite = st.floats(-30, 30, width=32)


def _word_offsets(count: int) -> list[tuple[int, int]]:
    """Offsets of the words of ``a a a …``."""
    return [(2 * index, 2 * index + 1) for index in range(count)]


@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 7), st.just(3)), elements=finite), st.floats(-3, 3))
def test_the_source_span_is_the_best_of_all_spans(logits: np.ndarray, margin: float) -> None:
    count = len(logits)
    gains = (logits - logits[:, :1]).astype(float)
    all_spans = {
        (start, end): gains[start, 1] + gains[start + 1 : end + 1, 2].sum()
        for start in range(count)
        for end in range(start, count)
    }
    best = max(all_spans.values())
    found = source_span(logits, _word_offsets(count), " ".join("a" * count), margin=margin)
    if found is None:
        assert best <= margin + 1e-3
    else:
        assert best > margin - 1e-3
        assert abs(all_spans[found[0] // 2, found[1] // 2] - best) < 1e-3


def test_a_source_span_is_widened_to_whole_words() -> None:
    text = "Orvania denies it."
    offsets = [(0, 0), (0, 4), (4, 7), (8, 14), (15, 17), (17, 18), (0, 0)]
    logits = np.zeros((7, 3), dtype=np.float32)
    logits[1] = [0, 5, 0]
    logits[2] = [3, 0, 0]
    assert source_span(logits, offsets, text) == (0, 7)


def test_no_source_where_outside_is_likelier() -> None:
    logits = np.zeros((3, 3), dtype=np.float32)
    logits[:, 0] = 4
    assert source_span(logits, _word_offsets(3), "a a a") is None
    assert source_span(logits, [(0, 0)] * 3, "a a a") is None


@given(st.text(max_size=60), st.integers(0, 2**32 - 1))
def test_evidence_lies_on_words_in_order(text: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    cuts = sorted(set(rng.integers(0, len(text) + 1, size=8).tolist()) | {0, len(text)})
    offsets = [(0, 0), *itertools.pairwise(cuts)]
    spans = evidence_spans(rng.random(len(offsets)).astype(np.float32), offsets, text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(first[1] < second[0] for first, second in itertools.pairwise(spans))
    assert all(any(letter.isalnum() or letter == "_" for letter in text[start:end]) for start, end in spans)


def test_evidence_is_the_words_with_most_attention_joined_where_they_touch() -> None:
    text = "The long siege ended today"
    offsets = [(0, 3), (4, 8), (9, 14), (15, 20), (21, 26)]
    attention = np.array([0.05, 0.3, 0.45, 0.1, 0.1], dtype=np.float32)
    assert evidence_spans(attention, offsets, text) == ((4, 14),)


@settings(max_examples=50)
@given(hnp.arrays(np.float32, (4, 2), elements=st.floats(-1000, 1000, width=32)), st.floats(0.25, 4))
def test_probabilities_are_probabilities(frames: np.ndarray, temperature: float) -> None:
    calibration = Calibration(
        frame_temperature=temperature, stance_temperature=temperature, thresholds={"one": 0.5, "two": 0.5}
    )
    stances = np.repeat(frames[:, :, None], 2, axis=2)
    presence, stance = probabilities(frames, stances, calibration, BOOK)
    assert ((presence >= 0) & (presence <= 1)).all()
    np.testing.assert_allclose(stance.sum(-1), 1, atol=1e-5)


def _decode(frames: list[float], stances: list[list[float]], min_confidence: float = 0.5) -> object:
    calibration = Calibration(thresholds={"one": 0.5, "two": 0.3}, min_confidence=min_confidence)
    text = "Vell denies it"
    sentence = Sentence(doc="d", n=0, start=100, end=100 + len(text), text=text)
    encoded = Encoded(ids=(2, 5, 6, 7, 3), offsets=((0, 0), (0, 4), (5, 11), (12, 14), (0, 0)), truncated=False)
    sources = np.zeros((1, 5, 3), dtype=np.float32)
    sources[0, 1, 1] = 3
    sources[0, 2:, 0] = 3
    attention = np.full((1, 2, 5), 0.1, dtype=np.float32)
    attention[0, :, 2] = 0.9
    logits = Logits(np.array([frames], dtype=np.float32), np.array([stances], dtype=np.float32), sources, attention)
    return Decoder(BOOK, calibration, model="m").decode([sentence], [encoded], logits)[0].to_dict()


def test_a_result_is_laid_out_as_documented() -> None:
    found = _decode([-0.6, 2.0], [[0, 0], [-1.0, 3.0]])
    assert isinstance(found, dict)
    assert found["primary"] == "two"
    assert found["stance"] == "no_"
    assert [frame["frame"] for frame in found["frames"]] == ["two"]
    assert found["frames"][0]["evidence"] == [[105, 111]]
    assert found["source"] == {"text": "Vell", "start": 100, "end": 104}
    assert found["abstained"] is False
    first = found["frames"][0]
    assert abs(found["confidence"] - first["score"] * first["stance_score"]) < 1e-5


def test_each_frame_has_its_own_threshold_and_primary_is_the_likeliest() -> None:
    found = _decode([0.1, -0.5], [[2.0, 0], [0, 2.0]])
    assert isinstance(found, dict)
    assert [frame["frame"] for frame in found["frames"]] == ["one", "two"]  # 0.52 of 0.5, 0.38 of 0.3
    assert found["primary"] == "one"


def test_without_a_frame_there_is_no_source_and_confidence_is_that_of_no_frame() -> None:
    sure = _decode([-5.0, -5.0], [[0, 0], [0, 0]])
    unsure = _decode([-0.1, -5.0], [[0, 0], [0, 0]], min_confidence=0.6)
    assert isinstance(sure, dict) and isinstance(unsure, dict)
    assert abs(sure["confidence"] - (1 / (1 + np.exp(-5.0))) ** 2) < 1e-5  # neither frame is there
    assert sure["primary"] is None and sure["source"] is None and sure["abstained"] is False
    assert unsure["primary"] is None and unsure["abstained"] is True
