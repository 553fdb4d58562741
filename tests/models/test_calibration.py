"""What ``calibration.json`` holds and what may be asked of it."""

from __future__ import annotations

import numpy as np
import pytest

from counterframe.data.codebook import parse_codebook
from counterframe.data.confidence import NEVER
from counterframe.data.precision import PrecisionCurve
from counterframe.errors import UsageError
from counterframe.models.calibration import Calibration
from counterframe.models.decode import probabilities

BOOK = parse_codebook(
    "name: b\nframes: {siege: {title: One, definition: x}, protest: {title: Two, definition: y}}\n"
    "stances: {yes_: a, no_: b}"
)
NAMED_NONE = parse_codebook(
    "name: b\nframes: {none: {title: One, definition: x}, protest: {title: Two, definition: y}}\n"
    "stances: {yes_: a, no_: b}"
)
SURE = PrecisionCurve(answered=90, right=80, steps=((0.4, 0.8), (0.7, 0.95)))
UNSURE = PrecisionCurve(answered=9, right=4, steps=((0.6, 0.5),))


def _measured(first: str = "siege") -> Calibration:
    return Calibration(
        thresholds={first: 0.5, "protest": 0.5},
        precision={first: SURE, "protest": UNSURE},
        precision_without_frame=SURE,
    )


def test_a_file_of_older_versions_means_what_it_meant() -> None:
    old = Calibration.model_validate(
        {
            "frame_temperature": 2.0,
            "stance_temperature": 4.0,
            "thresholds": {"siege": 0.4, "protest": 0.4},
            "source_margin": 0.0,
            "min_confidence": 0.5,
        }
    )
    assert old.problem(BOOK) is None
    frames, stances = np.array([[2.0, -4.0]], np.float32), np.array([[[4.0, 0.0], [0.0, 8.0]]], np.float32)
    presence, held = probabilities(frames, stances, old, BOOK)
    np.testing.assert_allclose(presence, 1 / (1 + np.exp([[-1.0, 2.0]])), rtol=1e-6)
    np.testing.assert_allclose(held[0, :, 0], 1 / (1 + np.exp([-1.0, 2.0])), rtol=1e-6)
    assert old.abstention(BOOK).min_confidence == 0.5


def test_each_frame_has_its_own_temperature_and_bias() -> None:
    own = Calibration(
        frame_temperature=9.0,
        frame_temperatures={"protest": 4.0, "siege": 2.0},  # by name, whatever the order
        frame_biases={"siege": 1.0, "protest": 0.0},
        stance_temperatures={"siege": 1.0, "protest": 2.0},
        thresholds={"siege": 0.4, "protest": 0.4},
    )
    frames, stances = np.array([[2.0, -4.0]], np.float32), np.array([[[4.0, 0.0], [0.0, 8.0]]], np.float32)
    presence, held = probabilities(frames, stances, own, BOOK)
    np.testing.assert_allclose(presence, 1 / (1 + np.exp([[-2.0, 1.0]])), rtol=1e-6)
    np.testing.assert_allclose(held[0, :, 0], 1 / (1 + np.exp([-4.0, 4.0])), rtol=1e-6)


def test_a_bias_is_added_to_the_stance_after_its_temperature() -> None:
    told = Calibration(
        stance_temperatures={"siege": 1.0, "protest": 2.0},
        stance_biases={"no_": -1.0, "yes_": 1.0},  # by name, whatever the order
        thresholds={"siege": 0.4, "protest": 0.4},
    )
    assert told.problem(BOOK) is None
    frames, stances = np.zeros((1, 2), np.float32), np.array([[[0.0, 0.0], [0.0, 8.0]]], np.float32)
    _, held = probabilities(frames, stances, told, BOOK)
    np.testing.assert_allclose(held[0, :, 0], 1 / (1 + np.exp([-2.0, 2.0])), rtol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frame_temperatures": {"siege": 1.0}}, "'frame_temperatures' does not hold one entry for each frame"),
        ({"frame_biases": {"siege": 0.0, "protest": 0.0, "other": 0.0}}, "'frame_biases'"),
        ({"stance_temperatures": {"siege": 0.0, "protest": 1.0}}, "above 0, not 0.0"),
        ({"frame_temperatures": {"siege": float("nan"), "protest": 1.0}}, "above 0, not nan"),
        ({"stance_rates": {"yes_": 1.0}}, "'stance_rates' does not hold one entry for each stance"),
        ({"stance_biases": {"yes_": 1.0, "no_": 0.0, "other": 0.0}}, "'stance_biases'"),
        ({"precision": {"siege": SURE}}, "'precision'"),
        ({"thresholds": {"siege": 0.5}}, "one threshold for each frame"),
    ],
)
def test_what_does_not_fit_the_codebook_is_said(change: dict[str, object], message: str) -> None:
    problem = _measured().model_copy(update=change).problem(BOOK)
    assert problem is not None and message in problem


def test_a_target_becomes_a_cut_for_each_answer() -> None:
    cuts = _measured().abstention(BOOK, {"*": 0.8}).cuts
    assert cuts is not None and cuts.tolist() == [0.4, NEVER, 0.4]
    cuts = _measured().abstention(BOOK, {"*": 0.8, "siege": 0.9, "none": 0.5}).cuts
    assert cuts is not None and cuts.tolist() == [0.7, NEVER, 0.4]
    cuts = _measured().abstention(BOOK, {"protest": 0.45}).cuts
    assert cuts is not None and cuts.tolist() == [0.0, 0.6, 0.0]
    assert _measured().abstention(BOOK).cuts is None


def test_labels_that_cannot_reach_the_target_are_known() -> None:
    assert _measured().unreached(BOOK, {"*": 0.8}) == {"protest": UNSURE}
    assert _measured().unreached(BOOK, {"*": 0.97}) == {"siege": SURE, "protest": UNSURE, "no frame": SURE}
    assert _measured().unreached(BOOK, {"siege": 0.9}) == {}


def test_a_frame_that_is_called_none_is_that_frame() -> None:
    calibration = _measured("none")
    cuts = calibration.abstention(NAMED_NONE, {"none": 0.9}).cuts
    assert cuts is not None and cuts.tolist() == [0.7, 0.0, 0.0]
    cuts = calibration.abstention(NAMED_NONE, {"none": 0.9, "*": 0.5}).cuts
    assert cuts is not None and cuts.tolist() == [0.7, 0.6, 0.4]


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({"protst": 0.9}, "no such frame .did you mean 'protest'"),
        ({"*": 1.0}, "between 0 and 1, as 0.9 does; 1 does not"),
        ({"siege": -0.1}, "of siege lies between"),
        ({"*": float("nan")}, "nan does not"),
    ],
)
def test_a_wrong_target_is_refused(targets: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        _measured().abstention(BOOK, targets)


def test_a_model_without_measured_precision_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="train it anew, refit its calibration"):
        Calibration.neutral(BOOK).abstention(BOOK, {"*": 0.9})
