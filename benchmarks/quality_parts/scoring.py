"""Figures of answers against gold, with intervals that resample whole groups.

Counts are taken for each sentence and add up, so that the package's own bootstrap serves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from counterframe.evaluation.bootstrap import Array, Bootstrap, Counts, f1, ratio

from .tasks import Answer, Row, Span, Task

__all__ = ["FIGURES", "Figures", "bootstrap", "figures", "main_figure"]

#: Figures by name, each a function from counts (R, …) to values (R,).
Figures = dict[str, Callable[[Counts], Array]]

#: The figure by which systems are compared first.
FIGURES = {"many": "macro F1", "one": "macro F1", "span": "source F1, exact"}


def main_figure(task: Task) -> str:
    """Return the name of the figure by which systems are compared first."""
    return FIGURES[task.kind]


def bootstrap(task: Task, rows: Sequence[Row], answers: Sequence[Answer], *, rounds: int) -> Bootstrap:
    """Return the counts of *answers* to *rows*, ready to be resampled."""
    count = _span_counts if task.kind == "span" else _label_counts
    return Bootstrap(count(task, rows, answers), [row.group for row in rows], rounds=rounds, seed=0)


def figures(task: Task) -> Figures:
    """Return the figures of a task, the first one for a glance."""
    if task.kind == "span":
        return {
            "source F1, exact": lambda counts: f1(counts["exact"], counts["named"], counts["has"]),
            "source F1, overlap": lambda counts: f1(counts["overlap"], counts["named"], counts["has"]),
            "all sources F1, exact": lambda counts: f1(counts["all_exact"], counts["all_named"], counts["all"]),
        }
    by_label: Figures = {f"F1 {label}": _label_f1(place) for place, label in enumerate(task.labels)}
    if task.kind == "one":
        return {"accuracy": lambda counts: ratio(counts["right"], counts["rows"]), "macro F1": _macro} | by_label
    return {"macro F1": _macro, "micro F1": _micro} | by_label


def _label_counts(task: Task, rows: Sequence[Row], answers: Sequence[Answer]) -> Counts:
    counts = {name: np.zeros((len(rows), len(task.labels))) for name in ("tp", "found", "gold")}
    for number, (row, answer) in enumerate(zip(rows, answers, strict=True)):
        for place, label in enumerate(task.labels):
            if row.asked is None or label in row.asked:
                found, gold = label in answer.labels, label in row.gold.labels
                counts["tp"][number, place] = found and gold
                counts["found"][number, place] = found
                counts["gold"][number, place] = gold
    right = [float(set(row.gold.labels) == set(answer.labels)) for row, answer in zip(rows, answers, strict=True)]
    return counts | {"right": np.array(right), "rows": np.ones(len(rows))}


def _label_f1(place: int) -> Callable[[Counts], Array]:
    return lambda counts: f1(counts["tp"][:, place], counts["found"][:, place], counts["gold"][:, place])


def _macro(counts: Counts) -> Array:
    """Return the mean of the labels' F1; one that a bootstrap round did not draw is left out of that round."""
    values = f1(counts["tp"], counts["found"], counts["gold"])
    known = np.isfinite(values)
    return ratio(np.where(known, values, 0.0).sum(-1), known.sum(-1).astype(float))


def _micro(counts: Counts) -> Array:
    return f1(counts["tp"].sum(-1), counts["found"].sum(-1), counts["gold"].sum(-1))


def _span_counts(_: Task, rows: Sequence[Row], answers: Sequence[Answer]) -> Counts:
    """Count one source a sentence (any of the gold ones will do; the first one named counts), and all of them."""
    values = []
    for row, answer in zip(rows, answers, strict=True):
        gold, named, first = set(row.gold.spans), set(answer.spans), answer.spans[:1]
        values.append(
            (
                bool(first) and first[0] in gold,
                bool(first) and any(_overlap(first[0], span) for span in gold),
                bool(named),
                bool(gold),
                len(named & gold),
                len(named),
                len(gold),
            )
        )
    names = ("exact", "overlap", "named", "has", "all_exact", "all_named", "all")
    return dict(zip(names, np.array(values, dtype=np.float64).T, strict=True))


def _overlap(first: Span, second: Span) -> bool:
    return first[0] < second[1] and second[0] < first[1]
