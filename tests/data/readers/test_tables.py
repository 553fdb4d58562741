"""Tables: rows become releases, and each bad row is named."""

from __future__ import annotations

import datetime
import io
import json
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from counterframe.data.normalise import is_blank
from counterframe.data.readers import lines, tables
from counterframe.data.readers.source import Limits, Source
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
    # The last rows are UTF-8, so the fifth is broken, and not in another encoding.
    path = write("t.csv", b'text,n\na,1\nb\nc,2,3\n"x"y,4\n\xe9,5\n" ",6\nd,7\n' + "é,8\n".encode() * 30)
    found = read(read_csv, path)
    assert [item[0] for item in found[:8]] == ["t.csv:1", 2, 3, 4, 5, 6, "t.csv:7", "t.csv:8"]
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

    rows = [row for row in rows if not is_blank(row[0]) and not _UNWRITTEN.search("".join(row))]
    lines = ["text,note", *(",".join(map(quoted, row)) for row in rows)]
    path = tmp_path / "t.csv"
    path.write_bytes("\n".join(lines).encode())
    assert [(item[1], item[2]["note"]) for item in read(read_csv, path) if rows] == rows


#: Half a character cannot be written; a byte order mark opens a file; control characters are for binary files.
_UNWRITTEN = re.compile("[\ud800-\udfff\ufeff\x00-\x08\x0e-\x1a\x7f]")


def test_binary_data_are_no_table(write: Write) -> None:
    with pytest.raises(InputError, match="is binary data"):
        read(read_csv, write("t.csv", b"text\n" + bytes(range(1, 32)) * 9))


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
        # The file is UTF-8, so that its eighth line is broken, and not in another encoding.
        '{"text": "a", "note": "ééééééééééééééééééééééééé"}'.encode(),
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
    with path.open("rb") as stream:
        items = read_jsonl(Source(path, "t"), stream)
        tracemalloc.start()
        first = next(items)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert isinstance(first, Release)
    assert peak < path.stat().st_size / 2


# Encodings


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp1252", "cp1251"])
@pytest.mark.parametrize("rows", [3, 50_000], ids=["short", "longer than the sample"])
def test_tables_in_other_encodings(write: Write, encoding: str, rows: int) -> None:
    # In UTF-16 one byte of Ċ and of 😊 is that of a line break.
    story = "Дорога открыта, сказал министр." if encoding == "cp1251" else "The café “Ilva” is open, he said."
    if encoding.startswith("utf"):
        story += " Ċ😊"
    content = "id;text\r\n" + "".join(f"{number};{story}\r\n" for number in range(rows))
    found = read(read_csv, write("t.csv", content.encode(encoding)))
    assert len(found) == rows
    assert found[0] == ("0", story, {})
    assert found[-1] == (str(rows - 1), story, {})


def test_jsonl_in_utf_16(write: Write) -> None:
    content = "".join(f'{{"text": "Road {number} é 😊"}}\n' for number in range(3))
    assert [item[1] for item in read(read_jsonl, write("t.jsonl", content.encode("utf-16")))] == [
        f"Road {number} é 😊" for number in range(3)
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_half_a_character_in_utf_16_costs_its_row(write: Write, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_SAMPLE", 64)
    rows = ["text", *["The road is open."] * 9, "half \ud83d of it", "It is open.", "cut\ud83d"]
    found = read(read_csv, write("t.csv", "\n".join(rows).encode(encoding, "surrogatepass") + b"\0"))
    assert [item[0] for item in found] == [*(f"t.csv:{number}" for number in range(1, 10)), 10, "t.csv:11", 12]
    assert "is not UTF-8" in found[9][2]


def test_a_byte_of_another_encoding_behind_the_sample_costs_its_row(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "_SAMPLE", 64)
    found = read(read_csv, write("t.csv", b"text\n" + b"The road is open.\n" * 9 + b"caf\xe9\nIt is.\n"))
    assert [item[0] for item in found[8:]] == ["t.csv:9", 10, "t.csv:11"]
    assert "is not UTF-8 (byte 0xe9)" in found[9][2]


# What is too long


class _Repeated(io.RawIOBase):
    """Bytes that are made while they are read, so that a long line costs neither disk nor memory."""

    def __init__(self, *parts: tuple[bytes, int]) -> None:
        self._parts = [
            memoryview(piece * min(times, 1 << 16)) for piece, times in parts for _ in range(0, times, 1 << 16)
        ]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._parts:
            return 0
        part = self._parts[0][: len(buffer)]
        rest = self._parts[0][len(part) :]
        self._parts[:1] = [rest] if rest else []
        buffer[: len(part)] = part
        return len(part)


@pytest.mark.parametrize(
    ("reader", "row", "header"),
    [(read_jsonl, b'{"text": "The road is open."}\n', b""), (read_csv, b"The road is open.\n", b"text\n")],
)
def test_a_line_of_seventy_megabytes_is_skipped_and_named(reader: Reader, row: bytes, header: bytes) -> None:
    stream = io.BufferedReader(
        _Repeated((header + row, 1), (b"x" * 64, 1 << 20), (b"y" * 64, 1 << 17), (b"\n" + row, 1))
    )
    first, second, third = reader(Source(Path("t"), "t"), stream)
    assert isinstance(first, Release)
    assert isinstance(second, InputError)
    assert (second.line, second.problem) == (2, "is longer than a row may be (16 MiB)")
    assert isinstance(third, Release)
    assert third.doc == "t:3"


def test_a_cell_that_is_too_long_is_named(write: Write) -> None:
    longest = "x" * Limits().text
    path = write("t.csv", f"text\n{longest}\n{longest}x\nThe road.\n")
    first, second, third = read(read_csv, path)
    assert len(first[1]) == Limits().text
    assert second[0] == 2
    assert "field larger than field limit" in second[2]
    assert third == ("t.csv:3", "The road.", {})
    path = write("t.jsonl", f'{{"text": "{longest}x"}}\n{{"text": "The road."}}')
    (line, field, problem), second = read(read_jsonl, path)
    assert (line, field) == (1, "text")
    assert problem == "has 4,194,305 characters; a text may have 4,194,304"
    assert second[1] == "The road."


def test_a_quotation_mark_never_closed_in_a_long_table_costs_one_cell_of_it(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_LONGEST_CELL", 0)
    import csv

    before = csv.field_size_limit(200)
    try:
        found = read(read_csv, write("t.csv", 'note,text\n"a,b\n' + "The road,is open\n" * 30))
    finally:
        csv.field_size_limit(before)
    assert "lines 2 to" in found[0][2]
    assert len(found) > 15


@pytest.mark.parametrize("text", [" ", "\u200b", "\ufeff\u00ad \u2060"])
def test_a_text_of_nothing_visible_is_named(write: Write, text: str) -> None:
    assert read(read_csv, write("t.csv", f"id,text\n1,{text}\n")) == [(1, "text", "no text")]


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


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary()])
def test_a_long_value_that_many_rows_share_is_held_once(tmp_path: Path, kind: pa.DataType) -> None:
    path = tmp_path / "t.parquet"
    rows = 200
    table = pa.table({"text": ["The road."] * rows, "x": pa.array(["y" * 1_000_000] * rows, kind), "n": range(rows)})
    parquet.write_table(table, path, compression="zstd")
    del table
    code = (
        "import sys, pathlib, pyarrow\n"
        "from counterframe.data.readers.source import Source\n"
        "from counterframe.data.readers.tables import read_parquet\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "items = read_parquet(Source(path, 't'), path.open('rb'))\n"
        "found = [(item.text, len(item.meta['x']), item.meta['n']) for item in items]\n"
        "print(len(set(found)), found[-1], pyarrow.default_memory_pool().max_memory() < 60_000_000)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{rows} ('The road.', 1000000, {rows - 1}) True"
