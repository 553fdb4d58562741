"""Results to files: JSON Lines, CSV, Parquet, annotated HTML.

Results are first written as JSON Lines beside the output, one by one, and turned into the wanted form when all are
there. So memory stays bounded, every column of the input gets a column of its own, and a run that fails leaves nothing
half-written behind.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ..data.codebook import Codebook
from ..data.types import Result
from ..errors import UsageError, nearest

__all__ = ["FORMATS", "check_output", "write_results"]

_Rows = Callable[[], Iterator[dict[str, Any]]]

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
    "abstained",
    "truncated",
)

_PARQUET_BATCH = 4096


def check_output(path: Path) -> str:
    """Return the suffix of *path* if results can be written in its form.

    Raises:
        UsageError: The form is unknown, or the folder does not exist or the path is a folder.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise UsageError(f"--out {path}: the name must end in {', '.join(FORMATS)}{nearest(suffix, FORMATS)}")
    if path.is_dir():
        raise UsageError(f"--out {path} is a folder; name a file in it")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"--out {path}: the folder {path.parent} does not exist; make it first")
    return suffix


def write_results(
    results: Iterable[Result], outputs: Sequence[Path], *, codebook: Codebook, title: str, model: str
) -> int:
    """Write *results* into each of *outputs*, whose suffixes choose the forms, and return how many there were.

    Raises:
        UsageError: A form is unknown or a folder does not exist.
    """
    for path in outputs:
        check_output(path)
    journal = _beside(outputs[0], ".partial.jsonl")
    meta: dict[str, None] = {}  # the columns of the input, in the order in which they were first seen
    count = 0
    with ExitStack() as stack:
        stack.callback(journal.unlink, missing_ok=True)
        with journal.open("w", encoding="utf-8") as handle:
            for result in results:
                row = result.to_dict()
                meta.update(dict.fromkeys(row["meta"]))
                handle.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
                count += 1

        def rows() -> Iterator[dict[str, Any]]:
            with journal.open(encoding="utf-8") as lines:
                for line in lines:
                    yield json.loads(line)

        for path in outputs:
            partial = _beside(path, f".partial{path.suffix}")
            stack.callback(partial.unlink, missing_ok=True)
            FORMATS[path.suffix.lower()](rows, partial, list(meta), codebook, title, model)
            partial.replace(path)
    return count


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}{ending}")


def _write_jsonl(rows: _Rows, path: Path, meta: list[str], codebook: Codebook, title: str, model: str) -> None:
    with path.open("w", encoding="utf-8") as handle:
        for row in rows():
            handle.write(json.dumps(row, ensure_ascii=False) + "\n")


def _flat(row: Mapping[str, Any], meta: Sequence[str]) -> dict[str, Any]:
    source = row["source"] or {}
    first = row["frames"][0] if row["frames"] else {}
    flat = {name: row.get(name) for name in _COLUMNS}
    flat |= {"score": first.get("score"), "stance_score": first.get("stance_score")}
    flat |= {"source": source.get("text"), "source_start": source.get("start"), "source_end": source.get("end")}
    # A column of the input that bears the name of one of ours keeps its content under "meta.name".
    return flat | {_meta_column(name): row["meta"].get(name) for name in meta}


def _meta_column(name: str) -> str:
    return f"meta.{name}" if name in (*_COLUMNS, "frames", "model", "schema") else name


def _write_csv(rows: _Rows, path: Path, meta: list[str], codebook: Codebook, title: str, model: str) -> None:
    columns = [*_COLUMNS, "frames", "model", "schema", *(_meta_column(name) for name in meta)]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows():
            flat = _flat(row, meta) | {"model": row["model"], "schema": row["schema"]}
            flat["frames"] = "; ".join(
                f"{found['frame']}:{found['stance']}:{found['score']:.3f}" for found in row["frames"]
            )
            writer.writerow(
                {
                    key: json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list, bool)) else value
                    for key, value in flat.items()
                }
            )


def _write_parquet(rows: _Rows, path: Path, meta: list[str], codebook: Codebook, title: str, model: str) -> None:
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
    types |= {"score": pa.float64(), "stance_score": pa.float64(), "abstained": pa.bool_(), "truncated": pa.bool_()}
    types |= {"frames": pa.list_(frame), "model": pa.string(), "schema": pa.string()}
    kinds = _meta_types(rows, meta)
    schema = pa.schema([*types.items(), *((_meta_column(name), kinds[name]) for name in meta)])

    def batches() -> Iterator[list[dict[str, Any]]]:
        batch: list[dict[str, Any]] = []
        for row in rows():
            flat = _flat(row, meta) | {key: row[key] for key in ("frames", "model", "schema")}
            for name in meta:
                column = _meta_column(name)
                flat[column] = _as_type(flat[column], kinds[name])
            batch.append(flat)
            if len(batch) == _PARQUET_BATCH:
                yield batch
                batch = []
        yield batch

    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches():
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))


def _meta_types(rows: _Rows, meta: Sequence[str]) -> dict[str, Any]:
    """Return the narrowest Arrow type that holds every value of each column of the input."""
    import pyarrow as pa

    seen: dict[str, set[type]] = {name: set() for name in meta}
    for row in rows():
        for name, value in row["meta"].items():
            if value is not None:
                seen[name].add(type(value))
    simple = {frozenset({bool}): pa.bool_(), frozenset({int}): pa.int64(), frozenset({float}): pa.float64()}
    simple[frozenset({int, float})] = pa.float64()
    return {name: simple.get(frozenset(kinds), pa.string()) for name, kinds in seen.items()}


def _as_type(value: Any, kind: Any) -> Any:
    if value is None or str(kind) != "string" or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _write_html(rows: _Rows, path: Path, meta: list[str], codebook: Codebook, title: str, model: str) -> None:
    from ..evaluation.annotated import write_annotated_page

    with path.open("w", encoding="utf-8") as handle:
        write_annotated_page(rows(), handle, codebook=codebook, title=title, model=model)


#: Writer of each form by suffix.
FORMATS: dict[str, Callable[[_Rows, Path, list[str], Codebook, str, str], None]] = {
    ".jsonl": _write_jsonl,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".html": _write_html,
}
