"""Stances that are rarer in the texts to be read than among the labelled sentences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterframe.data.codebook import parse_codebook
from counterframe.errors import UsageError
from counterframe.training.rates import check_stance_rates, fit_stance_biases, stance_importance

BOOK = parse_codebook(
    "name: b\nframes: {siege: {title: One, definition: x}}\nstances: {asserts: a, rejects: b, relays: c}"
)
EVEN = np.full(3, 1 / 3)
REAL = np.array([0.87, 0.1, 0.03])


def _softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(weights / weights.sum(-1, keepdims=True))


def _drawn(rng: np.random.Generator, count: int, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return stances drawn by *rates*, and the logits of a reader that is right about them under even odds."""
    stances = rng.choice(3, size=(count, 1), p=rates)
    seen = rng.normal(0, 1, (count, 1, 3)) + 1.5 * np.eye(3)[stances]  # given the stance, each sign by itself
    return 1.5 * seen, stances


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_what_is_learnt_from_even_stances_is_right_of_rare_ones(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, stances = _drawn(rng, 6000, EVEN)
    biases = fit_stance_biases(logits, stances, REAL)
    np.testing.assert_allclose(biases - biases[0], np.log(REAL / REAL[0]), atol=0.35)
    # On texts with the rates that were told, the probabilities are now as frequent as the stances themselves …
    fresh, gold = _drawn(rng, 6000, REAL)
    np.testing.assert_allclose(_softmax(fresh + biases)[:, 0].mean(0), np.bincount(gold[:, 0]) / 6000, atol=0.03)
    # … and more of the answers are right.
    right = [(answers.argmax(-1) == gold).mean() for answers in (fresh + biases, fresh)]
    assert right[0] > right[1] + 0.03


def test_weights_bent_in_training_are_bent_back() -> None:
    logits, stances = _drawn(np.random.default_rng(1), 6000, EVEN)
    skewed = logits + np.array([0.0, 2.0, 1.0])  # as a loss that weighs stances makes them
    even, bent = fit_stance_biases(logits, stances, EVEN), fit_stance_biases(skewed, stances, EVEN)
    np.testing.assert_allclose(even, 0, atol=0.1)
    np.testing.assert_allclose(_softmax(skewed + bent), _softmax(logits + even), atol=0.01)


def test_a_stance_that_was_never_held_out_gets_what_the_counts_ask_for() -> None:
    logits, stances = _drawn(np.random.default_rng(2), 300, np.array([0.6, 0.4, 0.0]))
    biases = fit_stance_biases(logits, stances, REAL)
    assert np.isfinite(biases).all()
    nothing = fit_stance_biases(np.zeros((0, 1, 3)), np.zeros((0, 1), np.int64), REAL)
    np.testing.assert_allclose(nothing, np.log(REAL) - np.log(REAL).mean(), atol=1e-3)


def test_importance_gives_each_stance_its_rate() -> None:
    stances = np.array([[0, -1], [1, 0], [1, -1], [2, 1]])
    weights = stance_importance(stances, REAL)
    known = stances >= 0
    assert weights[~known].tolist() == [1.0, 1.0]
    assert weights[known].mean() == pytest.approx(1)
    shares = np.array([weights[stances == stance].sum() for stance in range(3)]) / known.sum()
    np.testing.assert_allclose(shares, REAL)
    missing = stance_importance(np.array([[0], [0], [1]]), REAL)  # nothing relays: the others share its part
    np.testing.assert_allclose([missing[:2].sum() / 3, missing[2, 0] / 3], REAL[:2] / REAL[:2].sum())


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ({"assert": 0.9, "rejects": 0.05, "relays": 0.05}, r"no stance 'assert' \(did you mean 'asserts'\?\)"),
        ({"asserts": 0.9, "rejects": 0.1}, "no share is given for relays"),
        ({"asserts": 0.9, "rejects": 0.1, "relays": 0.0}, "lies above 0"),
        ({"asserts": 0.9, "rejects": 0.1, "relays": -0.1}, "lies above 0"),
        ({"asserts": 90, "rejects": 8, "relays": 2}, "lies above 0 and is at most 1"),
        ({"asserts": 0.9, "rejects": 0.3, "relays": 0.1}, "add up to 1.3"),
    ],
)
def test_wrong_rates_are_refused(rates: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_stance_rates(rates, BOOK)


def test_rates_come_out_whole_and_in_the_order_of_the_codebook() -> None:
    rates = check_stance_rates({"relays": 0.03, "asserts": 0.87, "rejects": 0.105}, BOOK)
    assert list(rates) == ["asserts", "rejects", "relays"]
    assert sum(rates.values()) == pytest.approx(1)
