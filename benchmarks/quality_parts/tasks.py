"""What a benchmark asks: sentences with their gold answers, cut into folds, each with its own part to tune on."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from sklearn.model_selection import StratifiedGroupKFold

from counterframe import LabelledSentence
from counterframe.data.splits import groups_of

__all__ = ["Answer", "Fold", "Kind", "Row", "Span", "Task", "folded", "grouped", "limited", "tuning_part"]

Span = tuple[int, int]

#: Several labels or none, exactly one label, or spans of sources.
Kind = Literal["many", "one", "span"]


@dataclass(frozen=True)
class Answer:
    """The labels of a sentence, or where its sources stand; gold or predicted."""

    labels: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Row:
    """A sentence with its gold answer.

    Attributes:
        group: Sentences of one group (a document, a text) are never on two sides of a cut and are resampled together.
        asked: The labels that are measured on this sentence; None for all.
    """

    id: str
    text: str
    gold: Answer
    group: str
    asked: frozenset[str] | None = None


@dataclass(frozen=True)
class Fold:
    """One training: what to learn from, to tune on and to measure on; the same for every system."""

    name: str
    train: Sequence[Row]
    dev: Sequence[Row]
    test: Sequence[Row]

    @property
    def digest(self) -> str:
        """Eight hex digits that change with any sentence or gold answer."""
        content = repr([[(row.id, row.text, row.gold) for row in part] for part in (self.train, self.dev, self.test)])
        return hashlib.sha256(content.encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Task:
    """A benchmark.

    Attributes:
        name: Its name, also of the folder with its codebook and settings.
        labels: Ids of the labels, in the order of the codebook.
        published: Figures that others have published, by name of the figure.
        about: How it is cut and what may be compared with what is published, in words for people.
    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    folds: tuple[Fold, ...]
    about: str
    published: Mapping[str, float] = field(default_factory=dict)


def grouped(rows: Sequence[Row]) -> list[Row]:
    """Return *rows*, whose groups are their documents so far, with those that share a text in one group."""
    sentences = [
        LabelledSentence(id=row.id, doc=row.group, event=row.group, n=0, text=row.text, labels={}) for row in rows
    ]
    return [
        replace(row, group=hashlib.sha256(group.encode()).hexdigest()[:12])
        for row, group in zip(rows, groups_of(sentences), strict=True)
    ]


def tuning_part(rows: Sequence[Row], *, parts: int) -> tuple[list[Row], list[Row]]:
    """Return what is left to learn from, and one of so many parts to tune on, with like shares of the labels."""
    return _cuts(rows, parts=parts, seed=13)[0]


def folded(rows: Sequence[Row], *, folds: int, parts: int) -> tuple[Fold, ...]:
    """Return folds in which each sentence is measured on once."""
    found = []
    for number, (rest, test) in enumerate(_cuts(rows, parts=folds, seed=7), 1):
        train, dev = tuning_part(rest, parts=parts)
        found.append(Fold(str(number), train, dev, test))
    return tuple(found)


def limited(task: Task, most: int) -> Task:
    """Return the task with so many sentences to learn from and to measure on at most, a quarter of it to tune on."""

    def drawn(rows: Sequence[Row], size: int) -> list[Row]:
        return random.Random(0).sample(list(rows), min(size, len(rows)))

    return replace(
        task,
        folds=tuple(
            replace(
                fold,
                train=drawn(fold.train, most),
                dev=drawn(fold.dev, max(most // 4, 1)),
                test=drawn(fold.test, most),
            )
            for fold in task.folds
        ),
    )


def _cuts(rows: Sequence[Row], *, parts: int, seed: int) -> list[tuple[list[Row], list[Row]]]:
    counts = Counter(label for row in rows for label in row.gold.labels)
    # Of several labels the rarest one decides, as it is the one that a part may lack.
    strata = [
        min(row.gold.labels, key=lambda label: counts[label]) if row.gold.labels else str(bool(row.gold.spans))
        for row in rows
    ]
    cutter = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
    return [
        ([rows[index] for index in rest], [rows[index] for index in held])
        for rest, held in cutter.split(rows, strata, [row.group for row in rows])
    ]
