"""The precision of answers from a score on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import binomtest

from counterframe.data.precision import Answers, PrecisionCurve, lower_bound

_answers = st.lists(st.tuples(st.integers(0, 20).map(lambda n: n / 20), st.booleans()), max_size=60)
_targets = st.floats(0.01, 0.99)


def _curve(answers: list[tuple[float, bool]]) -> tuple[PrecisionCurve, np.ndarray, np.ndarray]:
    scores = np.array([score for score, _ in answers], dtype=np.float64)
    right = np.array([good for _, good in answers], dtype=bool)
    return PrecisionCurve.of(Answers(scores, right)), scores, right


@given(st.integers(1, 400), st.data())
def test_the_bound_is_wilsons(answered: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, answered))
    # One side of 80 % is both sides of 60 %.
    reference = binomtest(right, answered).proportion_ci(0.6, method="wilson").low
    assert lower_bound(np.array([float(right)]), np.array([float(answered)]))[0] == pytest.approx(reference, abs=1e-4)


@given(_answers, _targets)
def test_a_cut_keeps_what_it_promises_and_no_lower_one_would(answers: list[tuple[float, bool]], target: float) -> None:
    curve, scores, right = _curve(answers)
    assert (curve.answered, curve.right) == (len(scores), right.sum())
    cut = curve.cut(target)
    for score in np.unique(scores):
        taken = scores >= score
        bound = lower_bound(np.array([float(right[taken].sum())]), np.array([float(taken.sum())]))[0]
        if cut is None or score < cut - 1e-6:
            assert bound < target + 0.01  # the steps are of a percent
        elif abs(score - cut) < 1e-6:
            assert bound >= target - 1e-9
            assert right[taken].mean() >= target - 1e-9
    if cut is not None:
        assert np.isclose(scores, cut, atol=1e-6).any()


@given(_answers, _targets, _targets)
def test_a_higher_target_never_has_a_lower_cut(answers: list[tuple[float, bool]], one: float, other: float) -> None:
    curve, _, _ = _curve(answers)
    low, high = (curve.cut(target) for target in sorted((one, other)))
    assert high is None or (low is not None and low <= high)


@given(_answers)
def test_a_curve_survives_its_file(answers: list[tuple[float, bool]]) -> None:
    curve, _, _ = _curve(answers)
    assert PrecisionCurve.model_validate_json(curve.model_dump_json()) == curve


def test_few_answers_promise_little_and_none_nothing() -> None:
    few, _, _ = _curve([(0.9, True)] * 3)
    many, _, _ = _curve([(0.9, True)] * 100)
    none, _, _ = _curve([])
    assert few.cut(0.9) is None and few.highest < 0.9
    assert many.cut(0.9) == 0.9
    assert none.cut(0.01) is None and none.highest == 0


@given(_answers, _answers, _targets)
def test_what_is_borrowed_from_all_labels_lies_between_both(
    own: list[tuple[float, bool]], others: list[tuple[float, bool]], target: float
) -> None:
    _, scores, right = _curve(own)
    _, other_scores, other_right = _curve(others)
    pool = Answers(np.append(scores, other_scores), np.append(right, other_right))
    cuts = {
        support: PrecisionCurve.of(Answers(scores, right), pool=pool, support=support).cut(target)
        for support in (0.0, 25.0, 1e9)
    }
    assert cuts[0.0] == PrecisionCurve.of(Answers(scores, right)).cut(target)
    for score in np.unique(scores):
        mine, all_ = scores >= score, pool.scores >= score
        borrowed = min(25.0, float(all_.sum()))
        rights = right[mine].sum() + borrowed * pool.right[all_].mean()
        bound = lower_bound(np.array([rights]), np.array([mine.sum() + borrowed]))[0]
        if cuts[25.0] is not None and abs(score - cuts[25.0]) < 1e-6:
            assert bound >= target - 1e-9
        elif cuts[25.0] is None or score < cuts[25.0]:
            assert bound < target + 0.01


def test_luck_is_not_believed_and_many_answers_are() -> None:
    pool = Answers(np.full(200, 0.9), np.arange(200) % 10 < 7)  # seven in ten are right
    lucky, steady = (
        PrecisionCurve.of(Answers(np.full(count, 0.9), np.ones(count, dtype=bool)), pool=pool).highest
        for count in (8, 2000)
    )
    alone, _, _ = _curve([(0.9, True)] * 8)
    assert lucky < 0.8 < alone.highest < steady


@pytest.mark.parametrize(
    "content",
    [
        {"answered": 3, "right": 4},
        {"answered": 3, "right": 1, "steps": [[0.5, 0.8], [0.6, 0.7]]},
        {"answered": 3, "right": 1, "steps": [[0.6, 0.7], [0.5, 0.8]]},
        {"answered": 3, "right": 1, "steps": [[0.6, 1.7]]},
    ],
)
def test_a_damaged_curve_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PrecisionCurve.model_validate(content)
