"""The classifier: one encoder pass, then presence and stance of each frame and the source span.

Shapes: B sentences, L tokens, H hidden size, F frames, S stances.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PreTrainedModel
from transformers.utils import ModelOutput

from .configuration import CounterframeConfig
from .heads import FrameHeads

__all__ = ["IGNORED", "CounterframeModel", "CounterframeOutput"]

#: Label that the losses pass over: what the data does not say.
IGNORED = -100


@dataclass
class CounterframeOutput(ModelOutput):  # type: ignore[misc]
    """Output of the network; see ``HeadOutputs`` for the shapes. ``loss`` is present where labels were given."""

    loss: Tensor | None = None
    frame_logits: Tensor | None = None
    stance_logits: Tensor | None = None
    source_logits: Tensor | None = None
    attention: Tensor | None = None
    sentence_embedding: Tensor | None = None


class CounterframeModel(PreTrainedModel):  # type: ignore[misc]
    """Encoder and heads as a transformers model; ``from_pretrained`` and ``save_pretrained`` work as usual.

    ``set_loss`` must be called before training if the losses are to be weighted; the weights are not saved.
    """

    config_class = CounterframeConfig
    base_model_prefix = "encoder"
    main_input_name = "input_ids"
    supports_gradient_checkpointing = True
    _supports_sdpa = True

    def __init__(self, config: CounterframeConfig) -> None:
        super().__init__(config)
        if config.encoder is None:
            raise ValueError("the configuration names no encoder")
        settings = dict(config.encoder)
        encoder_config = AutoConfig.for_model(settings.pop("model_type"), **settings)
        self.encoder = AutoModel.from_config(encoder_config)
        # The pooler of BERT-like encoders is never read; without it no weight stays without a gradient.
        if getattr(self.encoder, "pooler", None) is not None:
            self.encoder.pooler = None
        self.heads = FrameHeads(
            frames=len(config.frames),
            stances=len(config.stances),
            hidden=encoder_config.hidden_size,
            heads=config.attention_heads,
            head_size=config.head_size,
            dropout=config.dropout,
        )
        self.set_loss()
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        """Leave the heads as their constructors made them."""

    def set_loss(
        self,
        *,
        stance_weight: float = 1.0,
        source_weight: float = 1.0,
        frame_weights: Mapping[str, float] | None = None,
        stance_class_weights: Mapping[str, float] | None = None,
    ) -> None:
        """Choose how the parts of the loss are weighted.

        Args:
            stance_weight: Factor of the stance loss beside the frame loss.
            source_weight: Factor of the source loss beside the frame loss.
            frame_weights: Weight of the positive class by frame id; 1 where a frame is not named.
            stance_class_weights: Weight of each class by stance id; 1 where a stance is not named.
        """
        self.stance_weight = stance_weight
        self.source_weight = source_weight
        frame_weights = frame_weights or {}
        stance_class_weights = stance_class_weights or {}
        frames = [float(frame_weights.get(name, 1.0)) for name in self.config.frames]
        stances = [float(stance_class_weights.get(name, 1.0)) for name in self.config.stances]
        self.register_buffer("_frame_weights", torch.tensor(frames), persistent=False)
        self.register_buffer("_stance_class_weights", torch.tensor(stances), persistent=False)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        frame_labels: Tensor | None = None,
        stance_labels: Tensor | None = None,
        source_labels: Tensor | None = None,
        **_: Any,
    ) -> CounterframeOutput:
        """Classify a batch.

        Args:
            input_ids: (B, L).
            attention_mask: (B, L), 1 for real tokens.
            frame_labels: (B, F), 0 or 1, or a probability.
            stance_labels: (B, F, S), probability of frame and stance together: one 1 in the row of a frame that is
                there, all 0 where there is no frame or nothing is known of its stance.
            source_labels: (B, L), 0 outside, 1 begin, 2 inside, ``IGNORED`` for padding or unknown sources.
        """
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        outputs = self.heads(states, attention_mask)
        loss = None
        if frame_labels is not None and stance_labels is not None and source_labels is not None:
            loss = self._loss(outputs, frame_labels, stance_labels, source_labels)
        return CounterframeOutput(loss, *outputs)

    def _loss(self, outputs: Any, frames: Tensor, stances: Tensor, sources: Tensor) -> Tensor:
        functional = nn.functional
        frame_loss = functional.binary_cross_entropy_with_logits(
            outputs.frame_logits.float(), frames.float(), pos_weight=self._frame_weights, reduction="none"
        ).sum(-1)  # (B,): a sentence is judged on all frames together
        # Sums over what is known, divided by B: a batch without a stance or a source adds 0, not NaN.
        log_stances = outputs.stance_logits.float().log_softmax(-1)  # (B, F, S)
        stance_loss = -(stances.float() * self._stance_class_weights * log_stances).sum()
        token_loss = functional.cross_entropy(
            outputs.source_logits.float().transpose(1, 2), sources, ignore_index=IGNORED, reduction="none"
        )  # (B, L)
        known = (sources != IGNORED).sum(-1).clamp(min=1)
        # Scaled by the square root of the length: long sentences do not drown the spans of short ones.
        source_loss = (token_loss.sum(-1) / known.sqrt()).sum()
        total: Tensor = frame_loss.sum() + self.stance_weight * stance_loss + self.source_weight * source_loss
        return total / len(frames)
