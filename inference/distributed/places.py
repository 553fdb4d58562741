"""Folders and files anywhere: local paths, and every address that pyarrow or fsspec understands."""

from __future__ import annotations

import io
import json
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ...errors import UsageError

__all__ = ["Place", "absolute", "joined"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?=://)|[a-z0-9]+(?=::)")
#: Read at once: object stores answer each reading with a request of its own.
_BUFFER = 4 << 20


def absolute(url: str) -> str:
    """Return *url*, or the absolute path: a worker stands in another folder than the command."""
    return url if _SCHEME.match(url) else str(Path(url).absolute())


def joined(*parts: str) -> str:
    """Return *parts* as one path, whose separator is ``/`` everywhere."""
    return "/".join(part.strip("/") if index else part.rstrip("/") for index, part in enumerate(parts) if part)


@dataclass(frozen=True)
class Place:
    """A file or folder in a file system.

    Attributes:
        url: As the user named it.
        files: The file system, of pyarrow's kind.
        path: Where in it.
    """

    url: str
    files: Any
    path: str

    @classmethod
    def of(cls, url: str) -> Place:
        """Return the place that *url* names: a local path, or ``scheme://…`` as pyarrow or fsspec know it.

        Raises:
            UsageError: Neither knows the scheme, or what it takes is not installed.
        """
        import pyarrow
        from pyarrow import fs

        scheme = _SCHEME.match(url)
        if scheme is None:
            return cls(url, fs.LocalFileSystem(), str(Path(url).absolute()))
        try:
            return cls(url, *fs.FileSystem.from_uri(url))
        except (pyarrow.ArrowException, ValueError, OSError) as error:
            return cls._of_fsspec(url, scheme[0], error)

    @classmethod
    def _of_fsspec(cls, url: str, scheme: str, refused: Exception) -> Place:
        from fsspec.core import url_to_fs
        from pyarrow import fs

        try:
            files, path = url_to_fs(url)
        except (ImportError, OSError, TypeError, ValueError) as error:
            raise UsageError(
                f"{url}: pyarrow does not open {scheme}:// ({refused}), nor does fsspec ({error}); check the address,"
                " or install what the latter names"
            ) from error
        return cls(url, fs.PyFileSystem(fs.FSSpecHandler(files)), path)

    def beneath(self, name: str) -> Place:
        """Return what stands under *name* in this folder."""
        return Place(joined(self.url, name), self.files, joined(self.path, name))

    @property
    def is_folder(self) -> bool:
        """Whether it is there and a folder."""
        from pyarrow import fs

        return bool(self.files.get_file_info(self.path).type == fs.FileType.Directory)

    @property
    def size(self) -> int | None:
        """Bytes of the file; None if there is no such file."""
        from pyarrow import fs

        info = self.files.get_file_info(self.path)
        return int(info.size) if info.type == fs.FileType.File else None

    @property
    def state(self) -> str | None:
        """Size and time of the last change, which tell whether a file was written to; None if there is none."""
        from pyarrow import fs

        info = self.files.get_file_info(self.path)
        return f"{info.size} {info.mtime_ns}" if info.type == fs.FileType.File else None

    def names(self) -> list[str]:
        """Return the names of all files below this folder, relative to it and sorted; none if it is not there."""
        from pyarrow import fs

        found = self.files.get_file_info(fs.FileSelector(self.path, recursive=True, allow_not_found=True))
        base = self.path.rstrip("/") + "/"
        # fsspec's file systems differ in whether paths begin with a slash.
        return sorted(
            ("/" + info.path.lstrip("/")).removeprefix("/" + base.lstrip("/"))
            for info in found
            if info.type == fs.FileType.File
        )

    @contextmanager
    def reading(self) -> Iterator[io.BufferedReader]:
        """Open the file for reading at any place. A fault of the network or disk is raised again at the end.

        So none is lost in readers that take it for a fault of the file and go on with the next one.
        """
        with self.files.open_input_file(self.path) as raw:
            watched = _Watched(raw)
            yield io.BufferedReader(watched, _BUFFER)
            if watched.problem is not None:
                raise watched.problem

    @contextmanager
    def writing(self) -> Iterator[IO[bytes]]:
        """Open a file that appears under its name complete or not at all, in the place of one that stood there."""
        from pyarrow import fs

        folder, _, name = self.path.rpartition("/")
        if folder:
            self.files.create_dir(folder, recursive=True)
        # Two workers may be at the same part, one of them taken for dead.
        partial = joined(folder, f"_partial-{uuid.uuid4().hex[:12]}-{name}") if folder else f"_partial-{name}"
        try:
            with self.files.open_output_stream(partial) as stream:
                yield stream
            self.files.move(partial, self.path)
        except BaseException:
            if self.files.get_file_info(partial).type == fs.FileType.File:
                self.files.delete_file(partial)
            raise

    def copy_from(self, local: Path) -> None:
        """Take over the content of a local file."""
        with local.open("rb") as source, self.writing() as target:
            shutil.copyfileobj(source, target, _BUFFER)

    def read_json(self) -> Any:
        """Return what the JSON file holds, or None if there is no such file or it is damaged."""
        try:
            with self.files.open_input_stream(self.path) as stream:
                return json.loads(stream.read())
        except (FileNotFoundError, ValueError):
            return None

    def write_json(self, content: Any) -> None:
        """Write *content* as JSON, complete or not at all."""
        with self.writing() as stream:
            stream.write((json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())

    def remove(self) -> None:
        """Delete the file, if it is there."""
        if self.size is not None:
            self.files.delete_file(self.path)


class _Watched(io.RawIOBase):
    """A file of Arrow's as one of Python's, which keeps the first error of its file system."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.problem: OSError | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._raw.seek(offset, whence))

    def tell(self) -> int:
        return int(self._raw.tell())

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._raw.read(len(buffer))
        except OSError as error:
            self.problem = self.problem or error
            raise
        buffer[: len(data)] = data
        return len(data)
