"""From what the user named to files: folders walked one name at a time, links not followed."""

from __future__ import annotations

import glob
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, LeftOut, UsageError
from .readers.kinds import document_suffix
from .readers.source import Source, display_name

__all__ = ["STDIN", "find_sources", "sidecar_of"]

#: Names standard input among the inputs.
STDIN = "-"

_SIDECAR = ".json"
#: Names of a folder that are held at a time.
_LOT = 1 << 16


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
    if sum(item.path == Path(STDIN) for item in named) > 1:
        raise UsageError("- (standard input) can be read only once")
    for item in named:
        if item.folder and not _has_file(item, outputs):
            raise UsageError(f"{display_name(item.path)} has no file to read")
    return _walk(named, text_column, outputs)


def _named(given: str, outputs: set[Path]) -> Iterator[_Named]:
    if given == STDIN:
        yield _Named(Path(STDIN), STDIN, Path(STDIN))
        return
    path = _told_apart(Path(given))
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
    files = [_told_apart(path) for path in matches if not path.is_dir()]
    real = {path: path.parent.resolve() / path.name if path.is_symlink() else path.resolve() for path in files}
    files = [path for path in files if real[path] not in outputs]
    if not files:
        raise UsageError(f"no file matches the pattern {display_name(pattern)}")
    for path in files:
        yield _Named(path, display_name(path.name), real[path])


def _told_apart(path: Path) -> Path:
    """Return *path*, never as the one that stands for standard input."""
    return path.absolute() if path == Path(STDIN) else path


def _walk(named: Sequence[_Named], text_column: str, outputs: set[Path]) -> Iterator[Source | InputError]:
    shared = Counter(item.doc for item in named if not item.folder)
    roots: list[Path] = []
    # Files that are named are read as such, whatever a folder that holds them would make of them.
    single = {item.real for item in named if not item.folder}
    files: set[Path] = set()
    for item in named:
        if item.path == Path(STDIN):
            yield Source(item.path, STDIN, text_column)
        elif item.folder:
            if any(_holds(root, item.real) for root in roots):
                yield LeftOut("named twice, read once", path=display_name(item.path))
                continue
            prefix = f"{item.doc}/" if len(named) > 1 else ""
            for real, found in _folder(item, prefix, text_column, outputs):
                if isinstance(found, Source) and (real in single or any(_holds(root, real) for root in roots)):
                    yield LeftOut("named twice, read once", path=display_name(found.path))
                else:
                    yield found
            roots.append(item.real)
        elif item.real in files:
            yield LeftOut("named twice, read once", path=display_name(item.path))
        else:
            files.add(item.real)
            doc = item.doc if shared[item.doc] == 1 else display_name(item.path.as_posix())
            yield Source(item.path, doc, text_column, sidecar=sidecar_of(item.path))


def _holds(root: Path, path: Path) -> bool:
    """Return whether *path* was come upon when *root* was walked."""
    return path.is_relative_to(root) and not any(part.startswith(".") for part in path.relative_to(root).parts)


def _has_file(folder: _Named, outputs: set[Path]) -> bool:
    # What cannot be listed is reported when it is read.
    return next(_folder(folder, "", "", outputs), None) is not None


def _folder(
    folder: _Named, prefix: str, text_column: str, outputs: set[Path]
) -> Iterator[tuple[Path, Source | InputError]]:
    """Yield the files of a folder in sorted order, and what in it is no file to be read, with the real paths."""
    # One list of names for each level that is open, never the whole tree.
    waiting = [(folder.path, _listed(folder.path))]
    while waiting:
        parent, names = waiting[-1]
        for entry in names:
            if isinstance(entry, InputError):
                yield folder.real, entry
                continue
            path = parent / entry.name
            inside = path.relative_to(folder.path)
            if folder.real / inside in outputs:
                continue
            found = _entry(path, folder.path)
            if isinstance(found, InputError):
                yield folder.real / inside, found
            elif found:
                doc = prefix + display_name(inside.as_posix())
                sidecar = None if entry.sidecar is None else parent / entry.sidecar
                yield (
                    folder.real / inside,
                    Source(_told_apart(path), doc, text_column, named=False, sidecar=sidecar),
                )
            else:
                waiting.append((path, _listed(path)))
                break
        else:
            waiting.pop()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A name in a folder, and that of the side-car beside it."""

    name: str
    sidecar: str | None = None


def _listed(folder: Path) -> Iterator[_Entry | InputError]:
    """Yield the names in a folder, sorted; side-cars are no documents of their own."""
    last = None
    while True:
        try:
            names, sidecars, more = _next_names(folder, last)
            whole = not more and last is None
            used = _used(folder, names if whole else _names(folder), names) if sidecars else set()
        except OSError as error:
            yield InputError(f"cannot be listed: {error.strerror}", path=display_name(folder))
            return
        for name in names:
            if name not in used:
                yield _Entry(name, _sidecar_in(folder, name) if sidecars and not name.startswith(".") else None)
        if not more:
            return
        last = names[-1]


def _names(folder: Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry.name


def _next_names(folder: Path, last: str | None) -> tuple[list[str], bool, bool]:
    """Return the first names behind *last*, whether there are side-cars in the folder, and whether more names follow.

    A folder is listed again for each lot of names: a million of them would fill the memory.
    """
    names: list[str] = []
    sidecars = more = False
    for name in _names(folder):
        sidecars = sidecars or name.endswith(_SIDECAR)
        if last is None or name > last:
            names.append(name)
            if len(names) == 2 * _LOT:
                names.sort()
                del names[_LOT:]
                more = True
    names.sort()
    more = more or len(names) > _LOT
    del names[_LOT:]
    return names, sidecars, more


def _used(folder: Path, documents: Iterable[str], names: Sequence[str]) -> set[str]:
    """Return which of *names* are side-cars of *documents*."""
    present = {name for name in names if name.endswith(_SIDECAR) and _is_regular(folder / name)}
    used: set[str] = set()
    for document in documents:
        if present and not document.startswith(".") and not present.isdisjoint(_sidecars(document)):
            found = _sidecar_in(folder, document)
            if found in present:
                used.add(found)
    return used


def _sidecar_in(folder: Path, name: str) -> str | None:
    """Return the side-car beside a document; a folder has none."""
    found = next((candidate for candidate in _sidecars(name) if _is_regular(folder / candidate)), None)
    return found if found is not None and _is_regular(folder / name) else None


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:  # reported when its turn comes
        return False


def sidecar_of(path: Path) -> Path | None:
    """Return the side-car that lies beside a document, or None."""
    candidates = (path.with_name(name) for name in _sidecars(path.name))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _sidecars(name: str) -> list[str]:
    """Return the names that a side-car may have: for ``a.html.gz`` with that ending, without .gz, without both."""
    lower, suffix = name.lower(), document_suffix(name)
    if lower.endswith(_SIDECAR):
        return []
    plain = name[: len(name) - (len(lower) - lower.rindex(suffix) - len(suffix))] if suffix else name
    stem = plain.rpartition(".")[0]
    return [f"{known}{_SIDECAR}" for known in (name, plain, stem) if known]


def _entry(path: Path, root: Path) -> bool | InputError:
    """Return whether a file to be read stands at *path* in the folder *root*; no for a folder to walk."""
    shown = display_name(path)
    if path.name.startswith("."):
        return LeftOut("hidden: its name begins with a dot", path=shown)
    if path.name.startswith("~$"):
        return LeftOut("is the lock of a document that is open in Word", path=shown)
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        return InputError(f"cannot be read: {error.strerror}", path=shown)
    if stat.S_ISLNK(mode):
        return _link(path, root, shown)
    if stat.S_ISDIR(mode) and (page := _saved_page(path)):
        return LeftOut(f"holds the pictures, scripts and frames of the saved page {display_name(page)}", path=shown)
    if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
        return stat.S_ISREG(mode)
    return LeftOut("is no regular file but a pipe, socket or device", path=shown)


def _saved_page(folder: Path) -> str | None:
    """Return the page to which a folder belongs that a browser saved beside it."""
    stem = folder.name.removesuffix("_files")
    if stem == folder.name:
        return None
    return next((name for name in (f"{stem}.html", f"{stem}.htm") if _is_regular(folder.with_name(name))), None)


def _link(path: Path, root: Path, shown: str) -> InputError:
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "it leads in a circle"
        return InputError(f"is a link that leads nowhere ({reason})", path=shown)
    if _holds(root.resolve(), target):
        return LeftOut("is a link into the same folder, where its target is found", path=shown)
    return InputError("is a link out of the folder; name its target as an input to have it read", path=shown)
