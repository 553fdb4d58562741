"""How sure an answer is, and when the model abstains."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from counterframe.data.confidence import NEVER, Abstention, answers, confidence

THRESHOLDS = np.array([0.5, 0.3])


def _scores(frames: list[list[float]], stances: list[list[float]]) -> tuple[np.ndarray, np.ndarray]:
    """Return frame scores, and stance scores with the given probability for the first of two stances."""
    first = np.array(stances, dtype=np.float32)
    return np.array(frames, dtype=np.float32), np.stack([first, 1 - first], axis=-1)


def test_confidence_is_that_of_the_primary_pair_or_of_no_frame_at_all() -> None:
    frames, stances = _scores([[0.8, 0.9], [0.6, 0.1], [0.4, 0.2]], [[0.5, 0.25], [0.9, 0.5], [0.9, 0.9]])
    sure = confidence(frames, stances, THRESHOLDS)
    np.testing.assert_allclose(sure, [0.9 * 0.75, 0.6 * 0.9, 0.6 * 0.8], rtol=1e-6)


def test_the_primary_frame_is_the_likeliest_of_those_found() -> None:
    frames, stances = _scores([[0.45, 0.35]], [[1.0, 1.0]])  # the first is likelier but below its threshold
    np.testing.assert_allclose(confidence(frames, stances, THRESHOLDS), [0.35], rtol=1e-6)


def test_each_answer_has_a_cut_and_no_frame_is_an_answer() -> None:
    frames, stances = _scores([[0.8, 0.1], [0.8, 0.4], [0.1, 0.1]], [[1, 1], [1, 1], [1, 1]])

    def abstained(*cuts: float) -> list[bool]:
        return Abstention(0.0, np.array(cuts)).decide(frames, stances, THRESHOLDS)[1].tolist()

    assert abstained(0, 0, 0) == [False, False, False]
    assert abstained(0, NEVER, 0) == [False, True, False]  # one of two frames does not reach its cut
    assert abstained(0.9, 0, 0) == [True, True, False]
    assert abstained(0, 0, 0.9) == [False, False, True]


_unit = st.floats(0, 1, width=32)
_N, _F, _S = 5, 3, 2


@given(
    hnp.arrays(np.float32, (_N, _F), elements=_unit),
    hnp.arrays(np.float32, (_N, _F), elements=_unit),
    hnp.arrays(np.float64, _F, elements=st.floats(0.05, 0.95)),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_who_asks_for_more_gets_fewer_answers(
    frames: np.ndarray, first: np.ndarray, thresholds: np.ndarray, low: float, high: float
) -> None:
    stances = np.stack([first, 1 - first], axis=-1)
    low, high = sorted((low, high))
    sure, few = Abstention(low).decide(frames, stances, thresholds)
    assert ((sure >= 0) & (sure <= 1)).all()
    assert (few == (sure < low)).all()
    assert (few <= Abstention(high).decide(frames, stances, thresholds)[1]).all()
    given_ = ~np.isnan(answers(frames, stances, thresholds))
    assert (given_[:, -1] == ~given_[:, :-1].any(1)).all()
    loose, strict = (
        Abstention(0.0, np.full(_F + 1, cut)).decide(frames, stances, thresholds)[1] for cut in (low, high)
    )
    assert (loose <= strict).all()
    # All answers must reach the cut, the primary one among them.
    assert (Abstention(high).decide(frames, stances, thresholds)[1] <= strict).all()
