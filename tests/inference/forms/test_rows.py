"""Lines of results: what JSON can hold, whatever the input said, and the same when they are read and written again."""

from __future__ import annotations

import datetime
import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from helpers.results import made

from counterframe.data.types import Result, ScoredFrame
from counterframe.inference.forms.rows import plain, result_line, row_line

ODD: list[dict[Any, Any]] = [
    {},
    {"publisher": "Port of Orvania – día", "n": 7, "rate": 0.1 + 0.2, "big": 2**70, "of": [1, {"x": None}], "on": True},
    {"nan": math.nan, "far": [math.inf, -math.inf], "np": np.float64("nan"), "count": np.int64(3), "row": np.arange(2)},
    {"day": datetime.date(2031, 5, 12), "at": datetime.datetime(2031, 5, 12, 8), "raw": b"\x00", "set": (1, 2)},
    {7: "seven", None: "none", True: "yes", 0.5: {False: "no", None: 1}},
    {"half \udc00": "a \ud800 b"},
    dict.fromkeys(["half \udc00", "half \udc01"], 1),
]


@pytest.mark.parametrize("meta", ODD, ids=range(len(ODD)))
def test_a_line_is_what_its_row_says_and_stays_as_it_is(meta: dict[Any, Any]) -> None:
    result = made("a", 0, "Vell – “spoke”.", meta=meta)
    line = result_line(result)
    row = json.loads(line)
    slow = json.dumps(plain(result.to_dict()), ensure_ascii=False).encode("utf-8", errors="replace")
    assert row == json.loads(slow)
    assert line == slow or "half \udc01" in meta
    assert b"NaN" not in line and b"Infinity" not in line
    # So the lines of a journal are those of the file that is made of them.
    assert row_line(row) == line


def test_numbers_of_a_model_of_ones_own_are_made_plain() -> None:
    numbers: Any = {"score": np.float32(0.5), "stance_score": math.nan, "evidence": ((np.int64(0), np.int64(4)),)}
    frame = ScoredFrame(frame="blockade", stance="asserts", **numbers)
    result: Result = replace(made("a", 0, "Vell spoke."), frames=(frame,), confidence=np.float32(0.25))  # type: ignore[arg-type]
    row = json.loads(result_line(result))
    assert row["frames"] == [
        {"frame": "blockade", "score": 0.5, "stance": "asserts", "stance_score": None, "evidence": [[0, 4]]}
    ]
    assert row["confidence"] == 0.25
