"""What a run writes to: files and datasets, chosen by their names, and written all or none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ...errors import UsageError
from .dataset import PartitionBy, is_dataset
from .dataset_output import DatasetOutput
from .files import FORMATS, FileOutput
from .packing import PACKINGS
from .rows import Written

__all__ = ["Output", "choose_outputs", "is_dataset_output"]


class Output(Protocol):
    """A place that results are written to, in steps, so that several of them are complete or not there at all."""

    @property
    def path(self) -> Path:
        """File or folder."""

    def open(self) -> None:
        """Find out, before the work begins, whether the place can be written."""

    def prepare(self, written: Written) -> None:
        """Write the results beside their place."""

    def commit(self) -> None:
        """Put them in their place."""

    def discard(self) -> None:
        """Take away what is not in its place, whatever steps were done."""


def choose_outputs(outputs: Sequence[Path], partition_by: PartitionBy | None = None) -> list[Output]:
    """Return what is written to each of *outputs*; one that is named twice is written once.

    Args:
        outputs: Files, whose endings choose the form and the compression, and folders of datasets.
        partition_by: How a dataset is parted that is not there yet.

    Raises:
        UsageError: One cannot be written.
    """
    # By their real folder, so that two ways to name one file are seen.
    paths = {path.parent.resolve() / path.name: path for path in outputs}
    chosen: list[Output] = []
    for path in paths.values():
        try:
            dataset = is_dataset_output(path, partition_by)
        except OSError as error:  # a name that is too long
            raise UsageError(f"--out {path}: {error.strerror}") from error
        chosen.append(DatasetOutput(path, partition_by) if dataset else FileOutput(path))
    if partition_by is not None and not any(isinstance(output, DatasetOutput) for output in chosen):
        raise UsageError(f"--partition-by {partition_by} is for a dataset: name its folder with --out")
    return chosen


def is_dataset_output(path: Path, partition_by: PartitionBy | None = None) -> bool:
    """Return whether *path* names a dataset: a folder, or, if one is asked for, a name without the ending of a file."""
    if is_dataset(path):
        return True
    name = path.with_suffix("") if path.suffix.lower() in PACKINGS else path
    return name.suffix.lower() not in FORMATS and (partition_by is not None or path.is_dir())
