"""Makes the network for a codebook from an encoder, and reads it back from a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ..data.codebook import Codebook
from ..errors import CheckpointError, UsageError
from .configuration import CounterframeConfig
from .encoder import describe_frames
from .network import CounterframeModel
from .quiet import quiet_transformers

__all__ = ["build_model", "load_model"]


def build_model(
    encoder: Any,
    tokenizer: Any,
    codebook: Codebook,
    *,
    model_name: str,
    encoder_name: str,
    max_tokens: int,
    attention_heads: int,
    head_size: int,
    dropout: float,
    name_sign: str | None = None,
) -> CounterframeModel:
    """Return a network whose encoder is *encoder* and whose frame queries are the encoded descriptions.

    Args:
        encoder: A transformers encoder in float32.
        tokenizer: Its fast transformers tokenizer.
        codebook: Frames and stances.
        model_name: Name of the model, written into its results.
        encoder_name: Name kept in the configuration, instead of the folder it was read from.
        max_tokens: See ``CounterframeConfig``, like the rest.
        attention_heads: See ``CounterframeConfig``.
        head_size: See ``CounterframeConfig``.
        dropout: See ``CounterframeConfig``.
        name_sign: See ``CounterframeConfig``.

    Raises:
        UsageError: The number of attention heads does not divide the encoder's hidden size.
    """
    settings = encoder.config.to_dict()
    settings["_name_or_path"] = encoder_name
    positions = getattr(encoder.config, "max_position_embeddings", None)
    config = CounterframeConfig(
        model_name=model_name,
        encoder=settings,
        frames=list(codebook.frame_ids),
        stances=list(codebook.stance_ids),
        codebook_digest=codebook.digest,
        max_tokens=min(max_tokens, positions) if positions else max_tokens,
        attention_heads=attention_heads,
        head_size=head_size,
        dropout=dropout,
        name_sign=name_sign,
        pad_token_id=tokenizer.pad_token_id,
        dtype="float32",
    )
    hidden = encoder.config.hidden_size
    if hidden % attention_heads:
        raise UsageError(f"model.attention_heads ({attention_heads}) must divide the encoder's hidden size ({hidden})")
    model = CounterframeModel(config)
    state = {name: value for name, value in encoder.state_dict().items() if not name.startswith("pooler.")}
    model.encoder.load_state_dict(state)
    with torch.no_grad():
        queries = describe_frames(encoder, tokenizer, codebook.descriptions())
        model.heads.attention.queries.copy_(queries)
    return model


def load_model(folder: Path) -> CounterframeModel:
    """Return the network of a checkpoint in float32, ready to classify.

    Raises:
        CheckpointError: The weights cannot be read or do not fit the configuration.
    """
    try:
        with quiet_transformers():
            model: CounterframeModel = CounterframeModel.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
            )
    except (OSError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{folder}: the weights cannot be read: {error}") from error
    model.float().eval()
    return model
