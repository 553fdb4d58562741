"""A segment gives back what was put in, and says so when it cannot."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from counterframe.data.identity import KEY_BYTES
from counterframe.errors import CounterframeError
from counterframe.inference.segments import DamagedError, Part, SegmentReader, SegmentWriter, read_parts

LINES = [hashlib.sha256(str(number).encode()).hexdigest().encode() for number in range(2_000)]
PARTS = [Part(b"k" * KEY_BYTES, 0, 1_500, 1_500), Part(b"l" * KEY_BYTES, 0, 500, 500)]


@pytest.fixture
def segment(tmp_path: Path) -> Path:
    path = tmp_path / "segment"
    writer = SegmentWriter(path)
    for line in LINES:
        writer.add(line)
    writer.commit(PARTS)
    return path


def test_lines_come_back_wherever_they_are_asked_for(segment: Path) -> None:
    reader = SegmentReader(segment)
    for first, count in ((0, 3), (3, 1_000), (1_700, 300), (5, 2), (0, 2_000), (2_000, 0)):
        assert list(reader.lines(first, count)) == [line + b"\n" for line in LINES[first : first + count]]
    reader.close()
    assert read_parts(segment) == PARTS


@pytest.mark.parametrize("how", ["cut", "garbled", "emptied"])
def test_damage_after_the_check_is_named(segment: Path, how: str) -> None:
    content = bytearray(segment.read_bytes())
    if how == "cut":
        del content[-1]
    elif how == "garbled":
        content[len(content) // 2] ^= 0xFF
    else:
        content.clear()
    segment.write_bytes(content)
    with pytest.raises(CounterframeError, match=r"segment was damaged .* --resume classifies what it held again"):
        list(SegmentReader(segment).lines(0, len(LINES)))
    with pytest.raises(DamagedError):
        read_parts(segment)


def test_lines_that_are_not_there_are_no_end_of_the_results(segment: Path) -> None:
    with pytest.raises(CounterframeError, match="was damaged"):
        list(SegmentReader(segment).lines(1_999, 2))
