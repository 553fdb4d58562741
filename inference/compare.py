"""``compare``: tellings from releases or from results of classify, and how they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import chain, groupby
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ..data.readers.source import Limits, Unit, display_name
from ..data.releases import read_releases
from ..data.types import Release
from ..errors import CodebookError, InputError, LeftOut, UsageError
from ..evaluation.comparing.comparison import MOST_DOCUMENTS, Comparison, compare_tellings
from ..evaluation.comparing.tellings import MOST_TELLINGS, Document, Telling, group_by, name_tellings, read_documents
from ..evaluation.comparing.timeline import Period
from ..models.checkpoint import DEFAULT_MODEL, Checkpoint
from ..models.device import Device
from ..progress import Progress
from .classifier import Classifier
from .compare_inputs import Given, sort_inputs
from .forms.rows import plain
from .stored import read_stored

__all__ = ["compare"]

_Item = TypeVar("_Item")
#: Texts that are embedded between two reports of progress.
_EMBEDDED_AT_ONCE = 512
_NAMED = 3


def compare(
    inputs: Sequence[str | Path],
    *,
    by: str | None = None,
    model: str | Path = DEFAULT_MODEL,
    device: Device = "auto",
    unit: Unit = "document",
    text_column: str = "text",
    period: Period | None = None,
    min_confidence: float | None = None,
    aligned: bool = True,
    outputs: Sequence[Path] = (),
    limits: Limits | None = None,
    on_failure: Callable[[InputError], None] | None = None,
    progress: bool = False,
) -> Comparison:
    """Compare how several texts or publishers tell the same events.

    Args:
        inputs: Files, folders or patterns, each a telling of its own: releases, which are classified, or results that
            ``classify`` wrote (JSON Lines, CSV, Parquet).
        by: Column of the metadata, such as ``publisher``; then all inputs are pooled and grouped by it.
        model: Model folder; it classifies releases, aligns sentences, and its codebook must be that of the results.
        device: See ``Classifier.load``.
        unit: See ``read_releases``.
        text_column: Column of a table of releases that holds the text.
        period: Unit of the series over time; None chooses, where documents of several periods state their dates.
        min_confidence: Below this probability an answer counts as unsure. Results say so already and cannot be altered.
        aligned: Look for the nearest sentences, for which the encoder reads each sentence that takes up a frame.
        outputs: Files that the run will write; none may be an input.
        limits: What reading one file may cost.
        on_failure: Called with what cannot be read; without it, that stands in the warnings alone.
        progress: Report long work on standard error.

    Raises:
        UsageError: Fewer than two tellings, an unknown column, inputs that do not fit together.
        InputError: Results that are damaged or of another model; the message names file, line and field.
    """
    given = sort_inputs([str(item) for item in inputs], outputs)
    if len(given) < 2 and by is None:
        raise UsageError("a comparison needs two inputs or more; to part one by what it states, say --by publisher")
    if len(given) > MOST_TELLINGS and by is None:
        raise UsageError(
            f"{len(given)} inputs; at most {MOST_TELLINGS} can be compared: group them with --by publisher"
        )
    if min_confidence is not None and any(item.stored for item in given):
        raise UsageError("--min-confidence is settled when releases are classified; classify them again with it")
    failures = _Failures(on_failure)
    checkpoint = Checkpoint.load(model)
    shelf = _Shelf(pooled=by is not None)
    made_by = _read_results(given, checkpoint, shelf)
    releases: list[Iterator[Release]] = [
        _releases(item, unit, text_column, outputs, limits, failures) if item.raw else iter(()) for item in given
    ]
    raw = _begin(releases)
    if raw and made_by is not None and made_by != checkpoint.name:
        raise UsageError(
            f"the results were made by {made_by}, but the releases would be classified by {checkpoint.name}; name that"
            " model with --model, or classify all releases with one model"
        )
    classifier = Classifier.load(model, device=device, min_confidence=min_confidence) if raw or aligned else None
    if raw and classifier is not None:
        _classify(releases, given, classifier, unit, shelf, progress=progress)
    notes = [notice for item in given for notice in item.notices]
    tellings = _tellings(given, shelf, by, failures, notes.append)
    notes += failures.notes() + shelf.notes()
    if made_by is not None and made_by != checkpoint.name:
        notes.append(
            f"the results were made by {made_by}; their codebook is taken from {checkpoint.name}, which has the same"
            " labels"
        )
    embed = None
    if aligned and classifier is not None and classifier.embeds:
        embed = _embedder(classifier, progress=progress)
    elif aligned:
        notes.append(
            "aligned sentences are left out: the model's graph gives no sentence embeddings;"
            f" `python scripts/reexport.py {display_name(str(model))}` writes it anew from the weights"
        )
    name = made_by or checkpoint.name
    return compare_tellings(
        tellings, checkpoint.codebook, model=name, by=by, period=period, embed=embed, warnings=notes
    )


class _Failures:
    """Passes failures on and remembers the first ones."""

    def __init__(self, on_failure: Callable[[InputError], None] | None) -> None:
        self._on_failure = on_failure
        self._first: list[str] = []
        self.count = 0

    def add(self, problem: InputError) -> None:
        if self._on_failure is not None:
            self._on_failure(problem)
        if not isinstance(problem, LeftOut):
            self.count += 1
            if len(self._first) < _NAMED:
                self._first.append(str(problem))

    def notes(self) -> list[str]:
        more = f" … and {self.count - _NAMED} more" if self.count > _NAMED else ""
        return [f"{self.count} input(s) could not be read: {'; '.join(self._first)}{more}"] if self.count else []


class _Shelf:
    """The documents of all inputs, each under a name of its own."""

    def __init__(self, *, pooled: bool) -> None:
        self._pooled = pooled
        self._taken: dict[str, bytes] = {}
        self._known: set[tuple[str | None, str, bytes]] = set()
        self._twice = 0
        self.documents: list[Document] = []

    def add(self, document: Document) -> None:
        """Take a document in, unless it is there already: two forms of the same results are read once."""
        key = (None if self._pooled else document.place, document.doc, document.digest)
        if key in self._known:
            self._twice += 1
            return
        self._known.add(key)
        name, number = document.doc, 1
        while name in self._taken:
            name = f"{document.place}/{document.doc}" if number == 1 else f"{document.doc}#{number}"
            number += 1
        self._taken[name] = document.digest
        for result in document.results:
            result["doc"] = name
        document.doc = name
        self.documents.append(document)
        if len(self.documents) > MOST_DOCUMENTS:  # too many to be shown, so their results need no memory
            for other in self.documents if len(self.documents) == MOST_DOCUMENTS + 1 else [document]:
                other.results = []

    def notes(self) -> list[str]:
        return [f"{self._twice} document(s) stand twice among the results and are counted once"] if self._twice else []


def _read_results(given: Sequence[Given], checkpoint: Checkpoint, shelf: _Shelf) -> str | None:
    """Read all stored results and return the name of the model that made them, or None if there are none."""
    made_by, first = None, ""
    for item in given:
        for path in item.stored:
            try:
                for rows in read_stored(path, checkpoint.codebook):
                    other = next((row["model"] for row in rows if made_by not in (None, row["model"])), None)
                    if other is not None:
                        raise InputError(
                            f"was made by {other}, but {first} by {made_by}; classify all releases with one model",
                            path=display_name(path),
                            field="model",
                        )
                    made_by, first = rows[0]["model"], first or display_name(path)
                    for document in read_documents(rows, checkpoint.codebook, place=item.name):
                        shelf.add(document)
            except CodebookError as error:
                problem = f"{error.problem}; name the model that made these results with --model"
                raise CodebookError(problem, path=error.path, line=error.line, field=error.field) from error
    return made_by


def _releases(
    item: Given, unit: Unit, text_column: str, outputs: Sequence[Path], limits: Limits | None, failures: _Failures
) -> Iterator[Release]:
    return read_releases(
        item.raw, text_column=text_column, unit=unit, outputs=outputs, limits=limits, on_failure=failures.add
    )


def _begin(releases: list[Iterator[Release]]) -> bool:
    """Return whether there is any release; the first one is read to know, and put back."""
    for index, own in enumerate(releases):
        for release in own:
            releases[index] = chain([release], own)
            return True
    return False


def _classify(
    releases: Sequence[Iterator[Release]],
    given: Sequence[Given],
    classifier: Classifier,
    unit: Unit,
    shelf: _Shelf,
    *,
    progress: bool,
) -> None:
    for item, own in zip(given, releases, strict=True):
        results = classifier.classify_releases(own, unit=unit)
        rows = (plain(result.to_dict()) for result in _watched(results, progress))
        for _, run in groupby(rows, key=lambda row: row["doc"]):
            for document in read_documents(run, classifier.codebook, place=item.name):
                shelf.add(document)


def _tellings(
    given: Sequence[Given], shelf: _Shelf, by: str | None, failures: _Failures, on_notice: Callable[[str], None]
) -> list[Telling]:
    if by is not None and shelf.documents:
        return group_by(shelf.documents, by, on_notice)
    owned: dict[str, list[Document]] = {item.name: [] for item in given}
    for document in shelf.documents:
        owned[document.place].append(document)
    told = [(name, documents) for name, documents in owned.items() if documents]
    if len(told) < 2:
        why = f" ({failures.count} could not be read)" if failures.count else ""
        raise UsageError(f"fewer than two inputs hold a text{why}, so there is nothing to compare")
    return name_tellings(told)


def _embedder(classifier: Classifier, *, progress: bool) -> Callable[[Sequence[str]], NDArray[np.float32]]:
    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        parts = []
        with Progress("aligning", total=len(texts), unit="sentences") if progress else nullcontext() as bar:
            for start in range(0, len(texts), _EMBEDDED_AT_ONCE):
                parts.append(classifier.embed(texts[start : start + _EMBEDDED_AT_ONCE]))
                if bar is not None:
                    bar.advance(len(parts[-1]))
        return np.concatenate(parts)

    return embed


def _watched(items: Iterable[_Item], shown: bool) -> Iterator[_Item]:
    if not shown:
        yield from items
        return
    with Progress("classifying", total=None, unit="sentences") as bar:
        for item in items:
            bar.advance()
            yield item
