"""Errors say where and what; hints name the nearest word."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from counterframe import errors
from counterframe.errors import CodebookError, CounterframeError, InputError, UsageError, nearest


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ({}, "is wrong"),
        ({"path": "a.csv"}, "a.csv: is wrong"),
        ({"path": Path("b") / "a.csv", "line": 7}, "b/a.csv:7: is wrong"),
        ({"path": "a.csv", "line": 7, "field": "text"}, "a.csv:7: field 'text': is wrong"),
        ({"path": "a.csv", "field": "text"}, "a.csv: field 'text': is wrong"),
        ({"line": 7}, "line 7: is wrong"),
        ({"line": 7, "field": "text"}, "line 7: field 'text': is wrong"),
        ({"field": "text"}, "field 'text': is wrong"),
    ],
)
def test_an_input_error_names_its_place(place: dict[str, object], text: str) -> None:
    error = InputError("is wrong", **place)  # type: ignore[arg-type]
    assert str(error) == text
    assert error.problem == "is wrong"
    assert error.path == (str(place["path"]) if "path" in place else None)
    assert error.line == place.get("line")
    assert error.field == place.get("field")


def test_an_input_error_survives_a_process_boundary() -> None:
    error = pickle.loads(pickle.dumps(InputError("is wrong", path="a.csv", line=7, field="text")))
    assert str(error) == "a.csv:7: field 'text': is wrong"
    assert (error.problem, error.path, error.line, error.field) == ("is wrong", "a.csv", 7, "text")


def test_all_errors_have_one_base_and_are_public() -> None:
    raised = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert all(issubclass(error, CounterframeError) for error in raised)
    assert {error.__name__ for error in raised} | {"nearest"} == set(errors.__all__)
    assert issubclass(CodebookError, InputError)
    assert not issubclass(UsageError, InputError)


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("blokade", ["protest", "blockade"], " (did you mean 'blockade'?)"),
        ("Blockade", ["protest", "blockade"], " (did you mean 'blockade'?)"),
        ("zzz", ["protest", "blockade"], " (known: protest, blockade)"),
        ("", ["protest"], " (known: protest)"),
        ("zzz", [], ""),
    ],
)
def test_nearest(name: str, known: list[str], hint: str) -> None:
    assert nearest(name, known) == hint
    assert nearest(name, known, told=True) == ("" if hint.startswith(" (known") else hint)


def test_nearest_takes_whatever_stands_in_a_header() -> None:
    assert nearest("text", [None, 3, "texts"]) == " (did you mean 'texts'?)"  # type: ignore[list-item]
