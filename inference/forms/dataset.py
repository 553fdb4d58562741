"""A dataset: results of many runs in one folder, as Parquet parts by date, which every reader of such folders takes.

::

    archive/
      _counterframe.json            what it is and how it is parted
      month=2031-05/part-….parquet
      month=undated/part-….parquet      documents without a date

All parts have the same columns whatever the input had, so that a run of next year can be added: columns of the input
stand together in ``meta``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from ...data.dates import parse_date
from ...data.types import SCHEMA
from ...errors import InputError
from .arrow import result_types
from .rows import LAST_COLUMNS, RESULT_COLUMNS, flat

__all__ = [
    "LAYOUT",
    "MANIFEST",
    "OWN_COLUMNS",
    "PENDING",
    "STAGING",
    "PartitionBy",
    "dataset_row",
    "dataset_schema",
    "is_dataset",
    "partition_of",
    "partitioned_by",
    "parts_of",
    "pending",
]

PartitionBy = Literal["year", "month", "day"]

MANIFEST = "_counterframe.json"
#: Where parts lie until they are complete, and what is to become of them. Readers of datasets pass hidden names over.
STAGING, PENDING = ".staging", ".pending.json"
#: How parts are told from other Parquet files of results.
LAYOUT = "dataset/1"

#: Columns of a part that no column of the input may take the place of.
OWN_COLUMNS = frozenset({*RESULT_COLUMNS, "shifts", "meta"})

#: A part within its dataset.
_PART = re.compile(r"[^/]*=[^/]*/[^/]+\.parquet")
_NO_DATE = "undated"
#: Characters of a day as ISO 8601 writes it.
_LENGTH: Mapping[PartitionBy, int] = {"year": 4, "month": 7, "day": 10}
#: What documents commonly state has a column of its own, as text.
_COMMON = ("title", "publisher", "author", "date", "language", "url")


def dataset_schema() -> Any:
    """Return the Arrow schema of each part."""
    import pyarrow as pa

    common = [(name, pa.string()) for name in _COMMON]
    types = [*result_types().items(), ("shifts", pa.list_(pa.list_(pa.int64()))), *common, ("meta", pa.string())]
    return pa.schema(types)


def dataset_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result as a row of a part. Nothing is lost: ``meta`` holds all columns of the input as JSON."""
    meta = row["meta"]
    common = {name: None if meta.get(name) is None else _as_text(meta[name]) for name in _COMMON}
    own = flat(row) | {name: row[name] for name in LAST_COLUMNS} | {"shifts": row["shifts"]}
    return own | common | {"meta": json.dumps(meta, ensure_ascii=False)}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def partition_of(row: Mapping[str, Any], unit: PartitionBy) -> str:
    """Return the folder of a result: ``month=2031-05``."""
    return f"{unit}={_period(row['meta'].get('date'), unit)}"


def _period(stated: Any, unit: PartitionBy) -> str:
    return _read_period(stated, unit) if isinstance(stated, str) else _NO_DATE


@lru_cache(maxsize=4096)
def _read_period(stated: str, unit: PartitionBy) -> str:
    day = parse_date(stated)
    return _NO_DATE if day is None else day.isoformat()[: _LENGTH[unit]]


def is_dataset(path: Path) -> bool:
    """Return whether *path* is the folder of a dataset."""
    return (path / MANIFEST).is_file()


def partitioned_by(folder: Path) -> PartitionBy:
    """Return how a dataset is parted.

    Raises:
        InputError: Its manifest is damaged, or of another version.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        layout, unit = manifest["layout"], manifest["partition_by"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"is damaged: {error}; name a new folder, and put the old parts aside", path=path) from error
    if layout != LAYOUT or manifest.get("schema") != SCHEMA or unit not in get_args(PartitionBy):
        raise InputError(f"was written by another version ({layout!r}, by {unit!r}); name a new folder", path=path)
    return unit  # type: ignore[no-any-return]


def pending(folder: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """Return what a run that was cut off had still to do: parts to move (from, to) and parts to remove."""
    path = folder / PENDING
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        moves, removals = [(source, target) for source, target in record["moves"]], list(record["removals"])
        # It says what is moved and removed, and a dataset may come from elsewhere.
        astray = [name for name in (*removals, *(target for _, target in moves)) if not _PART.fullmatch(name)]
        astray += [source for source, target in moves if source != f"{STAGING}/{target}"]
    except FileNotFoundError:
        return [], []
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"is damaged: {error}; name a new folder, and put the old parts aside", path=path) from error
    if astray:
        problem = f"names {astray[0]!r}, which is no part of the dataset; delete this file if you trust the others"
        raise InputError(problem, path=path)
    return moves, removals


def parts_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the parts in order, each with the path under which it belongs into the folder.

    A run that was cut off when all it had written was complete counts as done.
    """
    moves, removals = pending(folder)
    found = {
        os.path.join(inside.name, name): inside / name  # noqa: PTH118 - kept as text
        for inside in folder.iterdir()
        if "=" in inside.name and inside.is_dir()
        for name in os.listdir(inside)  # noqa: PTH208 - names alone
        if name.endswith(".parquet") and not name.startswith(".")
    }
    for name in removals:
        found.pop(name, None)
    found |= {target: folder / source for source, target in moves if (folder / source).exists()}
    yield from sorted(found.items())
