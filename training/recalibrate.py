"""Calibration and figures of a trained model, fitted and measured on what its training held out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..data.labelled import read_labelled
from ..data.output import write_whole
from ..data.splits import fingerprint
from ..data.types import LabelledSentence
from ..errors import UsageError
from ..evaluation.judged import Gold
from ..evaluation.report import Evaluation
from ..inference.classifier import Classifier
from ..inference.engines import OnnxEngine
from ..inference.evaluate import evaluate_sentences, read_seen
from ..models.checkpoint import Checkpoint
from .calibrate import calibrate
from .card import with_figures

__all__ = ["calibrate_folder", "measure_folder", "recalibrate"]


def recalibrate(
    folder: str | Path,
    data: Sequence[str | Path],
    *,
    texts: Sequence[str | Path] = (),
    allow_missing: bool = False,
    stance_rates: Mapping[str, float] | None = None,
    say: Callable[[str], None] = print,
) -> Evaluation | None:
    """Fit the calibration of a model anew, without training, and write it with the figures that follow from it.

    Rewritten are ``calibration.json``, ``metrics.json`` and the figures in ``README.md``; the model gets another name,
    as its answers change.

    Args:
        folder: The model folder.
        data: The data it was trained on.
        texts: Files that hold the texts of records kept as addresses.
        allow_missing: Leave out records whose text is missing.
        stance_rates: Share of each stance in the texts to be read; None for what the calibration was made for before,
            and empty for the odds that the network learnt.
        say: Receives lines for people.

    Returns:
        The figures on the held-out test part, or None where there is none.

    Raises:
        UsageError: The data holds nothing of what the training of the model held out to tune on.
        CheckpointError: The folder is incomplete, or does not tell what was held out.
    """
    checkpoint = Checkpoint.load(folder)
    rates = checkpoint.calibration.stance_rates if stance_rates is None else stance_rates
    seen = read_seen(checkpoint.folder)
    sentences = read_labelled(data, checkpoint.codebook, texts=texts, allow_missing=allow_missing).sentences
    parts: dict[str, list[LabelledSentence]] = {}
    for part in ("dev", "test"):
        parts[part] = [item for item in sentences if not seen[part].isdisjoint(fingerprint(item))]
        missing = len(seen[part] - {key for item in parts[part] for key in fingerprint(item)})
        if missing:
            say(f"mind: {missing} documents or texts of the {part} part of this model's training are not in the data")
    if not parts["dev"]:
        raise UsageError(
            f"{checkpoint.folder}: none of these sentences was held out to tune on when the model was trained; name the"
            " data that it was trained on"
        )
    say(f"{len(parts['dev'])} sentences to calibrate on, {len(parts['test'])} to measure on")
    calibrate_folder(checkpoint.folder, parts["dev"], rates)
    evaluation = measure_folder(checkpoint.folder, parts["test"])
    card = checkpoint.folder / "README.md"
    if evaluation is not None and card.is_file():
        write_whole(card, with_figures(card.read_text(encoding="utf-8"), evaluation, rates))
    return evaluation


def calibrate_folder(
    folder: Path, dev: Sequence[LabelledSentence], stance_rates: Mapping[str, float] | None = None
) -> None:
    """Fit ``calibration.json`` of a model folder on held-out sentences, for texts with the stances so frequent."""
    checkpoint = Checkpoint.load(folder)
    scores = Classifier(checkpoint, OnnxEngine(checkpoint)).score([item.text for item in dev])
    fitted = calibrate(scores, Gold.of(dev, checkpoint.codebook), checkpoint.codebook, stance_rates)
    write_whole(folder / "calibration.json", fitted.model_dump_json(indent=1) + "\n")


def measure_folder(folder: Path, test: Sequence[LabelledSentence]) -> Evaluation | None:
    """Measure a model folder on held-out sentences and write ``metrics.json``; None where there are none."""
    if not test:
        return None
    checkpoint = Checkpoint.load(folder)
    classifier = Classifier(checkpoint, OnnxEngine(checkpoint))
    evaluation, _ = evaluate_sentences(classifier, test, data=["held-out test part"])
    write_whole(
        folder / "metrics.json", json.dumps(evaluation.to_dict(errors=False), indent=1, ensure_ascii=False) + "\n"
    )
    return evaluation
