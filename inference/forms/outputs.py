"""What a run writes to: files and datasets, chosen by their names, and written all or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ...data.codebook import Codebook
from ...data.output import naming
from ...errors import UsageError
from .dataset import PartitionBy, is_dataset
from .dataset_output import DatasetOutput
from .files import FORMATS, FileOutput
from .packing import PACKINGS
from .rows import Written

__all__ = ["Output", "Outputs", "choose_outputs", "is_dataset_output"]


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


class Outputs:
    """The outputs of a run: found writable before the work begins, and put in place together when complete.

    Use it as a context manager.

    Args:
        outputs: Files, whose endings choose the form and the compression, and folders of datasets.
        partition_by: How a dataset is parted that is not there yet.

    Raises:
        UsageError: One cannot be written.
    """

    def __init__(self, outputs: Sequence[Path], partition_by: PartitionBy | None = None) -> None:
        self._outputs = choose_outputs(outputs, partition_by)

    @property
    def paths(self) -> list[Path]:
        """The outputs, each once."""
        return [output.path for output in self._outputs]

    @property
    def first(self) -> Path:
        """The output beside which the run keeps what it has done so far."""
        path = self._outputs[0].path
        return path.parent.resolve() / path.name

    @property
    def replaced(self) -> Mapping[Path, int]:
        """How many documents of each dataset were classified before and are replaced, once the results are written."""
        return {output.path: output.replaced for output in self._outputs if isinstance(output, DatasetOutput)}

    def __enter__(self) -> Outputs:
        try:
            for output in self._outputs:
                with naming(output.path):
                    output.open()
        except BaseException:
            self._clean()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._clean()

    def write(
        self,
        rows: Callable[[], Iterator[dict[str, Any]]],
        meta: Sequence[str],
        *,
        codebook: Codebook,
        title: str,
        model: str,
        kept: Callable[[], Iterator[bytes]] | None = None,
    ) -> None:
        """Write all rows in every form.

        Args:
            rows: Called for the rows, as often as a form wants them.
            meta: Columns of the input, in the order of their appearance.
            codebook: The codebook of the model.
            title: Title of the pages.
            model: Name of the model.
            kept: Called for the same rows as lines of JSON, each with its end, if they are kept as such.
        """
        # As they stand in the rows, where half of a surrogate pair is a question mark.
        names = dict.fromkeys(name.encode("utf-8", errors="replace").decode() for name in meta)
        written = Written(rows, list(names), codebook, title, model, kept)
        for output in self._outputs:
            with naming(output.path):
                output.prepare(written)
        for output in self._outputs:  # all or none
            output.commit()

    def _clean(self) -> None:
        for output in self._outputs:
            output.discard()


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
        if not dataset and not path.suffix:
            raise UsageError(
                f"--out {path}: the name must end in {', '.join(FORMATS)}; for a folder of results say with"
                " --partition-by year, month or day how it is parted"
            )
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
