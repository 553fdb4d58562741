"""The JSON file beside a document."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from counterframe.data.readers.sidecar import read_sidecar
from counterframe.errors import InputError


def test_its_fields_are_taken_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"publisher": "Ministry of Roads", "n": 3, "of": {"x": [null]}}', encoding="utf-16")
    assert read_sidecar(path) == {"publisher": "Ministry of Roads", "n": 3, "of": {"x": [None]}}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Expecting value"),
        (b"[1]", "no JSON object"),
        (b"null", "no JSON object"),
        (b'{"a": 1, "a": 2}', "stands twice"),
        (b'{"a": "\\ud800"}', "surrogates"),
        (b'{"a": ' + b"[" * 100_000, "recursion|Expecting"),
        (b"\x00\x01\x02\x03\x04\x05", "binary"),
        (b'{"a": "' + b"x" * (1 << 20) + b'"}', "larger"),
    ],
)
def test_a_bad_one_is_named_with_its_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"read without its metadata: .*(?:{reason})") as caught:
        read_sidecar(path)
    assert caught.value.path == str(path)


def test_what_is_no_plain_file_is_not_opened(tmp_path: Path) -> None:
    pipe, folder, link = tmp_path / "pipe.json", tmp_path / "folder.json", tmp_path / "link.json"
    os.mkfifo(pipe)  # to open it would wait for ever
    folder.mkdir()
    (tmp_path / "real").write_text('{"a": 1}')
    link.symlink_to(tmp_path / "real")
    for path in (pipe, folder, link, tmp_path / "none.json"):
        with pytest.raises(InputError, match="without its metadata"):
            read_sidecar(path)


def test_what_we_wrote_ourselves_is_no_metadata(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"schema": "counterframe-comparison/1", "documents": []}', encoding="utf-8")
    with pytest.raises(InputError, match="what counterframe wrote"):
        read_sidecar(path)
