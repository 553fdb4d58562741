"""Archives of tables for tests of the ray engine, and what the local engine says of them."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from counterframe.data.releases import read_releases
from counterframe.inference.classifier import Classifier

__all__ = ["contents", "labels", "local_labels", "make_archive", "parts"]

FILLERS = ("the", "envoy", "of", "Orvania", "said", "on", "monday", "that", "near", "harbour", "bridge", "valley")
CUES = ("blockade siege", "protest marchers", "peace_process dialogue", "harbour")
STANCES = ("confirmed", "denied", "discussed")


def make_archive(folder: Path, rows: int = 90) -> Path:
    """Write a partitioned archive: plain lines without ids, Parquet in a folder that states a column, packed lines."""
    rng = random.Random(11)
    inside = folder / "publisher=Port of Orvania"
    inside.mkdir(parents=True)
    records = [{"id": f"r{n}", "text": _text(rng), "date": f"2031-05-{n % 28 + 1:02d}", "n": n} for n in range(rows)]
    third = rows // 3
    named = [{key: record[key] for key in ("text", "date", "n")} for record in records[:third]]
    # A row that cannot be read, in the midst of the others.
    lines = [json.dumps(record, ensure_ascii=False) for record in named]
    lines[third // 2] = '{"text": 7}'
    (folder / "a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = pa.Table.from_pylist(records[third : 2 * third])
    parquet.write_table(table, inside / "b.parquet", row_group_size=7)
    packed = "".join(json.dumps(record) + "\n" for record in records[2 * third :])
    (folder / "c.jsonl.gz").write_bytes(gzip.compress(packed.encode(), mtime=0))
    return folder


def _text(rng: random.Random) -> str:
    sentences = []
    for _ in range(rng.randint(1, 4)):
        words = [rng.choice(STANCES), rng.choice(CUES), *rng.sample(FILLERS, rng.randint(3, 9))]
        sentences.append(" ".join(words).capitalize() + ".")
    return " ".join(sentences) + " – día."


def labels(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, int], Any]:
    """Return what each sentence is said to be, without scores and columns of the input."""
    return {
        (row["doc"], row["n"]): (
            *(row[name] for name in ("text", "start", "end", "kind", "primary", "stance", "abstained", "model")),
            [(found["frame"], found["stance"], [list(span) for span in found["evidence"]]) for found in row["frames"]],
            (row["source"] or {}).get("text") if not isinstance(row["source"], str) else row["source"],
        )
        for row in rows
    }


def local_labels(folder: Path, model: Path) -> dict[tuple[str, int], Any]:
    """Classify an archive with the local engine; its one bad row is passed over."""
    failed: list[Exception] = []
    releases = read_releases([str(folder)], on_failure=failed.append)
    results = Classifier.load(model, device="cpu").classify_releases(releases)
    found = labels(result.to_dict() for result in results)
    assert len(failed) == 1
    return found


def parts(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of all parts of a folder of results, in the order of their names."""
    rows: list[dict[str, Any]] = []
    for path in sorted(folder.rglob("*")):
        if any(step.startswith("_") for step in path.relative_to(folder).parts):
            continue
        if path.suffix == ".jsonl":
            rows += map(json.loads, path.read_text(encoding="utf-8").splitlines())
        elif path.suffix == ".parquet":
            rows += parquet.read_table(path, partitioning=None).to_pylist()
    return rows


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder of results but the counts of attempts."""
    files = [path for path in folder.rglob("*") if path.is_file() and "attempts" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
