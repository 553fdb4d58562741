"""Agreement of readers against the krippendorff package and against figures worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterframe.data.codebook import Codebook
from counterframe.data.types import LabelledSentence, Span
from counterframe.errors import UsageError
from counterframe.evaluation.agreement import Agreement, agreement, nominal_alpha

TEXT = "The envoy and the union spoke of the siege"


def _book() -> Codebook:
    frames = {name: {"title": name, "definition": name} for name in ("siege", "march", "talks")}
    return Codebook.model_validate({"name": "t", "frames": frames, "stances": {"yes": "y", "no": "n", "told": "t"}})


def _item(name: str, labels: dict[str, Any], source: Span | None = None, **other: Any) -> LabelledSentence:
    values = {"doc": name, "event": name, "n": 0, "text": TEXT, **other}
    return LabelledSentence(id=name, labels=labels, source=source, **values)


def _compare(*readers: dict[str, tuple[dict[str, Any], Span | None]], **options: Any) -> Agreement:
    readings = {
        f"reader {number}": {name: _item(name, labels, source) for name, (labels, source) in held.items()}
        for number, held in enumerate(readers)
    }
    return agreement(readings, _book(), **options)


def test_figures_worked_out_by_hand() -> None:
    first = {
        "a": ({"siege": "yes"}, (0, 9)),
        "b": ({"siege": "no", "march": "yes"}, (0, 9)),
        "c": ({}, None),
        "d": ({"talks": "told"}, None),
        "only here": ({"talks": "told"}, None),
    }
    second = {
        "a": ({"siege": "yes"}, (0, 9)),
        "b": ({"siege": "yes"}, (14, 23)),
        "c": ({"talks": "yes"}, None),
        "d": ({"talks": "told"}, None),
    }
    found = _compare(first, second)
    value = {name: figure.value for name, figure in found.overall.items()}
    assert found.sentences == 4
    assert value["pair_f1"] == pytest.approx(2 * 2 / 8)
    assert value["frame_f1"] == pytest.approx(2 * 3 / 8)
    assert value["primary_same"] == pytest.approx(3 / 4)
    assert value["stance_same"] == pytest.approx(2 / 3)
    assert value["source_same"] == pytest.approx(2 / 3)
    assert found.frames["march"]["f1"].value == 0
    assert found.stances["told"]["f1"].value == 1
    assert found.stances["no"]["f1"].value == 0
    assert [dispute.id for dispute in found.disputes] == ["b", "c"]
    assert found.disputes[0].sources == {"reader 0": "The envoy", "reader 1": "the union"}
    json.dumps(found.to_dict())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from([-1, 0, 1, 2]), min_size=3, max_size=3),
        min_size=2,
        max_size=25,
    )
)
def test_alpha_is_that_of_krippendorff(units: Sequence[Sequence[int]]) -> None:
    """Three readers, missing values, against the reference package."""
    size = 3
    coincidences = np.zeros((size, size))
    for unit in units:
        held = np.bincount([value for value in unit if value >= 0], minlength=size)
        if held.sum() > 1:
            coincidences += (np.outer(held, held) - np.diag(held)) / (held.sum() - 1)
    ours = float(nominal_alpha(coincidences))
    data = np.array([[np.nan if value < 0 else value for value in unit] for unit in units]).T
    try:
        theirs = krippendorff.alpha(reliability_data=data, level_of_measurement="nominal", value_domain=[0, 1, 2])
    except ValueError:  # nothing is paired, or nothing varies
        assert np.isnan(ours)
        return
    if np.isnan(theirs):
        assert np.isnan(ours)
    else:
        assert ours == pytest.approx(theirs, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_alpha_of_frames_and_stances_is_that_of_krippendorff(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = [f"s{number}" for number in range(30)]
    frames, stances = ("siege", "march", "talks"), ("yes", "no", "told")
    readers: list[dict[str, tuple[dict[str, Any], Span | None]]] = []
    for _ in range(3):
        held = {}
        for name in names:
            if rng.random() < 0.8:
                picked = [frame for frame in frames if rng.random() < 0.5]
                held[name] = ({frame: str(rng.choice(stances)) for frame in picked}, None)
        readers.append(held)
    found = _compare(*readers, rounds=0)

    def reference(rows: list[list[float]]) -> float:
        return float(krippendorff.alpha(reliability_data=rows, level_of_measurement="nominal"))

    for frame in frames:
        rows = [[float(frame in reader[name][0]) if name in reader else np.nan for name in names] for reader in readers]
        assert found.frames[frame]["alpha"].value == pytest.approx(reference(rows))
    rows = [
        [
            float(stances.index(reader[name][0][frame])) if frame in reader.get(name, ({}, None))[0] else np.nan
            for frame in frames
            for name in names
        ]
        for reader in readers
    ]
    assert found.overall["alpha_stance"].value == pytest.approx(reference(rows))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(4, 30))
def test_alpha_of_each_frame_and_stance_is_that_of_krippendorff(seed: int, size: int) -> None:
    """Three readers who leave sentences out, against the reference package."""
    rng = np.random.default_rng(seed)
    book = _book()
    readers = []
    for _ in range(3):
        read: dict[str, tuple[dict[str, Any], Span | None]] = {}
        for number in range(size):
            if rng.random() < 0.8:
                frames = [frame for frame in book.frame_ids if rng.random() < 0.5]
                read[f"s{number}"] = ({frame: str(rng.choice(book.stance_ids)) for frame in frames}, None)
        readers.append(read)
    names = [name for name in map("s{}".format, range(size)) if sum(name in read for read in readers) > 1]
    if not names:
        return
    found = _compare(*readers, rounds=0)

    def reference(rows: list[list[float]]) -> float | None:
        given = np.array(rows)
        pairable = (~np.isnan(given)).sum(0) > 1
        if len(set(given[:, pairable][~np.isnan(given[:, pairable])])) < 2:
            return None
        return float(krippendorff.alpha(reliability_data=given, level_of_measurement="nominal"))

    for frame in book.frame_ids:
        rows = [[float(frame in read[name][0]) if name in read else np.nan for name in names] for read in readers]
        assert found.frames[frame]["alpha"].value == _near(reference(rows))
    for stance in book.stance_ids:
        rows = [
            [
                float(read[name][0][frame] == stance) if frame in read.get(name, ({}, None))[0] else np.nan
                for name in names
                for frame in book.frame_ids
            ]
            for read in readers
        ]
        assert found.stances[stance]["alpha"].value == _near(reference(rows))


def _near(value: float | None) -> Any:
    return None if value is None else pytest.approx(value)


def test_readers_who_say_the_same_agree_wholly() -> None:
    held = {f"s{n}": ({"siege": "yes"} if n % 2 else {"talks": "no"}, (0, 9)) for n in range(8)}
    found = _compare(held, held, held)
    assert {name: figure.value for name, figure in found.overall.items() if name != "alpha_source"} == {
        name: 1.0 for name in found.overall if name != "alpha_source"
    }
    assert found.overall["alpha_source"].value is None  # nothing varies
    assert found.disputes == []
    assert found.notes()


def test_what_cannot_be_compared_is_refused() -> None:
    one = {"a": _item("a", {})}
    with pytest.raises(UsageError, match="at least two readers"):
        agreement({"x": one}, _book())
    with pytest.raises(UsageError, match="no sentence has two readers"):
        agreement({"x": one, "y": {"b": _item("b", {})}}, _book())
    with pytest.raises(UsageError, match="two different texts"):
        agreement({"x": one, "y": {"a": _item("a", {}, text="Another one")}}, _book())


def test_what_a_reader_leaves_unsaid_is_no_dispute() -> None:
    first = {"a": _item("a", {"siege": "yes", "march": "no"}, (0, 9)), "b": _item("b", {"talks": "no"})}
    second = {
        "a": _item("a", {"siege": None, "march": "no"}, source_known=False),
        "b": _item("b", {"talks": "yes"}, source_known=False),
    }
    found = agreement({"x": first, "y": second}, _book(), rounds=0)
    assert [dispute.id for dispute in found.disputes] == ["b"]
    assert found.overall["pair_f1"].value == pytest.approx(2 / 4)  # march agrees, talks differs, siege is not judged
    assert found.overall["frame_f1"].value == 1
    assert (found.overall["alpha_source"].value, found.overall["alpha_source"].support) == (None, 0)
