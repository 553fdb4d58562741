"""A training run from labelled files to a complete model folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from ..data.codebook import Codebook, load_codebook
from ..data.labelled import LabelledData, read_labelled
from ..data.split_file import apply_split, load_split
from ..data.splits import Located, Split, fingerprint, groups_of, split_by_group
from ..errors import UsageError
from ..evaluation.baseline import Baseline
from ..evaluation.report import Evaluation
from ..inference.gate import check_graph
from ..models.calibration import Calibration
from ..models.checkpoint import Checkpoint, write_words
from ..models.device import Device, check_device, torch_device
from ..models.export import export_onnx
from ..models.names import NameMask
from ..models.network import CounterframeModel
from ..models.quiet import quiet_transformers
from ..models.tokenization import SentenceTokenizer
from .card import CardFacts, model_card
from .config import SplitConfig, TrainConfig, load_train_config
from .distil import Lesson
from .features import SentenceDataset, frame_weights, stance_weights
from .fit import Fitted, fit
from .rates import check_stance_rates
from .recalibrate import calibrate_folder, measure_folder
from .start import Start

__all__ = ["train"]

_STATE = ".training"
#: Held-out sentences on which the exported graph is compared with the weights.
_COMPARED = 250
_PACKAGES = ("torch", "transformers", "tokenizers", "onnxruntime", "scikit-learn", "numpy")


def train(
    data: Sequence[str | Path],
    out: str | Path,
    *,
    codebook: str | Path | Codebook | None = None,
    config: TrainConfig | None = None,
    texts: Sequence[str | Path] = (),
    allow_missing: bool = False,
    device: Device = "auto",
    resume: bool = False,
    say: Callable[[str], None] = print,
) -> Evaluation | None:
    """Train a model and write its folder.

    Args:
        data: Labelled files or folders.
        out: The model folder; must not exist or be empty, unless *resume*.
        codebook: A codebook, its file, or the name of a shipped one.
        config: Settings; ``configs/train/default.yaml`` by default.
        texts: Files that hold the texts of records kept as addresses.
        allow_missing: Leave out records whose text is missing.
        device: Where to compute; ``auto`` takes a GPU where there is one.
        resume: Go on with a run that was cut off. The result is the same as that of an undisturbed run.
        say: Receives lines for people.

    Returns:
        The figures on the held-out test part, or None if nothing was held out for it (and in the helping processes
        of a distributed run).

    Raises:
        UsageError: A setting is wrong, the folder is taken, or the data cannot be split.
        InputError: A record is wrong.
        EncoderNotFoundError: The encoder is nowhere to be found.
    """
    main = int(os.environ.get("RANK", "0")) == 0
    say = say if main else _silent
    config = config or load_train_config()
    book = codebook if isinstance(codebook, Codebook) else load_codebook(codebook)
    folder = Path(out)
    chosen, why = torch_device(device)
    say(why)
    labelled = read_labelled(data, book, texts=texts, allow_missing=allow_missing)
    for warning in labelled.warnings:
        say(f"mind: {warning}")
    split = _split(labelled, config.split)
    say(f"{len(split.train)} sentences to learn from, {len(split.dev)} to tune on, {len(split.test)} to measure on")
    start = Start(config, book, split)
    say(start.description)
    if not any(item.labels for item in split.train):
        raise UsageError("no sentence to learn from has a frame; there is nothing to train")
    frame_balance = frame_weights(split.train, book, config.loss.frame_weights)
    if config.calibration.stance_rates:
        check_stance_rates(config.calibration.stance_rates, book)
    stance_balance = stance_weights(split.train, book, config.loss.stance_weights)
    lesson = Lesson.prepare(split, book, config.distillation, device=check_device(chosen), say=say)

    torch.manual_seed(config.optimisation.seed)
    model, tokenizer = start.network(folder.resolve().name)
    sign = model.config.name_sign
    words = start.words(split.train) if sign else frozenset[str]()
    # The folder is claimed when nothing can be wrong with the settings any more.
    if main:
        _claim(folder, _description(config, book, labelled, split, lesson, start), resume=resume, say=say)
    model.set_loss(
        stance_weight=config.loss.stance_weight,
        source_weight=config.loss.source_weight,
        frame_weights=frame_balance,
        stance_class_weights=stance_balance,
    )
    sentences = SentenceTokenizer(
        Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()),
        max_tokens=model.config.max_tokens,
        names=NameMask(words, sign) if sign else None,
    )
    fitted = _fit(
        model,
        sentences,
        tokenizer.pad_token_id,
        lesson,
        split,
        book,
        config,
        folder / _STATE,
        chosen,
        resume=resume,
        say=say,
    )
    if not fitted.main:
        return None
    say("exporting, calibrating and measuring")
    complete = folder / _STATE / "complete"
    shutil.rmtree(complete, ignore_errors=True)
    complete.mkdir(parents=True)
    _save(model, tokenizer, book, config, complete)
    if sign:
        write_words(complete, words)
    evaluation = _finish(complete, split, lesson, start, labelled, book, config, fitted)
    _publish(complete, folder)
    return evaluation


def _silent(line: str) -> None:
    """Say nothing: one process of a distributed run speaks for all."""


def _split(labelled: LabelledData, settings: SplitConfig) -> Split:
    if settings.file is not None:
        return apply_split(labelled.sentences, load_split(settings.file))
    return split_by_group(labelled.sentences, dev=settings.dev, test=settings.test, seed=settings.seed)


def _description(
    config: TrainConfig, codebook: Codebook, labelled: LabelledData, split: Split, lesson: Lesson, start: Start
) -> dict[str, Any]:
    """Return what must be the same when a run is resumed."""
    held_out = "\n".join([*(item.id for item in split.dev), "test:", *(item.id for item in split.test)])
    content = "\n".join(f"{item.id}\t{item.text}\t{dict(item.labels)}\t{item.source}" for item in labelled.sentences)
    return {
        "config": config.model_dump(mode="json"),
        "codebook": codebook.digest,
        "data": hashlib.sha256(content.encode()).hexdigest()[:16],
        "split": hashlib.sha256(held_out.encode()).hexdigest()[:16],
        "distillation": lesson.digest[:16] if lesson.teachers else None,
        "start": start.checkpoint.name if start.checkpoint else None,
    }


def _claim(folder: Path, description: dict[str, Any], *, resume: bool, say: Callable[[str], None]) -> None:
    """Make the folder this run's own, or refuse."""
    record = folder / _STATE / "run.json"
    if record.is_file() and resume:
        begun = json.loads(record.read_text(encoding="utf-8"))
        changed = [part for part in description if begun.get(part) != description[part]]
        if changed:
            settings = _changed_settings(begun.get("config", {}), description["config"])
            raise UsageError(
                f"--resume: not as the run in {folder} began: {', '.join(changed)}{settings}; use the same data,"
                f" codebook and settings ({record} has them), or train into another folder"
            )
        return
    if resume:
        say(f"mind: there is nothing to resume in {folder}; a new run begins")
    if record.is_file():
        raise UsageError(f"a run into {folder} was begun and not ended; go on with --resume, or delete the folder")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty; train into another folder, or delete it")
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {folder}: cannot be written: {error.strerror}") from error
    record.write_text(json.dumps(description, indent=1), encoding="utf-8")


def _changed_settings(begun: dict[str, Any], now: dict[str, Any]) -> str:
    """Return the settings that differ, with both values, in brackets."""
    differ = [
        f"{section}.{name} was {begun[section][name]}, is {value}"
        for section, values in now.items()
        for name, value in values.items()
        if name in begun.get(section, {}) and begun[section][name] != value
    ]
    return f" ({'; '.join(differ)})" if differ else ""


def _fit(
    model: CounterframeModel,
    sentences: SentenceTokenizer,
    pad_id: int,
    lesson: Lesson,
    split: Split,
    codebook: Codebook,
    config: TrainConfig,
    state: Path,
    device: str,
    *,
    resume: bool,
    say: Callable[[str], None],
) -> Fitted:
    targets = lesson.targets(codebook, share=config.distillation.share, file=state / "teachers.npz", say=say)
    train_set = SentenceDataset(lesson.texts, targets, sentences)
    dev_set = SentenceDataset.labelled(split.dev, sentences, codebook)
    if train_set.truncated:
        say(f"mind: {train_set.truncated} sentences are longer than {model.config.max_tokens} tokens and were cut")
    return fit(
        model,
        train_set,
        dev_set,
        settings=config.optimisation,
        folder=state / "epochs",
        device=device,
        pad_id=pad_id,
        resume=resume,
        say=say,
    )


def _save(model: CounterframeModel, tokenizer: Any, codebook: Codebook, config: TrainConfig, folder: Path) -> None:
    """Write weights, configuration, tokenizer, codebook and graph."""
    model.to("cpu").eval()
    if config.checkpoint.weights == "float16":
        model.half()
    with quiet_transformers():
        model.save_pretrained(folder)
    model.float()  # from here on the weights are what a reader of the file gets
    (folder / "model.safetensors").chmod(0o644)  # the library leaves it to its owner alone
    tokenizer.save_pretrained(folder)
    (folder / "codebook.yaml").write_text(codebook.to_yaml(), encoding="utf-8")
    (folder / "train.yaml").write_text(config.to_yaml(), encoding="utf-8")
    export_onnx(model, folder)
    neutral = Calibration.neutral(codebook).model_dump_json(indent=1)
    (folder / "calibration.json").write_text(neutral + "\n", encoding="utf-8")


def _finish(
    folder: Path,
    split: Split,
    lesson: Lesson,
    start: Start,
    labelled: LabelledData,
    codebook: Codebook,
    config: TrainConfig,
    fitted: Fitted,
) -> Evaluation | None:
    """Calibrate on dev, measure on test, and write what stands beside the weights."""
    calibrate_folder(folder, split.dev, config.calibration.stance_rates)
    check_graph(Checkpoint.load(folder), [item.text for item in split.dev[:_COMPARED]])
    Baseline.fit(split.train, split.dev, codebook).save(folder / "baseline.json")
    parts = {"train": split.train, "dev": split.dev, "test": split.test}
    read: dict[str, list[Located]] = {part: list(items) for part, items in parts.items()}
    read["train"] += lesson.unlabelled  # a teacher's labels are learnt too
    before = start.seen()
    seen = {
        part: sorted({key for item in items for key in fingerprint(item)} | before.get(part, set()))
        for part, items in read.items()
    }
    (folder / "split.json").write_text(json.dumps(seen), encoding="utf-8")
    evaluation = measure_folder(folder, split.test)
    facts = CardFacts(
        counts={part: len(items) for part, items in parts.items()},
        events={part: len(set(groups_of(items))) for part, items in parts.items()},
        files=_digests(labelled),
        encoder=start.encoder_name,
        start=start.checkpoint.name if start.checkpoint else None,
        teachers=lesson.teachers,
        unlabelled=len(lesson.unlabelled),
        warnings=labelled.warnings,
        versions={package: version(package) for package in _PACKAGES},
        evaluation=evaluation,
    )
    card = model_card(facts, codebook=codebook, config=config, fitted=fitted)
    (folder / "README.md").write_text(card, encoding="utf-8")
    return evaluation


def _digests(labelled: LabelledData) -> dict[str, str]:
    """Return the sha256 of each labelled file that was read, by its name (with its folder, where names collide)."""
    files = list(dict.fromkeys(Path(item.place.rpartition(":")[0]) for item in labelled.sentences))
    names = [path.name for path in files]
    return {
        path.name if names.count(path.name) == 1 else f"{path.parent.name}/{path.name}": (
            hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "(a part of a saved dataset)"
        )
        for path in files
    }


def _publish(complete: Path, folder: Path) -> None:
    """Move the finished files into place, the configuration last: before it is there, the folder is no model."""
    for path in sorted(complete.iterdir(), key=lambda path: path.name == "config.json"):
        path.replace(folder / path.name)
    shutil.rmtree(folder / _STATE)
