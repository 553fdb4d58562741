"""What a run starts from: an encoder with new heads, or a trained model to go on from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..data.codebook import Codebook
from ..data.splits import Split
from ..data.types import LabelledSentence
from ..errors import CheckpointError, UsageError
from ..inference.unseen import read_seen
from ..models.build import build_model, load_model
from ..models.checkpoint import DEFAULT_MODEL, Checkpoint
from ..models.encoder import find_encoder, load_encoder, load_tokenizer
from ..models.network import CounterframeModel
from ..models.quiet import quiet_transformers
from ..models.tokenization import no_names
from .config import TrainConfig
from .leaks import refuse_leaks

__all__ = ["Start"]

#: Settings of ``model`` that a trained model has already.
_FIXED = ("attention_heads", "head_size", "dropout")


class Start:
    """Finds what ``encoder.name`` or ``model.start_from`` names, checks it, and makes the network of it.

    Attributes:
        checkpoint: The model that the run goes on from, or None for an encoder with new heads.

    Raises:
        EncoderNotFoundError: The encoder is nowhere to be found.
        CheckpointError: The folder to go on from is no complete model.
        UsageError: That model has other frames or stances, has seen what is held out here, or treats names otherwise.
    """

    def __init__(self, config: TrainConfig, codebook: Codebook, split: Split) -> None:
        self._config = config
        self._codebook = codebook
        self.checkpoint: Checkpoint | None = None
        if config.model.start_from is None:
            self._encoder = find_encoder(config.encoder.name, download=config.encoder.download)
        else:
            self.checkpoint = _checked(_load(config.model.start_from), config, codebook, split)

    @property
    def encoder_name(self) -> str:
        """Name of the encoder; that of the checkpoint where the run goes on from one."""
        known = self.checkpoint.encoder_name if self.checkpoint else ""
        return known or self._config.encoder.name

    def network(self, model_name: str) -> tuple[CounterframeModel, Any]:
        """Return the network in float32, on the CPU, and its fast tokenizer.

        Args:
            model_name: Name of the model to be, written into its results.

        Raises:
            CheckpointError: Weights or tokenizer cannot be read.
            UsageError: Names cannot be hidden, or the heads do not fit the encoder.
        """
        settings = self._config.model
        if self.checkpoint is None:
            encoder, tokenizer = load_encoder(self._encoder)
            sign = _name_sign(tokenizer, settings.hide_names)
            shape = settings.model_dump(exclude={"hide_names", "start_from"})
            model = build_model(
                encoder,
                tokenizer,
                self._codebook,
                model_name=model_name,
                encoder_name=self.encoder_name,
                name_sign=sign,
                **shape,
            )
            return model, tokenizer
        model = load_model(self.checkpoint.folder)
        _fit_settings(model, self._config)
        model.config.model_name = model_name
        model.config.codebook_digest = self._codebook.digest
        model.config.max_tokens = min(settings.max_tokens, model.config.max_tokens)
        if hasattr(model.config, "graph_precision"):  # of the exported graph, which is made anew
            del model.config.graph_precision
        with quiet_transformers(warnings=False):  # the library warns of a type of model that it does not know: ours
            return model, load_tokenizer(self.checkpoint.folder)

    @property
    def description(self) -> str:
        """A line for people: what the run starts from."""
        if self.checkpoint is None:
            return f"new heads on the encoder {self.encoder_name}"
        return f"going on from {self.checkpoint.name}"

    def words(self, sentences: Sequence[LabelledSentence]) -> frozenset[str]:
        """Return the words that are no names: those of *sentences*, and those that the model knew before."""
        words = no_names(item.text for item in sentences)
        return words | self.checkpoint.words() if self.checkpoint else words

    def seen(self) -> dict[str, set[str]]:
        """Return the fingerprints of what the weights were trained and tuned on before, by part."""
        if self.checkpoint is None:
            return {"train": set(), "dev": set()}
        seen = read_seen(self.checkpoint.folder)
        return {"train": seen["train"], "dev": seen["dev"]}


def _load(folder: str) -> Checkpoint:
    try:
        return Checkpoint.load(folder)
    except CheckpointError as error:
        raise CheckpointError(
            f"model.start_from: {error} (or write {DEFAULT_MODEL!r} for the shipped model)"
        ) from error


def _checked(checkpoint: Checkpoint, config: TrainConfig, codebook: Codebook, split: Split) -> Checkpoint:
    own = checkpoint.codebook
    setting = f"model.start_from: {config.model.start_from}"
    if (own.frame_ids, own.stance_ids) != (codebook.frame_ids, codebook.stance_ids):
        raise UsageError(
            f"{setting} has other frames or stances than the codebook {codebook.name!r}; to go on from a model, use"
            f" its codebook (--codebook {checkpoint.folder / 'codebook.yaml'})"
        )
    if (checkpoint.name_sign is not None) != config.model.hide_names:
        hidden = "hidden from" if checkpoint.name_sign is not None else "shown to"
        raise UsageError(
            f"{setting}: names are {hidden} that model; set model.hide_names={str(not config.model.hide_names).lower()}"
        )
    refuse_leaks(
        checkpoint.folder,
        split,
        setting=setting,
        consequence="the figures would be too good; leave those sentences out, or name the frozen split that it was"
        " trained with, which holds out others (split.file; for the shipped model data/corpus/split.json)",
    )
    return checkpoint


def _fit_settings(model: CounterframeModel, config: TrainConfig) -> None:
    """Refuse settings that the weights contradict."""
    for name in _FIXED:
        own, given = getattr(model.config, name), getattr(config.model, name)
        if own != given:
            raise UsageError(
                f"model.{name}={given}: the model that model.start_from names has {own}; set model.{name}={own}"
            )


def _name_sign(tokenizer: Any, hide_names: bool) -> str | None:
    """Return the token that stands in the place of names, or None if they are shown."""
    if not hide_names:
        return None
    sign = tokenizer.mask_token or tokenizer.unk_token
    if sign is None:
        raise UsageError(
            "model.hide_names: the tokenizer of this encoder has neither a mask token nor one for unknown words that"
            " could stand in the place of names; set model.hide_names=false"
        )
    return str(sign)
