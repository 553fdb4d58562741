"""From what the user named to files: folders walked one name at a time, links not followed."""

from __future__ import annotations

import glob
import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, LeftOut, UsageError
from .readers.source import Source, display_name

__all__ = ["STDIN", "find_sources"]

#: Names standard input among the inputs.
STDIN = "-"

_SIDECAR = ".json"


@dataclass(frozen=True, slots=True)
class _Named:
    """A file or folder that the user named, under the name of its document or the prefix of its documents."""

    path: Path
    doc: str
    real: Path
    folder: bool = False


def find_sources(inputs: Sequence[str], text_column: str, outputs: set[Path]) -> Iterator[Source | InputError]:
    """Return the files that *inputs* name, as they are come upon, and what stands among them and is none.

    Args:
        inputs: Files, folders, patterns, or ``-``, which yields a source of that path.
        text_column: Passed on to each source.
        outputs: Real paths of files that the run writes; they are passed over in folders.

    Raises:
        UsageError: An input does not exist or is an output, a pattern matches nothing, a folder is empty. Raised
            before anything is yielded.
    """
    if not inputs:
        raise UsageError("no input: name files, folders or patterns, or - for standard input")
    named: list[_Named] = []
    for given in inputs:
        named.extend(_named(given, outputs))
    if sum(item.doc == STDIN for item in named) > 1:
        raise UsageError("- (standard input) can be read only once")
    for item in named:
        if item.folder and not _has_file(item.path, outputs):
            raise UsageError(f"{display_name(item.path)} has no file to read")
    return _walk(named, text_column, outputs)


def _named(given: str, outputs: set[Path]) -> Iterator[_Named]:
    path = Path(given)
    if given == STDIN:
        yield _Named(path, STDIN, path)
        return
    try:
        exists = path.exists()
        real = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a link that leads to itself, a zero byte
        raise UsageError(f"{display_name(given)!r} cannot be read: {error}") from error
    if exists and path.is_dir():
        yield _Named(path, display_name(given.rstrip("/")) or "/", real, folder=True)
    elif exists:
        if real in outputs:
            raise UsageError(f"--out {given} is also an input and would be overwritten; name another file")
        yield _Named(path, display_name(path.name), real)
    elif glob.has_magic(given):
        yield from _pattern(given, outputs)
    else:
        raise UsageError(f"no such file or folder: {display_name(given)}")


def _pattern(pattern: str, outputs: set[Path]) -> Iterator[_Named]:
    # Path.glob takes no absolute pattern.
    matches = [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207
    files = [path for path in matches if path.is_file() and path.resolve() not in outputs]
    if not files:
        raise UsageError(f"no file matches the pattern {pattern}")
    for path in files:
        yield _Named(path, display_name(path.name), path.resolve())


def _walk(named: Sequence[_Named], text_column: str, outputs: set[Path]) -> Iterator[Source | InputError]:
    shared = Counter(item.doc for item in named if not item.folder)
    roots: list[Path] = []
    files: set[Path] = set()
    for item in named:
        if item.doc == STDIN and item.path == Path(STDIN):
            yield Source(item.path, STDIN, text_column)
        elif item.folder:
            if any(_holds(root, item.real) for root in roots):
                yield LeftOut("named twice, read once", path=display_name(item.path))
                continue
            prefix = f"{item.doc}/" if len(named) > 1 else ""
            for found in _folder(item.path, prefix, text_column):
                real = item.real / found.path.relative_to(item.path) if isinstance(found, Source) else None
                if real in outputs:
                    continue
                if real is not None and (real in files or any(_holds(root, real) for root in roots)):
                    yield LeftOut("named twice, read once", path=display_name(found.path or ""))
                    continue
                yield found
            roots.append(item.real)
        elif item.real in files or any(_holds(root, item.real) for root in roots):
            yield LeftOut("named twice, read once", path=display_name(item.path))
        else:
            files.add(item.real)
            doc = item.doc if shared[item.doc] == 1 else display_name(item.path.as_posix())
            yield Source(item.path, doc, text_column, sidecar=_sidecar_of(item.path))


def _holds(root: Path, path: Path) -> bool:
    """Return whether *path* was come upon when *root* was walked."""
    return path.is_relative_to(root) and not any(part.startswith(".") for part in path.relative_to(root).parts)


def _has_file(folder: Path, outputs: set[Path]) -> bool:
    # What cannot be listed is reported when it is read.
    found = _folder(folder, "", "")
    return any(not isinstance(item, Source) or item.path.resolve() not in outputs for item in found)


def _folder(folder: Path, prefix: str, text_column: str) -> Iterator[Source | InputError]:
    """Yield the files of a folder in sorted order, and what in it is no file to be read."""
    # One list of names for each level that is open, never the whole tree.
    waiting = [(folder, iter(_listed(folder)))]
    while waiting:
        parent, names = waiting[-1]
        for entry in names:
            if isinstance(entry, InputError):
                yield entry
                continue
            name, sidecar = entry
            path = parent / name
            found = _entry(path, folder, sidecar, prefix, text_column)
            if found is None:
                waiting.append((path, iter(_listed(path))))
                break
            yield found
        else:
            waiting.pop()


def _listed(folder: Path) -> list[tuple[str, str | None] | InputError]:
    """Return the names in a folder with that of the side-car, which is no document of its own."""
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names alone: a folder may hold a million
    except OSError as error:
        return [InputError(f"cannot be listed: {error.strerror}", path=display_name(folder))]
    present = {name for name in names if name.endswith(_SIDECAR)}
    beside = {name: _sidecar_in(name, present) for name in names if not name.endswith(_SIDECAR)} if present else {}
    used = set(beside.values())
    return [(name, beside.get(name)) for name in names if name not in used]


def _sidecar_in(name: str, present: set[str]) -> str | None:
    stem = name.partition(".")[0] if name.count(".") > 1 else name.rpartition(".")[0]
    candidates = (f"{name}{_SIDECAR}", f"{name.rpartition('.')[0]}{_SIDECAR}", f"{stem}{_SIDECAR}")
    return next((candidate for candidate in candidates if candidate in present and candidate != _SIDECAR), None)


def _sidecar_of(path: Path) -> Path | None:
    if path.suffix == _SIDECAR:
        return None
    for candidate in (path.with_name(f"{path.name}{_SIDECAR}"), path.with_suffix(_SIDECAR)):
        if candidate.is_file():
            return candidate
    return None


def _entry(path: Path, root: Path, sidecar: str | None, prefix: str, text_column: str) -> Source | InputError | None:
    """Return what stands at *path* in the folder *root*; None for a folder to walk."""
    shown = display_name(path)
    if path.name.startswith("."):
        return LeftOut("hidden: its name begins with a dot", path=shown)
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        return InputError(f"cannot be read: {error.strerror}", path=shown)
    if stat.S_ISLNK(mode):
        return _link(path, root, shown)
    if stat.S_ISDIR(mode):
        return None
    if not stat.S_ISREG(mode):
        return LeftOut("is no regular file but a pipe, socket or device", path=shown)
    doc = prefix + display_name(path.relative_to(root).as_posix())
    return Source(path, doc, text_column, named=False, sidecar=None if sidecar is None else path.with_name(sidecar))


def _link(path: Path, root: Path, shown: str) -> InputError:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "it leads in a circle"
        return InputError(f"is a link that leads nowhere ({reason})", path=shown)
    if target.is_relative_to(root.resolve()):
        return LeftOut("is a link into the same folder, where its target is found", path=shown)
    return InputError("is a link out of the folder; name its target as an input to have it read", path=shown)
