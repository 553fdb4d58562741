"""The predictor as an actor: takes a piece, reads it, classifies it and writes its part of the results."""

from __future__ import annotations

import io
import json
import platform
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ...data.readers.opening import open_plain
from ...data.readers.source import Limits, Source, Unit
from ...data.reading import Reading
from ...data.types import Release, Result
from ...errors import CounterframeError, InputError, LeftOut
from ..classifier import Classifier
from ..forms.arrow import write_rows
from ..forms.dataset import LAYOUT, OWN_COLUMNS, dataset_row, dataset_schema
from ..forms.rows import result_line
from ..stretch import Stretch
from .pieces import Piece
from .places import Place
from .records import Finished, Results

__all__ = ["Job", "Predictor"]

#: Times that a piece is begun; Ray itself would give it to one worker after another without end.
_ATTEMPTS = 4
#: Failures of a piece that its record names; all of them are in its list.
_SHOWN = 5
_BUFFER = 4 << 20


@dataclass(frozen=True)
class Job:
    """What all workers of a run are told.

    Attributes:
        out: Folder of the results.
        form: ``parquet`` or ``jsonl``.
        options: What ``Classifier.load`` takes beside the model.
        model_digest: Name, digest and precision of the model, by which each worker checks that it has the same one.
        settings: All that the results follow from beside the content of a piece; part of its key.
        run: Name of this run, by which attempts of earlier ones do not count.
        workers: Batches that a worker computes at the same time; 0 is as many as suit the engine.
    """

    out: str
    form: str
    model: str
    options: Mapping[str, Any]
    model_digest: str
    unit: Unit
    text_column: str
    settings: Mapping[str, Any]
    run: str = ""
    workers: int = 0


class Predictor:
    """Holds the model; Ray makes one for each worker and starts it anew where one dies."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._results = Results.at(job.out)
        self._refused: str | None = None
        try:
            self._classifier = Classifier.load(job.model, **job.options)
            if self._classifier.name != job.model_digest:
                self._refused = (
                    f"has {self._classifier.name} at {job.model}, but the job is for {job.model_digest}; put"
                    " the same model folder on each machine, or on a disk that all share"
                )
        except CounterframeError as error:
            self._refused = str(error)
        else:
            if job.workers:
                self._classifier.engine.workers = job.workers

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Do the piece that *row* holds, and return its record, or why it could not be done."""
        piece = Piece(**json.loads(row["piece"]))
        answer = {"part": piece.part, "record": None, "problem": None, "refused": self._refused is not None}
        if self._refused is not None:
            return answer | {"problem": f"the worker on {platform.node()} {self._refused}"}
        try:
            return answer | {"record": json.dumps(asdict(self.do(piece)))}
        except Exception as error:  # noqa: BLE001 - told by name on the driver; raised here, it would end in a log of Ray
            return answer | {"problem": f"{piece.url}: {type(error).__name__}: {error}"}

    def do(self, piece: Piece) -> Finished:
        """Classify a piece, unless that was done."""
        key = piece.key(self._job.settings)
        done = self._results.finished(piece.part, key)
        if done is not None:
            return done
        if self._results.attempt(piece.part, self._job.run) > _ATTEMPTS:
            raise RuntimeError(
                f"the worker died {_ATTEMPTS} times while it was at piece {piece.part}; is there memory enough for it?"
            )
        counts: Counter[str] = Counter()
        shown: list[str] = []
        notices: list[str] = []
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="counterframe-")))
            failures = stack.enter_context((folder / "failures").open("w", encoding="utf-8", errors="backslashreplace"))

            def failed(error: InputError) -> None:
                status = "left out" if isinstance(error, LeftOut) else "failed"
                counts[status] += 1
                record = {"path": piece.url, "line": error.line, "field": error.field, "status": status}
                failures.write(json.dumps(record | {"reason": error.problem}, ensure_ascii=False) + "\n")
                if len(shown) < _SHOWN:
                    shown.append(str(type(error)(error.problem, path=piece.url, line=error.line, field=error.field)))

            local = folder / f"part.{self._job.form}"
            with _opened(piece) as stream:
                source = Source(
                    Path(piece.url),
                    piece.name,
                    self._job.text_column,
                    rows_before=piece.rows_before,
                    rows=piece.rows,
                )
                reading = Reading(self._job.unit, None, Limits(), failed, notices.append)
                results = self._classified(reading.table(source, piece.kind, stream), piece)
                _write(_counted(results, counts), local, self._job.form, piece.columns)
            failures.close()
            file = f"{piece.part}.{self._job.form}" if counts["documents"] else None
            finished = Finished(piece.part, key, file, 0, dict(counts), tuple(shown), tuple(notices))
            return self._take(finished, local, folder / "failures")

    def _classified(self, releases: Iterable[Release], piece: Piece) -> Iterator[Result]:
        known = (replace(release, meta={**piece.columns, **release.meta}) for release in releases)
        return self._classifier.classify_releases(known, unit=self._job.unit)

    def _take(self, finished: Finished, local: Path, failures: Path) -> Finished:
        """Bring what was made to its place, the record last."""
        if finished.file is not None:
            self._results.part(finished.file).copy_from(local)
            finished = replace(finished, size=local.stat().st_size)
        listed = self._results.failures(finished.part)
        if failures.stat().st_size:
            listed.copy_from(failures)
        else:
            listed.remove()
        self._results.finish(finished)
        return finished


@contextmanager
def _opened(piece: Piece) -> Iterator[io.BufferedReader]:
    """Open the rows of a piece, and see to it at the end that they are those from which its key was made."""
    place = Place.of(piece.url)
    with _rows_of(piece, place) as stream:
        yield stream
    if place.state != piece.state:
        raise OSError("was changed while the job ran; start it again with --resume")


@contextmanager
def _rows_of(piece: Piece, place: Place) -> Iterator[io.BufferedReader]:
    with place.reading() as stream:
        if piece.kind == "parquet":
            yield stream
        elif piece.start == 0 and piece.end is None:
            yield open_plain(stream)
        else:
            stream.seek(piece.start)
            yield stream if piece.end is None else io.BufferedReader(Stretch(stream, piece.end - piece.start), _BUFFER)


def _write(results: Iterable[Result], path: Path, form: str, columns: Mapping[str, str]) -> None:
    """Write a part. In Parquet it is laid out as those of a dataset, but for the *columns* that its folders state.

    A reader that takes the folders for columns may give these another type than a part could.
    """
    lines = map(result_line, results)
    with path.open("wb") as file:
        if form == "parquet":
            schema = dataset_schema()
            for name in set(columns) & set(schema.names) - OWN_COLUMNS:
                schema = schema.remove(schema.get_field_index(name))
            # Read back from their lines, in which half of a surrogate pair is a question mark.
            write_rows((dataset_row(json.loads(line)) for line in lines), schema, file, layout=LAYOUT)
        else:
            file.writelines(line + b"\n" for line in lines)


def _counted(results: Iterable[Result], counts: Counter[str]) -> Iterator[Result]:
    doc = None
    for result in results:
        counts["documents"] += result.sentence.doc != doc
        doc = result.sentence.doc
        counts["boilerplate" if result.sentence.kind == "boilerplate" else "sentences"] += 1
        counts["unsure"] += result.abstained
        counts["framed"] += bool(result.frames) and not result.abstained
        yield result
