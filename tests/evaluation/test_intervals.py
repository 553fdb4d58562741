"""Whether intervals hold what they promise: in simulations with 100 documents whose true figures are known."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from counterframe.evaluation.bootstrap import Bootstrap, Spread, ratio

# Tests are no packages, so what they share is looked for beside them.
sys.path.append(str(Path(__file__).parent))
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


@pytest.mark.parametrize("shift", [-0.4, -0.05, 0.0, 0.02, 0.3])
def test_p_is_below_5_percent_just_where_the_interval_leaves_out_0(shift: float) -> None:
    rng = np.random.default_rng(3)
    groups = [str(number) for number in range(60)]
    crossed = set()
    for seed in range(40):
        values = rng.exponential(1, 60) - 1 + shift * rng.random()
        sample = Bootstrap({"sum": values, "one": np.ones(60)}, groups, rounds=400, seed=seed)
        found = sample.spread(lambda c: ratio(c["sum"], c["one"])).difference(60)
        assert found.p is not None
        assert found.low is not None
        assert found.high is not None
        if abs(found.p - 0.05) > 0.012:  # between two rounds of the bootstrap they may differ
            assert (found.p < 0.05) == (found.low > 0 or found.high < 0), found
        crossed.add(found.p < 0.05)
    assert crossed


def test_p_of_models_that_answer_alike_is_1_and_never_0() -> None:
    same = Spread(0.0, np.zeros(100), np.zeros(50), 50).difference(10)
    assert (same.value, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)
    apart = Spread(0.5, np.full(99, 0.5), np.full(50, 0.5), 50).difference(10)
    assert apart.p == pytest.approx(2 / 100)
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


def test_the_same_seed_draws_the_same_rounds_however_many_at_once() -> None:
    groups = [str(number % 7) for number in range(50)]
    sample = Bootstrap({"one": np.ones(50)}, groups, rounds=40, seed=5)
    narrow = np.concatenate(list(sample.draws(1)))
    wide = np.concatenate(list(sample.draws(2_000_000)))
    assert narrow.shape == (40, 7)
    assert (narrow == wide).all()
    assert (narrow.sum(1) == 7).all()
