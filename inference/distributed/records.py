"""The folder of a job's results: its parts, and the records by which a later run knows what is done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...errors import UsageError
from .pieces import Piece
from .places import Place

__all__ = ["FORMS", "Finished", "Results", "is_complete", "is_job"]

#: Forms in which parts can be written, by their endings.
FORMS = ("parquet", "jsonl")

#: Readers of data sets pass over names that begin so.
_OWN = "_counterframe"
_DONE = "_SUCCESS"
_PARTIAL = "_partial-"
#: A part of the results; other files that somebody put into the folder are left alone.
_PART = re.compile(rf".*-\d{{5,}}\.({'|'.join(FORMS)})", re.DOTALL)
_JOB = f"{_OWN}/job.json"
#: Small files that are read at the same time.
_READERS = 16


def is_job(folder: Path) -> bool:
    """Return whether a folder of this machine holds the results of a job."""
    return (folder / _JOB).is_file()


def is_complete(folder: Path) -> bool:
    """Return whether the job whose results a folder of this machine holds has done all of its pieces."""
    return (folder / _DONE).is_file()


@dataclass(frozen=True)
class Finished:
    """A piece that is done.

    Attributes:
        part: Its name, see :attr:`Piece.part`.
        key: What the results follow from, see :meth:`Piece.key`.
        file: Its part of the results, relative to the folder; None where it held no sentence.
        size: Bytes of that file.
        counts: What was found.
        failures: The first rows that could not be read, as lines for people.
        notices: What else a reader of the results should know.
    """

    part: str
    key: str
    file: str | None
    size: int
    counts: Mapping[str, int]
    failures: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @classmethod
    def of(cls, held: Any) -> Finished | None:
        """Return what a record holds, or None if it is none."""
        try:
            return cls(**{**held, "failures": tuple(held["failures"]), "notices": tuple(held["notices"])})
        except (KeyError, TypeError):
            return None


class Results:
    """The folder into which a job writes.

    ``NAME-00000.parquet`` and so on are the parts. ``_counterframe/parts`` has a record of each piece, written after
    its part; ``_counterframe/failures`` lists the rows that could not be read; ``_SUCCESS`` stands there
    when all is done.
    """

    def __init__(self, folder: Place) -> None:
        self._folder = folder

    @classmethod
    def at(cls, url: str) -> Results:
        """Return the folder at *url*, which need not be there yet."""
        return cls(Place.of(url))

    def part(self, name: str) -> Place:
        """Return where a part of the results stands."""
        return self._folder.beneath(name)

    def failures(self, part: str) -> Place:
        """Return where the rows of a piece that could not be read are listed."""
        return self._folder.beneath(f"{_OWN}/failures/{part}.jsonl")

    def finish(self, finished: Finished) -> None:
        """Record that a piece is done."""
        self._record(finished.part).write_json(asdict(finished))

    def attempt(self, part: str, run: str) -> int:
        """Count how often a piece was begun in this run, this time included, and return it."""
        place = self._folder.beneath(f"{_OWN}/attempts/{part}.json")
        held = place.read_json()
        before = held.get("count") if isinstance(held, dict) and held.get("run") == run else 0
        count = 1 + (before if isinstance(before, int) else 0)
        place.write_json({"run": run, "count": count})
        return count

    def finished(self, part: str, key: str) -> Finished | None:
        """Return the record of a piece if it is done, from the same content with the same settings."""
        record = Finished.of(self._record(part).read_json())
        if record is None or record.key != key:
            return None
        return record if record.file is None or self.part(record.file).size == record.size else None

    def done(self, keys: Mapping[str, str]) -> dict[str, Finished]:
        """Return the records of those of the pieces (name and key) that are done."""
        with ThreadPoolExecutor(_READERS) as pool:
            found = pool.map(lambda item: self.finished(*item), keys.items())
            return {record.part: record for record in found if record is not None}

    def begin(self, *, resume: bool) -> None:
        """Make the folder ready; one that holds something is only taken if it is of a job that is gone on with.

        Raises:
            UsageError: It holds something else, or results and *resume* was not asked for.
        """
        names = self._folder.names()
        own = any(name.startswith(f"{_OWN}/") for name in names)
        if names and not own:
            raise UsageError(f"--out {self._folder.url} holds other files, such as {names[0]}; name a new folder")
        if own and not resume:
            raise UsageError(
                f"--out {self._folder.url} holds results of an earlier run; --resume goes on with it and does what is"
                " new or changed, or name a new folder"
            )
        self._folder.beneath(_DONE).remove()
        # The mark of a job that has begun, so that one that was cut off at once can be gone on with.
        self._folder.beneath(_JOB).write_json({"schema": "counterframe-job/1"})

    def end(
        self,
        pieces: Iterable[Piece],
        finished: Mapping[str, Finished],
        report: Mapping[str, Any],
        *,
        complete: bool,
    ) -> None:
        """Remove what belongs to no piece any more, and say that all is done if it is *complete*."""
        parts = [piece.part for piece in pieces]
        kept = {_DONE, _JOB, f"{_OWN}/left-out.jsonl"}
        for part in parts:
            kept |= {self._name(part), f"{_OWN}/failures/{part}.jsonl"}
            if part in finished and (file := finished[part].file):
                kept.add(file)
        for name in self._folder.names():
            # While parts are missing, those of an earlier run stay; only what a killed worker left is removed.
            is_partial = name.rpartition("/")[2].startswith(_PARTIAL)
            is_own = name.startswith(f"{_OWN}/") or _PART.fullmatch(name)
            if name not in kept and (is_partial or (complete and is_own)):
                self._folder.beneath(name).remove()
        if complete:
            self._folder.beneath(_DONE).write_json(dict(report))

    def left_out(self, lines: Iterable[bytes]) -> None:
        """Write the list of files that were not read."""
        with self._folder.beneath(f"{_OWN}/left-out.jsonl").writing() as stream:
            for line in lines:
                stream.write(line)

    def names(self) -> Iterator[str]:
        """Yield the names of the parts."""
        return (name for name in self._folder.names() if not any(step.startswith("_") for step in name.split("/")))

    def _name(self, part: str) -> str:
        return f"{_OWN}/parts/{part}.json"

    def _record(self, part: str) -> Place:
        return self._folder.beneath(self._name(part))
