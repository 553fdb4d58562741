"""Results to files and datasets.

Results are first written as JSON Lines beside the output, one by one, and turned into the wanted form when
all are there. So memory stays bounded, every column of the input gets a column of its own, and a run that
fails leaves nothing half-written behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ..data.codebook import Codebook
from ..data.output import beside, naming
from ..data.types import Result
from .forms.dataset import PartitionBy
from .forms.files import FORMATS
from .forms.outputs import Outputs
from .forms.rows import RESULT_COLUMNS, result_line

__all__ = ["FORMATS", "RESULT_COLUMNS", "Outputs", "result_line", "write_results"]


def write_results(
    results: Iterable[Result],
    outputs: Sequence[Path] | Outputs,
    *,
    codebook: Codebook,
    title: str,
    model: str,
    partition_by: PartitionBy | None = None,
) -> int:
    """Write *results* into each of *outputs* and return how many there were.

    The endings of files choose their forms and how they are compressed; a folder is a dataset, to which results are
    added, and which is parted by ``partition_by`` if it is not there yet. Where there are no results, nothing is
    written, and what stands under those names stays. A run that can be cut off and goes on where it stopped is
    :func:`.bulk.classify_into`.

    Raises:
        UsageError: A form is unknown, a folder does not exist, or a dataset is parted otherwise.
    """
    files = outputs if isinstance(outputs, Outputs) else Outputs(outputs, partition_by)
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
                meta.update(dict.fromkeys(map(str, result.sentence.meta)))
                handle.write(result_line(result) + b"\n")
                count += 1

        def lines() -> Iterator[bytes]:
            with journal.open("rb") as kept:
                yield from kept

        def rows() -> Iterator[dict[str, Any]]:
            return map(json.loads, lines())

        if count:
            files.write(rows, list(meta), codebook=codebook, title=title, model=model, kept=lines)
    return count
