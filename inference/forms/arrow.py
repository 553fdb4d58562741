"""Results as one Parquet file: a column with a type for each field and each column of the input."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from typing import Any, BinaryIO

from ...data.types import SCHEMA
from .rows import COLUMNS, LAST_COLUMNS, Written, flat, meta_columns

__all__ = ["BATCH", "frame_type", "result_types", "write_parquet", "write_rows"]

#: Rows of a row group.
BATCH = 4096
_NUMBERS = ("n", "start", "end", "paragraph", "source_start", "source_end")


def frame_type() -> Any:
    """Return the Arrow type of the list of frames."""
    import pyarrow as pa

    fields = [("frame", pa.string()), ("score", pa.float64()), ("stance", pa.string()), ("stance_score", pa.float64())]
    return pa.list_(pa.struct([*fields, ("evidence", pa.list_(pa.list_(pa.int64())))]))


def result_types() -> dict[str, Any]:
    """Return the Arrow types of the columns that are not those of the input."""
    import pyarrow as pa

    types = dict.fromkeys(COLUMNS, pa.string()) | dict.fromkeys(_NUMBERS, pa.int64())
    types |= dict.fromkeys(("score", "stance_score", "confidence"), pa.float64())
    types |= dict.fromkeys(("abstained", "truncated"), pa.bool_())
    return types | {"frames": frame_type(), "model": pa.string(), "schema": pa.string()}


def write_parquet(written: Written, stream: BinaryIO) -> None:
    """Write the file; a column of the input has the narrowest type that holds all its values."""
    import pyarrow as pa

    columns = meta_columns(written.meta)
    kinds = {columns[name]: kind for name, kind in _meta_types(written).items()}
    schema = pa.schema([*result_types().items(), *kinds.items()])

    def row_of(row: Mapping[str, Any]) -> dict[str, Any]:
        held = {column: _as_type(row["meta"].get(name), kinds[column]) for name, column in columns.items()}
        return flat(row) | {key: row[key] for key in LAST_COLUMNS} | held

    write_rows(map(row_of, written.rows()), schema, stream)


def write_rows(rows: Iterable[dict[str, Any]], schema: Any, stream: BinaryIO, *, layout: str = "file/1") -> None:
    """Write rows as Parquet, one row group at a time."""
    import pyarrow as pa
    from pyarrow import parquet

    schema = schema.with_metadata({"counterframe": SCHEMA, "counterframe.layout": layout})
    with closing(parquet.ParquetWriter(stream, schema, compression="zstd")) as writer:
        for batch in _batches(rows):
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _meta_types(written: Written) -> dict[str, Any]:
    """Return the narrowest Arrow type that holds every value of each column of the input."""
    seen: dict[str, set[str]] = {name: set() for name in written.meta}
    for row in written.rows():
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
