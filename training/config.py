"""The settings of a training run. ``configs/train/default.yaml`` holds all of them with their meaning."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..errors import InputError, UsageError, nearest

__all__ = ["TrainConfig", "load_train_config"]

ClassWeights = Literal["balanced", "none"] | dict[str, float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EncoderConfig(_Strict):
    """Which encoder, and whether it may be fetched."""

    name: str
    download: bool


class ModelConfig(_Strict):
    """Shape of the heads."""

    max_tokens: int = Field(ge=16, le=8192)
    attention_heads: int = Field(ge=1)
    head_size: int = Field(ge=8)
    dropout: float = Field(ge=0, lt=1)


class SplitConfig(_Strict):
    """How much is held out."""

    dev: float = Field(gt=0, lt=0.9)
    test: float = Field(ge=0, lt=0.9)
    seed: int

    @model_validator(mode="after")
    def _leave_something(self) -> SplitConfig:
        if self.dev + self.test >= 0.9:
            raise ValueError("split.dev and split.test together must leave at least a tenth to learn from")
        return self


class OptimisationConfig(_Strict):
    """How the weights are learnt."""

    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    head_learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    warmup: float = Field(ge=0, lt=1)
    patience: int = Field(ge=1)
    seed: int
    precision: Literal["auto", "float32", "bfloat16"]


class LossConfig(_Strict):
    """What counts how much."""

    stance_weight: float = Field(ge=0)
    source_weight: float = Field(ge=0)
    frame_weights: ClassWeights
    stance_weights: ClassWeights


class CheckpointConfig(_Strict):
    """How the result is kept."""

    weights: Literal["float32", "float16"]


class TrainConfig(_Strict):
    """All settings of a training run."""

    encoder: EncoderConfig
    model: ModelConfig
    split: SplitConfig
    optimisation: OptimisationConfig
    loss: LossConfig
    checkpoint: CheckpointConfig

    def to_yaml(self) -> str:
        """Return the settings as they stand in a file."""
        return yaml.safe_dump(self.model_dump(), sort_keys=False)


def load_train_config(path: str | Path | None = None, overrides: Sequence[str] = ()) -> TrainConfig:
    """Read the settings of a training run.

    The shipped ``default.yaml`` comes first, then *path* (which may hold a part of the settings), then
    *overrides*.

    Args:
        path: A YAML file, or the name of a shipped configuration.
        overrides: Texts ``section.key=value``.

    Raises:
        UsageError: A setting is unknown (the nearest one is named) or has a wrong value.
        InputError: The file cannot be read.
    """
    shipped = resources.files("counterframe.configs") / "train"
    settings: dict[str, Any] = yaml.safe_load((shipped / "default.yaml").read_text(encoding="utf-8"))
    if path is not None:
        named = shipped / f"{path}.yaml"
        file = Path(str(named)) if named.is_file() and not Path(path).exists() else Path(path)
        _merge(settings, _read(file), place=str(path))
    for override in overrides:
        key, separator, value = override.partition("=")
        if not separator or not key.strip():
            raise UsageError(f"--set {override!r}: write it as section.key=value, such as optimisation.epochs=3")
        nested: dict[str, Any] = {}
        _nest(nested, key.strip().split("."), _parse(value, override))
        _merge(settings, nested, place=f"--set {override}")
    try:
        return TrainConfig.model_validate(settings)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}" for found in error.errors()
        )
        raise UsageError(f"wrong setting: {problems}") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError("no such configuration file", path=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", path=path) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise InputError(f"is not valid YAML: {error}", path=path, line=line) from error
    if not isinstance(content, dict):
        raise InputError("must hold sections of settings, as configs/train/default.yaml does", path=path)
    return content


def _parse(value: str, override: str) -> Any:
    try:
        parsed = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise UsageError(f"--set {override!r}: the value is not valid YAML") from error
    if isinstance(parsed, str):  # YAML reads 5e-5 as a text
        try:
            return float(parsed)
        except ValueError:
            return parsed
    return parsed


def _nest(target: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        target = target.setdefault(key, {})
    target[keys[-1]] = value


def _merge(settings: dict[str, Any], changes: dict[str, Any], *, place: str, prefix: str = "") -> None:
    for key, value in changes.items():
        name = f"{prefix}{key}"
        if key not in settings:
            known = [f"{prefix}{candidate}" for candidate in settings]
            if not prefix:  # the key of a section, given without it
                known += [f"{part}.{inner}" for part, inside in settings.items() for inner in inside]
            raise UsageError(f"{place}: there is no setting {name!r}{nearest(name, known)}")
        # Class weights are a word or a mapping from label to number: taken whole, not merged.
        if isinstance(settings[key], dict) and not prefix:
            if not isinstance(value, dict):
                raise UsageError(f"{place}: {name!r} is a section; write {name}.{next(iter(settings[key]))}=…")
            _merge(settings[key], value, place=place, prefix=f"{name}.")
        else:
            settings[key] = value
