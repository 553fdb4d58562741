"""The evaluation as files: ``metrics.json``, ``predictions.jsonl`` and ``report.md``."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..data.output import write_whole
from ..data.types import LabelledSentence
from .bootstrap import FEW_GROUPS, Figure
from .judged import Judged
from .metrics import Metrics
from .titles import TITLES

__all__ = ["Evaluation", "overall_table", "write_evaluation"]

#: Figures that say nothing where there is a single stance.
_OF_STANCES = ("pair_f1", "stance_accuracy", "stance_macro_f1")


@dataclass(frozen=True)
class Evaluation:
    """Figures of a model beside the baselines.

    Attributes:
        model: Name of the checkpoint.
        data: Names of the files measured on.
        metrics: Figures of the model.
        baselines: Figures of each baseline by name.
        warnings: What a reader of the figures must know.
    """

    model: str
    data: Sequence[str]
    metrics: Metrics
    baselines: Mapping[str, Metrics]
    warnings: Sequence[str] = field(default=())

    def notes(self) -> list[str]:
        """Return the warnings, with those that follow from the figures themselves."""
        notes = list(self.warnings)
        if self.metrics.groups < FEW_GROUPS:
            notes.append(
                f"the data holds {self.metrics.groups} independent events or documents; below {FEW_GROUPS} a"
                " bootstrap interval is too narrow"
            )
        return notes

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {
            "schema": "counterframe-metrics/1",
            "model": self.model,
            "data": list(self.data),
            "interval": ("95 % percentile bootstrap, 1,000 rounds over events (documents where events are unknown)"),
            "warnings": self.notes(),
            **self.metrics.to_dict(),
            "baselines": {name: metrics.to_dict() for name, metrics in self.baselines.items()},
        }


def overall_table(evaluation: Evaluation) -> list[list[str]]:
    """Return the overall figures as rows: title, model with interval, each baseline, support.

    Figures for which the data has no labels are left out.
    """
    rows = []
    for name, title in TITLES.items():
        figure = evaluation.metrics.overall.get(name)
        if figure is None or figure.value is None or figure.support == 0:
            continue
        if len(evaluation.metrics.stances) == 1 and name in _OF_STANCES:
            continue
        others = [_number(metrics.overall[name].value) for metrics in evaluation.baselines.values()]
        rows.append([title, _with_interval(figure), *others, str(figure.support)])
    return rows


def write_evaluation(
    folder: Path, evaluation: Evaluation, judged: Judged, sentences: Sequence[LabelledSentence]
) -> None:
    """Write the three files into *folder*, which is made; each is complete or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    metrics = json.dumps(evaluation.to_dict(), indent=1, ensure_ascii=False) + "\n"
    predictions = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _predictions(judged, sentences))
    report = _report(evaluation, judged)
    for name, content in (
        ("metrics.json", metrics),
        ("predictions.jsonl", predictions),
        ("report.md", report),
    ):
        write_whole(folder / name, content)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _with_interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return _number(figure.value)
    return f"{_number(figure.value)} [{figure.low:.3f}, {figure.high:.3f}]"


def _predictions(judged: Judged, sentences: Sequence[LabelledSentence]) -> Iterator[dict[str, Any]]:
    frames, stances = judged.codebook.frame_ids, judged.codebook.stance_ids
    found, held = judged.predicted.frames, judged.predicted.stances
    for row, item in enumerate(sentences):
        scores = judged.predicted.frame_scores[row]
        order = np.argsort(-scores, kind="stable").tolist()
        labels = {frames[column]: stances[held[row, column]] for column in order if found[row, column]}
        source = judged.predicted.sources[row]
        yield {
            "id": item.id,
            "doc": item.doc,
            "event": item.event,
            "n": item.n,
            "text": item.text,
            "gold": {"labels": dict(item.labels), "source": _slice(item.text, item.source)}
            | ({} if item.source_known else {"source": "unknown"}),
            "predicted": {"labels": labels, "source": _slice(item.text, source)},
            "scores": {
                frames[column]: {
                    "frame": round(float(scores[column]), 4),
                    "stance": {
                        stance: round(float(judged.predicted.stance_scores[row, column, index]), 4)
                        for index, stance in enumerate(stances)
                    },
                }
                for column in order
            },
        }


def _slice(text: str, span: tuple[int, int] | None) -> str | None:
    return None if span is None else text[span[0] : span[1]]


def _report(evaluation: Evaluation, judged: Judged) -> str:
    metrics = evaluation.metrics
    codebook = judged.codebook
    lines = [
        "# Evaluation",
        "",
        f"Model {_code(evaluation.model)}, codebook {_code(codebook.name)} version {codebook.version}, on"
        f" {metrics.sentences} sentences of {metrics.groups} events or documents:"
        f" {', '.join(map(_code, evaluation.data))}.",
        "",
        "In brackets stand 95 % intervals: percentile bootstrap, 1,000 rounds that resample whole events"
        " (documents where events are unknown). The support is the number of gold labels (sentences, pairs or"
        " spans) a figure stands on.",
        "",
    ]
    lines += [f"> **Mind:** {_cell(note)}." for note in evaluation.notes()] + [""]
    lines += ["## Overall", ""]
    lines += _table(["", "model", *evaluation.baselines, "support"], overall_table(evaluation))
    lines += [
        "",
        "A pair is right when frame and stance are. Stance figures are taken on the gold frames, found or"
        " not, so that they measure the stance alone. `majority` always gives the most common answer of the"
        " training data; `tf-idf` is a linear model on words and word pairs, fitted on the same sentences as"
        " the model.",
        "",
        "## Frames",
        "",
    ]
    rows = [
        [
            codebook.frames[name].title,
            *(_with_interval(row[key]) for key in ("precision", "recall", "f1", "pair_f1")),
            str(row["f1"].support),
        ]
        for name, row in metrics.frames.items()
    ]
    lines += _table(["frame", "precision", "recall", "F1", "pair F1", "support"], rows)
    if metrics.overall["stance_accuracy"].value is not None and len(metrics.stances) > 1:
        rows = [
            [
                name,
                *(_with_interval(row[key]) for key in ("precision", "recall", "f1")),
                str(row["f1"].support),
            ]
            for name, row in metrics.stances.items()
        ]
        lines += ["", "## Stances, given the frame", ""]
        lines += _table(["stance", "precision", "recall", "F1", "support"], rows)
    return "\n".join(lines) + "\n"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return ["| " + " | ".join(map(_cell, row)) + " |" for row in (header, rule, *rows)]


def _code(text: str) -> str:
    return "`" + " ".join(text.replace("`", "'").split()) + "`"


def _cell(text: str) -> str:
    """Return *text* on one line, with what a Markdown table or HTML would take for its own escaped."""
    return " ".join(html.escape(text, quote=False).replace("|", "\\|").split())
