"""Measure a model on labelled sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ..data.codebook import Codebook
from ..data.labelled import read_labelled
from ..data.readings import by_reader, reader_column, reader_names, sentence_key
from ..data.types import LabelledSentence, Sentence, Span
from ..errors import UsageError
from ..evaluation.agreement import Agreement, Reading, agreement
from ..evaluation.assemble import assess
from ..evaluation.audit_file import read_audit, without_sentences
from ..evaluation.baseline import Baseline
from ..evaluation.error_groups import ErrorGroup
from ..evaluation.judged import Judged, Predicted
from ..evaluation.predictions import read_predictions
from ..evaluation.report import Evaluation, write_evaluation
from ..evaluation.slices import check_slices
from ..models.checkpoint import DEFAULT_MODEL
from ..models.device import Device
from .classifier import Classifier
from .engines import Precision
from .predict import judge
from .unseen import read_seen, unseen_sentences

__all__ = ["evaluate", "evaluate_sentences", "read_seen"]

#: Endings by which a file of predictions is told from a model folder.
_LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


def evaluate(
    data: Sequence[str | Path],
    out: str | Path | None = None,
    *,
    model: str | Path = DEFAULT_MODEL,
    device: Device = "auto",
    precision: Precision | None = None,
    texts: Sequence[str | Path] = (),
    allow_missing: bool = False,
    held_out: bool = False,
    local_ids: bool = False,
    slices: Sequence[str] = (),
    against: str | Path | None = None,
    readers: Sequence[str | Path] = (),
    audit: str | Path | None = None,
    show_text: bool = True,
    rounds: int = 1000,
) -> Evaluation:
    """Measure a model, and write metrics, predictions and reports into *out*; see ``docs/evaluation.md``.

    Args:
        data: Labelled files or folders.
        out: Folder for the files; None writes nothing.
        model: Model folder.
        device: Where to compute.
        precision: In what numbers; see ``Classifier.load``. A model to compare with is measured in its own.
        texts: Files that hold the texts of records kept as addresses.
        allow_missing: Leave out records whose text is missing.
        held_out: Measure on those sentences alone that training held out for measuring.
        local_ids: Documents of the same id as one the model has seen are other documents; identical texts are still
            refused.
        slices: Columns of the data by whose values the figures are given, besides the standing ones.
        against: Model folder, or file of predictions, to compare with.
        readers: Labels of the same ids by further readers, one file or folder for each.
        audit: What ``counterframe audit`` wrote of the same model, to stand in the report.
        show_text: False writes ids and offsets in the place of words.
        rounds: Bootstrap rounds; 0 leaves the intervals empty.

    Raises:
        UsageError: Documents of the data were learnt from, nothing is left to measure on, or an option is wrong.
        InputError: A record is wrong, or its label is not in the codebook of the model.
        CheckpointError: The model folder is incomplete.
    """
    if out is not None and Path(out).exists() and not Path(out).is_dir():
        raise UsageError(f"--out {out} is a file; name a folder")
    if rounds < 0:
        raise UsageError(f"--rounds {rounds}: name 0 (no intervals) or more; 1000 is the default")
    if against is not None and not Path(against).exists() and str(against) != DEFAULT_MODEL:
        raise UsageError(f"--against {against}: no such model folder or file of predictions")
    classifier = Classifier.load(model, device=device, precision=precision)
    audited = None if audit is None else read_audit(audit, model=classifier.name)
    labelled = read_labelled(data, classifier.codebook, texts=texts, allow_missing=allow_missing, readers=True)
    sentences, own = _settle(labelled.sentences)
    sentences = unseen_sentences(sentences, classifier.checkpoint.folder, held_out=held_out, local_ids=local_ids)
    check_slices(sentences, slices)
    others = _read_readers(readers, classifier.codebook, texts=texts, allow_missing=allow_missing)
    other = None
    if against is not None:
        other = _other(against, sentences, classifier.codebook, device=device, local_ids=local_ids)
    if audited is not None and not show_text:
        audited = without_sentences(audited)
    evaluation, judged = evaluate_sentences(
        classifier,
        sentences,
        data=[Path(path).name for path in data],
        warnings=labelled.warnings,
        slices=slices,
        against=other,
        human=_human(sentences, own, others, classifier.codebook, rounds),
        show_text=show_text,
        rounds=rounds,
    )
    evaluation = replace(evaluation, audit=audited)
    if out is not None:
        write_evaluation(Path(out), evaluation, judged, sentences, texts=show_text)
    return evaluation


def evaluate_sentences(
    classifier: Classifier,
    sentences: Sequence[LabelledSentence],
    *,
    data: Sequence[str],
    warnings: Sequence[str] = (),
    slices: Sequence[str] = (),
    against: tuple[str, Predicted] | None = None,
    human: Agreement | None = None,
    show_text: bool = True,
    rounds: int = 1000,
) -> tuple[Evaluation, Judged]:
    """Measure a model and its baselines on sentences that it has not seen."""
    judged = judge(classifier, sentences)
    baseline = Baseline.load(classifier.checkpoint.folder / "baseline.json")
    texts = [item.text for item in sentences]
    evaluation = assess(
        judged,
        sentences,
        model=classifier.name,
        data=data,
        baselines={"tf-idf": baseline.predict(texts), "majority": baseline.majority(texts)},
        min_confidence=classifier.calibration.min_confidence,
        warnings=warnings,
        asked=slices,
        against=against,
        human=human,
        texts=show_text,
        rounds=rounds,
    )
    return evaluation.with_evidence(_evidence(classifier, evaluation.errors)), judged


def _settle(sentences: Sequence[LabelledSentence]) -> tuple[list[LabelledSentence], dict[str, Reading]]:
    """Return each sentence once, as its first reader labelled it, and the labels of all where there are several."""
    column = reader_column(sentences)
    if column is None or len({sentence_key(item) for item in sentences}) == len(sentences):
        return list(sentences), {}
    readings: dict[str, Reading] = {**by_reader(sentences, column)}
    first: dict[tuple[str, ...], LabelledSentence] = {}
    for item in sentences:
        first.setdefault(sentence_key(item), item)
    return list(first.values()), readings


def _read_readers(
    paths: Sequence[str | Path], codebook: Codebook, *, texts: Sequence[str | Path], allow_missing: bool
) -> dict[str, Reading]:
    readings: dict[str, Reading] = {}
    names = reader_names([Path(path) for path in paths])
    for name, path in zip(names, paths, strict=True):
        labelled = read_labelled([path], codebook, texts=texts, allow_missing=allow_missing)
        readings[name] = {item.id: item for item in labelled.sentences}
    return readings


def _human(
    sentences: Sequence[LabelledSentence],
    own: Mapping[str, Reading],
    others: Mapping[str, Reading],
    codebook: Codebook,
    rounds: int,
) -> Agreement | None:
    """Return how far the readers of the measured sentences agree: those in the data itself, and the others.

    Data that names no readers is the reader "data" beside a single other. Beside several it is none: it may be what
    was settled between them.
    """
    if not own and not others:
        return None
    measured = {item.id: item for item in sentences}
    own = own or ({"data": measured} if len(others) == 1 else {})
    readings = {**own, **others}
    if len(readings) < len(own) + len(others):
        raise UsageError("--reader: a file bears the name of a reader in the data; rename it")
    within = {
        reader: {name: item for name, item in held.items() if name in measured} for reader, held in readings.items()
    }
    without = [reader for reader in others if not within[reader]]
    if without:
        raise UsageError(
            f"--reader {without[0]}: labels none of the sentences that are measured; the ids must be theirs"
        )
    return agreement(within, codebook, rounds=rounds)


def _other(
    against: str | Path,
    sentences: Sequence[LabelledSentence],
    codebook: Codebook,
    *,
    device: Device,
    local_ids: bool,
) -> tuple[str, Predicted]:
    """Return name and predictions of the model, or of the file of predictions, to compare with."""
    path = Path(against)
    if path.is_file():
        if not path.name.lower().endswith(_LINES):
            raise UsageError(f"--against {against}: a file of predictions ends in {', '.join(_LINES)}")
        return path.name, read_predictions(path, sentences, codebook)
    classifier = Classifier.load(against, device=device)
    other = classifier.codebook
    if (other.frame_ids, other.stance_ids) != (codebook.frame_ids, codebook.stance_ids):
        raise UsageError(
            f"--against {against}: that model tells apart other frames or stances than this one (codebooks"
            f" {other.name!r} and {codebook.name!r}); two models are compared by the same labels"
        )
    unseen_sentences(sentences, classifier.checkpoint.folder, local_ids=local_ids, who=f"--against {against}")
    return classifier.checkpoint.name, judge(classifier, sentences).predicted


def _evidence(classifier: Classifier, groups: Sequence[ErrorGroup]) -> dict[str, dict[str, tuple[Span, ...]]]:
    """Return the words that led to each frame of the listed errors, as spans in the sentence."""
    listed = [error.sentence for group in groups for error in group.listed]
    shown = [Sentence(doc=item.doc, n=item.n, start=0, end=len(item.text), text=item.text) for item in listed]
    return {
        item.id: {frame.frame: frame.evidence for frame in result.frames}
        for item, result in zip(listed, classifier.classify(shown), strict=True)
    }
