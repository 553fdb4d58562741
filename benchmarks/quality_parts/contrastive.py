"""SetFit (the library) with the same encoder: pairs of like and unlike sentences, then a logistic regression."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from counterframe.models.quiet import quiet_transformers
from counterframe.training.fit import takes_bfloat16

from .systems import Setting, answers_from_scores, matrix, seed_all
from .tasks import Answer, Fold, Row, Task

__all__ = ["setfit_answers"]


def setfit_answers(task: Task, fold: Fold, setting: Setting) -> list[Answer]:
    """Train SetFit on a fold and answer its test part.

    Raises:
        ImportError: SetFit is not installed.
    """
    from datasets import Dataset, disable_progress_bars
    from sentence_transformers import SentenceTransformer
    from setfit import SetFitModel, Trainer, TrainingArguments
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    seed_all(setting.seed)
    several = task.kind == "many"
    with quiet_transformers():
        body = SentenceTransformer(str(setting.encoder), device=setting.device, local_files_only=True)
    body.max_seq_length = setting.config.model.max_tokens
    head = LogisticRegression(max_iter=1000)
    model = SetFitModel(
        model_body=body,
        model_head=OneVsRestClassifier(head) if several else head,
        multi_target_strategy="one-vs-rest" if several else None,
    )
    arguments = TrainingArguments(
        output_dir=str(setting.scratch / "setfit"),
        batch_size=setting.config.optimisation.batch_size,
        num_epochs=1,
        num_iterations=setting.setfit_iterations,
        max_length=setting.config.model.max_tokens,
        save_strategy="no",
        eval_strategy="no",
        logging_strategy="no",
        logging_first_step=False,
        show_progress_bar=False,
        report_to="none",
        seed=setting.seed,
    )
    data = Dataset.from_dict({"text": [row.text for row in fold.train], "label": _labels(task, fold.train)})
    disable_progress_bars()
    logging.getLogger("setfit").setLevel(logging.WARNING)
    trainer = Trainer(model=model, args=arguments, train_dataset=data)
    for callback in (ProgressCallback, PrinterCallback):
        trainer.remove_callback(callback)
    with _precision(setting):
        trainer.train()
    scores, dev_scores = (_scores(model, task, part) for part in (fold.test, fold.dev))
    return answers_from_scores(task, scores, fold.dev, dev_scores)


def _labels(task: Task, rows: Sequence[Row]) -> list[Any]:
    gold = matrix(task, rows).astype(int)
    if task.kind == "one":
        return [int(place) for place in gold.argmax(-1)]
    # Sentences without a label are like each other: a label of their own, which is not asked for.
    return [[*row, int(not any(row))] for row in gold.tolist()]


def _scores(model: Any, task: Task, rows: Sequence[Row]) -> NDArray[np.float64]:
    """Return probabilities (N, L); a label that was not learnt has 0."""
    found = np.asarray(model.predict_proba([row.text for row in rows], as_numpy=True, show_progress_bar=False))
    scores = np.zeros((len(rows), len(task.labels)))
    if task.kind == "many":
        scores[:] = found[:, : len(task.labels)]
    else:
        scores[:, model.model_head.classes_] = found
    return scores


def _precision(setting: Setting) -> contextlib.AbstractContextManager[Any]:
    """Compute as our training does; the library itself knows float16 on a GPU alone."""
    if takes_bfloat16(setting.config.optimisation.precision, setting.device):
        # The library does not know of it, so it stands around the whole training: what autocast keeps of the weights in
        # bfloat16 until it ends would be those of the first step for all steps.
        return torch.autocast(setting.device, dtype=torch.bfloat16, cache_enabled=False)
    return contextlib.nullcontext()
