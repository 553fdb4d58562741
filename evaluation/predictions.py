"""Predictions as a file: what ``evaluate`` writes, and what it reads to compare another tool with a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..data.codebook import Codebook
from ..data.label_rows import json_lines
from ..data.records import find_source
from ..data.types import LabelledSentence, Span
from ..errors import InputError, UsageError
from .judged import Decided, Judged, Predicted
from .slices import shown_name

__all__ = ["prediction_rows", "read_predictions"]

#: Missing ids that an error names.
_NAMED = 3


def prediction_rows(
    judged: Judged, sentences: Sequence[LabelledSentence], *, texts: bool = True
) -> Iterator[dict[str, Any]]:
    """Yield gold and prediction of each sentence as JSON; without texts, offsets stand in the place of words."""
    frames, stances = judged.codebook.frame_ids, judged.codebook.stance_ids
    predicted = judged.predicted
    found, held = predicted.frames, predicted.stances
    confidence, abstained = predicted.confidence, predicted.abstained

    def words(item: LabelledSentence, span: Span | None) -> str | list[int] | None:
        if span is None:
            return None
        return item.text[span[0] : span[1]] if texts else list(span)

    for row, item in enumerate(sentences):
        scores = predicted.frame_scores[row]
        order = np.argsort(-scores, kind="stable").tolist()
        labels = {frames[column]: stances[held[row, column]] for column in order if found[row, column]}
        source = predicted.sources[row]
        name = {key: value if texts else shown_name(value, item.text) for key, value in _names(item).items()}
        yield {
            **name,
            "n": item.n,
            "text": item.text if texts else None,
            "gold": {"labels": dict(item.labels), "source": words(item, item.source)}
            | ({} if item.source_known else {"source": "unknown"}),
            "predicted": {"labels": labels, "source": words(item, source)} | _place(source if texts else None),
            "confidence": round(float(confidence[row]), 6),
            "abstained": bool(abstained[row]),
            "scores": {
                frames[column]: {
                    "frame": _exact(scores[column]),
                    "stance": {
                        stance: _exact(predicted.stance_scores[row, column, index])
                        for index, stance in enumerate(stances)
                    },
                }
                for column in order
            },
        }


def _exact(score: np.float32) -> float:
    """Return a score in the fewest digits that give it back: rounded ones would tie where scores are all small."""
    return float(str(np.float32(score)))


def read_predictions(path: str | Path, sentences: Sequence[LabelledSentence], codebook: Codebook) -> Predicted:
    """Return the predictions that a file holds for *sentences*; what it holds for others is passed over.

    One JSON object a line, all fields but the first two optional:

    - ``id``;
    - ``labels`` (or ``predicted.labels``): an object from frame to stance, primary frame first; ``{}`` is no frame;
    - ``source`` (or ``predicted.source``): the exact words, or ``[start, end]``, or null; or ``source_at``;
    - ``scores``: for every frame ``{"frame": number, "stance": {stance: number}}``.

    Raises:
        InputError: A line is wrong; the message names it.
        UsageError: A sentence has no prediction.
    """
    file = Path(path)
    wanted = {item.id: row for row, item in enumerate(sentences)}
    problems: list[InputError] = []
    held: dict[str, tuple[int, Mapping[str, Any]]] = {}
    for line, raw in json_lines(file, problems.append):
        name = str(raw.get("id", ""))
        if not name:
            raise InputError("each line needs the id of its sentence", path=file, line=line, field="id")
        if name in held and name in wanted:
            raise InputError(f"the id {name!r} stands also on line {held[name][0]}", path=file, line=line, field="id")
        held[name] = (line, raw)
    if problems:
        raise problems[0]
    missing = [name for name in wanted if name not in held]
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise UsageError(
            f"--against {file}: {len(missing)} of {len(wanted)} sentences have no prediction in it:"
            f" {', '.join(missing[:_NAMED])}{more}; a prediction without a frame has empty labels"
        )
    rows = [_Row(*held[item.id], item, codebook, file) for item in sentences]
    scored = sum(row.scores is not None for row in rows)
    if 0 < scored < len(rows):
        line = next(row.line for row in rows if row.scores is None)
        raise InputError("other lines have scores and this one has none", path=file, line=line, field="scores")
    return _lay_out(rows, codebook, scored=bool(scored))


class _Row:
    """One line of predictions, checked."""

    def __init__(
        self, line: int, raw: Mapping[str, Any], item: LabelledSentence, codebook: Codebook, file: Path
    ) -> None:
        self.line, self._file, self._codebook = line, file, codebook
        inner = raw.get("predicted")
        said = inner if isinstance(inner, Mapping) else raw
        if isinstance(raw.get("text"), str) and raw["text"] != item.text:
            problem = f"is not the text of the sentence {item.id!r} in the data: the ids stand for other sentences"
            raise self._error(problem, "text")
        self.labels = self._labels(said.get("labels"))
        self.sourced = "source" in said
        self.source = self._source(said.get("source_at", said.get("source")), item.text)
        self.scores = self._scores(raw.get("scores"))

    def _error(self, problem: str, field: str) -> InputError:
        return InputError(problem, path=self._file, line=self.line, field=field)

    def _labels(self, labels: Any) -> dict[str, str | None]:
        if not isinstance(labels, Mapping):
            raise self._error("must be an object from frame to stance; {} is no frame", "labels")
        for frame, stance in labels.items():
            self._codebook.check_frame(str(frame), path=self._file, line=self.line, field="labels")
            if stance is not None:
                self._codebook.check_stance(str(stance), path=self._file, line=self.line, field=f"labels.{frame}")
        return dict(labels)

    def _source(self, source: Any, text: str) -> Span | None:
        if source is None:
            return None
        if isinstance(source, str):
            found = find_source(source, text)
            if found is None:
                raise self._error("its words do not stand in the sentence", "source")
            return found
        whole = isinstance(source, list) and len(source) == 2 and all(type(place) is int for place in source)
        if not whole or not 0 <= source[0] < source[1] <= len(text):
            raise self._error(f"must be words, or start and end within the sentence, not {source!r}", "source")
        return source[0], source[1]

    def _scores(self, scores: Any) -> Mapping[str, Any] | None:
        if scores is None:
            return None
        shape = '{"frame": number, "stance": {stance: number}} for each frame'
        frames, stances = self._codebook.frame_ids, self._codebook.stance_ids
        if not isinstance(scores, Mapping) or set(scores) != set(frames):
            raise self._error(f"must hold {shape} of the codebook", "scores")
        for frame, held in scores.items():
            inner = held.get("stance") if isinstance(held, Mapping) else None
            numbers = [held.get("frame"), *inner.values()] if isinstance(inner, Mapping) else [None]
            if not isinstance(inner, Mapping) or set(inner) != set(stances) or not all(map(_is_share, numbers)):
                raise self._error(f"must be {shape}, numbers between 0 and 1", f"scores.{frame}")
        return scores


def _lay_out(rows: Sequence[_Row], codebook: Codebook, *, scored: bool) -> Predicted:
    frames, stances = codebook.frame_ids, codebook.stance_ids
    found = np.zeros((len(rows), len(frames)), dtype=bool)
    stance = np.full(found.shape, -1)
    primary = np.full(len(rows), -1)
    frame_scores = np.zeros(found.shape, dtype=np.float32)
    stance_scores = np.zeros((*found.shape, len(stances)), dtype=np.float32)
    for index, row in enumerate(rows):
        for frame, held in (row.scores or {}).items():
            column = frames.index(frame)
            frame_scores[index, column] = held["frame"]
            stance_scores[index, column] = [held["stance"][name] for name in stances]
        if scored:
            stance[index] = stance_scores[index].argmax(-1)
        for place, (frame, given) in enumerate(row.labels.items()):
            column = frames.index(frame)
            found[index, column] = True
            primary[index] = column if place == 0 else primary[index]
            stance[index, column] = -1 if given is None else stances.index(given)
            if not scored:
                frame_scores[index, column] = 1.0
    decided = Decided(found, stance, primary, scored=scored, sourced=any(row.sourced for row in rows))
    sources = tuple(row.source for row in rows)
    return Predicted(frame_scores, stance_scores, np.zeros(len(frames)), sources, decided=decided)


def _place(source: Span | None) -> dict[str, list[int]]:
    """Return where the source stands: its words may stand in the sentence twice."""
    return {} if source is None else {"source_at": list(source)}


def _names(item: LabelledSentence) -> dict[str, str]:
    return {"id": item.id, "doc": item.doc, "event": item.event}


def _is_share(number: Any) -> bool:
    return isinstance(number, (int, float)) and not isinstance(number, bool) and 0 <= number <= 1
