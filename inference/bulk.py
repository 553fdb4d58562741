"""Releases to files, in any number: what is done is kept in a journal, and only what is missing is classified."""

from __future__ import annotations

import json
import struct
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import counterframe

from ..data.identity import document_key
from ..data.output import naming
from ..data.sentences import release_sentences
from ..data.types import SCHEMA, Release, Sentence
from .batching import windows
from .classifier import WINDOW, Classifier
from .journal import Journal, Place
from .segments import Part, SegmentReader
from .writers import Outputs, result_line

__all__ = ["Done", "classify_into", "run_settings"]

_PLACE = struct.Struct("<III")
#: Segments that are open at a time; documents of several runs stand side by side in the results.
_OPEN = 16


def _ignore(*_: object) -> None:
    pass


@dataclass(slots=True)
class Done:
    """What became of a run.

    Attributes:
        sentences: Sentences in the results.
        documents: Documents in the results.
        taken_over: Documents of which all results were there before.
    """

    sentences: int = 0
    documents: int = 0
    taken_over: int = 0


def run_settings(classifier: Classifier, unit: str) -> dict[str, Any]:
    """Return what beside a document decides its results; results made with other settings are of no use to a run."""
    return {
        "counterframe": counterframe.__version__,
        "schema": SCHEMA,
        "model": classifier.name,
        "codebook": classifier.codebook.digest,
        "engine": classifier.engine.name.split()[0],
        "precision": classifier.engine.precision,
        "unit": unit,
        "min_confidence": classifier.calibration.min_confidence,
        "min_precision": None if classifier.abstention.cuts is None else list(map(float, classifier.abstention.cuts)),
    }


def classify_into(
    classifier: Classifier,
    releases: Iterable[Release],
    outputs: Outputs,
    journal: Journal,
    *,
    unit: str = "document",
    title: str,
    on_sentence: Callable[[], None] = _ignore,
    on_row: Callable[[dict[str, Any]], None] = _ignore,
    before_writing: Callable[[], None] = _ignore,
) -> Done:
    """Classify *releases* and write the results into *outputs*, in the order of the releases.

    Memory is bounded by the longest document and one window of sentences, whatever the number of releases. Where there
    are none, nothing is written.

    Args:
        classifier: The model.
        releases: What to classify; no two bear the same id.
        outputs: Opened files; the journal is that of the first.
        journal: The opened journal; what it holds is taken over. The caller says when it is finished.
        unit: ``document`` or ``sentence``; see :func:`.sentences.release_sentences`.
        title: Title of the pages.
        on_sentence: Told of each sentence that was classified now.
        on_row: Given each row of the results once, in order, while they are written.
        before_writing: Called when all is classified, before the first output is written.

    Raises:
        OSError: The disk is full. What the journal held stays good.
    """
    with _Plan(journal, unit) as plan:
        with naming(outputs.first):
            _commit_all(classifier, plan, releases, journal, on_sentence)
            plan.complete()
        before_writing()
        if plan.done.sentences:
            rows = _Rows(plan, journal, on_row)
            outputs.write(
                rows,
                list(plan.meta),
                codebook=classifier.codebook,
                title=title,
                model=classifier.name,
                kept=rows.lines,
            )
        return plan.done


def _commit_all(
    classifier: Classifier,
    plan: _Plan,
    releases: Iterable[Release],
    journal: Journal,
    on_sentence: Callable[[], None],
) -> None:
    """Classify what is missing; each full window of results is made safe."""
    found = classifier.classify_windows(windows(plan.missing(releases), WINDOW))
    with closing(found):  # it has threads, which end with it
        for results in found:
            writer = journal.writer()
            try:
                for result in results:
                    writer.add(result_line(result))
                    on_sentence()
            except BaseException:
                writer.abandon()
                raise
            journal.commit(writer, plan.taken(len(results)))


class _Rows:
    """The rows of the results, as often as they are asked for; each is told of once."""

    def __init__(self, plan: _Plan, journal: Journal, on_row: Callable[[dict[str, Any]], None]) -> None:
        self._plan, self._journal, self._on_row = plan, journal, on_row
        self._told = 0

    def __call__(self) -> Iterator[dict[str, Any]]:
        for number, line in enumerate(self._kept(), start=1):
            row: dict[str, Any] = json.loads(line)
            self._tell(number, row)
            yield row

    def lines(self) -> Iterator[bytes]:
        """Yield the rows as the journal keeps them, each with its end."""
        for number, line in enumerate(self._kept(), start=1):
            if number > self._told:
                self._tell(number, json.loads(line))
            yield line

    def _tell(self, number: int, row: dict[str, Any]) -> None:
        if number > self._told:
            self._told = number
            self._on_row(row)

    def _kept(self) -> Iterator[bytes]:
        readers: OrderedDict[int, SegmentReader] = OrderedDict()
        try:
            for place in self._plan.places():
                if place.segment not in readers:
                    readers[place.segment] = self._journal.reader(place.segment)
                    if len(readers) > _OPEN:
                        readers.popitem(last=False)[1].close()
                readers.move_to_end(place.segment)
                yield from readers[place.segment].lines(place.first, place.count)
        finally:
            for reader in readers.values():
                reader.close()


class _Plan:
    """Which rows make up the results, in their order: a file of places, since the documents may be millions.

    Attributes:
        meta: Columns of the input, in the order of their appearance.
        waiting: Parts of documents that are being classified, in order.
    """

    def __init__(self, journal: Journal, unit: str) -> None:
        self.done = Done()
        self.meta: dict[str, None] = {}
        self.waiting: deque[Part] = deque()
        self._journal, self._unit = journal, unit
        self._segment, self._row = journal.segment, 0  # where the next sentence will stand
        self._path = journal.folder / "order.partial"
        self._file: BinaryIO | None = None

    def __enter__(self) -> _Plan:
        with naming(self._path):
            self._file = self._path.open("w+b")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
        self._path.unlink(missing_ok=True)

    def missing(self, releases: Iterable[Release]) -> Iterator[Sentence]:
        """Yield the sentences of which there are no results."""
        for release in releases:
            key = document_key(release, self._journal.digest)
            stored = self._journal.find(key)
            if stored is not None and stored.count == stored.total:
                self.done.taken_over += 1
                self._note(release, stored.places)
                continue
            sentences = release_sentences(release, unit=self._unit)  # type: ignore[arg-type]
            if not sentences:
                continue
            if stored is not None and stored.total != len(sentences):
                stored = None
            there = 0 if stored is None else stored.count
            self.waiting.append(Part(key, there, len(sentences) - there, len(sentences)))
            new = self._places(len(sentences) - there)
            self._note(release, [*(() if stored is None else stored.places), *new])
            yield from sentences[there:]

    def taken(self, count: int) -> list[Part]:
        """Return the parts of documents to which the next *count* results belong."""
        parts: list[Part] = []
        while count:
            part = self.waiting.popleft()
            if part.count > count:
                rest = part.count - count
                self.waiting.appendleft(replace(part, first=part.first + count, count=rest))
                part = replace(part, count=count)
            parts.append(part)
            count -= part.count
        return parts

    def places(self) -> Iterator[Place]:
        """Yield where the rows stand, in the order of the results."""
        with self._path.open("rb") as file:
            while packed := file.read(_PLACE.size):
                yield Place(*_PLACE.unpack(packed))

    def complete(self) -> None:
        """Bring all places into the file."""
        if self._file is not None:
            with naming(self._path):
                self._file.flush()

    def _note(self, release: Release, places: Iterable[Place]) -> None:
        self.done.documents += 1
        self.meta.update(dict.fromkeys(map(str, release.meta)))
        for place in places:
            self.done.sentences += place.count
            if self._file is not None:
                with naming(self._path):
                    self._file.write(_PLACE.pack(place.segment, place.first, place.count))

    def _places(self, count: int) -> Iterator[Place]:
        """Yield where *count* more sentences will stand."""
        while count:
            fitting = min(count, WINDOW - self._row)
            yield Place(self._segment, self._row, fitting)
            count -= fitting
            self._row += fitting
            if self._row == WINDOW:
                self._segment, self._row = self._segment + 1, 0
