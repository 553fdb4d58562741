"""Tables are cut so that each row lies in one piece, and a piece is known again."""

from __future__ import annotations

import gzip
import json
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from counterframe.errors import InputError, LeftOut, UsageError
from counterframe.inference.distributed import pieces as module
from counterframe.inference.distributed.pieces import Piece, cut, find_tables


def _pieces(*inputs: Path, size: int = 100) -> list[Piece]:
    problems: list[InputError] = []
    tables = find_tables([str(path) for path in inputs], problems.append)
    found = [piece for of_table in cut(tables, size, problems.append) for piece in of_table]
    assert not problems
    return found


@pytest.mark.parametrize("block", [1, 7, 64, 1 << 20])
@pytest.mark.parametrize("size", [1, 10, 100, 10_000])
def test_lines_are_cut_between_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, size: int) -> None:
    monkeypatch.setattr(module, "_BLOCK", block)
    path = tmp_path / "a.jsonl"
    lines = [json.dumps({"text": "día " * (n % 5), "n": n}, ensure_ascii=False).encode() + b"\n" for n in range(30)]
    lines.insert(9, b"\n")
    data = b"".join(lines).removesuffix(b"\n")
    path.write_bytes(data)
    found = _pieces(path, size=size)
    ends = [piece.end or len(data) for piece in found]
    assert [piece.start for piece in found] == [0, *ends[:-1]]
    assert b"".join(data[piece.start : end] for piece, end in zip(found, ends, strict=True)) == data
    for piece, end in zip(found, ends, strict=True):
        assert data[: piece.start].count(b"\n") == piece.rows_before
        assert data[end - 1 : end] == b"\n" or end == len(data)
        # No piece is longer than a line more than was asked for.
        assert end - piece.start < size + max(map(len, lines))
    assert found[0].end is None or len(found) > 1
    if size == 1:
        assert len(found) == len(lines)


@pytest.mark.parametrize("data", [b"", b"\n", b'{"text": "a"}'])
def test_small_tables_are_one_piece(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(data)
    (piece,) = _pieces(tmp_path / "a.jsonl", size=1)
    assert (piece.start, piece.end, piece.rows_before) == (0, None, 0)


def test_what_has_no_places_to_begin_at_is_one_piece(tmp_path: Path) -> None:
    text = "".join(f'{{"text": "día {n}"}}\n' for n in range(50))
    (tmp_path / "latin.jsonl").write_bytes(text.encode("latin-1"))
    (tmp_path / "wide.jsonl").write_bytes(text.replace("í", "i").encode("utf-16-le"))
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    found = _pieces(tmp_path, size=64)
    assert [piece.name for piece in found] == ["latin.jsonl", "packed.jsonl.gz", "wide.jsonl"]
    assert len({piece.digest for piece in found}) == 3


@pytest.mark.parametrize("rows", [0, 1, 40])
def test_parquet_is_cut_by_rows(tmp_path: Path, rows: int) -> None:
    table = pa.table({"text": [f"row {n}" for n in range(rows)]}, schema=pa.schema([("text", pa.string())]))
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=9)
    found = _pieces(tmp_path / "a.parquet", size=100)
    covered = [n for piece in found for n in range(piece.rows_before, piece.rows_before + (piece.rows or 0))]
    assert covered == list(range(rows))
    assert rows < 40 or len(found) > 3


def test_a_key_follows_from_content_and_settings(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [f'{{"text": "row {n:03d}"}}\n' for n in range(20)]
    path.write_text("".join(lines), encoding="utf-8")
    before = {piece.part: piece.key({"model": "m"}) for piece in _pieces(path)}
    assert {piece.part: piece.key({"model": "m"}) for piece in _pieces(path)} == before
    assert not {piece.key({"model": "other"}) for piece in _pieces(path)} & set(before.values())
    lines[12] = lines[12].replace("row", "ROW")
    path.write_text("".join(lines), encoding="utf-8")
    after = {piece.part: piece.key({"model": "m"}) for piece in _pieces(path)}
    assert sum(after[part] != before[part] for part in before) == 1


def test_folders_say_columns_and_none_takes_the_place_of_ours(tmp_path: Path) -> None:
    folder = tmp_path / "year=2031" / "stance=a%20b" / "x=__HIVE_DEFAULT_PARTITION__"
    folder.mkdir(parents=True)
    (folder / "t.jsonl").write_text('{"text": "a"}\n')
    (piece,) = _pieces(tmp_path)
    assert piece.columns == {"year": "2031", "stance": "a b"}
    assert piece.part == "year=2031/stance-a%20b/x=__HIVE_DEFAULT_PARTITION__/t.jsonl-00000"
    assert Piece(**json.loads(json.dumps(asdict(piece)))) == piece


def test_nothing_is_passed_over_in_silence(tmp_path: Path) -> None:
    for name in ("a.jsonl", "notes.txt", ".hidden.jsonl", "_SUCCESS"):
        (tmp_path / name).write_text('{"text": "a"}\n')
    (tmp_path / "own.jsonl").write_text('{"schema": "counterframe/1", "doc": "a"}\n')
    own = {"doc": "a", "n": 0, "start": 0, "end": 1, "text": "a", "kind": "body", "primary": None}
    parquet.write_table(pa.Table.from_pylist([own]), tmp_path / "own.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    problems: list[InputError] = []
    tables = find_tables([str(tmp_path)], problems.append)
    assert [piece.name for found in cut(tables, 100, problems.append) for piece in found] == ["a.jsonl"]
    assert {Path(str(problem.path)).name: isinstance(problem, LeftOut) for problem in problems} == {
        "notes.txt": True,
        ".hidden.jsonl": True,
        "_SUCCESS": True,
        "own.jsonl": True,
        "own.parquet": True,
        "broken.parquet": False,
    }
    assert [piece.name for piece in _pieces(tmp_path / "own.parquet", tmp_path / "own.jsonl")] == [
        "own.parquet",
        "own.jsonl",
    ]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (["nothing"], "no such file or folder"),
        (["a.txt"], "is no table"),
        (["empty"], "holds no table"),
        (["one/a.jsonl", "two/../one/a.jsonl", "one/a.jsonl"], "two inputs bear the name"),
    ],
)
def test_wrong_inputs_are_told(tmp_path: Path, inputs: list[str], message: str) -> None:
    for folder in ("empty", "one", "two"):
        (tmp_path / folder).mkdir()
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "one" / "a.jsonl").write_text('{"text": "a"}\n')
    with pytest.raises(UsageError, match=message):
        find_tables([str(tmp_path / name) for name in inputs], lambda problem: None)


def test_tables_of_several_inputs_are_told_apart(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.jsonl").write_text('{"text": "a"}\n')
    whole = [piece.name for piece in _pieces(tmp_path / "one", tmp_path / "two")]
    assert whole == ["one/a.jsonl", "two/a.jsonl"]
    assert len({piece.name for piece in _pieces(tmp_path / "one" / "a.jsonl", tmp_path / "two" / "a.jsonl")}) == 2
