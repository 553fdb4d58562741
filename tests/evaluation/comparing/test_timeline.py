"""The series over weeks and months."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from helpers.tellings import book, documents, result
from hypothesis import given
from hypothesis import strategies as st

from counterframe.evaluation.comparing.contest import Counted
from counterframe.evaluation.comparing.tellings import group_by
from counterframe.evaluation.comparing.timeline import Period, period_of, timeline

BOOK = book(frames=2)


def _told(*rows: tuple[str, Any, bool]) -> tuple[Any, Any]:
    """Return tellings by publisher: publisher, date, whether the frame is found in the one sentence."""
    made = [
        result("x", *([("f0", "s1")] if found else []), doc=f"d{n}", meta={"publisher": publisher, "date": day})
        for n, (publisher, day, found) in enumerate(rows)
    ]
    tellings = group_by(documents(made, BOOK), "publisher")
    return tellings, Counted(tellings, BOOK)


def _timeline(*rows: tuple[str, Any, bool], unit: Period | None = None) -> tuple[dict[str, Any] | None, list[str]]:
    tellings, counted = _told(*rows)
    return timeline(tellings, BOOK, counted, unit)


def test_periods() -> None:
    assert period_of(date(2031, 5, 12), "month") == "2031-05"
    assert period_of(date(2031, 5, 12), "week") == "2031-W20"
    assert period_of(date(2030, 12, 30), "week") == "2031-W01"  # ISO weeks belong to the year of their Thursday


@pytest.mark.parametrize("unit", ["week", "month"])
def test_a_wrong_date_costs_no_walk_over_all_days(unit: Period, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def counted(day: date, of: Period) -> str:
        asked.append(day)
        return period_of(day, of)

    monkeypatch.setattr("counterframe.evaluation.comparing.timeline.period_of", counted)
    time, _ = _timeline(("A", "0001-01-05", True), ("A", "9999-01-05", True), ("B", "2031-05-06", True), unit=unit)
    assert time is not None and len(time["periods"]) == 3
    assert len(asked) < 20


def test_counts_and_shares_by_month() -> None:
    time, warnings = _timeline(
        ("A", "2031-01-05", True),
        ("A", "12 January 2031", False),
        ("A", "2031-06-01", True),
        ("B", "2031-03-01", False),
    )
    assert time is not None and warnings == []
    assert time["unit"] == "month"
    assert time["periods"] == [f"2031-0{month}" for month in range(1, 7)]
    series = {(row["telling"], row["frame"]): row["points"] for row in time["series"]}
    first, last = series["t0", "f0"]
    assert (first["period"], first["documents"], first["sentences"], first["count"]) == ("2031-01", 2, 2, 1)
    assert first["share"]["value"] == 0.5 and first["stances"] == {"s0": 0, "s1": 1, "s2": 0}
    assert last["period"] == "2031-06"  # nothing is claimed for months without a document
    assert [point["count"] for point in series["t1", "f0"]] == [0]


def test_weeks_are_chosen_for_a_short_time_and_either_can_be_asked_for() -> None:
    rows = (("A", "2031-05-05", True), ("A", "2031-05-20", True), ("B", "2031-05-06", True))
    chosen, _ = _timeline(*rows)
    asked, _ = _timeline(*rows, unit="month")
    assert chosen is not None and chosen["periods"] == ["2031-W19", "2031-W20", "2031-W21"]
    assert asked is not None and asked["periods"] == ["2031-05"]


def test_one_period_is_no_series() -> None:
    assert _timeline(("A", "2031-05-05", True), ("A", "2031-05-06", True), ("B", "2031-05-06", True)) == (None, [])
    assert _timeline(("A", "2031-01-05", True), ("B", "2031-05-06", True)) == (None, [])


def test_dates_that_are_missing_or_cannot_be_read_are_counted() -> None:
    time, warnings = _timeline(
        ("A", "2031-01-05", True),
        ("A", "05/06/2031", True),
        ("A", None, True),
        ("B", "2031-03-01", True),
        ("B", "", True),
        unit="month",
    )
    assert time is not None and time["periods"] == ["2031-01", "2031-02", "2031-03"]
    assert any(warning.startswith("2 document(s) state no date") for warning in warnings)
    assert any("1 document(s)" in warning and "'05/06/2031'" in warning for warning in warnings)
    nothing, warnings = _timeline(("A", "soon", True), ("B", "later", True), unit="week")
    assert nothing is None and any("no series" in warning for warning in warnings)


def test_a_date_far_off_does_not_make_thousands_of_periods() -> None:
    time, _ = _timeline(("A", "1901-01-05", True), ("A", "2031-01-05", True), ("B", "2031-01-05", True), unit="week")
    assert time is not None and len(time["periods"]) == 2


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.dates(date(2031, 1, 1), date(2031, 12, 31)), st.booleans()),
        min_size=2,
        max_size=12,
    )
)
def test_all_dated_documents_stand_in_one_period(rows: list[tuple[str, date, bool]]) -> None:
    if len({publisher for publisher, _, _ in rows}) < 2:
        return
    for unit in ("week", "month"):
        time, _ = _timeline(*rows, unit=unit)
        assert time is not None
        assert sum(
            point["documents"] for row in time["series"] if row["frame"] == "f0" for point in row["points"]
        ) == len(rows)
        assert sum(point["count"] for row in time["series"] for point in row["points"]) == sum(
            found for *_, found in rows
        )
        assert {point["period"] for row in time["series"] for point in row["points"]} <= set(time["periods"])
        assert time["periods"] == sorted(set(time["periods"]))


def test_values_of_tables_are_dates() -> None:
    time, _ = _timeline(("A", date(2031, 1, 5), True), ("A", date(2031, 2, 5), True), ("B", date(2031, 2, 5), True))
    assert time is not None


@pytest.mark.parametrize("unit", ["week", "month"])
def test_shares_have_intervals(unit: Period) -> None:
    time, _ = _timeline(
        *[("A", "2031-01-05", index % 2 == 0) for index in range(8)], ("B", "2031-01-05", True), unit=unit
    )
    assert time is not None
    share = time["series"][0]["points"][0]["share"]
    assert share["low"] < share["value"] == 0.5 < share["high"] and share["support"] == 8
