"""Results to files and datasets.

Results are first written as JSON Lines beside the output, one by one, and turned into the wanted form when
all are there. So memory stays bounded, every column of the input gets a column of its own, and a run that
fails leaves nothing half-written behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..data.codebook import Codebook
from ..data.output import beside
from ..data.types import Result
from .forms.dataset import PartitionBy
from .forms.files import FORMATS
from .forms.outputs import choose_outputs
from .forms.rows import RESULT_COLUMNS, Written, plain, to_line

__all__ = ["FORMATS", "RESULT_COLUMNS", "plain", "write_results"]


def write_results(
    results: Iterable[Result],
    outputs: Sequence[Path],
    *,
    codebook: Codebook,
    title: str,
    model: str,
    partition_by: PartitionBy | None = None,
) -> int:
    """Write *results* into each of *outputs* and return how many there were.

    The endings of files choose their forms and how they are compressed; a folder is a dataset, to which results are
    added, and which is parted by ``partition_by`` if it is not there yet. Where there are no results, nothing is
    written, and what stands under those names stays.

    Raises:
        UsageError: A form is unknown, a folder does not exist, or a dataset is parted otherwise.
    """
    targets = choose_outputs(outputs, partition_by)
    journal = beside(targets[0].path, ".results.partial", hidden=True)
    count = 0
    with ExitStack() as stack:
        # A place that cannot be written is found before the work begins.
        stack.callback(journal.unlink, missing_ok=True)
        journal.touch()
        for target in targets:
            stack.callback(target.discard)
            target.open()
        with _named(targets[0].path), journal.open("wb") as handle:
            for result in results:
                handle.write(to_line(result))
                count += 1

        if not count:
            return 0

        def lines() -> Iterator[bytes]:
            with journal.open("rb") as handle:
                yield from handle

        written = Written(lines, codebook, title, model)
        for target in targets:
            with _named(target.path):
                target.prepare(written)
        for target in targets:  # all or none
            target.commit()
    return count


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Have an error of the disk say which file it struck."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise
