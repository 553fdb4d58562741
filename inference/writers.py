"""Results to files: JSON Lines, CSV, Parquet, annotated HTML.

Results are first written as JSON Lines beside the output, one by one, and turned into the wanted form when
all are there. So memory stays bounded, every column of the input gets a column of its own, and a run that
fails leaves nothing half-written behind.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any, TextIO

from ..data.codebook import Codebook
from ..data.output import beside, check_output, naming, sync_file, sync_folder
from ..data.types import Result

__all__ = ["FORMATS", "RESULT_COLUMNS", "Outputs", "plain", "row_line", "write_results"]

_Rows = Callable[[], Iterator[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class _Written:
    """All results of a run, as often as they are asked for, and what a form needs beside them."""

    rows: _Rows
    meta: list[str]
    codebook: Codebook
    title: str
    model: str


#: Columns of the flat forms, before those of the input.
_COLUMNS = (
    "doc",
    "n",
    "start",
    "end",
    "text",
    "kind",
    "paragraph",
    "primary",
    "stance",
    "score",
    "stance_score",
    "source",
    "source_start",
    "source_end",
    "confidence",
    "abstained",
    "truncated",
)

#: Columns after those; then come the columns of the input.
_LAST_COLUMNS = ("frames", "model", "schema")

#: Columns of the flat forms that are not those of the input.
RESULT_COLUMNS = (*_COLUMNS, *_LAST_COLUMNS)

_PARQUET_BATCH = 4096


class Outputs:
    """The files of a run: found writable before the work begins, and put in place together when they are complete.

    Use it as a context manager.

    Raises:
        UsageError: A form is unknown or a folder does not exist.
    """

    def __init__(self, outputs: Sequence[Path]) -> None:
        # Files by their real folder: one that is named twice, in two ways, is written once.
        self._forms = {path.parent.resolve() / path.name: check_output(path, tuple(FORMATS)) for path in outputs}
        self._partials = {path: beside(path, ".partial", hidden=True) for path in self._forms}

    @property
    def first(self) -> Path:
        """The output beside which the run keeps what it has done so far."""
        return next(iter(self._forms))

    def __enter__(self) -> Outputs:
        try:
            for partial in self._partials.values():
                partial.write_bytes(b"")  # what a killed run left there is of no use
        except BaseException:
            self._clean()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._clean()

    def write(self, rows: _Rows, meta: Sequence[str], *, codebook: Codebook, title: str, model: str) -> None:
        """Write all rows in every form.

        Args:
            rows: Called for the rows, as often as a form wants them.
            meta: Columns of the input.
            codebook: The codebook of the model.
            title: Title of the pages.
            model: Name of the model.
        """
        written = _Written(rows, list(meta), codebook, title, model)
        for path, partial in self._partials.items():
            with naming(path):
                FORMATS[self._forms[path]](written, partial)
                sync_file(partial)
        for path, partial in self._partials.items():  # all or none
            partial.replace(path)
        for folder in {path.parent for path in self._forms}:
            sync_folder(folder)

    def _clean(self) -> None:
        for partial in self._partials.values():
            partial.unlink(missing_ok=True)


def write_results(
    results: Iterable[Result], outputs: Sequence[Path], *, codebook: Codebook, title: str, model: str
) -> int:
    """Write *results* into each of *outputs*, whose suffixes choose the forms, and return how many there were.

    Where there are none, nothing is written, and what stands under those names stays. A run that can be cut off and
    goes on where it stopped is :func:`.bulk.classify_into`.

    Raises:
        UsageError: A form is unknown or a folder does not exist.
    """
    files = Outputs(outputs)
    journal = beside(files.first, ".results.partial", hidden=True)
    meta: dict[str, None] = {}  # columns of the input, in the order of their appearance
    count = 0
    with ExitStack() as stack:
        # A place that cannot be written is found before the work begins.
        stack.callback(journal.unlink, missing_ok=True)
        journal.touch()
        stack.enter_context(files)
        with naming(files.first), journal.open("wb") as handle:
            for result in results:
                row = plain(result.to_dict())
                meta.update(dict.fromkeys(row["meta"]))
                handle.write(row_line(row) + b"\n")
                count += 1

        def rows() -> Iterator[dict[str, Any]]:
            with journal.open("rb") as lines:
                for line in lines:
                    yield json.loads(line)

        if count:
            files.write(rows, list(meta), codebook=codebook, title=title, model=model)
    return count


def row_line(row: Mapping[str, Any]) -> bytes:
    """Return a row as a line of JSON, without its end. Half of a surrogate pair becomes a question mark."""
    return json.dumps(row, ensure_ascii=False).encode("utf-8", errors="replace")


def plain(value: Any) -> Any:
    """Return *value* as JSON can hold it: numpy's numbers as numbers, dates as text, NaN as None."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, float):  # JSON knows no NaN and no infinity
        return float(value) if math.isfinite(value) else None if math.isnan(value) else str(value)
    if value is None or isinstance(value, (str, int)):
        return value
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _write_jsonl(written: _Written, path: Path) -> None:
    with path.open("w", encoding="utf-8") as handle:
        for row in written.rows():
            handle.write(json.dumps(row, ensure_ascii=False) + "\n")


def _flat(row: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    source = row["source"] or {}
    first = row["frames"][0] if row["frames"] else {}
    flat = {name: row.get(name) for name in _COLUMNS}
    flat |= {"score": first.get("score"), "stance_score": first.get("stance_score")}
    flat |= {
        "source": source.get("text"),
        "source_start": source.get("start"),
        "source_end": source.get("end"),
    }
    return flat | {column: row["meta"].get(name) for name, column in columns.items()}


def _meta_columns(meta: Sequence[str]) -> dict[str, str]:
    """Return the column of each column of the input; one that bears a name of ours becomes ``meta.name``."""
    taken = {*_COLUMNS, *_LAST_COLUMNS}
    columns = {name: name for name in meta if name not in taken}
    taken.update(columns)
    for name in meta:
        if name not in columns:
            column = f"meta.{name}"
            while column in taken:
                column = f"meta.{column}"
            columns[name] = column
            taken.add(column)
    return {name: columns[name] for name in meta}


class _UnixRows:
    """Ends rows with a line feed alone. The csv module quotes a carriage return only where rows end with one."""

    def __init__(self, handle: TextIO) -> None:
        self._handle = handle

    def write(self, row: str) -> int:
        return self._handle.write(row.removesuffix("\r\n") + "\n")


def _write_csv(written: _Written, path: Path) -> None:
    columns = _meta_columns(written.meta)
    header = [*_COLUMNS, *_LAST_COLUMNS, *columns.values()]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(_UnixRows(handle), header)
        writer.writeheader()
        for row in written.rows():
            flat = _flat(row, columns) | {"model": row["model"], "schema": row["schema"]}
            flat["frames"] = "; ".join(
                f"{found['frame']}:{found['stance']}:{found['score']:.3f}" for found in row["frames"]
            )
            writer.writerow(
                {
                    key: json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list, bool)) else value
                    for key, value in flat.items()
                }
            )


def _write_parquet(written: _Written, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    spans = pa.list_(pa.list_(pa.int64()))
    frame = pa.struct(
        [
            ("frame", pa.string()),
            ("score", pa.float64()),
            ("stance", pa.string()),
            ("stance_score", pa.float64()),
            ("evidence", spans),
        ]
    )
    numbers = {"n", "start", "end", "paragraph", "source_start", "source_end"}
    types = {name: pa.int64() if name in numbers else pa.string() for name in _COLUMNS}
    types |= {
        "score": pa.float64(),
        "stance_score": pa.float64(),
        "confidence": pa.float64(),
        "abstained": pa.bool_(),
        "truncated": pa.bool_(),
    }
    types |= {"frames": pa.list_(frame), "model": pa.string(), "schema": pa.string()}
    columns = _meta_columns(written.meta)
    kinds = {columns[name]: kind for name, kind in _meta_types(written.rows, written.meta).items()}
    schema = pa.schema([*types.items(), *kinds.items()])

    def batches() -> Iterator[list[dict[str, Any]]]:
        batch: list[dict[str, Any]] = []
        for row in written.rows():
            flat = _flat(row, columns) | {key: row[key] for key in _LAST_COLUMNS}
            batch.append(flat | {column: _as_type(flat[column], kind) for column, kind in kinds.items()})
            if len(batch) == _PARQUET_BATCH:
                yield batch
                batch = []
        yield batch

    # Opened here: Arrow takes no path that is not UTF-8.
    with path.open("wb") as handle, parquet.ParquetWriter(handle, schema, compression="zstd") as writer:
        for batch in batches():
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))


def _meta_types(rows: _Rows, meta: Sequence[str]) -> dict[str, Any]:
    """Return the narrowest Arrow type that holds every value of each column of the input."""
    seen: dict[str, set[str]] = {name: set() for name in meta}
    for row in rows():
        for name, value in row["meta"].items():
            if value is not None:
                seen[name].add(_kind(value))
    return {name: _arrow_type(kinds) for name, kinds in seen.items()}


def _kind(value: Any) -> str:
    name = type(value).__name__
    if name == "int" and abs(value) > 1 << 53:
        # A float cannot hold it exactly; Arrow has no type at all for what is larger still.
        return "long" if -(1 << 63) <= value < 1 << 63 else "huge"
    return name


def _arrow_type(kinds: set[str]) -> Any:
    import pyarrow as pa

    if kinds == {"bool"}:
        return pa.bool_()
    if kinds and kinds <= {"int", "long"}:
        return pa.int64()
    if kinds and kinds <= {"int", "float"}:
        return pa.float64()
    return pa.string()


def _as_type(value: Any, kind: Any) -> Any:
    if value is None or str(kind) != "string" or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _write_html(written: _Written, path: Path) -> None:
    from ..evaluation.annotated import write_annotated_page

    with path.open("w", encoding="utf-8") as handle:
        write_annotated_page(
            written.rows(), handle, codebook=written.codebook, title=written.title, model=written.model
        )


#: Writer of each form by suffix.
FORMATS: dict[str, Callable[[_Written, Path], None]] = {
    ".jsonl": _write_jsonl,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".html": _write_html,
}
