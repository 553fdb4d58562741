"""Counterframe as a user has it: a labelled file, a codebook, settings, ``train`` and ``Classifier``."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

import counterframe
from counterframe import Classifier, Codebook, Sentence
from counterframe.models.decode import probabilities

from .systems import Setting, codebook_file
from .tasks import Answer, Fold, Row, Task

__all__ = ["counterframe_answers", "labelled_record"]


def counterframe_answers(task: Task, fold: Fold, setting: Setting) -> list[Answer]:
    """Train on a fold and answer its test part."""
    codebook = counterframe.load_codebook(codebook_file(task.name))
    data, split, model = (setting.scratch / name for name in ("labelled.jsonl", "split.json", "model"))
    with data.open("w", encoding="utf-8") as handle:
        for row in (*fold.train, *fold.dev):
            handle.write(json.dumps(labelled_record(task, row, codebook), ensure_ascii=False) + "\n")
    split.write_text(json.dumps({"dev": sorted({row.group for row in fold.dev}), "test": []}), encoding="utf-8")
    shown = setting.config.model_dump()
    shown["split"]["file"] = str(split)
    counterframe.train(
        [data],
        model,
        codebook=codebook,
        config=type(setting.config).model_validate(shown),
        device=setting.device,
        say=lambda _: None,
    )
    return _answers(task, fold.test, Classifier.load(model, device="cpu"))


def labelled_record(task: Task, row: Row, codebook: Codebook) -> dict[str, object]:
    """Return a sentence in the labelled-sentence format.

    Where the codebook has a single frame and the task several labels, these are the stances of that frame.
    """
    if _is_stance(task, codebook):
        labels: dict[str, str | None] = {codebook.frame_ids[0]: row.gold.labels[0]}
    else:
        labels = dict.fromkeys(row.gold.labels)
    record: dict[str, object] = {"id": row.id, "doc": row.group, "text": row.text, "labels": labels}
    if task.kind == "span":  # the model names one source of a sentence; it learns the first
        record["source_at"] = list(row.gold.spans[0]) if row.gold.spans else None
    return record


def _is_stance(task: Task, codebook: Codebook) -> bool:
    return task.kind == "one" and len(codebook.frame_ids) == 1


def _answers(task: Task, rows: Sequence[Row], classifier: Classifier) -> list[Answer]:
    sentences = [Sentence(doc=row.id, n=0, start=0, end=len(row.text), text=row.text) for row in rows]
    results = list(classifier.classify(sentences))
    if task.kind == "span":
        return [Answer(spans=() if result.source is None else (result.source,)) for result in results]
    if task.kind == "many":
        return [Answer(tuple(found.frame for found in result.frames)) for result in results]
    # Each sentence is known to have a label: where none reaches its threshold, the most probable one is taken.
    codebook, scores = classifier.codebook, classifier.score([row.text for row in rows])
    presence, stances = probabilities(scores.frames, scores.stances, classifier.calibration, codebook)
    if _is_stance(task, codebook):
        return [Answer((codebook.stance_ids[int(row)],)) for row in stances[:, 0].argmax(-1)]
    likely = [codebook.frame_ids[int(place)] for place in np.argmax(presence, axis=-1)]
    return [Answer((result.primary or other,)) for result, other in zip(results, likely, strict=True)]
