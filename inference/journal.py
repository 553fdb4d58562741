"""What a run has done so far, kept beside its first output so that a run that was cut off goes on where it stopped.

The journal is a folder: ``manifest.json`` says with which settings the run works, and each numbered segment holds a
window of results. A segment is there as a whole or not at all, and segments come into being in the order of the
inputs; so what is there is always the beginning of what an undisturbed run would have done.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from ..data.identity import KeyTable, settings_digest
from ..data.output import naming
from ..data.readers.source import display_name
from ..errors import UsageError
from .journal_folder import JournalFolder, journal_files
from .segments import DamagedError, Part, SegmentReader, SegmentWriter, read_parts

__all__ = ["Journal", "Place", "Stored"]

_PLACE = struct.Struct("<III")


@dataclass(frozen=True, slots=True)
class Place:
    """Where consecutive rows stand: number of the segment, first row, how many."""

    segment: int
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Stored:
    """What the journal holds of a document: all of its ``total`` sentences, or the first ones where a window ended."""

    places: tuple[Place, ...]
    total: int

    @property
    def count(self) -> int:
        """How many sentences are there."""
        return sum(place.count for place in self.places)

    def with_place(self, place: Place) -> Stored:
        """Return it with more of its sentences."""
        return Stored((*self.places, place), self.total)


def _silent(_line: str) -> None:
    pass


class Journal:
    """The journal of one run; use it as a context manager.

    Where nothing of the run is safe yet when it ends, it leaves nothing behind.

    Args:
        output: First output of the run.
        settings: What beside the documents decides the results.
        inputs: Inputs as the user named them.
        resume: True goes on with what is there and keeps it when the run is complete; False begins anew; None begins
            anew if nothing is there.
        say: Told what the user should know.

    Attributes:
        folder: Where it is.
        digest: Digest of the settings, part of the key of each document.
        segment: Number of the segment that is written next.
        committed: Sentences that are safe, of this run and of the one that was cut off before it.
    """

    def __init__(
        self,
        output: Path,
        settings: Mapping[str, Any],
        *,
        inputs: Sequence[str] = (),
        resume: bool | None = None,
        say: Callable[[str], None] = _silent,
    ) -> None:
        self.folder, _ = journal_files(output)
        self._output, self._resume, self._say = output, resume, say
        self._settings: dict[str, Any] = json.loads(json.dumps(settings, default=str))
        self._inputs = [display_name(name) for name in inputs]
        self.digest = settings_digest(self._settings)
        self.committed = 0
        self.segment = 0
        self._earlier: list[int] = []  # segments that were there when the run began
        self._index = KeyTable()  # from the key of a document to whether it was asked for, and its places
        self._trailing: tuple[bytes, Stored] | None = None  # the document in which the last segment ends
        self._trailing_used = False

    def __enter__(self) -> Journal:
        """Open the journal.

        Raises:
            UsageError: Another run is writing, or *resume* is None and there is something that would be lost.
        """
        with naming(self._output):
            self._folder = JournalFolder(self._output)
        try:
            with naming(self._output):
                self._open()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    # The documents of earlier runs

    def find(self, key: bytes) -> Stored | None:
        """Return what is there of a document, if all of it or its beginning is."""
        value = self._index.get(key)
        if value is not None:
            if value[0] == 0:
                self._index.put(key, b"\1" + value[1:])
            places = tuple(Place(*numbers) for numbers in _PLACE.iter_unpack(value[1:]))
            return Stored(places, sum(place.count for place in places))
        if self._trailing is not None and self._trailing[0] == key:
            self._trailing_used = True
            return self._trailing[1]
        return None

    # The results of this run

    def writer(self) -> SegmentWriter:
        """Return what writes the next segment."""
        with naming(self._output):
            return SegmentWriter(self._folder.segment(self.segment))

    def commit(self, writer: SegmentWriter, parts: Sequence[Part]) -> None:
        """Make a segment safe."""
        place = self._folder.segment(self.segment)
        try:
            with naming(self._output):
                writer.commit(parts)
        finally:
            if place.exists():  # Ctrl-C may come when it is safe already
                self.segment += 1
                self.committed += writer.count

    def reader(self, segment: int) -> SegmentReader:
        """Return what reads a segment."""
        return SegmentReader(self._folder.segment(segment))

    def finish(self) -> None:
        """Say that all outputs are in place: the journal goes, or keeps what these inputs need of it."""
        if not self._resume:
            self._folder.remove()
            return
        for number in self._earlier:
            self._drop_unused(number)
        self._write_manifest("complete", self.segment)

    # Inside

    def _open(self) -> None:
        self._folder.tidy()
        if self._resume is False:
            self._folder.forget()
        manifest = self._folder.read_manifest()
        base = int(manifest.get("base", 0))
        if self._resume is None and (rows := self._folder.rows()):
            raise self._refusal(manifest, rows, sum(rows[number] for number in rows if number >= base))
        if self._resume:
            self._scan(base)
            self._compare(manifest)
        self._earlier = self._folder.numbers()
        self.segment = max(self._earlier, default=-1) + 1
        if manifest.get("state") != "running" or not self._earlier:
            base = self.segment
        self._write_manifest("running", base)

    def _refusal(self, manifest: Mapping[str, Any], rows: Mapping[int, int], cut_off: int) -> UsageError:
        name = display_name(self._output)
        if manifest.get("state") == "running" and cut_off:
            left = f"a run into {name} was cut off after {cut_off:,} sentences"
            return UsageError(f"{left}: --resume goes on where it stopped, --no-resume begins anew")
        left = f"{sum(rows.values()):,} sentences of earlier runs are kept beside {name}"
        return UsageError(f"{left}: --resume takes over what has not changed, --no-resume forgets them and begins anew")

    def _scan(self, base: int) -> None:
        """Find the documents in the segments; what is damaged is removed, to be done again."""
        numbers = self._folder.numbers()
        while numbers:
            number = numbers.pop(0)
            try:
                parts = read_parts(self._folder.segment(number))
            except DamagedError:
                # What a run that was cut off did behind the damage goes too: its windows would not be the same.
                lost = [number, *(numbers if number >= base else ())]
                numbers = [] if number >= base else numbers
                self._say(f"mind: {self._folder.segment(number)} is damaged; what it held is classified again")
                for each in lost:
                    self._folder.segment(each).unlink()
                continue
            if number >= base:
                self.committed += sum(part.count for part in parts)
            self._add(number, parts)

    def _add(self, number: int, parts: Sequence[Part]) -> None:
        row = 0
        for part in parts:
            place = Place(number, row, part.count)
            row += part.count
            if part.first == 0:
                stored = Stored((place,), part.total)
            elif self._trailing and self._trailing[0] == part.key and self._trailing[1].count == part.first:
                stored = self._trailing[1].with_place(place)
            else:  # its beginning is lost
                continue
            self._trailing = (part.key, stored)
            if stored.count == stored.total:
                packed = b"".join(_PLACE.pack(at.segment, at.first, at.count) for at in stored.places)
                self._index.put(part.key, b"\0" + packed)
                self._trailing = None

    def _compare(self, manifest: Mapping[str, Any]) -> None:
        """Tell of what is not as it was."""
        before = manifest.get("settings") or {}
        if not self._folder.numbers():
            return
        other = [name for name, value in self._settings.items() if name in before and before[name] != value]
        if other:
            named = ", ".join(f"{name} {before[name]} → {self._settings[name]}" for name in other)
            self._say(f"mind: what is there was made with other settings, and is done again ({named})")
        elif manifest.get("state") == "running" and self.committed:
            self._say(f"going on behind {self.committed:,} sentences of the run that was cut off")
            if manifest.get("inputs") != self._inputs:
                given = ", ".join(manifest.get("inputs") or ())
                self._say(f"mind: that run was given other inputs ({given}); the results are those of the inputs now")

    def _drop_unused(self, number: int) -> None:
        parts = read_parts(self._folder.segment(number))
        used = [self._is_used(number, part) for part in parts]
        if all(used):
            return
        if not any(used):
            self._folder.segment(number).unlink()
            return
        reader, writer = SegmentReader(self._folder.segment(number)), SegmentWriter(self._folder.segment(number))
        row = 0
        for part, keep in zip(parts, used, strict=True):
            if keep:
                for line in reader.lines(row, part.count):
                    writer.add(line[:-1])
            row += part.count
        reader.close()
        writer.commit([part for part, keep in zip(parts, used, strict=True) if keep])

    def _is_used(self, number: int, part: Part) -> bool:
        value = self._index.get(part.key)
        if value is None:
            return self._trailing_used and self._trailing is not None and self._trailing[0] == part.key
        return value[0] == 1 and any(at[0] == number for at in _PLACE.iter_unpack(value[1:]))

    def _write_manifest(self, state: str, base: int) -> None:
        self._folder.write_manifest({"state": state, "base": base, "settings": self._settings, "inputs": self._inputs})

    def _leave(self) -> None:
        self._index.close()
        self._folder.leave()
