"""What is known of a model folder: its name, its codebook, and what was measured when it was trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from ..errors import CheckpointError, CounterframeError
from ..evaluation.figure import Figure
from ..models.checkpoint import DEFAULT_MODEL, Checkpoint, default_model
from .engines import OnnxEngine

__all__ = ["Figures", "ModelInfo", "look_at_model"]

#: The overall figures of ``metrics.json`` that are told.
_TOLD = ("pair_f1", "frame_micro_f1", "primary_accuracy", "stance_accuracy", "source_exact_f1")


@dataclass(frozen=True)
class Figures:
    """What ``metrics.json`` of a model says of it.

    Attributes:
        model: Name of the model that was measured; another one's figures do not hold for this one.
        data: What it was measured on.
        groups: Number of independent events or documents.
        interval: What the intervals are.
        warnings: What a reader of the figures must know.
        overall: Figure by its name in ``metrics.json``.
    """

    model: str
    data: tuple[str, ...]
    sentences: int
    groups: int
    interval: str
    warnings: tuple[str, ...]
    overall: Mapping[str, Figure]


@dataclass(frozen=True)
class ModelInfo:
    """A model folder.

    Attributes:
        given: How the model was asked for; ``default`` is the shipped one.
        problem: Why it cannot be loaded; what is not known then is None.
        name: Name and digest, as they stand in results.
        codebook: Name, version and digest of the codebook, number of frames and stances.
        size: Bytes of the files in the folder.
        max_tokens: Tokens of a sentence that the model sees.
        card: The model card, where there is one.
        figures: What was measured when it was trained.
        figures_problem: Why there are no figures.
    """

    given: str
    folder: Path
    problem: str | None = None
    name: str | None = None
    codebook: Mapping[str, str | int] | None = None
    size: int | None = None
    max_tokens: int | None = None
    card: Path | None = None
    figures: Figures | None = None
    figures_problem: str | None = None


def look_at_model(given: str | Path = DEFAULT_MODEL) -> ModelInfo:
    """Load a model as ``classify`` does on a CPU, and tell of it; what is wrong with it is told and not raised."""
    folder = default_model() if str(given) == DEFAULT_MODEL else Path(given).absolute()
    try:
        checkpoint = Checkpoint.load(folder)
        # The files may all be there and still be cut off, so they are read as classify reads them.
        OnnxEngine(checkpoint, workers=1)
        checkpoint.tokenizer()
        name, size = checkpoint.name, sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    except (CounterframeError, ImportError, OSError) as error:
        return ModelInfo(str(given), folder, problem=str(error))
    book = checkpoint.codebook
    figures: Figures | None = None
    figures_problem: str | None = None
    try:
        figures = _figures(folder / "metrics.json")
    except CheckpointError as error:
        figures_problem = str(error)
    return ModelInfo(
        str(given),
        folder,
        name=name,
        codebook={
            "name": book.name,
            "version": book.version,
            "digest": book.digest,
            "frames": len(book.frames),
            "stances": len(book.stances),
        },
        size=size,
        max_tokens=checkpoint.max_tokens,
        card=folder / "README.md" if (folder / "README.md").is_file() else None,
        figures=figures,
        figures_problem=figures_problem,
    )


class _Metrics(BaseModel):
    """The fields of ``metrics.json`` that are told."""

    model: str
    data: tuple[str, ...]
    sentences: int
    groups: int
    interval: str
    warnings: tuple[str, ...] = ()
    overall: dict[str, Figure]


def _figures(path: Path) -> Figures:
    try:
        read = _Metrics.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise CheckpointError("no metrics.json: no part was held out in training, or the file was lost") from error
    except OSError as error:
        raise CheckpointError(f"metrics.json cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = f"field {'.'.join(map(str, first['loc']))}: " if first["loc"] else ""
        raise CheckpointError(f"metrics.json is damaged: {where}{first['msg']}") from error
    told = {name: read.overall[name] for name in _TOLD if name in read.overall and read.overall[name].support}
    return Figures(**{**dict(read), "overall": told})
