"""The results in Markdown: each figure of each system, and how far ours is ahead."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from counterframe.evaluation.bootstrap import Bootstrap

from .results import Kept
from .scoring import bootstrap, figures, main_figure
from .tasks import Answer, Row, Task

__all__ = ["TITLES", "Runs", "section"]

#: Systems by name, in the order of the table.
TITLES = {
    "majority": "the same answer for all",
    "tfidf": "TF-IDF, logistic regression",
    "setfit": "SetFit, same encoder",
    "plain": "transformers' classifier, same encoder",
    "counterframe": "**Counterframe**",
}

#: The answers by system, seed and fold.
Runs = Mapping[str, Mapping[int, Mapping[str, Kept]]]


@dataclass(frozen=True)
class _System:
    """All complete seeds of a system: together for intervals, one by one for the spread."""

    pooled: Bootstrap
    seeds: list[Bootstrap]
    cpu_minutes: float
    wall_minutes: float


def section(task: Task, runs: Runs, *, rounds: int, left_out: Mapping[str, str]) -> list[str]:
    """Return the lines of one set.

    Args:
        task: The set.
        runs: Results; a seed that lacks a fold is not counted, and said to be incomplete.
        rounds: Bootstrap rounds.
        left_out: Systems that were not measured, and why.
    """
    systems = {name: system for name in TITLES if (system := _complete(task, runs.get(name, {}), rounds))}
    lines = [f"## {task.name}", "", task.about, ""]
    if systems:
        lines += _figures(task, systems)
        lines += ["", *_ahead(task, systems)]
    notes = [f"- {TITLES[name]}: not measured ({why})." for name, why in left_out.items()]
    for name, seeds in runs.items():
        missing = [str(seed) for seed, folds in seeds.items() if len(folds) < len(task.folds)]
        if missing:
            notes.append(f"- {TITLES[name]}: incomplete, and so not counted: seed {', '.join(missing)}.")
    return [*lines, "", *notes] if notes else lines


def _complete(task: Task, seeds: Mapping[int, Mapping[str, Kept]], rounds: int) -> _System | None:
    whole = [folds for _, folds in sorted(seeds.items()) if all(fold.name in folds for fold in task.folds)]
    if not whole:
        return None
    rows: list[Row] = [row for fold in task.folds for row in fold.test]
    given: list[list[Answer]] = [[a for fold in task.folds for a in folds[fold.name].answers] for folds in whole]
    return _System(
        # The seeds' answers to one sentence are resampled together, as benchmarks/against.py does.
        pooled=bootstrap(task, rows * len(given), [answer for answers in given for answer in answers], rounds=rounds),
        seeds=[bootstrap(task, rows, answers, rounds=0) for answers in given],
        cpu_minutes=statistics.mean(sum(kept.cpu_seconds for kept in folds.values()) / 60 for folds in whole),
        wall_minutes=statistics.mean(sum(kept.seconds for kept in folds.values()) / 60 for folds in whole),
    )


def _figures(task: Task, systems: Mapping[str, _System]) -> list[str]:
    """Return the table of figures: mean of the seeds ± their standard deviation, and the interval of all together."""
    columns = list(figures(task))
    head = ["system", "seeds", *columns, "CPU minutes a seed", "wall minutes a seed"]
    lines = [f"| {' | '.join(head)} |", "| --- |" + " ---: |" * (len(head) - 1)]
    for name, system in systems.items():
        cells = [_cell(system, task, column) for column in columns]
        spent = [f"{system.cpu_minutes:.1f}", f"{system.wall_minutes:.1f}"]
        lines.append(f"| {TITLES[name]} | {len(system.seeds)} | {' | '.join([*cells, *spent])} |")
    if task.published:
        cells = [f"{task.published[column]:.3f}" if column in task.published else "" for column in columns]
        lines.append(f"| published, BERT-base | | {' | '.join(cells)} | | |")
    return lines


def _cell(system: _System, task: Task, column: str) -> str:
    function = figures(task)[column]
    values = [value for seed in system.seeds if not np.isnan(value := seed.total(function))]
    if not values:
        return "–"
    spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    found = system.pooled.spread(function).figure(0)
    interval = "" if found.low is None or found.high is None else f" [{found.low:.3f}, {found.high:.3f}]"
    return f"{statistics.mean(values):.3f}{spread}{interval}"


def _ahead(task: Task, systems: Mapping[str, _System]) -> list[str]:
    """Return how far ours is ahead of each other system, paired by sentence."""
    ours = systems.get("counterframe")
    if ours is None:
        return []
    column = main_figure(task)
    function = figures(task)[column]
    lines = [f"| Counterframe ahead in {column} of | by [95 % interval, paired] | p |", "| --- | ---: | ---: |"]
    for name, other in systems.items():
        if name != "counterframe":
            found = (ours.pooled.spread(function) - other.pooled.spread(function)).difference(0)
            interval = "" if found.low is None or found.high is None else f" [{found.low:+.3f}, {found.high:+.3f}]"
            p = "–" if found.p is None else f"{found.p:.3f}"
            shown = "–" if found.value is None else f"{found.value:+.3f}"
            lines.append(f"| {TITLES[name]} | {shown}{interval} | {p} |")
    if column in task.published:
        value = statistics.mean(seed.total(function) for seed in ours.seeds)
        lines.append(f"| published, BERT-base | {value - task.published[column]:+.3f} | |")
    return lines
