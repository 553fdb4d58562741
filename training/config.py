"""The settings of a training run. ``configs/train/default.yaml`` holds all of them with their meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ..data.strict import load_yaml
from ..errors import InputError, UsageError, nearest

__all__ = ["DistillationConfig", "SplitConfig", "TrainConfig", "load_train_config"]

#: YAML 1.1 reads 5e-5 as a text.
_EXPONENT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+")

ClassWeights = Literal["balanced", "none"] | dict[str, Annotated[float, Field(ge=0)]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_word_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse ``yes`` where a number stands: YAML reads it as true, and pydantic would read that as 1."""
        kind = cls.model_fields[str(info.field_name)].annotation
        if kind is bool or (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return value
        numbers = value.values() if isinstance(value, dict) else [value]
        if any(isinstance(number, bool) for number in numbers):
            raise ValueError("must not be true or false (yes, no, on and off are those too; quote them as a text)")
        return value


class EncoderConfig(_Strict):
    """Which encoder, and whether it may be fetched."""

    name: str
    download: bool


class ModelConfig(_Strict):
    """Shape of the heads, and where their weights come from."""

    start_from: str | None
    max_tokens: int = Field(ge=16, le=8192)
    attention_heads: int = Field(ge=1)
    head_size: int = Field(ge=8)
    dropout: float = Field(ge=0, lt=1)
    hide_names: bool


class SplitConfig(_Strict):
    """How much is held out."""

    file: str | None
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


class DistillationConfig(_Strict):
    """Which models to learn from beside the labels."""

    teachers: list[str]
    share: float = Field(ge=0, le=1)
    texts: list[str]

    @model_validator(mode="after")
    def _teachers_for_texts(self) -> DistillationConfig:
        if self.texts and not self.teachers:
            raise ValueError("distillation.texts are sentences without labels, which need distillation.teachers")
        return self


class CalibrationConfig(_Strict):
    """What the probabilities are made for."""

    stance_rates: dict[str, float] | None

    @field_validator("stance_rates", mode="before")
    @classmethod
    def _one_for_each_stance(cls, value: Any) -> Any:
        if value is not None and not isinstance(value, dict):
            raise ValueError("write a share for each stance, such as {asserts: 0.87, rejects: 0.1, relays: 0.03}")
        return value


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
    distillation: DistillationConfig
    calibration: CalibrationConfig
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
        known = sorted(item.name.removesuffix(".yaml") for item in shipped.iterdir() if item.name.endswith(".yaml"))
        file = Path(path)
        if str(path) in known and not file.is_file():
            file = Path(str(shipped / f"{path}.yaml"))
        _merge(settings, _read(file, known), place=str(path))
    for override in overrides:
        _override(settings, override)
    try:
        return TrainConfig.model_validate(settings)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in found['loc'])}: {found['msg'].removeprefix('Value error, ')}"
            for found in error.errors()
        )
        raise UsageError(f"wrong setting: {problems}") from error


def _read(path: Path, known: Sequence[str]) -> dict[str, Any]:
    try:
        content = load_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"no such configuration file; shipped configurations: {', '.join(known)}", path=path
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", path=path) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InputError(f"is not valid YAML: {error.problem}", path=path, line=line) from error
    except yaml.YAMLError as error:
        raise InputError(f"is not valid YAML: {error}", path=path) from error
    if not isinstance(content, dict):
        raise InputError("must hold sections of settings, as configs/train/default.yaml does", path=path)
    return content


def _override(settings: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    if not separator or not key.strip():
        raise UsageError(f"--set {override!r}: write it as section.key=value, such as optimisation.epochs=3")
    value = _parse(text, override)
    section, *inner = key.strip().split(".")
    if len(inner) > 1:  # the weight of one class, beside those that are set already
        held = settings.get(section, {}).get(inner[0])
        value = {**(held if isinstance(held, dict) else {}), ".".join(inner[1:]): value}
    _merge(settings, {section: {inner[0]: value} if inner else value}, place=f"--set {override}")


def _parse(value: str, override: str) -> Any:
    try:
        parsed = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise UsageError(f"--set {override!r}: the value is not valid YAML") from error
    return float(value) if _EXPONENT.fullmatch(value.strip()) else parsed


def _merge(settings: dict[str, Any], changes: dict[str, Any], *, place: str, prefix: str = "") -> None:
    for key, value in changes.items():
        name = f"{prefix}{key}"
        if key not in settings:
            raise UsageError(f"{place}: there is no setting {name!r}{_nearest_setting(name)}")
        # Class weights are a word or a mapping from label to number: taken whole, not merged.
        if isinstance(settings[key], dict) and not prefix:
            if not isinstance(value, dict):
                raise UsageError(f"{place}: {name!r} is a section; write {name}.{next(iter(settings[key]))}=…")
            _merge(settings[key], value, place=place, prefix=f"{name}.")
        else:
            settings[key] = value


def _nearest_setting(name: str) -> str:
    sections = {section: field.annotation for section, field in TrainConfig.model_fields.items()}
    known = [f"{section}.{key}" for section, kind in sections.items() for key in getattr(kind, "model_fields", ())]
    key = name.rpartition(".")[2]
    # The right key without its section, or in another one, is nearer than any look-alike.
    same = [setting for setting in known if setting.rpartition(".")[2] == key]
    if same:
        return f" (did you mean {' or '.join(map(repr, same))}?)"
    return nearest(name, known if "." in name else [*sections, *known])
