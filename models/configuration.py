"""Configuration of the network, kept in ``config.json`` of a checkpoint."""

from __future__ import annotations

from typing import Any, ClassVar

from transformers import PretrainedConfig

__all__ = ["CounterframeConfig"]


class CounterframeConfig(PretrainedConfig):  # type: ignore[misc]
    """What is needed to build the network before its weights are read.

    Args:
        model_name: Name of the model, written into its results.
        encoder: Configuration of the encoder as a dict, with its ``model_type``.
        frames: Ids of the frames, in the order of the outputs.
        stances: Ids of the stances, in the order of the outputs.
        codebook_digest: Digest of the codebook that the model was trained on.
        max_tokens: Tokens of a sentence that the model sees; the rest is cut and the result says so.
        attention_heads: Heads of the attention of frames over tokens; must divide the encoder's hidden size.
        head_size: Width of the hidden layer of the presence and stance heads.
        dropout: Dropout in the heads while training.
        name_sign: Token that is shown in the place of names; None shows the names.
    """

    model_type = "counterframe"
    # Not gathered during training: they grow with the length and no score that steers training reads them.
    keys_to_ignore_at_inference: ClassVar[list[str]] = ["source_logits", "attention", "sentence_embedding"]

    def __init__(
        self,
        *,
        model_name: str = "",
        encoder: dict[str, Any] | None = None,
        frames: list[str] | None = None,
        stances: list[str] | None = None,
        codebook_digest: str = "",
        max_tokens: int = 256,
        attention_heads: int = 4,
        head_size: int = 256,
        dropout: float = 0.1,
        name_sign: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.model_name = model_name
        self.encoder = encoder
        self.frames = frames or []
        self.stances = stances or []
        self.codebook_digest = codebook_digest
        self.max_tokens = max_tokens
        self.attention_heads = attention_heads
        self.head_size = head_size
        self.dropout = dropout
        self.name_sign = name_sign
        super().__init__(**kwargs)
