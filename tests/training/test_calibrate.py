"""What is fitted on held-out documents."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterframe.data.codebook import parse_codebook
from counterframe.evaluation.judged import Gold, Judged, Predicted
from counterframe.evaluation.metrics import best_threshold
from counterframe.inference.classifier import Scores
from counterframe.inference.predict import predicted
from counterframe.training.calibrate import calibrate, fit_frames, fit_stances, fit_thresholds, measure_precision

FRAMES = ("siege", "protest", "talks")
BOOK = parse_codebook(
    "name: b\nframes: {siege: {title: One, definition: x}, protest: {title: Two, definition: y},"
    " talks: {title: Three, definition: z}}\nstances: {yes_: a, no_: b}"
)


def _gold(present: np.ndarray, stances: np.ndarray) -> Gold:
    count = len(present)
    return Gold(
        frames=present,
        stances=np.where(present, stances, -1),
        primary=np.where(present.any(1), present.argmax(1), -1),
        sources=(None,) * count,
        sources_known=np.zeros(count, dtype=bool),
        texts=("",) * count,
        groups=tuple(map(str, range(count))),
    )


def _drawn(rng: np.random.Generator, count: int, temperature: object, bias: object) -> tuple[np.ndarray, np.ndarray]:
    """Return logits, and labels drawn with the probabilities that these have at a temperature and a bias."""
    logits = rng.normal(-1, 4, (count, len(FRAMES))).astype(np.float32)
    return logits, rng.random(logits.shape) < 1 / (1 + np.exp(-(logits / temperature + bias)))


@settings(max_examples=15)
@given(st.floats(0.5, 6), st.floats(-1, 1), st.integers(0, 2**32 - 1))
def test_a_known_scaling_is_found_again(temperature: float, bias: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, present = _drawn(rng, 6000, temperature, bias)
    common, own, biases = fit_frames(logits, present)
    assert common == pytest.approx(temperature, rel=0.12)
    np.testing.assert_allclose(own, temperature, rtol=0.2)
    np.testing.assert_allclose(biases, bias, atol=0.2)
    stances = np.where(rng.random(logits.shape) < 1 / (1 + np.exp(-logits / temperature)), 0, 1)
    raw = np.stack([logits, np.zeros_like(logits)], axis=-1)
    common, own = fit_stances(raw, stances)
    assert common == pytest.approx(temperature, rel=0.12)
    np.testing.assert_allclose(own, temperature, rtol=0.2)


def test_a_frame_goes_its_own_way_as_far_as_its_sentences_bear_it_out() -> None:
    rng = np.random.default_rng(3)
    true = np.array([2.0, 2.0, 5.0])
    away = []
    for count in (30, 300, 30_000):
        logits, present = _drawn(rng, count, true, 0.0)
        common, own, _ = fit_frames(logits, present)
        away.append(abs(np.log(own[2] / common)))
    assert away[0] < 0.1 < away[2]
    assert away[0] < away[1] < away[2]
    np.testing.assert_allclose(own, true, rtol=0.1)


def test_shrinkage_has_both_limits() -> None:
    logits, present = _drawn(np.random.default_rng(4), 400, np.array([1.0, 2.0, 4.0]), np.array([-1.0, 0.0, 1.0]))
    common, own, biases = fit_frames(logits, present, 1e9)
    np.testing.assert_allclose(own, common, rtol=1e-4)
    np.testing.assert_allclose(biases, biases[0], atol=1e-4)
    _, alone, _ = fit_frames(logits, present, 0.0)
    for column in range(3):
        single, _, _ = fit_frames(logits[:, [column]], present[:, [column]], 0.0)
        assert alone[column] == pytest.approx(single, rel=0.02)  # the weak prior on the common bias tells them apart


@pytest.mark.parametrize("present", [True, False])
def test_data_that_says_nothing_of_a_bound_stays_bounded(present: bool) -> None:
    logits = np.full((20, 1), 3.0 if present else -3.0, dtype=np.float32)
    common, own, biases = fit_frames(logits, np.full((20, 1), present))
    assert 0.25 <= common <= 32 and 0.24 <= own[0] <= 33
    assert np.abs(biases).max() < 5
    common, own = fit_stances(np.zeros((0, 1, 2), np.float32), np.zeros((0, 1), np.int64))
    assert (common, own.tolist()) == (1.0, [1.0])


def _judged(rng: np.random.Generator, counts: tuple[int, ...]) -> Judged:
    """Return calibrated answers; the frames occur about so many times."""
    size = 1000
    scores = np.clip(rng.beta(0.5, 0.5, (size, len(counts))), 1e-6, 1 - 1e-6).astype(np.float32)
    present = rng.random(scores.shape) < scores**2  # best threshold above a half
    for column, count in enumerate(counts):
        present[np.flatnonzero(present[:, column])[count:], column] = False
    gold = _gold(present, np.zeros(present.shape, dtype=np.int64))
    stances = np.stack([np.ones_like(scores), np.zeros_like(scores)], axis=-1)
    return Judged(gold, Predicted(scores, stances, np.full(len(counts), 0.5), (None,) * size), BOOK)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(0, 300))
def test_the_threshold_lies_between_its_own_and_the_common_one(seed: int, support: int) -> None:
    judged = _judged(np.random.default_rng(seed), (1000, 40, 0))
    common = float(np.clip(best_threshold(judged), 0.25, 0.5))
    own, free = fit_thresholds(judged, support), fit_thresholds(judged, 0)
    assert (own >= np.minimum(free, common) - 1e-9).all() and (own <= np.maximum(free, common) + 1e-9).all()
    assert own[2] == pytest.approx(common)  # it never occurs: nothing of its own
    np.testing.assert_allclose(fit_thresholds(judged, 1e12), common, atol=1e-6)
    assert ((own >= 0.25) & (own <= 0.5)).all()
    # The frame with more sentences keeps more of its own.
    kept = [abs(own[at] - common) / abs(free[at] - common) for at in (0, 1) if abs(free[at] - common) > 1e-9]
    assert len(kept) < 2 or kept[0] >= kept[1] - 1e-9


def test_precision_is_that_of_pairs_and_of_no_frame() -> None:
    present = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]], dtype=bool)
    held = np.array([[0, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
    frames = np.array([[0.9, 0, 0], [0.8, 0, 0], [0.7, 0.6, 0], [0.1, 0, 0], [0, 0, 0.9]], dtype=np.float32)
    stances = np.zeros((5, 3, 2), dtype=np.float32)
    stances[..., 0] = 1
    gold = _gold(present, held)
    judged = Judged(gold, Predicted(frames, stances, np.full(3, 0.5), (None,) * 5), BOOK)
    counts = [(curve.right, curve.answered) for curve in measure_precision(judged)]
    # siege: right, wrong stance, not there; protest: right; talks: not there; no frame: right
    assert counts == [(1, 3), (1, 1), (0, 1), (1, 1)]
    # Where the data knows no stance, the frame alone decides.
    unknown = replace(judged, gold=replace(gold, stances=np.full(held.shape, -1)))
    assert measure_precision(unknown)[0].right == 2


def test_calibrate_fits_all_of_it() -> None:
    rng = np.random.default_rng(8)
    logits, present = _drawn(rng, 800, np.array([1.5, 3.0, 3.0]), -0.5)
    held = np.where(rng.random(present.shape) < 0.7, 0, 1)
    raw = np.stack([np.where(held == 0, 2.0, -2.0) + rng.normal(0, 3, held.shape), np.zeros(held.shape)], axis=-1)
    scores = Scores(logits, raw.astype(np.float32), (None,) * len(logits))
    fitted = calibrate(scores, _gold(present, held), BOOK)
    assert fitted.problem(BOOK) is None
    assert set(fitted.frame_temperatures) == set(fitted.frame_biases) == set(fitted.precision) == set(FRAMES)
    assert fitted.frame_temperatures["siege"] < fitted.frame_temperature < fitted.frame_temperatures["talks"]
    assert all(bias < -0.2 for bias in fitted.frame_biases.values())
    assert fitted.precision_without_frame is not None
    assert all(0 < curve.right < curve.answered for curve in fitted.precision.values())
    cut = fitted.precision["siege"].cut(0.5)
    assert cut is not None and 0 < cut < 1
    assert fitted.stance_rates == fitted.stance_biases == {}


def test_rates_of_stances_move_stances_alone() -> None:
    rng = np.random.default_rng(9)
    logits, present = _drawn(rng, 2000, 2.0, 0.0)
    held = rng.integers(0, 2, present.shape)
    raw = np.stack([np.where(held == 0, 2.0, -2.0) + rng.normal(0, 3, held.shape), np.zeros(held.shape)], axis=-1)
    scores = Scores(logits, raw.astype(np.float32), (None,) * len(logits))
    gold = _gold(present, held)
    plain, told = calibrate(scores, gold, BOOK), calibrate(scores, gold, BOOK, {"yes_": 0.9, "no_": 0.1})
    assert told.problem(BOOK) is None
    assert told.stance_rates == {"yes_": 0.9, "no_": 0.1}
    moved = {"stance_rates", "stance_biases", "precision"}
    assert told.model_dump(exclude=moved) == plain.model_dump(exclude=moved)
    answers = [predicted(scores, fitted, BOOK).stance_scores[present][:, 0] for fitted in (plain, told)]
    assert answers[0].mean() == pytest.approx(0.5, abs=0.03) and answers[1].mean() > 0.7
    # A label promises what it keeps on texts with these rates. A draw of them bears it out: of nine that say no one
    # stays, and of the sentences without the frame as many as of all that have it.
    chosen = present & ((held == 0) | (rng.random(held.shape) < 1 / 9))
    judged = Judged(gold, predicted(scores, told, BOOK), BOOK)
    seen = judged.predicted.frames & (chosen | (~present & (rng.random(held.shape) < 5 / 9)))
    right = seen & chosen & (judged.predicted.stances == held)
    for column, name in enumerate(FRAMES):
        promised = told.precision[name].steps[0][1]  # of all answers, as the lowest step takes them
        assert promised == pytest.approx(right[:, column].sum() / seen[:, column].sum(), abs=0.06)
