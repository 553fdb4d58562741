"""The plain way of the transformers library: its own classifiers over the same encoder, trained with its Trainer.

Epochs, batch size, rate, precision, early stopping and the part to tune on are those of our training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
    EarlyStoppingCallback,
    EvalPrediction,
    Trainer,
    TrainingArguments,
)
from transformers.trainer_callback import PrinterCallback

from counterframe.models.quiet import quiet_transformers
from counterframe.training.fit import takes_bfloat16

from .scoring import bootstrap, figures, main_figure
from .systems import Setting, answers_from_scores, best_f1, matrix, seed_all
from .tasks import Answer, Fold, Row, Span, Task

__all__ = ["plain_answers", "tagged_spans"]

#: Marks tokens that have no part in the loss.
_IGNORED = -100
_TAGS = ("O", "B-SOURCE", "I-SOURCE")


def plain_answers(task: Task, fold: Fold, setting: Setting) -> list[Answer]:
    """Train the sequence classifier, or for spans the token classifier, and answer the test part."""
    seed_all(setting.seed)
    return (_token_answers if task.kind == "span" else _sequence_answers)(task, fold, setting)


def _sequence_answers(task: Task, fold: Fold, setting: Setting) -> list[Answer]:
    tokenizer = AutoTokenizer.from_pretrained(setting.encoder, local_files_only=True)
    several = task.kind == "many"
    with quiet_transformers():
        model = AutoModelForSequenceClassification.from_pretrained(
            setting.encoder,
            local_files_only=True,
            num_labels=len(task.labels),
            problem_type="multi_label_classification" if several else "single_label_classification",
        )

    def encoded(rows: Sequence[Row]) -> list[dict[str, Any]]:
        gold = matrix(task, rows)
        tokens = tokenizer([row.text for row in rows], truncation=True, max_length=setting.config.model.max_tokens)
        labels = gold.astype(np.float32).tolist() if several else gold.argmax(-1).tolist()
        return [
            {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": label}
            for ids, label in zip(tokens["input_ids"], labels, strict=True)
        ]

    def score(prediction: EvalPrediction) -> dict[str, float]:
        logits, gold = prediction.predictions, prediction.label_ids
        return {
            "f1": best_f1(_probable(logits, several), gold) if several else float((logits.argmax(-1) == gold).mean())
        }

    dev = encoded(fold.dev)
    trainer = _trained(model, encoded(fold.train), dev, DataCollatorWithPadding(tokenizer), score, setting)
    scores, dev_scores = (_probable(trainer.predict(part).predictions, several) for part in (encoded(fold.test), dev))
    return answers_from_scores(task, scores, fold.dev, dev_scores)


def _token_answers(task: Task, fold: Fold, setting: Setting) -> list[Answer]:
    tokenizer = AutoTokenizer.from_pretrained(setting.encoder, local_files_only=True)
    with quiet_transformers():
        model = AutoModelForTokenClassification.from_pretrained(
            setting.encoder, local_files_only=True, num_labels=len(_TAGS)
        )

    def encoded(rows: Sequence[Row]) -> tuple[list[dict[str, Any]], list[list[Span]]]:
        tokens = tokenizer(
            [row.text for row in rows],
            truncation=True,
            max_length=setting.config.model.max_tokens,
            return_offsets_mapping=True,
        )
        offsets = [[(int(start), int(end)) for start, end in row] for row in tokens["offset_mapping"]]
        items = [
            {"input_ids": ids, "attention_mask": [1] * len(ids), "labels": _tags(row.gold.spans, places)}
            for ids, row, places in zip(tokens["input_ids"], rows, offsets, strict=True)
        ]
        return items, offsets

    def answers(rows: Sequence[Row], logits: NDArray[np.float32], offsets: Sequence[list[Span]]) -> list[Answer]:
        return [
            Answer(spans=tagged_spans(tags, places, row.text))
            for row, tags, places in zip(rows, logits.argmax(-1), offsets, strict=True)
        ]

    dev, dev_offsets = encoded(fold.dev)

    def score(prediction: EvalPrediction) -> dict[str, float]:
        counts = bootstrap(task, fold.dev, answers(fold.dev, prediction.predictions, dev_offsets), rounds=0)
        return {"f1": float(np.nan_to_num(counts.total(figures(task)[main_figure(task)])))}

    collate = DataCollatorForTokenClassification(tokenizer)
    trainer = _trained(model, encoded(fold.train)[0], dev, collate, score, setting)
    test, offsets = encoded(fold.test)
    return answers(fold.test, trainer.predict(test).predictions, offsets)


def _tags(spans: Sequence[Span], offsets: Sequence[Span]) -> list[int]:
    """Return a tag for each token; special tokens, whose offsets are empty, are ignored."""
    tags, before = [], None
    for start, end in offsets:
        inside = next((span for span in spans if start < span[1] and end > span[0]), None)
        tags.append(_IGNORED if end <= start else 0 if inside is None else 2 if inside == before else 1)
        before = inside
    return tags


def tagged_spans(tags: Sequence[int], offsets: Sequence[Span], text: str) -> tuple[Span, ...]:
    """Return the spans that *tags* mark, widened to whole words, as ours are."""
    spans: list[list[int]] = []
    open_span = False
    for tag, (start, end) in zip(tags, offsets, strict=False):  # tags of the padding are left over
        if end <= start:
            continue
        glued = bool(spans) and spans[-1][1] == start and text[start].isalnum() and text[start - 1].isalnum()
        if tag and open_span and (tag == 2 or glued):
            spans[-1][1] = end
        elif tag:
            spans.append([start, end])
        open_span = bool(tag)
    return tuple(dict.fromkeys(_whole_words(start, end, text) for start, end in spans))


def _whole_words(start: int, end: int, text: str) -> Span:
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


def _probable(logits: NDArray[np.float32], several: bool) -> NDArray[np.float64]:
    scaled = torch.from_numpy(logits).double()
    return np.asarray(scaled.sigmoid() if several else scaled.softmax(-1))


class _InOrder(Trainer):  # type: ignore[misc]
    """A Trainer that predicts in the order it is given: batches of like length are for training alone.

    With ``group_by_length`` the library sorts what it predicts for as well, and the order of its answers is lost.
    """

    def get_eval_dataloader(self, eval_dataset: Any = None) -> Any:
        return self.get_test_dataloader(self.eval_dataset if eval_dataset is None else eval_dataset)

    def get_test_dataloader(self, test_dataset: Any) -> Any:
        loader = DataLoader(test_dataset, batch_size=self.args.eval_batch_size, collate_fn=self.data_collator)
        return self.accelerator.prepare(loader)


def _trained(model: Any, train: list[Any], dev: list[Any], collate: Any, score: Any, setting: Setting) -> Trainer:
    """Train with early stopping on the score of *dev*, and leave the weights of the best epoch."""
    settings = setting.config.optimisation
    arguments: Mapping[str, Any] = {
        "output_dir": str(setting.scratch / "epochs"),
        "num_train_epochs": settings.epochs,
        "per_device_train_batch_size": settings.batch_size,
        "per_device_eval_batch_size": 4 * settings.batch_size,
        "train_sampling_strategy": "group_by_length",
        "learning_rate": settings.learning_rate,
        "weight_decay": settings.weight_decay,
        "warmup_steps": settings.warmup,
        "lr_scheduler_type": "linear",
        "eval_strategy": "epoch",
        "save_strategy": "epoch",
        "save_total_limit": 1,
        "save_only_model": True,
        "load_best_model_at_end": True,
        "metric_for_best_model": "f1",
        "greater_is_better": True,
        "logging_strategy": "no",
        "bf16": takes_bfloat16(settings.precision, setting.device),
        "use_cpu": setting.device == "cpu",
        "dataloader_pin_memory": setting.device == "cuda",
        "seed": setting.seed,
        "data_seed": setting.seed,
        "report_to": "none",
        "disable_tqdm": True,
    }
    trainer = _InOrder(
        model=model,
        args=TrainingArguments(**arguments),
        data_collator=collate,
        train_dataset=train,
        eval_dataset=dev,
        compute_metrics=score,
        callbacks=[EarlyStoppingCallback(early_stopping_patience=settings.patience)],
    )
    trainer.remove_callback(PrinterCallback)
    with quiet_transformers():
        trainer.train()
    trainer.compute_metrics = None  # it knows the part to tune on alone
    return trainer
