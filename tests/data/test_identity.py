"""Keys of documents, and the table that holds them without filling the memory."""

from __future__ import annotations

import datetime
import sqlite3
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from counterframe.data import identity
from counterframe.data.identity import KeyTable, document_key, settings_digest, text_key
from counterframe.data.types import Release

RELEASE = Release(doc="a.txt", text="The road is open.", meta={"date": "2031-02-03"}, furniture=((0, 3),), title=(4, 8))


@pytest.mark.parametrize(
    "changes",
    [
        {"doc": "b.txt"},
        {"text": "The road is open"},
        {"meta": {"date": "2031-02-04"}},
        {"meta": {"date": datetime.date(2031, 2, 4)}},
        {"meta": {"date": "2031-02-03", "more": None}},
        {"meta": {"date": np.arange(5000)}},
        {"furniture": ()},
        {"title": None},
    ],
)
def test_whatever_decides_the_results_of_a_document_is_in_its_key(changes: dict[str, object]) -> None:
    other = replace(RELEASE, **changes)  # type: ignore[arg-type]
    assert document_key(RELEASE) == document_key(replace(RELEASE))
    assert document_key(other) == document_key(replace(other))
    assert document_key(other) != document_key(RELEASE)
    assert document_key(RELEASE, b"model a") != document_key(RELEASE, b"model b")


def test_long_values_of_the_metadata_count_to_their_last_place() -> None:
    first, second = np.zeros(5000), np.zeros(5000)
    second[2500] = 1
    keys = {document_key(replace(RELEASE, meta={"held": values})) for values in (first, second)}
    assert len(keys) == 2


def test_keys_are_the_same_in_every_process() -> None:
    code = (
        "from counterframe.data.identity import *; from counterframe.data.types import Release;"
        "digest = settings_digest({'x': 1, 'y': 2});"
        "print((document_key(Release(doc='a', text='b\\udce9'), digest) + text_key('a')).hex())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    key = document_key(Release(doc="a", text="b\udce9"), settings_digest({"y": 2, "x": 1})) + text_key("a")
    assert done.stdout.strip() == key.hex()


@pytest.mark.parametrize("in_memory", [0, 3, 10_000])
def test_a_table_holds_what_was_put_last(monkeypatch: pytest.MonkeyPatch, in_memory: int) -> None:
    monkeypatch.setattr(identity, "_IN_MEMORY", in_memory)
    with KeyTable() as table:
        for number in range(50):
            table.put(text_key(str(number)), b"%d" % number)
        table.put(text_key("7"), b"\0seven")
        assert [table.get(text_key(str(number))) for number in (0, 7, 49, 50)] == [b"0", b"\0seven", b"49", None]


def test_keys_without_number_do_not_fill_the_memory() -> None:
    with KeyTable() as table:
        for number in range(20_000):
            table.put(text_key(str(number)), b"1")
        tracemalloc.start()
        for number in range(20_000, 60_000):
            table.put(text_key(str(number)), b"1")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 1 << 16
        assert table.get(text_key("5")) == table.get(text_key("59999")) == b"1"


def test_a_table_that_cannot_be_written_is_an_error_of_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "_IN_MEMORY", 1)
    with KeyTable() as table:
        table.put(b"a")
        table.put(b"b")
        assert table._file is not None
        table._file.execute("PRAGMA query_only = ON")
        with pytest.raises(OSError, match="table of documents") as caught:
            table.put(b"c")
        assert caught.value.filename and isinstance(caught.value.__cause__, sqlite3.Error)
