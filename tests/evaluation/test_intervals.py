"""Whether intervals hold what they promise: in simulations with 100 documents whose true figures are known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from counterframe.evaluation.agreement import agreement
from counterframe.evaluation.bootstrap import Bootstrap, Spread, independent_groups, ratio
from counterframe.evaluation.figure import Figure
from counterframe.evaluation.flips import Pairs, measure_looks
from counterframe.evaluation.judged import Predicted
from counterframe.evaluation.metrics import measure
from counterframe.evaluation.wilson import widened

# Tests are no packages, so what they share is looked for beside them.
sys.path.append(str(Path(__file__).parent))
from making import book, judge, predicted, sentence
from simulated import coverage, p_values


def test_intervals_over_100_documents_hold_the_truth_95_times_in_100() -> None:
    held = coverage(sets=1000, groups=100, rounds=400, seed=11)
    assert set(held) == {"f1", "recall", "accuracy", "brier", "ap"}
    for name, share in held.items():
        assert 0.93 <= share <= 0.97, (name, share, held)


def test_where_two_models_are_equally_good_p_is_below_5_percent_one_time_in_twenty() -> None:
    for name, p in p_values(sets=700, groups=100, rounds=400, seed=12).items():
        assert 0.03 <= (p < 0.05).mean() <= 0.08, (name, (p < 0.05).mean())
        assert 0.4 <= (p < 0.5).mean() <= 0.6, (name, (p < 0.5).mean())


def test_p_is_below_5_percent_just_where_the_interval_leaves_out_0() -> None:
    rng = np.random.default_rng(3)
    groups = [str(number) for number in range(60)]
    crossed = set()
    for seed, shift in enumerate([-0.6, -0.05, 0.0, 0.02, 0.4] * 40):
        values = rng.exponential(1, 60) - 1 + shift * rng.random()
        sample = Bootstrap({"sum": values, "one": np.ones(60)}, groups, rounds=400, seed=seed)
        found = sample.spread(lambda c: ratio(c["sum"], c["one"])).difference(60)
        assert found.p is not None
        assert found.low is not None
        assert found.high is not None
        if abs(found.p - 0.05) > 0.012:  # between two rounds of the bootstrap they may differ
            assert (found.p < 0.05) == (found.low > 0 or found.high < 0), found
        crossed.add(found.p < 0.05)
    assert crossed == {True, False}


@pytest.mark.parametrize("groups", [2, 3, 4, 5, 6, 8])
def test_with_few_groups_p_claims_no_more_than_chance_gives(groups: int) -> None:
    rng = np.random.default_rng(groups)
    names = [str(number) for number in range(groups)]
    found = []
    for seed in range(500):
        sample = Bootstrap({"sum": rng.normal(size=groups), "one": np.ones(groups)}, names, rounds=400, seed=seed)
        found.append(sample.spread(lambda c: ratio(c["sum"], c["one"])).difference(groups).p)
    p = np.array(found, dtype=float)
    assert (p < 0.05).mean() <= 0.1
    assert (p < 0.01).mean() <= 0.02
    assert 0.35 <= (p < 0.5).mean() <= 0.6


def test_groups_that_differ_by_the_same_amount_are_no_proof_where_they_are_few() -> None:
    few, many = (
        Bootstrap({"sum": np.full(size, 0.5), "one": np.ones(size)}, [str(n) for n in range(size)], rounds=999, seed=1)
        for size in (3, 300)
    )
    (scarce, sure) = (sample.spread(lambda c: ratio(c["sum"], c["one"])).difference(1).p for sample in (few, many))
    assert scarce is not None
    assert scarce > 0.05
    assert sure is not None
    assert 2 / 1000 <= sure < 0.003


def test_within_a_single_event_documents_are_resampled_everywhere() -> None:
    one = [sentence(number, {"siege": "yes"}, event="e", doc=f"d{number // 2}") for number in range(8)]
    assert independent_groups(one) == [item.doc for item in one]
    several = [*one, sentence(9, event="f")]
    assert independent_groups(several) == [item.event for item in several]
    answers = predicted(8, 3, 3, np.random.default_rng(0))
    measured = measure(judge(one, answers), rounds=50)
    assert measured.groups == 4
    assert measured.overall["frame_micro_f1"].low is not None
    readings = {reader: {item.id: item for item in one} for reader in ("Ana", "Bo")}
    read = agreement(readings, book(), rounds=50)
    assert read.groups == 4
    assert read.overall["primary_same"].low is not None
    pairs = Pairs(one, answers, np.arange(8), ["x"] * 8, answers, book(), [()] * 8)
    looks = measure_looks("case", "Case", pairs, rounds=50)
    assert looks.groups == 4
    assert looks.flips["any"].low is not None


def test_p_of_models_that_answer_alike_is_1_and_never_0() -> None:
    same = Spread(0.0, np.zeros(100), np.zeros(50), 50).difference(10)
    assert (same.value, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)
    apart = Spread(0.5, np.full(99, 0.5), np.full(50, 0.5), 50).difference(10)
    assert apart.p is not None
    assert 2 / 100 <= apart.p < 3 / 100
    assert Spread(0.5, None, None, 1).difference(10).p is None
    assert Spread(float("nan"), None, None, 1).difference(0).value is None


def test_intervals_are_wider_with_few_groups_than_percentiles() -> None:
    rng = np.random.default_rng(0)
    rounds = rng.normal(0, 1, 20_000)
    left = rng.normal(0, 0.1, 8)
    wide, narrow = (Spread(0.0, rounds, left - left.mean(), groups).figure(1) for groups in (8, 1000))
    assert wide.high is not None
    assert narrow.high is not None
    assert wide.high > 2.3
    assert narrow.high == pytest.approx(1.96, abs=0.08)


def test_shares_of_0_and_1_have_wilsons_interval_on_the_groups_with_a_case() -> None:
    gold = [sentence(number, {"siege": "yes"} if number < 12 else {}, event=f"e{number // 2}") for number in range(40)]
    right = np.array([[bool(item.labels), False, False] for item in gold], dtype=np.float32)
    stances = np.tile(np.array([0.8, 0.1, 0.1], dtype=np.float32), (40, 3, 1))
    answers = Predicted(right, stances, np.full(3, 0.5), (None,) * 40)
    measured = measure(judge(gold, answers), rounds=100)

    def least(groups: int) -> float:
        return float(binomtest(groups, groups).proportion_ci(method="wilson").low)

    figures = [measured.overall["primary_accuracy"], measured.overall["stance_accuracy"]]
    figures += [measured.frames["siege"][name] for name in ("precision", "recall", "f1", "pair_f1")]
    figures += [measured.stances["yes"][name] for name in ("precision", "recall")]
    for figure, groups in zip(figures, [20, *[6] * 7], strict=True):
        assert (figure.value, figure.high) == (1.0, 1.0)
        assert figure.low == pytest.approx(least(groups)), (figure, groups)
    flips = measure_looks("case", "Case", Pairs(gold, answers, np.arange(40), ["x"] * 40, answers, book()), rounds=50)
    for figure in flips.flips.values():
        assert (figure.value, figure.low) == (0.0, 0.0)
        assert figure.high == pytest.approx(1 - least(20))
    readings = {reader: {item.id: item for item in gold} for reader in ("Ana", "Bo")}
    read = agreement(readings, book(), rounds=50).overall
    assert read["primary_same"].low == pytest.approx(least(20))
    assert read["alpha_primary"].low == pytest.approx(1.0)


def test_a_share_without_an_interval_or_between_0_and_1_is_left_as_it_is() -> None:
    for figure in (Figure(1.0, None, None, 3), Figure(0.5, 0.4, 0.6, 3), Figure(None, None, None, 0)):
        assert widened(figure, 5) == figure
    assert widened(Figure(1.0, 1.0, 1.0, 3), 0) == Figure(1.0, 1.0, 1.0, 3)


def test_the_same_seed_draws_the_same_rounds_however_many_at_once() -> None:
    groups = [str(number % 7) for number in range(50)]
    sample = Bootstrap({"one": np.ones(50)}, groups, rounds=40, seed=5)
    narrow = np.concatenate(list(sample.draws(1)))
    wide = np.concatenate(list(sample.draws(2_000_000)))
    assert narrow.shape == (40, 7)
    assert (narrow == wide).all()
    assert (narrow.sum(1) == 7).all()
