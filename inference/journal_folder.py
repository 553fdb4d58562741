"""The folder of a journal: its lock, its manifest and its numbered segments."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..data.output import another_run, beside, claim, replace_file
from ..data.readers.source import display_name
from .segments import count_rows

__all__ = ["JournalFolder", "journal_files"]

_MANIFEST = "manifest.json"
_LOCK = "lock"
_SEGMENT = ".segment"
#: Times that a folder is made anew which a run that ends takes away.
_TRIES = 100


def journal_files(output: Path) -> tuple[Path, Path]:
    """Return the folder of the journal of a run whose first output is *output*, and the name under which it goes."""
    return beside(output, ".journal", hidden=True), beside(output, ".journal.old", hidden=True)


class JournalFolder:
    """The folder beside *output*; it belongs to one process at a time.

    Raises:
        UsageError: Another process has it.
    """

    def __init__(self, output: Path) -> None:
        self.path, self._old = journal_files(output)
        self._gone = False
        for _ in range(_TRIES):
            self.path.mkdir(exist_ok=True)
            with suppress(FileNotFoundError):  # a run that had it took the folder away in this moment
                self._lock = claim(self.path / _LOCK, display_name(output))
                return
        raise another_run(display_name(output))

    def tidy(self) -> None:
        """Remove what a killed run left unfinished."""
        shutil.rmtree(self._old, ignore_errors=True)
        for partial in self.path.glob("*.partial"):
            partial.unlink()

    def numbers(self) -> list[int]:
        """Return the numbers of the segments that are there, in order."""
        stems = (path.name.removesuffix(_SEGMENT) for path in self.path.glob(f"*{_SEGMENT}"))
        return sorted(int(stem) for stem in stems if stem.isdecimal())

    def segment(self, number: int) -> Path:
        """Return where a segment is."""
        return self.path / f"{number:08d}{_SEGMENT}"

    def rows(self) -> dict[int, int]:
        """Return how many rows the segments say that they have."""
        rows = {number: count_rows(self.segment(number)) for number in self.numbers()}
        return {number: count for number, count in rows.items() if count}

    def forget(self) -> None:
        """Remove all segments."""
        for number in self.numbers():
            self.segment(number).unlink()

    def read_manifest(self) -> dict[str, Any]:
        """Return the manifest, or nothing where a run was killed before it was there: the segments tell the rest."""
        try:
            found = json.loads((self.path / _MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def write_manifest(self, content: Mapping[str, Any]) -> None:
        """Replace the manifest, as a whole or not at all."""
        replace_file(self.path / _MANIFEST, json.dumps(content, ensure_ascii=False) + "\n")

    def remove(self) -> None:
        """Remove the folder, at once as others see it."""
        self.path.rename(self._old)
        self._gone = True
        shutil.rmtree(self._old, ignore_errors=True)

    def leave(self) -> None:
        """Give the folder back; one without segments goes."""
        with suppress(OSError):
            if not self._gone and not self.numbers():
                shutil.rmtree(self.path)
        self._lock.close()
