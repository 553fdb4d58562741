"""The external sets as tasks: read from ``shared/benchmarks``, never written into the repository."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from counterframe.errors import InputError

from .tasks import Answer, Fold, Row, Task, folded, grouped, tuning_part

__all__ = ["FILES", "READERS", "read_set"]

#: The files of each set.
FILES = {
    "ccf": ("ccf_official.jsonl.gz", "ccf_train.jsonl.gz"),
    "gwsd": ("gwsd_train.jsonl.gz",),
    "gvfc": ("gvfc_train.jsonl.gz",),
    "polnear": ("polnear.jsonl.gz",),
}

#: One of so many parts of what is there to learn from is kept to tune on.
_PARTS = 10

_CCF_LABELS = (
    "economic",
    "health",
    "security",
    "justice",
    "political",
    "scientific",
    "environmental",
    "cultural",
)
#: F1 of the positive class of a BERT-base for each frame, on the official validation sentences.
_CCF_PUBLISHED = {
    "economic": 0.745,
    "political": 0.808,
    "scientific": 0.784,
    "justice": 0.719,
    "security": 0.870,
    "cultural": 0.773,
    "environmental": 0.842,
    "health": 0.800,
}
#: Frames whose official validation sentences are nearly the same ones: one training serves them all.
_CCF_TOGETHER = (
    ("cultural", "justice", "security"),
    ("economic", "environmental", "health", "political", "scientific"),
)

_GVFC_LABELS = {
    "Politics": "politics",
    "Gun control": "gun_control",
    "Public opinion": "public_opinion",
    "School or public space safety": "public_space_safety",
    "Race": "race",
    "Economic consequences": "economic_consequences",
    "Mental health": "mental_health",
    "2nd Amendment rights": "second_amendment",
    "Society": "society",
}


def read_set(name: str, folder: Path) -> Task:
    """Read one set.

    Raises:
        InputError: A file is missing, or a record is not as SOURCES.md says.
    """
    try:
        return READERS[name]([_records(folder / file) for file in FILES[name]])
    except KeyError as error:
        raise InputError(f"a record of {name} lacks or does not know {error}", path=folder) from error


def _records(path: Path) -> list[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as handle:
            return [json.loads(line) for line in handle]
    except FileNotFoundError as error:
        raise InputError("is missing; name the folder of the benchmarks with --data", path=path) from error
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read as gzipped JSON Lines: {error}", path=path) from error


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _ccf(files: list[list[dict[str, Any]]]) -> Task:
    official, labelled = files
    frames = {f"{name}_frame": name for name in _CCF_LABELS}
    texts: dict[str, str] = {}
    asked: dict[str, dict[str, bool]] = defaultdict(dict)  # of each validation text, frame to label
    for item in official:
        if item["split"] != "train" and item["target"] in frames:
            texts[_plain(item["text"])] = item["text"]
            asked[_plain(item["text"])][frames[item["target"]]] = bool(item["label"])
    known = {_plain(item["text"]): item for item in labelled}
    rows = grouped(
        [
            Row(
                id=str(item["id"]),
                text=item["text"],
                gold=Answer(tuple(frames[label] for label in item["labels"] if label in frames)),
                group=str(item["doc"]),
            )
            for item in known.values()
        ]
    )
    docs = {plain: row.group for plain, row in zip(known, rows, strict=True)}
    folds = []
    for together in _CCF_TOGETHER:
        test = [
            Row(
                id=f"validation-{number}",
                text=texts[plain],
                gold=Answer(tuple(frame for frame, present in labels.items() if present)),
                group=docs.get(plain, plain),
                asked=frozenset(labels) & frozenset(together),
            )
            for number, (plain, labels) in enumerate(asked.items())
            if not frozenset(together).isdisjoint(labels)
        ]
        held_out = {_plain(row.text) for row in test}
        train, dev = tuning_part([row for row in rows if _plain(row.text) not in held_out], parts=_PARTS)
        folds.append(Fold("+".join(together), train, dev, test))
    macro = sum(_CCF_PUBLISHED.values()) / len(_CCF_PUBLISHED)
    return Task(
        name="ccf",
        kind="many",
        labels=_CCF_LABELS,
        folds=tuple(folds),
        about=(
            "Each frame is measured on the sentences of its own official validation part. Officially each frame is a"
            " binary task with parts of its own, and what is validation for one frame is training for another. Here one"
            " model tells all eight frames, so it is trained twice, each time without any sentence that is validation"
            " for the frames then measured. As officially, sentences of one article may stand on both sides. Published:"
            " BERT-base, a model for each frame, its best epoch chosen by its score on these same validation sentences."
        ),
        published={f"F1 {name}": value for name, value in _CCF_PUBLISHED.items()} | {"macro F1": macro},
    )


def _gwsd(files: list[list[dict[str, Any]]]) -> Task:
    labels = ("agree", "neutral", "disagree")
    return Task(
        name="gwsd",
        kind="one",
        labels=labels,
        folds=folded(_one_label(files[0], {label: label for label in labels}), folds=5, parts=_PARTS),
        about=(
            "Five folds of the published training part, equal texts together. Published: BERT, on a test part of 200"
            " sentences that is not here, and chosen otherwise; no more than a point of reference."
        ),
        published={"accuracy": 0.75},
    )


def _gvfc(files: list[list[dict[str, Any]]]) -> Task:
    return Task(
        name="gvfc",
        kind="one",
        labels=tuple(_GVFC_LABELS.values()),
        folds=folded(_one_label(files[0], _GVFC_LABELS), folds=5, parts=_PARTS),
        about=(
            "Five folds of 70 % of the headlines, equal texts together. Published: BERT on the full set, that is with"
            " half as many headlines more to learn from; no more than a point of reference."
        ),
        published={"accuracy": 0.84},
    )


def _one_label(items: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[Row]:
    # Neither set says from which document a sentence is: each text is one of its own.
    return grouped(
        [Row(str(item["id"]), item["text"], Answer((names[item["label"]],)), _plain(item["text"])) for item in items]
    )


def _polnear(files: list[list[dict[str, Any]]]) -> Task:
    parts: dict[str, list[Row]] = {"train": [], "dev": []}
    for item in files[0]:
        sources = sorted((span["start"], span["end"]) for span in item["spans"] if span["role"] == "source")
        gold = Answer(("attribution",) if item["spans"] else (), tuple(dict.fromkeys(sources)))
        parts[item["split"]].append(Row(item["id"], item["text"], gold, item["doc"]))
    train, dev = tuning_part(grouped(parts["train"]), parts=20)
    return Task(
        name="polnear",
        kind="span",
        labels=("attribution",),
        folds=(Fold("official", train, dev, grouped(parts["dev"])),),
        about=(
            "The official cut by time; the official dev part is what is measured on, and whole articles of the training"
            " part are kept to tune on. A sentence has a source if it holds the source of an attribution, and naming"
            " any one of its sources counts (every sixth sentence with a source has several; 'all sources' counts each,"
            " of which our model names one at most). Nothing comparable is published for single sentences."
        ),
    )


READERS: dict[str, Callable[[list[list[dict[str, Any]]]], Task]] = {
    "ccf": _ccf,
    "gwsd": _gwsd,
    "gvfc": _gvfc,
    "polnear": _polnear,
}
