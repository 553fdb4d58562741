"""What a job consists of: tables found below its inputs, cut into pieces that are classified one by one."""

from __future__ import annotations

import codecs
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import unquote

from ...data.readers.kinds import document_suffix
from ...data.readers.tables import has_own_columns, is_own_output
from ...errors import InputError, LeftOut, UsageError
from ..forms.dataset import OWN_COLUMNS
from .places import Place

__all__ = ["Piece", "Table", "cut", "find_tables"]

Kind = Literal["jsonl", "parquet"]

_KINDS: dict[str, Kind] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
_BLOCK = 1 << 22
_OWN_RESULTS = "was written by an earlier run of classify; name it to have it read"
#: Tables that are read at the same time to be cut.
_READERS = 8


@dataclass(frozen=True)
class Table:
    """A file of Parquet or JSON Lines.

    Attributes:
        url: Where it stands.
        name: Its name within the job, with ``/`` between folders; the documents in it are named after it.
        named: The user named this very file.
    """

    url: str
    name: str
    kind: Kind
    named: bool


@dataclass(frozen=True)
class Piece:
    """Rows of a table that are classified together: the unit that is done once.

    Attributes:
        number: Position among the pieces of its table, from 0.
        rows_before: Rows of the table before the first of these.
        rows: Number of rows (Parquet); None is all that follow.
        start: First byte (JSON Lines).
        end: Byte behind the last one; None is the end of the file.
        digest: sha256 of its bytes; of the whole table where that is Parquet.
        state: The table as it was when it was cut, see :attr:`.places.Place.state`.
        columns: What the folders say (``publisher=x/part.parquet``): columns that all rows share.
    """

    url: str
    name: str
    kind: Kind
    number: int
    rows_before: int
    rows: int | None
    start: int
    end: int | None
    digest: str
    state: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def part(self) -> str:
        """Name of its part of the results, without an ending. Parts in the order of names are in that of the input."""
        folders, slash, name = self.name.rpartition("/")
        # A folder that bears the name of a column of ours would take its place when the parts are read together.
        steps = [
            step.replace("=", "-", 1) if step.split("=")[0] in OWN_COLUMNS else step for step in folders.split("/")
        ]
        return f"{'/'.join(steps)}{slash}{name}-{self.number:05d}"

    def key(self, settings: Mapping[str, Any]) -> str:
        """Return what its results follow from: its content and place, and the settings of the job."""
        held = {key: value for key, value in asdict(self).items() if key not in ("url", "state")}
        return hashlib.sha256(json.dumps([held, dict(settings)], sort_keys=True).encode()).hexdigest()


def find_tables(inputs: Sequence[str], on_left_out: Callable[[LeftOut], None]) -> list[Table]:
    """Return the tables that *inputs* name: files, and all that stand below folders.

    Raises:
        UsageError: An input does not exist, is no such table, or holds none.
    """
    names = Counter(PurePosixPath(given.rstrip("/")).name for given in inputs)
    tables: dict[str, Table] = {}
    for given in inputs:
        place = Place.of(given)
        own = PurePosixPath(given.rstrip("/")).name
        own = own if names[own] == 1 else given.rstrip("/").replace("://", "/").lstrip("/")
        if place.is_folder:
            prefix = f"{own}/" if len(inputs) > 1 else ""
            found = list(_below(place, prefix, on_left_out))
            if not found:
                raise UsageError(f"{given} holds no table; the ray engine reads .parquet and .jsonl files")
        elif place.size is None:
            raise UsageError(
                f"no such file or folder: {given}; the ray engine takes files and folders, and no patterns"
            )
        else:
            kind = _KINDS.get(document_suffix(own))
            if kind is None:
                raise UsageError(
                    f"{given} is no table; the ray engine reads .parquet and .jsonl files (put texts into one, or"
                    " classify them without --engine ray)"
                )
            found = [Table(given, own, kind, named=True)]
        for table in found:
            if tables.setdefault(table.name, table) is not table:
                raise UsageError(f"two inputs bear the name {table.name}: {tables[table.name].url} and {table.url}")
    return list(tables.values())


def _below(folder: Place, prefix: str, on_left_out: Callable[[LeftOut], None]) -> Iterator[Table]:
    for name in folder.names():
        inside = folder.beneath(name)
        kind = _KINDS.get(document_suffix(name.rpartition("/")[2]))
        if any(part.startswith((".", "_")) for part in name.split("/")):
            on_left_out(LeftOut("hidden: the name, or that of its folder, begins with . or _", path=inside.url))
        elif kind is None:
            on_left_out(LeftOut("is no table; the ray engine reads .parquet and .jsonl files", path=inside.url))
        else:
            yield Table(inside.url, prefix + name, kind, named=False)


def cut(tables: Iterable[Table], size: int, on_failure: Callable[[InputError], None]) -> Iterator[list[Piece]]:
    """Yield the pieces of each table, of about *size* bytes (decompressed, where that is known) and at least a row.

    All of each table is read once, for the digest by which a piece is known again.
    """
    with ThreadPoolExecutor(_READERS) as pool:
        for pieces in pool.map(lambda table: _cut(table, size), tables):
            if isinstance(pieces, InputError):
                on_failure(pieces)
            else:
                yield pieces


def _cut(table: Table, size: int) -> list[Piece] | InputError:
    import pyarrow

    try:
        place = Place.of(table.url)
        state = place.state
        bounds = _row_bounds(table, place, size) if table.kind == "parquet" else None
        begins = _survey(table, place, size)
    except LeftOut as error:
        return error
    except (OSError, pyarrow.ArrowException) as error:
        return InputError(f"cannot be read: {error}", path=table.url)
    columns = dict(_folder_columns(table.name))
    if bounds is not None:
        return [
            Piece(table.url, table.name, table.kind, number, first, rows, 0, None, begins[0].digest, state, columns)
            for number, (first, rows) in enumerate(bounds)
        ]
    ends: list[int | None] = [begin.place for begin in begins[1:]]
    return [
        Piece(table.url, table.name, table.kind, n, begin.lines, None, begin.place, end, begin.digest, state, columns)
        for n, (begin, end) in enumerate(zip(begins, [*ends, None], strict=True))
    ]


def _folder_columns(name: str) -> Iterator[tuple[str, str]]:
    """Yield the columns that the folders of a partitioned data set state."""
    for step in name.split("/")[:-1]:
        column, equals, value = step.partition("=")
        if equals and value != "__HIVE_DEFAULT_PARTITION__":
            yield unquote(column), unquote(value)


@dataclass(frozen=True)
class _Begin:
    """Where a piece begins, the lines before, and the digest of its bytes."""

    place: int
    lines: int
    digest: str


def _survey(table: Table, source: Place, size: int) -> list[_Begin]:
    """Return where the pieces of a table begin; a table that cannot be cut is one.

    Only plain UTF-8 is cut. In other encodings the beginning tells how to read the rest, and what is compressed has
    no places to begin at.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    plain = table.kind == "jsonl"
    begins: list[_Begin] = []
    digest = hashlib.sha256()
    first = before = offset = lines = 0
    with source.reading() as stream:
        if not table.named and table.kind == "jsonl" and is_own_output(stream.peek(256)[:256]):
            raise LeftOut(_OWN_RESULTS, path=table.url)
        while block := stream.read(_BLOCK):
            plain = plain and b"\0" not in block and _decodes(decoder, block)
            taken = 0
            while plain and (cut_at := block.find(b"\n", max(taken, first + size - 1 - offset)) + 1):
                digest.update(block[taken:cut_at])
                begins.append(_Begin(first, before, digest.hexdigest()))
                lines += block.count(b"\n", taken, cut_at)
                first, before, taken, digest = offset + cut_at, lines, cut_at, hashlib.sha256()
            digest.update(block[taken:])
            lines += block.count(b"\n", taken)
            offset += len(block)
    if first < offset or not begins:
        begins.append(_Begin(first, before, digest.hexdigest()))
    if plain or len(begins) == 1:
        return begins
    return [_Begin(0, 0, hashlib.sha256("".join(begin.digest for begin in begins).encode()).hexdigest())]


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes) -> bool:
    try:
        decoder.decode(block)
    except UnicodeDecodeError:
        return False
    return True


def _row_bounds(table: Table, place: Place, size: int) -> list[tuple[int, int]]:
    """Return number of rows before and within each piece of a Parquet file."""
    from pyarrow import parquet

    with place.reading() as stream, parquet.ParquetFile(stream) as file:
        if not table.named and has_own_columns(file.schema_arrow.names):
            raise LeftOut(_OWN_RESULTS, path=table.url)
        metadata = file.metadata
        rows = metadata.num_rows
        held = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    step = max(1, size * rows // max(held, 1))
    return [(first, min(step, rows - first)) for first in range(0, rows, step)] or [(0, 0)]
