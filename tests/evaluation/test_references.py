"""Figures against scikit-learn and scipy on random data: average precision, Brier score, reliability, confusion."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap as scipy_bootstrap
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, brier_score_loss, confusion_matrix, f1_score

from counterframe.data.confidence import Abstention
from counterframe.data.types import LabelledSentence
from counterframe.evaluation.bootstrap import Bootstrap, ratio
from counterframe.evaluation.coverage import coverage_at, coverage_curve, frame_confusion, right_answers
from counterframe.evaluation.judged import Judged
from counterframe.evaluation.metrics import measure, paired_difference
from counterframe.evaluation.ranking import RankedFrames, average_precision
from counterframe.evaluation.reliability import BINS, calibration_figures

# Tests are no packages, so what they share is looked for beside them.
sys.path.append(str(Path(__file__).parent))
from making import judge, judged_sets, predicted, sentence

Case = tuple[Judged, list[LabelledSentence]]


@settings(max_examples=150)
@given(judged_sets())
def test_average_precision_is_that_of_scikit_learn(case: Case) -> None:
    judged, _ = case
    gold, scores = judged.gold.frames, judged.predicted.frame_scores
    found = measure(judged, rounds=0)
    values = []
    for column, frame in enumerate(judged.codebook.frame_ids):
        value = found.frames[frame]["average_precision"].value
        if not gold[:, column].any():
            assert value is None
            continue
        values.append(average_precision_score(gold[:, column], scores[:, column]))
        assert value == pytest.approx(values[-1])
    mean = found.overall["frame_map"].value
    assert mean == (pytest.approx(np.mean(values)) if values else None)


@settings(max_examples=150)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(0, 3))
def test_weighted_average_precision_is_that_of_scikit_learn(seed: int, size: int, decimals: int) -> None:
    rng = np.random.default_rng(seed)
    scores, gold = np.round(rng.random(size), decimals), rng.random(size) < 0.4
    weights = rng.integers(0, 4, (5, size)).astype(float)
    for row, value in zip(weights, average_precision(scores, gold, weights), strict=True):
        if row[gold].sum() == 0:
            assert math.isnan(value)
        else:
            assert value == pytest.approx(average_precision_score(gold, scores, sample_weight=row))


def test_average_precision_of_each_round_is_that_of_the_documents_drawn() -> None:
    rng = np.random.default_rng(1)
    groups = rng.integers(0, 12, 90)
    scores, gold = np.round(rng.random((90, 2)), 1), rng.random((90, 2)) < 0.3
    sample = Bootstrap({"one": np.ones(90)}, [f"{group:02}" for group in groups], rounds=20, seed=4)
    ranked = RankedFrames(sample, scores, gold)
    rounds, left = ranked.of(1).rounds, ranked.of(1).left
    assert rounds is not None
    assert left is not None
    for drawn, value in zip(np.concatenate(list(sample.draws(1))), rounds, strict=True):
        rows = np.concatenate([np.repeat(np.flatnonzero(groups == g), int(n)) for g, n in enumerate(drawn)])
        assert value == pytest.approx(average_precision_score(gold[rows, 1], scores[rows, 1]))
    for group, value in enumerate(left):
        rows = np.flatnonzero(groups != group)
        assert value == pytest.approx(average_precision_score(gold[rows, 1], scores[rows, 1]))


@settings(max_examples=100)
@given(judged_sets())
def test_brier_scores_and_reliability_are_those_of_scikit_learn(case: Case) -> None:
    judged, _ = case
    found = calibration_figures(judged, rounds=0)
    assert found is not None
    gold, scores = judged.gold.frames, judged.predicted.frame_scores.astype(float)
    for column, frame in enumerate(judged.codebook.frame_ids):
        expected = brier_score_loss(gold[:, column], scores[:, column], pos_label=1)
        assert found.by_frame[frame].brier.value == pytest.approx(expected)
    assert found.frames.brier.value == pytest.approx(brier_score_loss(gold.ravel(), scores.ravel(), pos_label=1))
    # scikit-learn's bins are open to the left, ours to the right, so scores stand off the edges here.
    inside = scores.ravel() * 0.99 + 0.004
    moved = judge_again(judged, inside.reshape(scores.shape))
    shares, means = calibration_curve(gold.ravel(), inside.astype(np.float32).astype(float), n_bins=BINS)
    bins = calibration_figures(moved, rounds=0).frames.bins  # type: ignore[union-attr]
    assert [one.confidence for one in bins] == pytest.approx(means.tolist())
    assert [one.share.value for one in bins] == pytest.approx(shares.tolist())
    weights = np.array([one.count for one in bins]) / inside.size
    error = calibration_figures(moved, rounds=0).frames.ece.value  # type: ignore[union-attr]
    assert error == pytest.approx(float((weights * np.abs(shares - means)).sum()))


def judge_again(judged: Judged, scores: np.ndarray) -> Judged:
    answers = judged.predicted
    moved = type(answers)(scores.astype(np.float32), answers.stance_scores, answers.thresholds, answers.sources)
    return Judged(judged.gold, moved, judged.codebook)


@settings(max_examples=100)
@given(judged_sets())
def test_the_brier_score_of_stances_is_that_of_scikit_learn(case: Case) -> None:
    judged, _ = case
    found = calibration_figures(judged, rounds=0)
    assert found is not None
    rows, columns = np.nonzero(judged.gold.stances >= 0)
    held = judged.predicted.stance_scores[rows, columns].astype(float)
    truth = judged.gold.stances[rows, columns]
    if not len(rows):
        assert found.stances.brier.value is None
        assert found.stances.bins == []
        return
    each = [brier_score_loss(truth == stance, held[:, stance], pos_label=True) for stance in range(held.shape[1])]
    assert found.stances.brier.value == pytest.approx(sum(each), abs=1e-6)
    right = sum(one.count * (one.share.value or 0) for one in found.stances.bins)
    assert right == pytest.approx((held.argmax(1) == truth).sum())


@settings(max_examples=100)
@given(judged_sets())
def test_confusion_is_that_of_scikit_learn(case: Case) -> None:
    judged, _ = case
    labels, counts = frame_confusion(judged)
    size = len(labels)
    assert labels[-1] == "none"
    gold, guess = judged.gold.primary % size, judged.predicted.primary % size  # none is the last
    assert counts.tolist() == confusion_matrix(gold, guess, labels=range(size)).tolist()


@settings(max_examples=80)
@given(judged_sets(), st.sampled_from([0.1, 0.5, 0.9]))
def test_coverage_counts_whole_answers_and_their_pairs(case: Case, least: float) -> None:
    judged, gold = case
    book, answers = judged.codebook, judged.predicted
    expected, pairs = [], []
    for row, item in enumerate(gold):
        column = int(answers.primary[row])
        primary = book.frame_ids[column] if column >= 0 else None
        wanted = next(iter(item.labels.items()), (None, None))
        said = None if primary is None else book.stance_ids[answers.stances[row, column]]
        expected.append(wanted[0] == primary and (wanted[1] is None or wanted[1] == said))
        pairs.append(answers.confidence[row] >= least)
    assert right_answers(judged).tolist() == expected
    taken = np.array(pairs)
    judged = Judged(
        judged.gold,
        type(answers)(
            answers.frame_scores,
            answers.stance_scores,
            answers.thresholds,
            answers.sources,
            abstention=Abstention(min_confidence=least),
        ),
        book,
    )
    point = coverage_at(judged, least, rounds=0)
    assert point.answered.value == pytest.approx(taken.mean())
    assert point.precision.value == (pytest.approx(np.array(expected)[taken].mean()) if taken.any() else None)
    known = judged.gold.stances >= 0
    if not (judged.gold.frames & ~known).any():
        truth = np.zeros((len(gold), len(book.frame_ids), len(book.stance_ids)), dtype=bool)
        rows, columns = np.nonzero(known)
        truth[rows, columns, judged.gold.stances[rows, columns]] = True
        guess = np.zeros_like(truth)
        rows, columns = np.nonzero(answers.frames)
        guess[rows, columns, answers.stances[rows, columns]] = True
        value = (
            f1_score(truth[taken].ravel(), guess[taken].ravel(), zero_division=math.nan) if taken.any() else math.nan
        )
        assert point.pair_f1.value == (None if math.isnan(value) else pytest.approx(value))


def test_the_curve_begins_with_all_sentences_and_only_falls() -> None:
    rng = np.random.default_rng(2)
    gold = [sentence(number, {"siege": "yes"} if number % 2 else {}) for number in range(60)]
    curve = coverage_curve(judge(gold, predicted(60, 3, 3, rng)), rounds=50)
    answered = [point.answered.value for point in curve]
    assert answered[0] == 1.0
    assert answered == sorted(answered, reverse=True)
    assert answered[-1] == 0.0
    assert curve[-1].precision.value is None
    assert curve[-1].precision.support == 0


def test_bca_intervals_are_those_of_scipy() -> None:
    """Without the widening for few groups, which at 4,000 of them is nothing."""
    rng = np.random.default_rng(7)
    values = rng.exponential(1.0, 4000)
    sample = Bootstrap(
        {"sum": values, "one": np.ones(4000)}, [str(number) for number in range(4000)], rounds=4000, seed=1
    )
    ours = sample.spread(lambda c: ratio(c["sum"], c["one"])).figure(1)
    theirs = scipy_bootstrap((values,), np.mean, n_resamples=4000, method="BCa", rng=rng, batch=200)
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.06 * width)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.06 * width)


def test_the_p_value_is_near_that_of_a_paired_t_test_where_that_holds() -> None:
    from scipy.stats import ttest_rel

    rng = np.random.default_rng(9)
    gold = [sentence(number, {"siege": "yes"} if rng.random() < 0.5 else {}) for number in range(400)]
    answers = [predicted(400, 3, 3, np.random.default_rng(seed)) for seed in (1, 2)]
    pair = [judge(gold, one) for one in answers]
    right = [(judged.gold.primary == judged.predicted.primary).astype(float) for judged in pair]
    found = paired_difference(*pair, rounds=4000)["primary_accuracy"]
    assert found.value == pytest.approx(right[0].mean() - right[1].mean())
    assert found.p == pytest.approx(float(ttest_rel(*right).pvalue), abs=0.03)
