"""Files as streams of their plain bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import threading
from collections.abc import Callable
from typing import Any

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterframe.data.readers import opening
from counterframe.data.readers.opening import open_plain, read_whole
from counterframe.errors import InputError

Compress = Callable[[bytes], bytes]


def _zstd(data: bytes) -> bytes:
    return bytes(pyarrow.compress(data, codec="zstd", asbytes=True))


ALL: list[Compress] = [gzip.compress, _zstd, bz2.compress, lzma.compress]
every = pytest.mark.parametrize("compress", ALL, ids=["gzip", "zstd", "bzip2", "xz"])


def plain(data: bytes) -> bytes:
    return open_plain(io.BytesIO(data)).read()


@every
@given(data=st.binary(max_size=2000))
def test_what_was_compressed_comes_back(compress: Compress, data: bytes) -> None:
    assert plain(compress(data)) == data


@every
def test_several_members_are_one_file(compress: Compress) -> None:
    assert plain(compress(b"The road ") + compress(b"is open.")) == b"The road is open."


@every
@pytest.mark.parametrize("left", [9, 20, -1, -5])
def test_a_file_that_was_cut_off_is_an_error(compress: Compress, left: int) -> None:
    data = compress(os.urandom(300))
    if compress is bz2.compress and left == 9:
        left = 10  # with less it is no bzip2
    with pytest.raises(InputError, match="cannot be unpacked"):
        plain(data[:left])


@pytest.mark.parametrize("compress", [gzip.compress, _zstd], ids=["gzip", "zstd"])
def test_junk_behind_the_data_is_an_error(compress: Compress) -> None:
    with pytest.raises(InputError, match="cannot be unpacked"):
        plain(compress(b"The road is open.") + b"junk, and more of it")


def test_zeros_behind_gzip_are_padding() -> None:
    assert plain(gzip.compress(b"The road is open.") + bytes(512)) == b"The road is open."


@every
def test_what_is_compressed_twice_is_unpacked_once(compress: Compress) -> None:
    assert plain(gzip.compress(compress(b"x"))) == compress(b"x")


@pytest.mark.parametrize("data", [b"", b"\x1f", b"BZhan, the minister, spoke.", b"Plain text."])
def test_what_is_not_compressed_is_left_alone(data: bytes) -> None:
    assert plain(data) == data


@every
def test_a_file_that_grows_beyond_measure_is_an_error(compress: Compress, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_BOMB_BYTES", 1 << 18)
    monkeypatch.setattr(opening, "_BOMB_RATIO", 20)
    with pytest.raises(InputError, match="more than 20 times"):
        plain(compress(bytes(1 << 21)))
    incompressible = os.urandom(1 << 19)
    assert plain(compress(incompressible)) == incompressible


@every
def test_a_large_file_can_come_through_a_pipe(compress: Compress, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_BOMB_BYTES", 1 << 10)
    data = os.urandom(1 << 18)
    reading, writing = os.pipe()

    def write() -> None:
        with open(writing, "wb") as file:  # noqa: PTH123
            file.write(compress(data))

    thread = threading.Thread(target=write)
    thread.start()
    with open(reading, "rb") as file:  # noqa: PTH123
        assert open_plain(file).read() == data
    thread.join()


def test_a_document_has_a_largest_size() -> None:
    stream: Any = io.BytesIO(b"12345")
    assert read_whole(stream, 5) == b"12345"
    with pytest.raises(InputError, match="larger than a document may be"):
        read_whole(io.BytesIO(b"123456"), 5)


@given(
    st.sampled_from([b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"BZh91AY&SY", b"\xfd7zXZ\x00", b""]),
    st.binary(max_size=200),
)
def test_any_bytes_are_read_or_an_error(magic: bytes, rest: bytes) -> None:
    try:
        plain(magic + rest)
    except InputError as error:
        assert error.problem
