"""One reading of all inputs: files are looked at and documents read ahead, and each ends as releases or a failure."""

from __future__ import annotations

import io
import os
import shutil
import stat
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import InputError, LeftOut
from .finding import STDIN
from .identity import KeyTable, text_key
from .normalise import is_blank
from .readers.files import Patient, has_changed, open_regular
from .readers.isolation import DocumentReader
from .readers.kinds import HEAD, FileKind, Refusal, kind_of
from .readers.opening import open_plain, read_whole
from .readers.sidecar import read_sidecar
from .readers.source import Limits, Source, Unit, display_name
from .readers.tables import is_own_output, is_own_parquet, is_table, read_csv, read_jsonl, read_parquet
from .readers.text import read_text
from .strict import is_too_deep
from .types import Release

__all__ = ["Reading"]

_STDIN_DOC = "stdin"
#: Files that are looked at, and documents that are read, ahead of what is asked for.
_AHEAD = 8
#: Bytes of one UTF-8 character, at most.
_CHARACTER = 4
_BUFFER = 1 << 16
# What str.splitlines takes for a line break.
_LINE_BREAKS = str.maketrans(dict.fromkeys("\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " "))

_TABLES: dict[FileKind, Callable[[Source, io.BufferedReader], Iterator[Release | InputError]]] = {
    "csv": read_csv,
    "tsv": read_csv,
    "jsonl": read_jsonl,
    "parquet": read_parquet,
}


@dataclass(slots=True)
class _Opened:
    """A file that was looked at: its releases are already being read, or are read when they are asked for."""

    source: Source
    problem: InputError | None = None
    kind: FileKind | None = None
    asked: bool = False
    #: Where the bytes are, if not at the path of the source: standard input, a pipe.
    path: Path | None = None
    stream: io.BufferedReader | None = None


class _Names:
    """Gives each release a name of its own. Keys, not names, are kept: a clash of keys only adds a needless number."""

    def __init__(self, table: KeyTable) -> None:
        self._table = table  # from the key of a name to the last number that was added to it

    def own(self, doc: str) -> str:
        """Return *doc*, with a number if another release bears that name."""
        key = text_key(doc)
        last = self._table.get(key)
        if last is None:
            self._table.put(key, b"1")
            return doc
        number = int(last) + 1
        while self._table.get(text_key(f"{doc}#{number}")) is not None:
            number += 1
        self._table.put(key, b"%d" % number)
        self._table.put(text_key(f"{doc}#{number}"), b"1")
        return f"{doc}#{number}"


class Reading:
    """Reads the sources that it is given; see :func:`.releases.read_releases` for what the arguments mean."""

    def __init__(
        self,
        unit: Unit,
        stdin: BinaryIO | None,
        limits: Limits,
        on_failure: Callable[[InputError], None],
        on_notice: Callable[[str], None],
    ) -> None:
        self._unit, self._stdin, self._limits = unit, stdin, limits
        self._on_failure, self._on_notice = on_failure, on_notice

    def releases(self, found: Iterator[Source | InputError]) -> Iterator[Release]:
        """Yield the releases of the sources, each under a name of its own; tell the callbacks of the rest."""
        renamed, example = 0, ""
        with ExitStack() as stack:
            names = _Names(stack.enter_context(KeyTable()))
            for item in self._items(found, stack):
                if isinstance(item, InputError):
                    self._on_failure(item)
                    continue
                doc = names.own(item.doc)
                if doc == item.doc:
                    yield item
                else:
                    renamed, example = renamed + 1, example or item.doc
                    yield replace(item, doc=doc)
        if renamed:
            self._on_notice(
                f"{renamed} releases share their id with another, such as {example!r}; a number was added to theirs"
            )

    def _items(self, found: Iterator[Source | InputError], stack: ExitStack) -> Iterator[Release | InputError]:
        reader = stack.enter_context(DocumentReader(self._limits))
        waiting: deque[_Opened | InputError] = deque()
        more = True
        while more or waiting:
            while more and len(waiting) < _AHEAD:
                item = next(found, None)
                if item is None:
                    more = False
                elif isinstance(item, InputError):
                    waiting.append(item)
                else:
                    waiting.append(self._opened(item, reader, stack))
            if waiting:
                yield from self._read(waiting.popleft(), reader)

    def _opened(self, source: Source, reader: DocumentReader, stack: ExitStack) -> _Opened:
        """Look at a file; a document is read at once, in the background."""
        opened = _Opened(source)
        try:
            if self._is_stream(source):
                self._open_stream(opened, stack)
            else:
                with open_regular(source.path) as file:
                    plain = open_plain(file)
                    self._recognise(opened, plain.peek(HEAD)[:HEAD])
                    if plain is file:
                        self._check_size(opened, os.fstat(file.fileno()).st_size)
            if opened.kind is not None and opened.kind not in _TABLES and opened.kind != "text":
                reader.ask((opened.path or source.path).absolute(), opened.kind, opened.source.doc)
                opened.asked = True
        except OSError as error:
            opened.problem = InputError(f"cannot be read: {error.strerror or error}")
        except InputError as error:
            opened.problem = error
        return opened

    def _check_size(self, opened: _Opened, size: int) -> None:
        """Refuse a document that is too large before a byte more of it is read."""
        most = self._most(opened.kind)
        if most is not None and size > most:
            opened.problem = InputError(
                f"is larger than such a document may be ({most / (1 << 20):.0f} MiB); split it, or put its texts into"
                " a table"
            )
            opened.kind = None

    def _most(self, kind: FileKind | None) -> int | None:
        """Return how many bytes a file of a kind may have; tables, which are read in parts, as many as they like."""
        if kind is None or kind in _TABLES:
            return None
        return (
            min(_CHARACTER * self._limits.text, self._limits.file_bytes) if kind == "text" else self._limits.file_bytes
        )

    def _is_stream(self, source: Source) -> bool:
        if source.path == Path(STDIN):
            return True
        return source.named and not stat.S_ISREG(source.path.stat().st_mode)

    def _open_stream(self, opened: _Opened, stack: ExitStack) -> None:
        """Open standard input or a pipe, which can be read once; a document in it is put aside in a file."""
        source = opened.source
        if source.path == Path(STDIN):
            opened.source = replace(source, path=Path(_STDIN_DOC), doc=_STDIN_DOC)
            raw = self._stdin or sys.stdin.buffer
        else:
            raw = stack.enter_context(source.path.open("rb"))
        opened.stream = open_plain(io.BufferedReader(Patient(raw), _BUFFER))
        self._recognise(opened, opened.stream.peek(HEAD)[:HEAD])
        if opened.kind in _TABLES and opened.kind != "parquet":
            return
        if opened.kind == "text" or opened.kind is None:
            return
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="counterframe-")))
        opened.path = folder / "document"
        with opened.path.open("wb") as file:
            if opened.kind == "parquet":
                shutil.copyfileobj(opened.stream, file)
            else:
                file.write(read_whole(opened.stream, self._limits.file_bytes))

    def _recognise(self, opened: _Opened, head: bytes) -> None:
        source = opened.source
        kind = kind_of(source.path.name, head, named=source.named)
        asked_for = opened.stream is not None or source.text_column != Source.default_text_column
        if kind == "text" and asked_for and is_table(head, source.text_column):
            # What comes through a pipe has no name to tell, and Excel calls its Unicode tables .txt.
            kind = "csv"
        ours = is_own_parquet(source.path) if kind == "parquet" and not source.named else is_own_output(head)
        if ours and not source.named and (kind in _TABLES or kind == "html"):
            kind = Refusal("was written by an earlier run; name it to have it read", left_out=True)
        if isinstance(kind, Refusal):
            opened.problem = (LeftOut if kind.left_out else InputError)(kind.reason)
        else:
            opened.kind = kind

    def _read(self, opened: _Opened | InputError, reader: DocumentReader) -> Iterator[Release | InputError]:
        """Yield the releases of a file, with what its side-car says of them."""
        if isinstance(opened, InputError):
            yield opened
            return
        source = opened.source
        shown = display_name(source.path)
        known = {}
        if source.sidecar is not None:
            if opened.problem is not None:
                yield LeftOut("stands beside a file that is not read", path=display_name(source.sidecar))
            elif opened.kind in _TABLES:
                yield LeftOut(
                    "stands beside a table, whose columns say what is known", path=display_name(source.sidecar)
                )
            else:
                try:
                    known = read_sidecar(source.sidecar)
                except InputError as error:
                    yield error
        for item in _guarded(self._contents(opened, reader)):
            if isinstance(item, Release):
                yield _checked(_with_known(item, known, source.doc), shown)
            else:
                yield type(item)(item.problem, path=shown, line=item.line, field=item.field)

    def _contents(self, opened: _Opened, reader: DocumentReader) -> Iterator[Release | InputError]:
        if opened.problem is not None:
            yield opened.problem
        elif opened.asked:
            yield from reader.answer()
        elif opened.stream is not None and opened.path is None:
            yield from self._here(opened, opened.stream)
        else:
            with open_regular(opened.path or opened.source.path) as file:
                before = os.fstat(file.fileno())
                yield from self._here(opened, open_plain(file), lambda: has_changed(file, before))

    def _here(
        self, opened: _Opened, stream: io.BufferedReader, changed: Callable[[], bool] = lambda: False
    ) -> Iterator[Release | InputError]:
        """Yield what is read in this process: rows one by one, and plain text."""
        source = opened.source
        if opened.kind in _TABLES:
            for item in _TABLES[opened.kind](source, stream):
                if self._unit == "sentence" and isinstance(item, Release):
                    yield replace(item, text=item.text.translate(_LINE_BREAKS))
                else:
                    yield item
            if changed():
                yield InputError("changed while it was read, so some of it may be missing; classify it again")
            return
        data = read_whole(stream, self._most("text") or 0)
        if changed():
            raise InputError("changed while it was read; classify it again")
        release = read_text(data, source.doc)
        if len(release.text) > self._limits.text:
            raise InputError(
                f"has {len(release.text):,} characters; one document may have {self._limits.text:,}: split it"
            )
        yield release


def _with_known(release: Release, known: Mapping[str, Any], doc: str) -> Release:
    """Return *release* with what a side-car says: it knows the document best, but not the entries of a feed."""
    if not known:
        return release
    return replace(release, meta={**release.meta, **known} if release.doc == doc else {**known, **release.meta})


def _checked(release: Release, shown: str) -> Release | InputError:
    """Return *release* unless nothing would come of it, or its metadata cannot be written."""
    if is_blank(release.text):
        return InputError("no text: nothing in it can be seen", path=shown)
    if is_too_deep(dict(release.meta)):
        return InputError("has metadata that nest too deeply to be written; leave that field out", path=shown)
    return release


def _guarded(items: Iterator[Release | InputError]) -> Iterator[Release | InputError]:
    """Yield *items*, and an error that ends them as one more, so that it costs no other file."""
    while True:
        try:
            item = next(items, None)
        except InputError as error:
            item, items = error, iter(())
        except OSError as error:
            item, items = InputError(f"cannot be read: {error.strerror or error}"), iter(())
        except Exception as error:  # noqa: BLE001 - a fault of a reader is reported and costs this file alone
            reason = f"{type(error).__name__}: {error}".rstrip(": ")
            item, items = InputError(f"is damaged, or of a form that cannot be read ({reason})"), iter(())
        if item is None:
            return
        yield item
