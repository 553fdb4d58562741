"""Readers of labelled sentences: JSON Lines, CSV, Parquet, and folders that ``datasets`` saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import CodebookError, InputError, UsageError, nearest
from .codebook import Codebook
from .label_rows import Row, csv_rows, dataset_rows, json_lines, parquet_rows
from .label_tables import records_from_table
from .readings import READER_COLUMNS, reader_of
from .records import parse_record
from .restore import TextStore, restore_text
from .types import LabelledSentence

__all__ = ["LabelledData", "check_labelled", "read_labelled"]

_TABLES = (".csv", ".tsv", ".parquet")
_LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")

#: An error lists so many problems in full; the rest is counted.
_SHOWN = 10


@dataclass
class LabelledData:
    """What was read.

    Attributes:
        problems: Records that could not be read, each with file, line and field.
        warnings: What the reader had to assume; recorded in the model card.
        missing: Records whose text is kept elsewhere and was not found.
    """

    sentences: list[LabelledSentence] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    missing: int = 0

    @property
    def has_stances(self) -> bool:
        """Whether any label carries a stance."""
        return any(stance is not None for item in self.sentences for stance in item.labels.values())

    @property
    def has_sources(self) -> bool:
        """Whether any record says something of sources."""
        return any(item.source_known for item in self.sentences)


def read_labelled(
    paths: Sequence[str | Path],
    codebook: Codebook,
    *,
    texts: Sequence[str | Path] = (),
    allow_missing: bool = False,
    readers: bool = False,
    reader_column: str | None = None,
) -> LabelledData:
    """Read labelled sentences and stop at problems.

    Args:
        paths: Files, or folders of such files, or folders that ``datasets`` saved.
        codebook: The codebook that the labels are checked against.
        texts: Files that hold the text of records that are kept as addresses (``sha1`` without ``text``).
        allow_missing: Leave out records whose text is not found, with a warning, instead of stopping.
        readers: Several records may have one id if a column names another reader for each; see :mod:`.readings`.
        reader_column: That column, where it has another name than the usual.

    Raises:
        InputError: Any record is wrong; the message lists the first ten.
        UsageError: A path does not exist, or nothing is labelled, or texts are missing.
    """
    data = check_labelled(paths, codebook, texts=texts, readers=readers, reader_column=reader_column)
    if data.problems:
        shown = "\n".join(f"  {problem}" for problem in data.problems[:_SHOWN])
        more = len(data.problems) - _SHOWN
        rest = f"\n  and {more} more" if more > 0 else ""
        if not any(item.labels for item in data.sentences) and all(
            isinstance(problem, CodebookError) and "has no frame" in problem.problem for problem in data.problems
        ):
            rest += (
                f"\nno label is in the codebook {codebook.name!r}. If the data was made for another one: train and"
                " validate take it with --codebook, evaluate needs a model that was trained for it"
            )
        raise InputError(f"{len(data.problems)} problem(s) in the labelled data:\n{shown}{rest}")
    if data.missing and not allow_missing:
        raise UsageError(
            f"the text of {data.missing} labelled sentences is missing: they are kept as addresses. Name the"
            " files that hold the texts with --texts, or leave these sentences out with --allow-missing"
        )
    if data.missing:
        data.warnings.append(f"{data.missing} labelled sentences were left out: their text was not found")
    if not data.sentences:
        raise UsageError(f"no labelled sentence in {', '.join(str(path) for path in paths)}")
    return data


def check_labelled(
    paths: Sequence[str | Path],
    codebook: Codebook,
    *,
    texts: Sequence[str | Path] = (),
    readers: bool = False,
    reader_column: str | None = None,
) -> LabelledData:
    """Read labelled sentences and collect all problems instead of stopping at the first.

    Raises:
        UsageError: A path does not exist or is of an unknown kind.
    """
    data = LabelledData()
    columns = (() if reader_column is None else (reader_column,)) + (READER_COLUMNS if readers else ())
    store = TextStore(texts)
    without_doc: list[str] = []
    for path in _files(paths):
        try:
            for line, raw in _records(path, codebook, data, columns):
                try:
                    restored = restore_text(raw, store, path=str(path), line=line)
                    if restored is None:
                        data.missing += 1
                        continue
                    sentence = parse_record(restored, codebook, path=str(path), line=line)
                except InputError as problem:
                    data.problems.append(problem)
                    continue
                if restored is not raw:
                    sentence = replace(sentence, text_elsewhere=True)
                data.sentences.append(sentence)
                if sentence.doc == sentence.text:
                    without_doc.append(str(path))
        except InputError as problem:  # the whole file
            data.problems.append(problem)
    _check_ids(data, columns)
    if without_doc:
        files = ", ".join(sorted(set(without_doc)))
        data.warnings.append(
            f"{len(without_doc)} records name no document ({files}): each distinct text counts as a document"
            " of its own, so sentences of one document may stand on both sides of a split, and intervals that"
            " resample documents are too narrow"
        )
    return data


def _files(paths: Sequence[str | Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in map(Path, paths):
        try:
            found = _inside(path)
            new = [file for file in found if file.resolve() not in seen]  # a file and its folder may both be named
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from error
        seen.update(file.resolve() for file in new)
        yield from new


def _inside(path: Path) -> list[Path]:
    if not path.exists():
        raise UsageError(f"no such file or folder: {path}")
    if path.is_file() or (path / "state.json").is_file():
        return [path]
    if (path / "dataset_dict.json").is_file():
        parts = sorted(file.parent for file in path.glob("*/state.json"))
        if not parts:
            raise UsageError(f"{path} holds no part of a saved dataset, though it has a dataset_dict.json")
        return parts
    inside = sorted(item for item in path.iterdir() if item.is_file() and _kind(item) is not None)
    if not inside:
        raise UsageError(f"{path} holds no labelled data; expected files ending in {', '.join(_LINES + _TABLES)}")
    return inside


def _kind(path: Path) -> str | None:
    name = path.name.lower()
    if name.endswith(_LINES):
        return "lines"
    return next((suffix for suffix in _TABLES if name.endswith(suffix)), None)


def _records(path: Path, codebook: Codebook, data: LabelledData, readers: Sequence[str]) -> Iterator[Row]:
    report, warn = data.problems.append, data.warnings.append
    kind = _kind(path)
    if path.is_dir():
        rows = dataset_rows(path, report, warn)
    elif kind == "lines":
        yield from json_lines(path, report)
        return
    elif kind == ".parquet":
        rows = parquet_rows(path, warn)
    elif kind is not None:
        rows = csv_rows(path, "\t" if kind == ".tsv" else ",", report)
    else:
        meant = nearest(path.suffix, _LINES + _TABLES, told=True)
        raise UsageError(f"{path}: labelled data ends in {', '.join(_LINES + _TABLES)}{meant}")
    numbered = list(rows)
    if not numbered:
        raise InputError("holds no rows", path=path)
    if "labels" in numbered[0][1]:  # the record format, row by row
        yield from numbered
    else:
        yield from records_from_table(numbered, codebook, path=str(path), report=report, warn=warn, readers=readers)


def _check_ids(data: LabelledData, readers: Sequence[str]) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for item in data.sentences:
        first = seen.setdefault((item.id, *reader_of(item.meta, readers)), item.place)
        if first != item.place:
            path, _, line = item.place.rpartition(":")
            problem = f"the id {item.id!r} stands also at {first}"
            if not readers and reader_of(item.meta, READER_COLUMNS):
                problem += "; if these are the labels of several readers, settle them first (`data agreement`)"
            data.problems.append(InputError(problem, path=path, line=int(line), field="id"))
