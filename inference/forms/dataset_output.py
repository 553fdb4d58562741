"""Adding the results of a run to a dataset: a document that is there already is replaced, and a crash harms nothing.

All is written aside first. Then one file, renamed into its place, says what is to be moved and removed: from there on
the run counts as done, and whoever comes next finishes what was cut off.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from ...data.output import replace_file, sync_file, sync_folder
from ...data.types import SCHEMA
from ...errors import InputError, UsageError
from .arrow import BATCH, write_rows
from .dataset import (
    LAYOUT,
    MANIFEST,
    PENDING,
    STAGING,
    PartitionBy,
    dataset_row,
    dataset_schema,
    is_dataset,
    partitioned_by,
    parts_of,
    pending,
)
from .rows import Written
from .spill import PartNumber, Spill

__all__ = ["DatasetOutput", "check_dataset"]

_LOCK = ".lock"


def check_dataset(folder: Path, unit: PartitionBy | None) -> PartitionBy:
    """Return how the dataset in *folder*, which may not be there yet, is to be parted.

    Raises:
        UsageError: The folder cannot take a dataset, or has one that is parted otherwise.
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"--out {folder} is a file; a dataset needs a folder of its own")
        if is_dataset(folder):
            there = partitioned_by(folder)
            if unit not in (None, there):
                raise UsageError(f"--out {folder} is parted by {there}, not by {unit}; name another folder")
            return there
        others = [path.name for path in folder.iterdir() if path.name[0] != "."] if folder.is_dir() else []
        has_parent = folder.absolute().parent.is_dir()
    except OSError as error:
        raise UsageError(f"--out {folder}: {error.strerror}") from error
    if unit is None or others:
        found = f" and holds {sorted(others)[0]!r}" if others else ""
        raise UsageError(
            f"--out {folder} is a folder{found}; name a file in it, or a new folder and --partition-by for a dataset"
        )
    if not has_parent:
        raise UsageError(f"--out {folder}: the folder {folder.parent} does not exist; make it first")
    return unit


class DatasetOutput:
    """A dataset that the results of a run are added to.

    Attributes:
        path: Its folder.
        replaced: How many of the documents were in it already, once the results are prepared.
    """

    def __init__(self, folder: Path, unit: PartitionBy | None = None) -> None:
        self.path = folder
        self.replaced = 0
        self._unit = check_dataset(folder, unit)
        self._made = False
        self._lock: BinaryIO | None = None
        self._moves: list[tuple[str, str]] = []
        self._removals: list[str] = []

    def open(self) -> None:
        """Find out whether the place can be written; a new dataset is begun."""
        self.path.mkdir(exist_ok=True)
        if not is_dataset(self.path):
            self._made = True
            self._write_manifest()
        (self.path / _LOCK).touch()

    def prepare(self, written: Written) -> None:
        """Write the new parts, and anew those from which documents are taken away, beside the dataset.

        Waits while another run does the same.
        """
        self._lock = (self.path / _LOCK).open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        _settle(self.path)
        if not is_dataset(self.path):  # another run, which had begun it, took it away
            self._made = True
            self._write_manifest()
        self._moves, self._removals, self.replaced = [], [], 0
        staging = self.path / STAGING
        staging.mkdir()
        spill = Spill(staging / "spill", self._unit)
        for row in written.rows():
            spill.add(row)
        for partition, lines, digest in spill.partitions():
            runs = groupby(map(json.loads, lines), key=PartNumber())
            for number, run in runs:
                name = f"{partition}/part-{digest}-{number:04}.parquet"
                self._moves.append((f"{STAGING}/{name}", name))
                _write_part(staging / name, map(dataset_row, run))
        self._replace(spill.docs)

    def commit(self) -> None:
        """Have the dataset hold what was prepared. A run that is cut off from here on is finished by the next."""
        replace_file(self.path / PENDING, json.dumps({"moves": self._moves, "removals": self._removals}, indent=1))
        _settle(self.path)
        self._made = False

    def discard(self) -> None:
        """Take away what was prepared and not committed, and a dataset that was begun for it."""
        if self._made and self._lock is None:
            self._lock = self._lock_at_once()
        if self._lock is None:
            return
        if not (self.path / PENDING).exists():
            shutil.rmtree(self.path / STAGING, ignore_errors=True)
        with suppress(OSError):
            # Another run may have added to it since.
            if self._made and next(parts_of(self.path), None) is None:
                (self.path / MANIFEST).unlink(missing_ok=True)
                (self.path / _LOCK).unlink(missing_ok=True)
                self.path.rmdir()
        self._lock.close()
        self._lock = None

    def _lock_at_once(self) -> BinaryIO | None:
        """Return the lock if no other run has it."""
        with suppress(OSError), ExitStack() as stack:
            lock = stack.enter_context((self.path / _LOCK).open("r+b"))
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            stack.pop_all()
            return lock
        return None

    def _write_manifest(self) -> None:
        manifest = {"layout": LAYOUT, "schema": SCHEMA, "partition_by": self._unit}
        replace_file(self.path / MANIFEST, json.dumps(manifest, indent=1))

    def _replace(self, docs: list[str]) -> None:
        """Write the parts that hold any of *docs* anew without them."""
        import pyarrow as pa

        new, names = pa.array(docs, pa.string()), {name for _, name in self._moves}
        for name, path in parts_of(self.path):
            try:
                gone, left = _without(path, new, self.path / STAGING / name, write=name not in names)
            except pa.ArrowException as error:
                problem = f"cannot be read as Parquet: {error}; move it out of the dataset, and classify again"
                raise InputError(problem, path=path) from error
            self.replaced += gone
            if name in names:  # the same results again
                continue
            if gone and left:
                self._moves.append((f"{STAGING}/{name}", name))
            elif gone:
                self._removals.append(name)


def _write_part(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:  # opened here: Arrow takes no path that is not UTF-8
        write_rows(rows, dataset_schema(), file, layout=LAYOUT)
    sync_file(path)


def _without(path: Path, docs: Any, target: Path, *, write: bool) -> tuple[int, int]:
    """Write a part without the rows of *docs* to *target* if any is in it; return documents taken and rows left."""
    import pyarrow as pa
    from pyarrow import compute, parquet

    with path.open("rb") as handle, parquet.ParquetFile(handle) as file:
        gone: set[str] = set()
        for batch in file.iter_batches(columns=["doc"], batch_size=BATCH):
            column = batch.column(0).unique()
            gone.update(column.filter(compute.is_in(column, docs)).to_pylist())
        if not gone or not write:
            return len(gone), 0
        left = 0
        target.parent.mkdir(exist_ok=True)
        with target.open("wb") as out, parquet.ParquetWriter(out, file.schema_arrow, compression="zstd") as writer:
            for batch in file.iter_batches(batch_size=BATCH):
                kept = batch.filter(compute.invert(compute.is_in(batch.column("doc"), docs)))
                if kept.num_rows:
                    writer.write_table(pa.Table.from_batches([kept]))
                    left += kept.num_rows
    if left:
        sync_file(target)
    else:
        target.unlink()
    return len(gone), left


def _settle(folder: Path) -> None:
    """Finish what a run had still to do when it was cut off, or take away what it had not completed."""
    if (folder / PENDING).exists():
        moves, removals = pending(folder)
        for name in removals:
            (folder / name).unlink(missing_ok=True)
        for source, target in moves:
            if (folder / source).exists():
                (folder / target).parent.mkdir(exist_ok=True)
                (folder / source).replace(folder / target)
        for inside in {(folder / name).parent for name in (*removals, *(target for _, target in moves))}:
            if inside.is_dir():
                sync_folder(inside)
            with suppress(OSError):  # it holds other parts
                inside.rmdir()
        sync_folder(folder)
        (folder / PENDING).unlink()
    shutil.rmtree(folder / STAGING, ignore_errors=True)
