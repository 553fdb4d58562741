"""Dates as documents write them: read for sure, or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterframe.data.dates import parse_date

DAY = date(2031, 5, 12)


@pytest.mark.parametrize(
    "text",
    [
        "2031-05-12",
        "2031-5-12",
        "2031/05/12",
        " 2031-05-12T23:59:00+04:00",
        "20310512",
        "20310512T101112Z",
        "12 May 2031",
        "12 May 2031, 11:40",
        "May 12, 2031",
        "Monday, 12 May 2031",
        "12th of May 2031",
        "Mon, 12 May 2031 23:30:00 -0500",
    ],
)
def test_a_day_is_read_as_it_is_written(text: str) -> None:
    assert parse_date(text) == DAY


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "2031",
        "May 2031",
        "12 May",
        "12 May 31",
        "05/06/2031",
        "31 February 2031",
        "2031-13-40",
        "20311340",
        "yesterday",
        "No. 118",
        20310512,
        1.5,
        True,
        ["2031-05-12"],
        "2031-05-12 " * 50 + "x",
        "٢٠٣١",
    ],
)
def test_what_is_no_day_for_sure_is_none(value: object) -> None:
    assert parse_date(value) is None


def test_a_day_that_can_only_be_one_is_read_whatever_stands_first() -> None:
    assert parse_date("25/06/2031") == parse_date("06/25/2031") == date(2031, 6, 25)


def test_values_of_tables() -> None:
    assert parse_date(DAY) == parse_date(datetime(2031, 5, 12, 23, tzinfo=UTC)) == DAY


@given(st.dates(min_value=date(1900, 1, 1)))
def test_what_is_written_in_full_is_read_again(day: date) -> None:
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    for text in (day.isoformat(), moment.isoformat(), format_datetime(moment), f"{day:%d %B %Y}", f"{day:%B %d, %Y}"):
        assert parse_date(text) == day, text


@given(st.text(max_size=100))
def test_no_text_is_too_strange(text: str) -> None:
    assert parse_date(text) is None or isinstance(parse_date(text), date)
