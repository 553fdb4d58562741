"""Errors that several trainings share."""

from __future__ import annotations

import numpy as np
from helpers.scripts import load_script

from counterframe.data.codebook import parse_codebook
from counterframe.evaluation.judged import Gold, Judged, Predicted

table = load_script("benchmarks/common_errors.py").table
BOOK = parse_codebook("name: b\nframes: {siege: {title: One, definition: x}}\nstances: {yes_: a, no_: b}")


def _judged(scores: list[float], stances: list[int]) -> Judged:
    """Return answers on four sentences; the first three have the frame, asserted."""
    present = np.array([[True], [True], [True], [False]])
    gold = Gold(
        frames=present,
        stances=np.where(present, 0, -1),
        primary=np.where(present[:, 0], 0, -1),
        sources=(None,) * 4,
        sources_known=present[:, 0],
        texts=("",) * 4,
        groups=("",) * 4,
    )
    held = np.eye(2, dtype=np.float32)[np.array(stances)][:, None]
    made = Predicted(np.array(scores, np.float32)[:, None], held, np.array([0.5]), (None,) * 4)
    return Judged(gold, made, BOOK)


def test_what_all_students_get_wrong_is_counted_and_what_the_teacher_knows() -> None:
    students = {
        "one": _judged([0.9, 0.1, 0.9, 0.9], [0, 0, 1, 0]),  # misses the second, has the third's stance wrong
        "two": _judged([0.2, 0.1, 0.9, 0.9], [0, 0, 1, 0]),
    }
    lines = table(students, ("teacher", _judged([0.9, 0.9, 0.9, 0.9], [0, 0, 1, 0])))
    assert lines[0] == "3 pairs of frame and stance"
    assert lines[4:] == [
        "| one | 0.333 | 2 | 2 |",  # one of three right, of three found
        "| two | 0.000 | 3 | 2 |",
        "| teacher | 0.571 | 1 | 2 |",
        "| all of the students | | 2 | 2 |",
        "| … and the teacher | | 1 | 2 |",
        "| mean of the students' scores | 0.333 | 2 | 2 |",
    ]
    assert "teacher" not in "".join(table(students, None))
