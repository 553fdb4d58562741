"""Tables: rows become releases, and each bad row is named."""

from __future__ import annotations

import datetime
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from counterframe.data.readers import tables
from counterframe.data.readers.source import Source
from counterframe.data.readers.tables import read_csv, read_jsonl, read_parquet
from counterframe.data.types import Release
from counterframe.errors import InputError

Write = Callable[[str, "str | bytes"], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def do(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return do


Reader = Callable[[Source, Any], Iterator[Release | InputError]]


def read(reader: Reader, path: Path, column: str = "text") -> list[Any]:
    """Return releases as (doc, text, meta) and errors as (line, field, problem)."""
    found: list[Any] = []
    with path.open("rb") as stream:
        for item in reader(Source(path, path.name, column), stream):
            if isinstance(item, InputError):
                assert item.path == str(path)
                found.append((item.line, item.field, item.problem))
            else:
                found.append((item.doc, item.text, dict(item.meta)))
    return found


# CSV


def test_csv(write: Write) -> None:
    path = write(
        "t.csv", '\ufeffid,text,n\r\na,"The road, he said, is ""open"".\nIt is.",1\r\n,Lorries pass.,02\r\n\r\n'
    )
    assert read(read_csv, path) == [
        ("a", 'The road, he said, is "open".\nIt is.', {"n": "1"}),
        ("t.csv:2", "Lorries pass.", {"n": "02"}),
    ]


def test_csv_without_id_counts_rows_not_lines(write: Write) -> None:
    path = write("t.csv", 'text\n"a\nb"\n\nc\n')
    assert [item[0] for item in read(read_csv, path)] == ["t.csv:1", "t.csv:2"]


def test_tsv(write: Write) -> None:
    path = write("t.TSV", "text\tx,y\nThe road, he said.\t;\n")
    assert read(read_csv, path) == [("t.TSV:1", "The road, he said.", {"x,y": ";"})]


def test_semicolons_of_spreadsheets(write: Write) -> None:
    assert read(read_csv, write("t.csv", "id;text\n7;The road, he said.\n")) == [("7", "The road, he said.", {})]
    assert read(read_csv, write("u.csv", "text,a;b\nThe road; he said.,1\n")) == [
        ("u.csv:1", "The road; he said.", {"a;b": "1"})
    ]


def test_csv_column_of_another_name(write: Write) -> None:
    path = write("t.csv", "text,body\nx,The road.\n")
    assert read(read_csv, path, "body") == [("t.csv:1", "The road.", {"text": "x"})]


def test_csv_bad_rows_are_named_and_reading_goes_on(write: Write) -> None:
    path = write("t.csv", b'text,n\na,1\nb\nc,2,3\n"x"y,4\n\xe9,5\n" ",6\nd,7\n')
    found = read(read_csv, path)
    assert [item[0] for item in found] == ["t.csv:1", 2, 3, 4, 5, 6, "t.csv:7"]
    assert found[1] == (2, None, "has 1 cells where the header has 2")
    assert found[2] == (3, None, "has 3 cells where the header has 2")
    assert "not valid CSV" in found[3][2]
    assert "line 5 of the file" in found[3][2]
    assert "not UTF-8 (byte 0xe9)" in found[4][2]
    assert found[5] == (6, "text", "no text")


def test_csv_quotation_mark_that_is_never_closed(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("t.csv", 'text\na\n"b\nc\nd\n')
    found = read(read_csv, path)
    assert found[0][0] == "t.csv:1"
    assert found[1][0] == 2
    assert "lines 3 to 5 of the file" in found[1][2]
    assert len(found) == 2


def test_csv_cell_of_a_long_release(write: Write) -> None:
    text = "The road is open. " * 20_000
    assert read(read_csv, write("t.csv", f"text\n{text}\n"))[0][1] == text


@pytest.mark.parametrize(
    ("content", "line", "field", "problem"),
    [
        ("", None, None, "no text: the table has no rows"),
        ("text,n\n\n", None, None, "no text: the table has no rows"),
        ("txet,n\nx,1\n", None, "text", "(did you mean 'txet'?)"),
        ("a,b\nx,1\n", None, "text", "(known: a, b)"),
        ("text,a,a\nx,1,2\n", None, "a", "stands twice"),
        (b"te\xe9xt\nx\n", None, None, "is not UTF-8"),
        ('"text"x\nx\n', None, None, "is not valid CSV"),
    ],
)
def test_csv_without_usable_header(
    write: Write, content: str | bytes, line: int | None, field: str | None, problem: str
) -> None:
    (found,) = read(read_csv, write("t.csv", content))
    assert found[:2] == (line, field)
    assert problem in found[2]


@given(st.lists(st.tuples(st.text(min_size=1), st.text()), max_size=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_csv_gives_back_what_was_written(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    def quoted(cell: str) -> str:
        doubled = cell.replace('"', '""')
        return f'"{doubled}"'

    rows = [row for row in rows if row[0].strip() and "\ufeff" not in row[0] and not _surrogates("".join(row))]
    lines = ["text,note", *(",".join(map(quoted, row)) for row in rows)]
    path = tmp_path / "t.csv"
    path.write_bytes("\n".join(lines).encode())
    assert [(item[1], item[2]["note"]) for item in read(read_csv, path) if rows] == rows


def _surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


# JSON Lines


def test_jsonl_keeps_types(write: Write) -> None:
    rows = [
        {"id": 7, "text": "The road.", "n": 1, "ok": True, "where": None, "tags": ["a", {"b": 1.5}]},
        {"text": "Lorries\npass."},
    ]
    path = write("t.jsonl", "\ufeff" + "\n\n".join(json.dumps(row) for row in rows))
    assert read(read_jsonl, path) == [
        ("7", "The road.", {"n": 1, "ok": True, "where": None, "tags": ["a", {"b": 1.5}]}),
        ("t.jsonl:3", "Lorries\npass.", {}),
    ]


def test_jsonl_bad_lines_are_named_and_reading_goes_on(write: Write) -> None:
    lines = [
        b'{"text": "a"}',
        b'{"text": "b"',
        b"[1]",
        b'{"txt": "c"}',
        b'{"text": 4}',
        b'{"text": null}',
        b'{"text": " \\n"}',
        b'{"text": "\xe9"}',
        b'{"text": "\\ud83d"}',
        b'{"text": "x", "note": "\\uDC00"}',
        b"[" * 100_000,
        b'{"text": "\\ud83d\\ude00"}',
    ]
    found = read(read_jsonl, write("t.jsonl", b"\n".join(lines)))
    assert [item[0] for item in found] == ["t.jsonl:1", *range(2, 12), "t.jsonl:12"]
    problems = [item[2] for item in found[1:-1]]
    assert "not valid JSON" in problems[0]
    assert "is a JSON list" in problems[1]
    assert "did you mean 'txt'?" in problems[2]
    assert problems[3] == "is not text but int"
    assert problems[4] == problems[5] == "no text"
    assert "not UTF-8 (byte 0xe9)" in problems[6]
    assert "half a character" in problems[7]
    assert "half a character" in problems[8]
    assert "not valid JSON" in problems[9]
    assert found[3][1] == found[4][1] == found[5][1] == "text"
    assert found[-1][1] == "😀"


def test_jsonl_without_rows(write: Write) -> None:
    assert read(read_jsonl, write("t.jsonl", "\n \n")) == [(None, None, "no text: the table has no rows")]


def test_jsonl_is_read_line_by_line(write: Write) -> None:
    size = 1_000_000
    path = write("t.jsonl", b'{"text": "a"}\n' * size)
    items = read_jsonl(Source(path, "t"))
    tracemalloc.start()
    first = next(items)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(first, Release)
    assert peak < size


# Parquet


def write_parquet(path: Path, table: pa.Table, **options: Any) -> Path:
    parquet.write_table(table, path, **options)
    return path


def test_parquet_keeps_types(tmp_path: Path) -> None:
    day = datetime.date(2031, 3, 21)
    table = pa.table(
        {
            "id": pa.array([11, None]),
            "text": pa.array(["The road.", "Lorries pass."]).dictionary_encode(),
            "date": pa.array([day, None]),
            "n": pa.array([1.5, 2.5]),
            "tags": pa.array([["a"], []]),
        }
    )
    assert read(read_parquet, write_parquet(tmp_path / "t.parquet", table)) == [
        ("11", "The road.", {"date": day, "n": 1.5, "tags": ["a"]}),
        ("t.parquet:2", "Lorries pass.", {"date": None, "n": 2.5, "tags": []}),
    ]


def test_parquet_is_read_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_BATCH_ROWS", 3)
    table = pa.table({"text": [f"Lorry {number}." for number in range(10)]})
    found = read(read_parquet, write_parquet(tmp_path / "t.parquet", table, row_group_size=4))
    assert [item[0] for item in found] == [f"t.parquet:{number}" for number in range(1, 11)]
    assert found[9][1] == "Lorry 9."


def test_parquet_bad_rows_are_named_and_reading_goes_on(tmp_path: Path) -> None:
    broken = pa.Array.from_buffers(
        pa.string(),
        4,
        [
            None,
            pa.py_buffer(bytes([0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])),
            pa.py_buffer(b"a\xffb"),
        ],
    )
    found = read(read_parquet, write_parquet(tmp_path / "t.parquet", pa.table({"text": broken})))
    assert [item[0] for item in found] == ["t.parquet:1", 2, 3, "t.parquet:4"]
    assert "cannot be converted" in found[1][2]
    assert found[2] == (3, "text", "no text")


def test_parquet_without_usable_columns(tmp_path: Path) -> None:
    (found,) = read(read_parquet, write_parquet(tmp_path / "t.parquet", pa.table({"body": ["a"]})), "bodi")
    assert found[:2] == (None, "bodi")
    assert "did you mean 'body'?" in found[2]
    (found,) = read(read_parquet, write_parquet(tmp_path / "n.parquet", pa.table({"text": [1]})))
    assert found == (1, "text", "is not text but int")
    (found,) = read(read_parquet, write_parquet(tmp_path / "e.parquet", pa.table({"text": pa.array([], pa.string())})))
    assert "no text" in found[2]


def test_file_that_is_not_parquet(write: Write) -> None:
    (found,) = read(read_parquet, write("t.parquet", "text\nx\n"))
    assert "cannot be read as Parquet" in found[2]


def test_parquet_file_cut_short(tmp_path: Path) -> None:
    table = pa.table({"text": [f"The road {number} is open." for number in range(3000)]})
    path = write_parquet(tmp_path / "t.parquet", table, row_group_size=1000, compression="none", use_dictionary=False)
    data = bytearray(path.read_bytes())
    middle = data.index(b"The road 1500 ")
    data[middle - 40_000 : middle] = b"\xff" * 40_000
    path.write_bytes(bytes(data))
    found = read(read_parquet, path)
    *before, (line, field, problem) = found
    assert before[0] == ("t.parquet:1", "The road 0 is open.", {})
    assert (line, field) == (None, None)
    assert f"cannot be read as Parquet after row {len(before)}" in problem
