"""Files that a command writes: checked before the work begins, and complete or not there at all."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import UsageError, nearest

__all__ = [
    "UNFINISHED",
    "another_run",
    "beside",
    "check_output",
    "claim",
    "naming",
    "replace_file",
    "sync_file",
    "sync_folder",
    "write_json",
    "write_whole",
]

#: Endings of the hidden files and folders that stand beside an output while it is made.
UNFINISHED = (".partial", ".results.partial", ".journal", ".journal.old")

#: Bytes of a file name; most file systems allow 255.
_LONG_NAME = 200

#: Times that a file is opened anew which another run gives back at this moment.
_TRIES = 100


def check_output(
    path: Path, endings: Sequence[str], *, packings: Sequence[str] = (), inputs: Iterable[Path] = ()
) -> str:
    """Return the ending of *path* if it can be written.

    Args:
        path: The file to be written.
        endings: Endings that the command can write, with their dots.
        packings: Endings of compressed files that may stand behind one of these.
        inputs: Files that the command reads, and folders of such files; none of these files is overwritten.

    Raises:
        UsageError: The ending is another one, the folder does not exist, the path is a folder or an input.
    """
    name = path.with_suffix("") if path.suffix.lower() in packings else path
    suffix = name.suffix.lower()
    try:
        is_folder, has_folder = path.is_dir(), path.absolute().parent.is_dir()
        read = {file.resolve() for source in inputs for file in _files_of(source)}
    except OSError as error:
        raise UsageError(f"--out {path}: {error.strerror}") from error
    if is_folder:
        raise UsageError(f"--out {path} is a folder; name a file in it")
    if suffix not in endings:
        behind = f"; {', '.join(packings)} may stand behind that" if packings else ""
        meant = nearest(suffix, endings, told=True)
        raise UsageError(f"--out {path}: the name must end in {', '.join(endings)}{meant}{behind}")
    if not has_folder:
        raise UsageError(f"--out {path}: the folder {path.parent} does not exist; make it first")
    if path.resolve() in read:
        raise UsageError(f"--out {path} belongs to the data that is read; choose another name")
    return suffix


def beside(path: Path, ending: str, *, hidden: bool = False) -> Path:
    """Return the path of a file that belongs to *path*: its name, shortened where that is needed, and *ending*."""
    # A name as long as the file system allows leaves no room for an ending.
    long = len(os.fsencode(path.name)) > _LONG_NAME
    name = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16] if long else path.name
    return path.with_name(f"{'.' if hidden else ''}{name}{ending}")


def another_run(output: str) -> UsageError:
    """Return the error of a run whose output another one is writing."""
    return UsageError(f"another run is writing {output} at this moment; wait for it, or choose another name")


def claim(file: Path, output: str) -> BinaryIO:
    """Open a file for this run alone, until it is closed; it is made where it is not there, and nothing is cut off.

    Args:
        file: What runs hold while they write an output.
        output: What the error calls that output.

    Raises:
        UsageError: Another run has it.
        OSError: It cannot be written.
    """
    for _ in range(_TRIES):
        handle = file.open("ab")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            handle.close()
            raise another_run(output) from error
        except OSError:  # a file system that knows no locks
            return handle
        # The run that had it may have taken it away, or put it in its place, before it was locked here.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle.fileno()), file.stat()):
                return handle
        handle.close()
    raise another_run(output)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have an error of the disk say which file it struck."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def sync_file(path: Path) -> None:
    """Bring a file to the disk, so that it is whole after a power cut."""
    _sync(path, os.O_RDWR)


def sync_folder(folder: Path) -> None:
    """Bring the names in *folder* to the disk, so that a file put in place is found there after a power cut."""
    with suppress(OSError):  # some file systems know no such thing
        _sync(folder, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files_of(source: Path) -> list[Path]:
    folder = source if source.is_dir() else source.parent
    # What lies beside the data and is read with it, or was made from it once and for all, counts as input.
    beside = [folder / name for name in ("events.json", "split.json") if (folder / name).exists()]
    return [source, *beside, *(folder.iterdir() if source.is_dir() else ())]


def replace_file(path: Path, content: str) -> None:
    """Write a text file that is there as a whole or not at all, whatever happens, also after a power cut.

    Raises:
        OSError: It cannot be written.
    """
    partial = beside(path, ".partial", hidden=True)
    try:
        partial.write_text(content, encoding="utf-8")
        sync_file(partial)
        partial.replace(path)
        sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def write_whole(path: Path, content: str) -> None:
    """Write a text file under its name only when all of it is there.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        replace_file(path, content)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error


def write_json(path: Path, content: Any) -> None:
    """Write *content* as JSON that people can read, complete or not at all.

    Raises:
        UsageError: It cannot be written.
    """
    write_whole(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
