"""Measure a model on labelled sentences."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..data.labelled import read_labelled
from ..data.types import LabelledSentence
from ..errors import UsageError
from ..evaluation.baseline import Baseline
from ..evaluation.judged import Judged
from ..evaluation.metrics import measure
from ..evaluation.report import Evaluation, write_evaluation
from ..models.checkpoint import DEFAULT_MODEL
from ..models.device import Device
from .classifier import Classifier
from .predict import judge
from .unseen import read_seen, unseen_sentences

__all__ = ["evaluate", "evaluate_sentences", "read_seen"]


def evaluate(
    data: Sequence[str | Path],
    out: str | Path | None = None,
    *,
    model: str | Path = DEFAULT_MODEL,
    device: Device = "auto",
    texts: Sequence[str | Path] = (),
    allow_missing: bool = False,
    held_out: bool = False,
    local_ids: bool = False,
) -> Evaluation:
    """Measure a model, and write ``metrics.json``, ``predictions.jsonl`` and ``report.md`` into *out*.

    Args:
        data: Labelled files or folders.
        out: Folder for the files; None writes nothing.
        model: Model folder.
        device: Where to compute.
        texts: Files that hold the texts of records kept as addresses.
        allow_missing: Leave out records whose text is missing.
        held_out: Measure on those sentences alone that training held out for measuring.
        local_ids: Documents of the same id as one the model has seen are other documents; identical texts are still
            refused.

    Raises:
        UsageError: Documents of the data were learnt from, or nothing is left to measure on.
        InputError: A record is wrong, or its label is not in the codebook of the model.
        CheckpointError: The model folder is incomplete.
    """
    if out is not None and Path(out).exists() and not Path(out).is_dir():
        raise UsageError(f"--out {out} is a file; name a folder")
    classifier = Classifier.load(model, device=device)
    labelled = read_labelled(data, classifier.codebook, texts=texts, allow_missing=allow_missing)
    sentences = unseen_sentences(
        labelled.sentences, classifier.checkpoint.folder, held_out=held_out, local_ids=local_ids
    )
    evaluation, judged = evaluate_sentences(
        classifier, sentences, data=[Path(path).name for path in data], warnings=labelled.warnings
    )
    if out is not None:
        write_evaluation(Path(out), evaluation, judged, sentences)
    return evaluation


def evaluate_sentences(
    classifier: Classifier, sentences: Sequence[LabelledSentence], *, data: Sequence[str], warnings: Sequence[str] = ()
) -> tuple[Evaluation, Judged]:
    """Measure a model and its baselines on sentences that it has not seen."""
    judged = judge(classifier, sentences)
    baseline = Baseline.load(classifier.checkpoint.folder / "baseline.json")
    texts = [item.text for item in sentences]
    baselines = {
        name: measure(Judged(judged.gold, answers, judged.codebook))
        for name, answers in (("tf-idf", baseline.predict(texts)), ("majority", baseline.majority(texts)))
    }
    evaluation = Evaluation(
        model=classifier.checkpoint.name,
        data=data,
        metrics=measure(judged),
        baselines=baselines,
        warnings=tuple(warnings),
    )
    return evaluation, judged
