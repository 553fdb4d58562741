"""Writes what is classified, in a process of its own, so that the process that starts all others stays small.

python -m speed_parts.make FOLDER --slices 10 --sentences 1000 --tables 1000 10000 --tiny
"""

from __future__ import annotations

import argparse
import json
from itertools import count
from pathlib import Path

from counterframe.data.types import Release

from .corpus import releases, shown_sentences

__all__ = ["main"]

_ONE = "The ministry said that the road to the harbour is open.\n"


def main() -> None:
    """Write slices (``00.json`` with sentences, ``00/`` with the releases they are from), tables and a tiny model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--slices", type=int, default=0)
    parser.add_argument("--sentences", type=int, default=1000)
    parser.add_argument("--tables", type=int, nargs="*", default=[])
    parser.add_argument("--tiny", action="store_true")
    given = parser.parse_args()
    (given.folder / "one").mkdir()
    (given.folder / "one" / "release.txt").write_text(_ONE, encoding="utf-8")
    stream = releases()
    for number in range(given.slices):
        folder = given.folder / f"{number:02d}"
        folder.mkdir()
        sentences: list[str] = []
        for release in stream:
            (folder / f"{release.doc}.txt").write_text(release.text, encoding="utf-8")
            sentences += shown_sentences(release)
            if len(sentences) >= given.sentences:
                break
        folder.with_suffix(".json").write_text(json.dumps(sentences), encoding="utf-8")
    for size in given.tables:
        _write_table(given.folder / f"{size}.jsonl", size)
    if given.tiny:
        from .tiny import make_tiny_model

        make_tiny_model(given.folder / "tiny")


def _write_table(path: Path, sentences: int) -> None:
    """Write a table, a row a release, with about so many sentences; how many they are, classify says."""
    written = 0
    stream = releases()
    with path.open("w", encoding="utf-8") as lines:
        for _ in count():
            release: Release = next(stream)
            row = {"id": release.doc, "text": release.text, **release.meta}
            lines.write(json.dumps(row) + "\n")
            # A sentence of the corpus has about 150 characters.
            written += len(release.text)
            if written >= sentences * 150:
                return


if __name__ == "__main__":
    main()
