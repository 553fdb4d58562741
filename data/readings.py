"""Labels of several readers of the same sentences: in a file for each, or in one file with a column that names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import InputError, UsageError, nearest
from .types import LabelledSentence

__all__ = ["READER_COLUMNS", "by_reader", "reader_column", "reader_names", "reader_of", "sentence_key"]

#: Columns that name the reader of a record, where the data has one of them.
READER_COLUMNS = ("annotator", "reader", "coder")


def reader_column(sentences: Sequence[LabelledSentence], asked: str | None = None) -> str | None:
    """Return the column that names readers, or None.

    Args:
        sentences: Records, each by one reader.
        asked: The column's name, where a user gave it.

    Raises:
        UsageError: No record has the column that was asked for.
    """
    columns = {name for item in sentences for name in item.meta}
    if asked is not None and asked not in columns:
        raise UsageError(f"no record has the column {asked!r}{nearest(asked, sorted(columns))}")
    return asked or next((name for name in READER_COLUMNS if name in columns), None)


def by_reader(sentences: Sequence[LabelledSentence], column: str) -> dict[str, dict[str, LabelledSentence]]:
    """Return the records of each reader by the id of the sentence, in the order of the data.

    Raises:
        InputError: A record names no reader, or a reader labelled a sentence twice.
    """
    readings: dict[str, dict[str, LabelledSentence]] = {}
    first: dict[tuple[str, ...], str] = {}  # all records of one sentence bear the id of the first
    for item in sentences:
        path, _, line = item.place.rpartition(":")
        reader = item.meta.get(column)
        if reader is None or str(reader).strip() == "":
            raise InputError("names no reader", path=path, line=int(line), field=column)
        name = first.setdefault(sentence_key(item), item.id)
        held = readings.setdefault(str(reader), {})
        if name in held:
            problem = f"{reader!r} labelled this sentence also at {held[name].place}"
            raise InputError(problem, path=path, line=int(line), field="id")
        held[name] = item if item.id == name else replace(item, id=name)
    return readings


def sentence_key(item: LabelledSentence) -> tuple[str, ...]:
    """Return what the records of one sentence have in common: the id or, without one, document, number and text."""
    return (item.id,) if item.id != item.place else (item.doc, str(item.n), item.text)


def reader_of(fields: Mapping[str, Any], columns: Sequence[str]) -> tuple[str, ...]:
    """Return the reader that a record names in the first of *columns* that it has; empty for none."""
    return next(((str(fields[name]),) for name in columns if fields.get(name) not in (None, "")), ())


def reader_names(paths: Sequence[Path]) -> list[str]:
    """Return a name for each reader's file: its own, with its folder where names collide.

    Raises:
        UsageError: A file is named twice.
    """
    if len({path.resolve() for path in paths}) < len(paths):
        raise UsageError("the same file is named for two readers")
    stems = [path.resolve().stem for path in paths]
    if len(set(stems)) == len(stems):
        return stems
    longer = [f"{path.resolve().parent.name}/{stem}" for path, stem in zip(paths, stems, strict=True)]
    return longer if len(set(longer)) == len(longer) else [str(path) for path in paths]
