"""Search the tracked files for text that belongs to others: any run of eight words of it.

Read are the benchmarks, releases and unlabelled sentences in ``../shared``; our own corpus, codebook and guide are not.
Ends with 1 if anything is found. Usage: ``python scripts/foreign_text.py [SHARED]``
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RUN = 8
FOLDERS = ("benchmarks", "releases", "unlabelled")
#: Data about the sentences, in which no text of theirs stands.
EXEMPT = {"labels_first.jsonl", "SOURCES.md", "README.md"}
#: Where a record says which document a sentence is from; a name of a file is no text.
PLACES = {"id", "doc", "event", "repo", "commit", "path", "sha1", "previous"}


def runs(text: str) -> Iterator[int]:
    """Yield a hash of each run of words."""
    words = re.findall(r"\w+", text.casefold())
    for start in range(len(words) - RUN + 1):
        yield hash(tuple(words[start : start + RUN]))


def foreign(shared: Path) -> set[int]:
    """Return the runs of all that belongs to others."""
    found: set[int] = set()
    for folder in FOLDERS:
        for path in sorted((shared / folder).iterdir()):
            if path.name in EXEMPT:
                continue
            opener = gzip.open if path.suffix == ".gz" else open
            with opener(path, "rt", encoding="utf-8") as handle:
                for line in handle:
                    if path.name.removesuffix(".gz").endswith(".jsonl"):
                        for text in texts(json.loads(line)):
                            found.update(runs(text))
                    else:
                        found.update(runs(line))
    return found


def texts(record: Any) -> Iterator[str]:
    """Yield all texts of a record but those that only say where it is from."""
    if isinstance(record, str):
        yield record
    elif isinstance(record, dict):
        for name, value in record.items():
            if name not in PLACES:
                yield from texts(value)
    elif isinstance(record, list):
        for value in record:
            yield from texts(value)


def main() -> None:
    """Name each tracked file that holds such a run."""
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared"
    if not shared.is_dir():
        sys.exit(f"{shared} is absent: nothing to compare with")
    known = foreign(shared)
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    hits = 0
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in {".safetensors", ".onnx", ".png"} or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if any(run in known for run in runs(line)):
                print(f"{name}:{number}: {line[:120]}")
                hits += 1
    print(f"{hits} line(s) with eight words running of somebody else's text")
    sys.exit(1 if hits else 0)


if __name__ == "__main__":
    main()
