"""Each form holds a bounded part of the results at a time."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.results import BOOK, made

from counterframe.inference.forms import arrow, dataset_output, spill
from counterframe.inference.forms.outputs import Outputs

#: Sentences of a document.
_EACH = 25


def _rows(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        doc = f"d{number // _EACH:06}"
        meta = {"date": f"2031-{number // _EACH % 2 + 1:02}-04", "publisher": "Port of Orvania"}
        yield json.loads(json.dumps(made(doc, number % _EACH, "Vell spoke of the ferry. " * 4, meta=meta).to_dict()))


def _peak(path: Path, count: int) -> int:
    """Return the most bytes that Python held while so many results were written."""
    with Outputs([path], None if path.suffix else "month") as outputs:
        tracemalloc.start()
        outputs.write(lambda: _rows(count), ["date", "publisher"], codebook=BOOK, title="t", model="m")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv.gz", "a.parquet", "a.html", "a.jsonl.zst", "dataset"])
def test_five_times_the_results_need_no_more_memory(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "BATCH", 50)
    monkeypatch.setattr(dataset_output, "BATCH", 50)
    monkeypatch.setattr(spill, "_HELD_BYTES", 1 << 15)
    _peak(tmp_path / name, 100)  # what is made once: templates, buffers
    few, many = (_peak(tmp_path / name, count) for count in (200, 1000))
    # All of 1,000 rows take 2 MB; some kilobytes grow with the number of documents and row groups.
    assert many < 1.2 * few + (64 << 10), (few, many)
