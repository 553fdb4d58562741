"""Compressed results: the same content, the same bytes whenever they are written, and nothing lost on a full disk."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from helpers.results import BOOK, release

from counterframe.data.readers.opening import open_plain
from counterframe.errors import UsageError
from counterframe.inference.forms.files import FORMATS, check_file
from counterframe.inference.forms.packing import PACKINGS, packed
from counterframe.inference.stored import is_stored, read_stored
from counterframe.inference.writers import write_results

RESULTS = [*release("a.txt", "2031-05-04", 5, "=Vell spoke – “no”."), *release("b.txt", None, 2)]


def _zstd(data: bytes) -> bytes:
    return bytes(pyarrow.CompressedInputStream(pyarrow.BufferReader(data), "zstd").read())


#: What unpacks each kind, none of it ours.
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".zst": _zstd,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
}


def _write(*paths: Path) -> None:
    write_results(iter(RESULTS), paths, codebook=BOOK, title="t", model="m@1")


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("form", [form for form, how in FORMATS.items() if how.packs])
def test_a_compressed_file_holds_what_the_plain_one_does(form: str, packing: str, tmp_path: Path) -> None:
    plain, small = tmp_path / f"r{form}", tmp_path / f"R{form.upper()}{packing}"
    _write(plain, small)
    assert set(UNPACK) == set(PACKINGS)
    assert UNPACK[packing](small.read_bytes()) == plain.read_bytes()
    assert sorted(tmp_path.iterdir()) == sorted([plain, small])
    if form != ".html":
        assert is_stored(small)
        assert list(read_stored(small, BOOK)) == list(read_stored(plain, BOOK))


@pytest.mark.parametrize("packing", PACKINGS)
def test_the_bytes_follow_from_the_content_alone(packing: str, tmp_path: Path) -> None:
    """Another process, another name, another time: the same file."""
    code = (
        "import sys, time; from pathlib import Path; time.time = lambda: 1e9\n"
        "from counterframe.inference.forms.packing import packed\n"
        "with open(sys.argv[1], 'wb') as file:\n"
        "    with packed(file, sys.argv[2]) as stream: stream.write(b'Vell spoke. ' * 9999)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "one"), packing], check=True)
    here = io.BytesIO()
    with packed(here, packing) as stream:
        stream.write(b"Vell spoke. " * 5000)
        stream.write(b"Vell spoke. " * 4999)
    assert here.getvalue() == (tmp_path / "one").read_bytes()
    assert len(here.getvalue()) < 9999


def test_the_stream_stays_open_for_who_gave_it(tmp_path: Path) -> None:
    for packing in ("", *PACKINGS):
        with (tmp_path / "a").open("wb") as file:
            with packed(file, packing) as stream:
                stream.write(b"x")
            assert not file.closed
            file.flush()


def test_what_was_packed_can_be_read_as_an_input() -> None:
    for packing in PACKINGS:
        file = io.BytesIO()
        with packed(file, packing) as stream:
            stream.write(b"Vell spoke." * 20_000)
        assert open_plain(io.BytesIO(file.getvalue())).read() == b"Vell spoke." * 20_000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("packing", ["", *PACKINGS])
def test_a_full_disk_is_an_error_of_the_disk(packing: str) -> None:
    with pytest.raises(OSError, match="No space left"), Path("/dev/full").open("wb", buffering=0) as file:  # noqa: SIM117
        with packed(file, packing) as stream:
            stream.write(bytes(range(256)) * 4096)


def test_a_name_is_a_form_and_a_compression(tmp_path: Path) -> None:
    assert check_file(tmp_path / "a.jsonl") == (".jsonl", "")
    assert check_file(tmp_path / "a.b.CSV.GZ") == (".csv", ".gz")
    for name, message in {
        "a.gz": "must end in",
        "a.txt.gz": "must end in",
        "a.jsonl.gz.gz": "must end in",
        "a.parquet.zst": "is compressed inside; name it a.parquet",
    }.items():
        with pytest.raises(UsageError, match=message):
            check_file(tmp_path / name)
