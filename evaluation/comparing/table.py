"""The comparison as one tidy table: a row for each figure, for spreadsheets and dataframes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...data.cells import defused

__all__ = ["COLUMNS", "SECTIONS", "section", "write_csv"]

_Row = dict[str, Any]
_FIGURE = ("value", "low", "high", "support")

#: Columns of the table, in order; each section fills some of them.
COLUMNS = (
    "section",
    "telling",
    "frame",
    "stance",
    "period",
    "source",
    "named",
    "count",
    *_FIGURE,
    "documents",
    "quoted",
    "contested",
    "firm",
    "rejected_only",
    "doc",
    "sentence",
    "other_telling",
    "other_doc",
    "other_sentence",
    "note",
)


def _tellings(content: Mapping[str, Any], _: Mapping[str, str]) -> Iterator[_Row]:
    for telling in content["tellings"]:
        for what in ("sentences", "framed", "unsure", "boilerplate"):
            yield {"telling": telling["name"], "count": telling[what], "documents": telling["documents"], "note": what}


def _contest(content: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[_Row]:
    for row in content["contest"]:
        for telling, cells in row["cells"].items():
            for stance, cell in cells.items():
                yield {
                    "telling": names[telling],
                    "frame": row["frame"],
                    "stance": stance,
                    "count": cell["count"],
                    **cell["share"],
                    "quoted": cell["quoted"],
                }


def _distance(content: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[_Row]:
    for row in content["contest"]:
        yield {
            "telling": names[row["between"][0]] if row["between"] else None,
            "other_telling": names[row["between"][1]] if row["between"] else None,
            "frame": row["frame"],
            "value": row["distance"],
            "contested": row["contested"],
            "firm": row["firm"],
            "rejected_only": row["rejected_only"],
        }


def _who(content: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[_Row]:
    for row in content["who"]:
        kept = {name: row[name] for name in ("source", "named", "frame", "stance", "count")}
        yield {"telling": names[row["telling"]], **kept}


def _left_out(content: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[_Row]:
    for row in content["left_out"]:
        told = ", ".join(names[telling] for telling in row["told_by"])
        yield {
            "telling": names[row["telling"]],
            "frame": row["frame"],
            "count": row["sentences"],
            "note": f"told by {told}; {row['unsure']} unsure here",
        }


def _aligned(content: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[_Row]:
    for row in content["aligned"]:
        yield {
            "telling": names[row["telling"]],
            "doc": row["doc"],
            "sentence": row["n"],
            "other_telling": names[row["to"]],
            "other_doc": row["to_doc"],
            "other_sentence": row["to_n"],
            "value": row["similarity"],
        }


def _time(content: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[_Row]:
    for series in (content["time"] or {"series": []})["series"]:
        head = {"telling": names[series["telling"]], "frame": series["frame"]}
        for point in series["points"]:
            place = head | {"period": point["period"], "documents": point["documents"]}
            yield place | {"count": point["count"], **point["share"]}
            for stance, count in point["stances"].items():
                yield place | {"stance": stance, "count": count, "support": point["sentences"]}


def _warning(content: Mapping[str, Any], _: Mapping[str, str]) -> Iterator[_Row]:
    yield from ({"note": text} for text in content["warnings"])


#: Sections of the table: their columns, and what makes their rows.
SECTIONS: dict[str, tuple[tuple[str, ...], Callable[[Mapping[str, Any], Mapping[str, str]], Iterator[_Row]]]] = {
    "telling": (("telling", "count", "documents", "note"), _tellings),
    "distance": (("frame", "value", "telling", "other_telling", "contested", "firm", "rejected_only"), _distance),
    "contest": (("frame", "telling", "stance", "count", *_FIGURE, "quoted"), _contest),
    "who": (("telling", "source", "named", "frame", "stance", "count"), _who),
    "left_out": (("telling", "frame", "count", "note"), _left_out),
    "aligned": (("telling", "doc", "sentence", "other_telling", "other_doc", "other_sentence", "value"), _aligned),
    "time": (("telling", "frame", "period", "stance", "documents", "count", *_FIGURE), _time),
    "warning": (("note",), _warning),
}


def section(content: Mapping[str, Any], name: str) -> tuple[tuple[str, ...], list[_Row]]:
    """Return the columns and the rows of one section."""
    names = {telling["id"]: telling["name"] for telling in content["tellings"]}
    columns, make = SECTIONS[name]
    return columns, list(make(content, names))


def write_csv(content: Mapping[str, Any], path: Path) -> None:
    """Write the table, with a byte order mark, by which spreadsheets know that it is UTF-8."""
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS)
        writer.writeheader()
        for name in SECTIONS:
            for row in section(content, name)[1]:
                writer.writerow({key: defused(value) for key, value in row.items()} | {"section": name})
