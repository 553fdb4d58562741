"""The folder that training writes and classify reads. Reading it needs neither torch nor transformers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from ..data.codebook import Codebook, parse_codebook
from ..errors import CheckpointError
from .calibration import Calibration
from .names import NameMask
from .tokenization import SentenceTokenizer

__all__ = ["DEFAULT_MODEL", "WORDS_FILE", "Calibration", "Checkpoint", "default_model", "write_words"]

#: Stands for the shipped model wherever a model folder is asked for.
DEFAULT_MODEL = "default"

_FILES = ("config.json", "codebook.yaml", "calibration.json", "tokenizer.json", "model.safetensors", "model.onnx")


#: Words that are no names, one a line; in the folder of a model from which names are hidden.
WORDS_FILE = "words.txt"


def default_model() -> Path:
    """Return the folder of the shipped model."""
    return Path(str(resources.files("counterframe.models") / "default"))


def write_words(folder: Path, words: Iterable[str]) -> None:
    """Write the words that are no names into a model folder, one a line in the order of their code points."""
    (folder / WORDS_FILE).write_text("".join(f"{word}\n" for word in sorted(words)), encoding="utf-8", newline="\n")


@dataclass(frozen=True)
class Checkpoint:
    """A model folder, checked for completeness.

    Attributes:
        max_tokens: Tokens of a sentence that the model sees.
        pad_id: Token id that fills up a batch.
        name_sign: Token that the model is shown in the place of names; None shows it the names.
        precision: In what numbers the graph of the folder computes: ``int8`` where it was exported so.
        encoder_name: The encoder that it was trained from; empty where the folder does not tell.
    """

    folder: Path
    model_name: str
    codebook: Codebook
    calibration: Calibration
    max_tokens: int
    pad_id: int
    name_sign: str | None
    precision: Literal["float32", "int8"] = "float32"
    encoder_name: str = ""

    @classmethod
    def load(cls, folder: str | Path = DEFAULT_MODEL) -> Checkpoint:
        """Read a model folder; ``default`` is the shipped model.

        Raises:
            CheckpointError: A file is missing or damaged, or the codebook is not the one the weights were
                trained on.
        """
        path = default_model() if str(folder) == DEFAULT_MODEL else Path(folder)
        if not path.is_dir():
            raise CheckpointError(f"no model folder at {path}; name a folder that `counterframe train` wrote")
        if (path / ".training").is_dir() and not (path / "config.json").is_file():
            raise CheckpointError(f"the training run into {path} has not ended; go on with `train --resume`")
        missing = [name for name in _FILES if not (path / name).is_file()]
        if missing:
            raise CheckpointError(
                f"{path} is not a complete model folder: {', '.join(missing)} missing; train again,"
                " or copy the whole folder"
            )
        config = _read_json(path / "config.json")
        sign = config.get("name_sign")
        if sign is not None and not (path / WORDS_FILE).is_file():
            raise CheckpointError(f"{path / WORDS_FILE} is missing, by which names are told; copy the whole folder")
        codebook = parse_codebook(_read_text(path / "codebook.yaml"), path / "codebook.yaml")
        if config.get("model_type") != "counterframe":
            raise CheckpointError(f"{path / 'config.json'} is not the configuration of a Counterframe model")
        if config.get("codebook_digest") != codebook.digest:
            raise CheckpointError(
                f"{path}: codebook.yaml (digest {codebook.digest}) is not the codebook that the model was trained"
                f" on (digest {config.get('codebook_digest')}); restore the file or train a model for this codebook"
            )
        try:
            calibration = Calibration.model_validate(_read_json(path / "calibration.json"))
        except ValidationError as error:
            raise CheckpointError(f"{path / 'calibration.json'}: {error}") from error
        problem = calibration.problem(codebook)
        if problem is not None:
            raise CheckpointError(f"{path / 'calibration.json'} {problem}; copy the folder anew")
        return cls(
            folder=path,
            model_name=str(config.get("model_name") or path.resolve().name),
            codebook=codebook,
            calibration=calibration,
            max_tokens=_whole_number(config.get("max_tokens"), "max_tokens", path, least=1),
            pad_id=_whole_number(config.get("pad_token_id") or 0, "pad_token_id", path, least=0),
            name_sign=None if sign is None else str(sign),
            precision="int8" if config.get("graph_precision") == "int8" else "float32",
            encoder_name=_encoder_name(config),
        )

    @cached_property
    def name(self) -> str:
        """Name of the model and the first ten hex digits of the sha256 of weights and calibration."""
        digest = hashlib.sha256()
        files = ["model.safetensors", "calibration.json", "codebook.yaml"]
        for file in files if self.name_sign is None else [*files, WORDS_FILE]:
            with (self.folder / file).open("rb") as handle:
                digest.update(hashlib.file_digest(handle, "sha256").digest())
        return f"{self.model_name}@{digest.hexdigest()[:10]}"

    def name_in(self, precision: str) -> str:
        """Return the name as it stands in results that were computed in *precision*: a graph in int8 has a mark."""
        return self.name if precision == "float32" else f"{self.name}+{precision}"

    def words(self) -> frozenset[str]:
        """Return the words that are no names, by which names are told; none where names are shown to the model."""
        return frozenset() if self.name_sign is None else frozenset(_read_text(self.folder / WORDS_FILE).split())

    def tokenizer(self) -> SentenceTokenizer:
        """Return the tokenizer that the model was trained with."""
        names = None if self.name_sign is None else NameMask(self.words(), self.name_sign)
        return SentenceTokenizer.from_folder(self.folder, max_tokens=self.max_tokens, names=names)


def _encoder_name(config: dict[str, Any]) -> str:
    encoder = config.get("encoder")
    return str(encoder.get("_name_or_path") or "") if isinstance(encoder, dict) else ""


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(_read_text(path))
    except ValueError as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} does not hold a JSON object")
    return content


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error


def _whole_number(value: object, field: str, folder: Path, *, least: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise CheckpointError(
        f"{folder / 'config.json'}: field {field!r} must be a whole number from {least} on, not {value!r}; copy the"
        " folder anew"
    )
