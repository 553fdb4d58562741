"""Finished answers as files, one for each set, fold, seed and system, so that a run that is cut off goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from counterframe.data.output import write_json

from .tasks import Answer, Fold

__all__ = ["Kept", "Key", "load", "save", "versions"]

_PACKAGES = ("counterframe", "torch", "transformers", "sentence-transformers", "setfit", "scikit-learn")


@dataclass(frozen=True)
class Key:
    """What was run, and with which settings; a result is taken up again only if all of it is the same."""

    task: str
    fold: Fold
    system: str
    seed: int
    settings: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """Twelve hex digits of the settings and the sentences."""
        content = json.dumps([self.fold.digest, self.settings], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def path(self, folder: Path) -> Path:
        """Return the file of this result."""
        return folder / self.task / self.system / f"fold-{self.fold.name}-seed-{self.seed}-{self.digest}.json"


@dataclass(frozen=True)
class Kept:
    """The answers of one system to the test part of one fold.

    Attributes:
        cpu_seconds: Processor time of training and answering, all threads.
        seconds: Wall time of the same.
    """

    answers: Sequence[Answer]
    cpu_seconds: float
    seconds: float


def save(folder: Path, key: Key, kept: Kept) -> None:
    """Write a result whole: labels and places, never a text."""
    path = key.path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "task": key.task,
        "fold": key.fold.name,
        "system": key.system,
        "seed": key.seed,
        "settings": key.settings,
        "versions": versions(),
        "cpu_seconds": round(kept.cpu_seconds, 2),
        "seconds": round(kept.seconds, 2),
        "answers": [[list(answer.labels), [list(span) for span in answer.spans]] for answer in kept.answers],
    }
    write_json(path, content)


def load(folder: Path, key: Key) -> Kept | None:
    """Return a result of an earlier run, or None."""
    path = key.path(folder)
    if not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    answers = [
        Answer(tuple(labels), tuple((start, end) for start, end in spans)) for labels, spans in content["answers"]
    ]
    return Kept(answers, content["cpu_seconds"], content["seconds"])


def versions() -> dict[str, str]:
    """Return the versions of the libraries that are installed."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
