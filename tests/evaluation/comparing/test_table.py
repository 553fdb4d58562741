"""The tidy table and the dataframes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from helpers.tellings import book, result, tell

from counterframe.data.cells import defused
from counterframe.evaluation.comparing.comparison import Comparison, compare_tellings
from counterframe.evaluation.comparing.summary import summary
from counterframe.evaluation.comparing.table import COLUMNS, SECTIONS, section, write_csv

BOOK = book()


@pytest.fixture
def comparison() -> Comparison:
    def told(publisher: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
        return [row | {"meta": {"publisher": publisher}} for row in rows]

    first = told(
        '=HYPERLINK("x")\x1b[31m',
        result("+Vell said so.", ("f0", "s0"), source="+Vell"),
        result("The road.", ("f1", "s0")),
    )
    second = told(
        "Straße & Söhne", result("The road again.", ("f0", "s1")), result("x\ry", ("f2", "s2"), source="x\ry")
    )
    return compare_tellings(tell(BOOK, first, second), BOOK, model="tiny@1", period=None)


def test_every_figure_stands_in_the_table(comparison: Comparison, tmp_path: Path) -> None:
    content = comparison.to_dict()
    write_csv(content, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert tuple(rows[0]) == COLUMNS
    assert [row["section"] for row in rows] == [name for name in SECTIONS for _ in section(content, name)[1]]
    cells = [row for row in rows if row["section"] == "contest"]
    assert len(cells) == 2 * 3 * 3
    for row in content["contest"]:
        for telling, by_stance in row["cells"].items():
            name = next(one["name"] for one in content["tellings"] if one["id"] == telling)
            for stance, cell in by_stance.items():
                (found,) = [
                    one
                    for one in cells
                    if (one["frame"], one["stance"]) == (row["frame"], stance) and one["telling"] == defused(name)
                ]
                assert int(found["count"]) == cell["count"] and float(found["value"]) == cell["share"]["value"]
                assert float(found["low"]) == cell["share"]["low"] and int(found["support"]) == cell["share"]["support"]


def test_no_cell_is_a_formula(comparison: Comparison, tmp_path: Path) -> None:
    write_csv(comparison.to_dict(), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as handle:
        cells = [cell for row in csv.reader(handle) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]
    assert "'+Vell" in cells and any(cell.startswith("'=HYPERLINK") for cell in cells)


def test_the_dictionary_is_json(comparison: Comparison) -> None:
    content = comparison.to_dict()
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_dataframes(comparison: Comparison) -> None:
    content = comparison.to_dict()
    assert list(comparison.tellings["name"]) == [telling["name"] for telling in content["tellings"]]
    assert len(comparison.contest) == 18
    assert set(comparison.contest.columns) >= {"frame", "telling", "stance", "count", "value", "low", "high", "support"}
    assert comparison.who["count"].sum() == sum(row["count"] for row in content["who"])
    assert list(comparison.distances["frame"]) == [row["frame"] for row in content["contest"]]
    assert list(comparison.time.columns)[:3] == ["telling", "frame", "period"] and comparison.time.empty
    assert comparison.aligned.empty and len(comparison.left_out) == len(content["left_out"])
    assert comparison.warnings == content["warnings"]


def test_the_summary_is_short_and_harmless(comparison: Comparison) -> None:
    text = summary(comparison.to_dict())
    assert "perhaps contested: Frame 0" in text and "(few sentences: read them)" in text
    assert "\x1b" not in text and "\r" not in text


def test_the_summary_names_what_is_only_rejected() -> None:
    rejects = [result("x", ("f0", "s1"))]
    content = compare_tellings(tell(BOOK, rejects, [result("y", ("f1", "s0"))]), BOOK, model="m").to_dict()
    assert "no text found with 's0': Frame 0: s1 input 0 1" in summary(content)


def test_too_many_documents_are_not_laid_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    from counterframe.evaluation.comparing import comparison as module

    monkeypatch.setattr(module, "MOST_DOCUMENTS", 1)
    made = compare_tellings(tell(BOOK, [result("x")], [result("y")]), BOOK, model="m")
    assert made.to_dict()["documents"] == []
    assert any("texts side by side are left out: 2 documents" in warning for warning in made.warnings)
