"""From files, folders, patterns and standard input to releases, one at a time."""

from __future__ import annotations

import glob
import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from ..errors import InputError, UsageError
from .tables import Source, read_csv, read_jsonl, read_parquet
from .types import Release

__all__ = ["SUFFIXES", "read_releases"]

_STDIN = "stdin"
# What str.splitlines takes for a line break.
_LINE_BREAKS = str.maketrans(dict.fromkeys("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " "))

_log = logging.getLogger(__name__)


def read_releases(
    inputs: Sequence[str],
    *,
    text_column: str = "text",
    unit: Literal["document", "sentence"] = "document",
    stdin: BinaryIO | None = None,
    outputs: Sequence[Path] = (),
    on_failure: Callable[[InputError], None],
    on_notice: Callable[[str], None] = _log.warning,
) -> Iterator[Release]:
    """Return the releases of *inputs*, read one by one while they are asked for.

    Args:
        inputs: Files, folders (read recursively, in sorted order), glob patterns, or ``-`` for plain text
            from standard input.
        text_column: Column of tables that holds the text. The column ``id`` becomes ``doc``, else it is
            ``file:row``; all other columns become ``meta``.
        unit: What the text of a row is. In a row that is one ``sentence``, line breaks are read as blanks, so
            that :func:`.sentences.release_sentences`, to which a line is a sentence, takes it as one.
        outputs: Files that the run will write: left out of folders, and refused as inputs by name.
        stdin: Read for ``-``; the default is the standard input of the process.
        on_failure: Called with what could not be read; reading goes on with the next row or file.
        on_notice: Called with a line about what is left out on purpose, such as the files of other kinds in
            a folder.

    Raises:
        UsageError: An input does not exist, a pattern matches nothing or a folder has nothing to read. Raised
            before anything is read.
    """
    found = _find(inputs, text_column, {path.resolve() for path in outputs})
    for notice in found.notices:
        on_notice(notice)
    return _read(found, unit, stdin, on_failure, on_notice)


# Formats


_Reader = Callable[[Source], Iterator[Release | InputError]]


class _Format(NamedTuple):
    read: _Reader
    #: Each row is a release of its own.
    rows: bool = False


def _read_text(source: Source) -> Iterator[Release | InputError]:
    yield _text_release(source.path.read_bytes(), source)


def _text_release(data: bytes, source: Source) -> Release | InputError:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return InputError(
            f"is not UTF-8 text (byte 0x{data[error.start]:02x}); save it as UTF-8",
            path=source.path,
            line=line,
        )
    if not text.strip():
        return InputError("no text: the file is empty or holds only white space", path=source.path)
    return Release(doc=source.doc, text=text)


def _read_html(source: Source) -> Iterator[Release | InputError]:
    from .html import decode_page, parse_page

    data = source.path.read_bytes()
    try:
        page = decode_page(data)
    except (UnicodeError, LookupError) as error:
        yield InputError(
            f"is neither UTF-8 nor in the encoding that it declares ({error}); save it as UTF-8",
            path=source.path,
        )
        return
    try:
        release = parse_page(page, source.doc)
    except InputError as error:
        yield InputError(error.problem, path=source.path, line=error.line)
        return
    if release.text:
        yield release
    else:
        yield InputError("no text: nothing on the page is visible", path=source.path)


_TEXT, _HTML = _Format(_read_text), _Format(_read_html)
_CSV, _JSONL, _PARQUET = (_Format(read, rows=True) for read in (read_csv, read_jsonl, read_parquet))

#: How files are read, by suffix. A new format is one more line.
_FORMATS: dict[str, _Format] = {
    ".txt": _TEXT,
    ".text": _TEXT,
    ".md": _TEXT,
    ".html": _HTML,
    ".htm": _HTML,
    ".xhtml": _HTML,
    ".csv": _CSV,
    ".tsv": _CSV,
    ".jsonl": _JSONL,
    ".ndjson": _JSONL,
    ".parquet": _PARQUET,
}

#: Suffixes of the files that can be read.
SUFFIXES = tuple(_FORMATS)


# Finding


@dataclass(slots=True)
class _Found:
    """What the inputs name."""

    sources: list[Source] = field(default_factory=list)
    failures: list[InputError] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    stdin_at: int | None = None


def _find(inputs: Sequence[str], text_column: str, outputs: set[Path]) -> _Found:
    if not inputs:
        raise UsageError("no input: name files, folders or patterns, or - for standard input")
    found = _Found()
    named: list[tuple[Path, str]] = []
    for given in inputs:
        path = Path(given)
        if given == "-":
            if (path, _STDIN) in named:
                raise UsageError("- (standard input) can be read only once")
            named.append((path, _STDIN))
        elif path.is_dir():
            named.extend(_folder(path, found))
        elif path.exists():
            if path.resolve() in outputs:
                raise UsageError(f"--out {given} is also an input and would be overwritten; name another file")
            named.append((path, path.name))
        elif glob.has_magic(given):
            named.extend(_pattern(given, found))
        else:
            raise UsageError(f"no such file or folder: {given}")
    kept = [item for item in named if item[1] == _STDIN or item[0].resolve() not in outputs]
    if len(kept) < len(named):
        found.notices.append(f"{len(named) - len(kept)} file(s) left out: results that this run writes anew")
    _name_sources(kept, text_column, found)
    return found


def _folder(folder: Path, found: _Found) -> Iterator[tuple[Path, str]]:
    paths: list[Path] = []
    hidden = links = 0
    failures = len(found.failures)

    def fail(error: OSError) -> None:
        found.failures.append(InputError(f"cannot be listed: {error.strerror}", path=error.filename))

    for root, folders, files in os.walk(folder, onerror=fail):
        hidden += sum(name.startswith(".") for name in [*folders, *files])
        links += sum(Path(root, name).is_symlink() for name in folders if not name.startswith("."))
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths.extend(Path(root, name) for name in files if not name.startswith("."))
    known = _known(paths, str(folder), found, hidden=hidden, links=links)
    if not known and len(found.failures) == failures:
        raise _nothing_to_read(str(folder))
    for path in sorted(known, key=lambda path: path.relative_to(folder).parts):
        yield path, path.relative_to(folder).as_posix()


def _pattern(pattern: str, found: _Found) -> Iterator[tuple[Path, str]]:
    # Path.glob takes no absolute pattern.
    matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207
    paths = [Path(name) for name in matches if Path(name).is_file()]
    if not paths:
        raise UsageError(f"no file matches the pattern {pattern}")
    known = _known(paths, pattern, found)
    if not known:
        raise _nothing_to_read(pattern)
    for path in known:
        yield path, path.name


def _known(paths: Sequence[Path], given: str, found: _Found, *, hidden: int = 0, links: int = 0) -> list[Path]:
    """Return the files that can be read, and note how many others there are."""
    others = Counter(path.suffix.lower() or "no suffix" for path in paths if path.suffix.lower() not in _FORMATS)
    skipped = [f"{count} × {suffix}" for suffix, count in sorted(others.items())]
    skipped += [f"{hidden} hidden"] if hidden else []
    skipped += [f"{links} linked folders"] if links else []
    if skipped:
        found.notices.append(f"{given}: left out {', '.join(skipped)}")
    return [path for path in paths if path.suffix.lower() in _FORMATS]


def _nothing_to_read(given: str) -> UsageError:
    return UsageError(f"{given} has no file that can be read; expected files ending in {', '.join(SUFFIXES)}")


def _name_sources(named: Sequence[tuple[Path, str]], text_column: str, found: _Found) -> None:
    """Turn the files into sources with names of their own; a file that was named twice is read once."""
    places: dict[Path, tuple[Path, str]] = {}
    for path, name in named:
        first, _ = places.setdefault(path if name == _STDIN else path.resolve(), (path, name))
        if first is not path:
            found.notices.append(f"{path}: named twice, read once")
    shared = Counter(name for _, name in places.values())
    for path, name in places.values():
        if path == Path("-") and name == _STDIN:
            found.stdin_at = len(found.sources)
        doc = name if shared[name] == 1 else path.as_posix()
        found.sources.append(Source(path, doc, text_column))


# Reading


def _read(
    found: _Found,
    unit: Literal["document", "sentence"],
    stdin: BinaryIO | None,
    on_failure: Callable[[InputError], None],
    on_notice: Callable[[str], None],
) -> Iterator[Release]:
    for failure in found.failures:
        on_failure(failure)
    # Hashes, not names, bound the memory; a clash of hashes only adds a needless number.
    seen: set[int] = set()
    renamed: Counter[str] = Counter()
    for index, source in enumerate(found.sources):
        items = _items(source, unit) if index != found.stdin_at else _from_stdin(source, stdin)
        for item in items:
            if isinstance(item, InputError):
                on_failure(item)
                continue
            doc = item.doc
            while hash(item.doc) in seen:
                renamed[doc] += 1
                item = replace(item, doc=f"{doc}#{renamed[doc] + 1}")
            seen.add(hash(item.doc))
            yield item
    if renamed:
        example = next(iter(renamed))
        on_notice(
            f"{renamed.total()} releases share their id with another, such as {example!r}; a number was added to theirs"
        )


def _items(source: Source, unit: Literal["document", "sentence"]) -> Iterator[Release | InputError]:
    form = _FORMATS.get(source.path.suffix.lower())
    if form is None:
        suffix = source.path.suffix or "no suffix"
        yield InputError(f"{suffix} cannot be read; expected {', '.join(SUFFIXES)}", path=source.path)
        return
    try:
        for item in form.read(source):
            if form.rows and unit == "sentence" and isinstance(item, Release):
                yield replace(item, text=item.text.translate(_LINE_BREAKS))
            else:
                yield item
    except OSError as error:
        yield InputError(f"cannot be read: {error.strerror or error}", path=source.path)


def _from_stdin(source: Source, stdin: BinaryIO | None) -> Iterator[Release | InputError]:
    data = (stdin or sys.stdin.buffer).read()
    yield _text_release(data, replace(source, path=Path(_STDIN)))
