"""Files anywhere: paths, addresses of pyarrow and of fsspec behave alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterframe.errors import UsageError
from counterframe.inference.distributed.places import Place, joined


@pytest.mark.parametrize("scheme", ["", "file://", "local://", "memory:/"])
def test_places_of_every_kind(scheme: str, tmp_path: Path) -> None:
    folder = Place.of(f"{scheme}{tmp_path}/results")
    file = folder.beneath("date=2031-05/x.json")
    assert (folder.names(), file.read_json(), file.size, file.state) == ([], None, None, None)
    file.write_json({"n": 1})
    file.write_json({"n": 2})
    assert folder.is_folder
    assert folder.names() == ["date=2031-05/x.json"]
    assert file.read_json() == {"n": 2}
    assert file.size == len(b'{\n "n": 2\n}\n')
    with file.reading() as stream:
        assert (stream.seek(3), stream.read(4)) == (3, b'"n":')
    file.remove()
    file.remove()
    assert folder.names() == []


def test_a_file_is_complete_or_not_there(tmp_path: Path) -> None:
    file = Place.of(str(tmp_path / "x.json"))
    file.write_json({"n": 1})
    with pytest.raises(RuntimeError), file.writing() as stream:
        stream.write(b"half")
        raise RuntimeError
    assert file.read_json() == {"n": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_a_fault_of_the_disk_is_raised_whatever_the_reader_makes_of_it(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    with pytest.raises(OSError, match="gone"), Place.of(str(tmp_path / "x")).reading() as stream:
        stream.raw._raw.close()  # type: ignore[attr-defined]
        stream.raw._raw = _Broken()  # type: ignore[attr-defined]
        with pytest.raises(OSError, match="gone"):
            stream.read()


class _Broken:
    def read(self, size: int) -> bytes:
        raise OSError("the disk is gone")


def test_unknown_addresses_are_told() -> None:
    with pytest.raises(UsageError, match=r"nix://a/b: pyarrow does not open nix://.*nor does fsspec"):
        Place.of("nix://a/b")


def test_paths_are_joined() -> None:
    assert joined("s3://bucket/", "/a/", "b") == "s3://bucket/a/b"
    assert joined("/", "a") == "/a"
