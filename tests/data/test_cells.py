"""Cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterframe.data.cells import defused, restored


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1-1", "@x", "\tx", "\rx", "\n=x", "-", "- We stay.", '=HYPERLINK("x")', "＝1", "＠x", "+44 20"],
)
def test_what_would_be_a_formula_begins_as_text(text: str) -> None:
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize(
    "value", ["a=b", "", " =x", "'quoted'", "–5 degrees", "-5", "+0.5", "-1e9", "-1,5", None, -1, -0.5, True, ["=x"]]
)
def test_what_is_no_formula_stays(value: object) -> None:
    assert defused(value) == value


@given(st.text(alphabet="'=+-@\t\r\n1.a＝", max_size=6))
def test_each_text_comes_back(text: str) -> None:
    cell = defused(text)
    assert restored(cell) == text
    assert not cell.startswith(("=", "@", "\t", "\r", "\n", "＝")) and not cell.startswith(("+a", "-a", "+=", "-="))
