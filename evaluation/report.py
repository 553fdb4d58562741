"""The evaluation as an object and as files: ``metrics.json``, ``predictions.jsonl``, ``report.md``, ``report.html``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.codebook import Codebook
from ..data.output import write_whole
from ..data.types import LabelledSentence
from .agreement import Agreement
from .bootstrap import FEW_GROUPS, describe
from .coverage import CoveragePoint
from .error_groups import ErrorGroup, Evidence, documents_of
from .figure import Difference
from .judged import Judged
from .markdown import interval, number
from .metrics import Metrics
from .predictions import prediction_rows
from .reliability import CalibrationFigures
from .schemas import METRICS_SCHEMA
from .slices import SliceRow
from .titles import HUMAN_TITLES, OF_STANCES, TITLES

__all__ = [
    "FILES",
    "Comparison",
    "Evaluation",
    "against_table",
    "human_line",
    "overall_table",
    "write_evaluation",
]

#: What ``write_evaluation`` writes.
FILES = ("metrics.json", "predictions.jsonl", "report.md", "report.html")

#: Figures of the readers' agreement that stand in a report.
_HUMAN = ("pair_f1", "frame_f1", "primary_same", "stance_same", "source_same")


@dataclass(frozen=True)
class Comparison:
    """How much better a model is than another on the same sentences.

    Attributes:
        other: Name of the other.
        differences: Model less other, for each overall figure.
    """

    other: str
    differences: Mapping[str, Difference]

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON."""
        return {
            "other": self.other,
            "differences": {name: one.to_dict() for name, one in self.differences.items() if one.value is not None},
        }


@dataclass(frozen=True)
class Evaluation:
    """Figures of a model beside the baselines.

    Attributes:
        model: Name of the checkpoint.
        data: Names of the files measured on.
        metrics: Figures of the model.
        baselines: Figures of each baseline by name.
        warnings: What a reader of the figures must know.
        codebook: Frames and stances.
        rounds: Bootstrap rounds.
        documents: Number of documents.
        slices: Overall figures of parts of the data, by column.
        calibration: Whether scores mean what they say.
        coverage: Precision against coverage.
        coverage_of_model: The same at the model's own setting.
        frame_confusion: Labels, and how often each gold primary frame (rows) is taken for each other (columns).
        stance_confusion: The same for stances, given the gold frame.
        against: Differences to another model.
        human: How far two readers of the same sentences agree.
        audit: The neutrality audit, as JSON.
        errors: Errors by kind.
        sentences: What was measured, in order.
    """

    model: str
    data: Sequence[str]
    metrics: Metrics
    baselines: Mapping[str, Metrics]
    warnings: Sequence[str] = field(default=())
    codebook: Codebook | None = None
    rounds: int = 1000
    documents: int = 0
    slices: Mapping[str, Sequence[SliceRow]] = field(default_factory=dict)
    calibration: CalibrationFigures | None = None
    coverage: Sequence[CoveragePoint] = ()
    coverage_of_model: CoveragePoint | None = None
    frame_confusion: tuple[Sequence[str], NDArray[np.int64]] | None = None
    stance_confusion: tuple[Sequence[str], NDArray[np.int64]] | None = None
    against: Comparison | None = None
    human: Agreement | None = None
    audit: Mapping[str, Any] | None = None
    errors: Sequence[ErrorGroup] = ()
    sentences: Sequence[LabelledSentence] = field(default=(), repr=False)

    def notes(self) -> list[str]:
        """Return the warnings, with those that follow from the figures themselves."""
        notes = list(self.warnings)
        if self.metrics.groups < FEW_GROUPS:
            notes.append(
                f"the data holds {self.metrics.groups} independent events or documents; below {FEW_GROUPS} a"
                " bootstrap interval is too narrow"
            )
        return notes

    def part_notes(self) -> list[str]:
        """Return what a reader of the figures by slice must know."""
        notes = []
        for column, rows in self.slices.items():
            few = sum(row.few for row in rows)
            if few:
                notes.append(
                    f"by {column}, {few} of {len(rows)} parts stand on fewer than {FEW_GROUPS} independent events or"
                    " documents; their intervals are too narrow"
                )
        return notes

    def with_evidence(self, evidence: Evidence) -> Evaluation:
        """Return the evaluation with the words that led to each frame of a listed error."""
        return replace(self, errors=[group.with_evidence(evidence) for group in self.errors])

    def to_dict(self, *, errors: bool = True, texts: bool = True) -> dict[str, Any]:
        """Return everything as JSON; ``docs/evaluation.md`` documents it.

        Args:
            errors: False leaves out errors and their documents: then no sentence is in it.
            texts: False gives offsets in the place of words.
        """
        book, metrics = self.codebook, self.metrics.to_dict()
        return {
            "schema": METRICS_SCHEMA,
            "model": self.model,
            "data": list(self.data),
            "interval": describe(self.rounds),
            "codebook": None if book is None else _described(book),
            "sentences": metrics.pop("sentences"),
            "groups": metrics.pop("groups"),
            "documents": self.documents,
            "warnings": [*self.notes(), *self.part_notes()],
            **metrics,
            "baselines": {
                name: {key: value for key, value in found.to_dict().items() if key in metrics}
                for name, found in self.baselines.items()
            },
            "slices": {column: [row.to_dict() for row in rows] for column, rows in self.slices.items()},
            "calibration": None if self.calibration is None else self.calibration.to_dict(),
            "coverage": [point.to_dict() for point in self.coverage],
            "coverage_of_model": None if self.coverage_of_model is None else self.coverage_of_model.to_dict(),
            "confusion": {
                name: {"labels": list(held[0]), "counts": held[1].tolist()}
                for name, held in (("frames", self.frame_confusion), ("stances", self.stance_confusion))
                if held is not None
            },
            "against": None if self.against is None else self.against.to_dict(),
            "human": None if self.human is None else _human(self.human),
            "audit": None if self.audit is None else dict(self.audit),
            "errors": [group.to_dict(texts=texts) for group in self.errors] if errors else [],
            "passages": documents_of(self.errors, self.sentences, texts=texts) if errors else [],
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
        if len(evaluation.metrics.stances) == 1 and name in OF_STANCES:
            continue
        others = [number(metrics.overall[name].value) for metrics in evaluation.baselines.values()]
        rows.append([title, interval(figure), *others, str(figure.support)])
    return rows


def against_table(evaluation: Evaluation) -> list[list[str]]:
    """Return the differences to another model as rows: title, difference with interval, p-value, support."""
    found = evaluation.against.differences if evaluation.against is not None else {}
    told = {name for name, figure in evaluation.metrics.overall.items() if figure.support}
    if len(evaluation.metrics.stances) == 1:
        told -= set(OF_STANCES)
    return [
        [TITLES[name], interval(held, "+"), number(held.p), str(held.support)]
        for name, held in found.items()
        if held.value is not None and name in told
    ]


def human_line(found: Agreement) -> str:
    """Return how far readers agree, in a line."""
    told = [
        f"{HUMAN_TITLES[name]} {interval(found.overall[name])}"
        for name in _HUMAN
        if found.overall[name].value is not None
    ]
    return f"readers ({', '.join(found.readers)}) on {found.sentences} sentences: {'; '.join(told)}"


def write_evaluation(
    folder: Path,
    evaluation: Evaluation,
    judged: Judged,
    sentences: Sequence[LabelledSentence],
    *,
    texts: bool = True,
) -> None:
    """Write the files into *folder*, which is made; each is complete or not there.

    Args:
        folder: Where to write.
        evaluation: The figures.
        judged: Gold labels and predictions of the model.
        sentences: The sentences, in the same order.
        texts: False writes ids and offsets in the place of words.
    """
    from .report_page import render_report
    from .report_text import report_text

    folder.mkdir(parents=True, exist_ok=True)
    facts = evaluation.to_dict(texts=texts)
    rows = prediction_rows(judged, sentences, texts=texts)
    contents = (
        json.dumps(facts, indent=1, ensure_ascii=False) + "\n",
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
        report_text(facts),
        render_report(facts),
    )
    for name, content in zip(FILES, contents, strict=True):
        write_whole(folder / name, content)


def _described(codebook: Codebook) -> dict[str, Any]:
    return {
        "name": codebook.name,
        "version": codebook.version,
        "language": codebook.language,
        "frames": {frame: held.title for frame, held in codebook.frames.items()},
        "stances": list(codebook.stance_ids),
    }


def _human(found: Agreement) -> dict[str, Any]:
    return {
        "readers": list(found.readers),
        "sentences": found.sentences,
        "groups": found.groups,
        "overall": {name: found.overall[name].to_dict() for name in _HUMAN},
    }
