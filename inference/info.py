"""What somebody who reads a bug report must know: versions, machine, engine, encoder, models and their figures.

Nothing is fetched, and neither torch nor transformers is imported: versions come from the metadata of the installed
distributions. What is missing or damaged is told in its place, and the rest is told all the same.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import counterframe

from ..errors import CounterframeError, EncoderNotFoundError
from ..models.checkpoint import DEFAULT_MODEL, default_model
from ..models.device import cuda_device_names, has_cuda_driver, usable_cores
from ..models.encoder import DEFAULT_ENCODER, locate_encoder, ways_to_get
from .model_info import ModelInfo, look_at_model
from .private import without_names

__all__ = ["EncoderInfo", "EngineInfo", "Info", "SystemInfo", "expected_engine", "gather_info"]


@dataclass(frozen=True)
class SystemInfo:
    """The machine, as far as it bears on results and speed.

    Attributes:
        cores: CPU cores that this process may use.
        memory: Bytes of main memory; None where the system does not say.
        gpus: Names of the GPUs that the NVIDIA driver shows; empty without a driver.
    """

    python: str
    platform: str
    cores: int
    memory: int | None
    cuda_driver: bool
    gpus: tuple[str, ...]


@dataclass(frozen=True)
class EngineInfo:
    """What ``classify`` computes with where no device is asked for.

    Attributes:
        device: What ``--device auto`` takes: cpu or cuda; None where nothing fits.
        engine: onnxruntime or torch, with its version.
        reason: Why.
        providers: Execution providers that this build of onnxruntime has.
        problem: Why onnxruntime cannot be used.
    """

    device: str | None
    engine: str | None
    reason: str
    providers: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class EncoderInfo:
    """Where the encoder is from which training starts.

    Attributes:
        place: How it was found; None where it was not.
        ways: What to do where it was not found.
        problem: What is wrong with the copy that was found.
    """

    name: str
    folder: Path | None = None
    place: str | None = None
    ways: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class Info:
    """All that ``counterframe info`` tells.

    Attributes:
        packages: Version by direct dependency of the distribution; None where it is not installed.
        packages_problem: Why the dependencies are not known.
        models: The shipped model, then the one that was asked for, if it is another one.
    """

    version: str
    folder: Path
    system: SystemInfo
    packages: Mapping[str, str | None]
    packages_problem: str | None
    engine: EngineInfo
    encoder: EncoderInfo
    models: Sequence[ModelInfo]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON, without the names of users and their home folders."""
        told: dict[str, Any] = _json({"schema": "counterframe-info/1", **asdict(self)})
        return told


def gather_info(model: str | Path | None = None) -> Info:
    """Look at this installation, this machine and the models.

    Args:
        model: A model folder to tell of beside the shipped one.
    """
    packages, packages_problem = _packages()
    cuda = has_cuda_driver()
    models = [look_at_model()]
    if model is not None and str(model) != DEFAULT_MODEL and Path(model).resolve() != default_model().resolve():
        models.append(look_at_model(model))
    return Info(
        version=counterframe.__version__,
        folder=Path(counterframe.__file__).parent,
        system=SystemInfo(
            python=f"{platform.python_implementation()} {platform.python_version()}",
            platform=platform.platform(),
            cores=usable_cores(),
            memory=_memory(),
            cuda_driver=cuda,
            gpus=cuda_device_names() if cuda else (),
        ),
        packages=packages,
        packages_problem=packages_problem,
        engine=expected_engine(cuda_driver=cuda),
        encoder=_encoder(DEFAULT_ENCODER),
        models=models,
    )


def expected_engine(*, cuda_driver: bool) -> EngineInfo:
    """Say what ``choose_engine`` takes for ``auto``; whether torch can use a GPU shows only once it is imported."""
    try:
        import onnxruntime
    except (ImportError, OSError) as error:
        onnx, providers = "onnxruntime", ()
        problem: str | None = f"onnxruntime cannot be imported: {error}"
    else:
        onnx, problem = f"onnxruntime {onnxruntime.__version__}", None
        providers = tuple(onnxruntime.get_available_providers())
    if not cuda_driver:
        return EngineInfo("cpu", onnx, "no CUDA driver with a device was found", providers, problem)
    torch = _version("torch")
    if torch is None:
        reason = "a CUDA driver was found, but torch is not installed; --device cpu does without it"
        return EngineInfo(None, None, reason, providers, problem)
    if torch.endswith("+cpu"):
        reason = f"a CUDA driver was found, but torch {torch} is built without CUDA"
        return EngineInfo("cpu", onnx, reason, providers, problem)
    reason = "a CUDA driver was found; should torch not be able to use it, onnxruntime on the CPU is taken"
    return EngineInfo("cuda", f"torch {torch}", reason, providers, problem)


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    return without_names(str(value)) if isinstance(value, str | Path) else value


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _packages() -> tuple[dict[str, str | None], str | None]:
    """Return the version of each direct dependency; those of the extras are for training and developers."""
    try:
        required = metadata.requires("counterframe") or []
    except metadata.PackageNotFoundError:
        return {}, "counterframe is not installed as a distribution, so its dependencies are not known"
    names = [re.split(r"[^\w.-]", entry, maxsplit=1)[0] for entry in required if not re.search(r"\bextra\s*==", entry)]
    return {name: _version(name) for name in sorted(names, key=str.lower)}, None


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not a POSIX system
        return None


def _encoder(name: str) -> EncoderInfo:
    try:
        found = locate_encoder(name)
    except EncoderNotFoundError:
        return EncoderInfo(name, ways=ways_to_get(name))
    except (CounterframeError, ImportError, OSError) as error:
        return EncoderInfo(name, problem=str(error))
    return EncoderInfo(name, found.folder, found.place)
