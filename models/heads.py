"""What reads frames, stances and source off the token states of the encoder.

Shapes: B sentences, L tokens, H hidden size, F frames, S stances, A attention heads.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["FrameAttention", "FrameHeads", "HeadOutputs"]


class HeadOutputs(NamedTuple):
    """Logits of the heads.

    Attributes:
        frame_logits: (B, F), presence of each frame.
        stance_logits: (B, F, S), stance given the frame.
        source_logits: (B, L, 3), outside, begin and inside of the source span.
        attention: (B, F, L), how much each frame looked at each token; sums to 1 over real tokens.
        sentence_embedding: (B, H), the mean of the token states.
    """

    frame_logits: Tensor
    stance_logits: Tensor
    source_logits: Tensor
    attention: Tensor
    sentence_embedding: Tensor


class FrameAttention(nn.Module):
    """Each frame's query attends over the token states.

    Label-wise attention as in Mullenbach et al. 2018 (arXiv:1802.05695), but the queries start as the encoded
    descriptions of the labels, and the projections as the identity, so that before any training a frame looks at
    the tokens that are most similar to its description.
    """

    def __init__(self, frames: int, hidden: int, heads: int) -> None:
        super().__init__()
        if hidden % heads:
            raise ValueError(f"attention_heads ({heads}) must divide the encoder's hidden size ({hidden})")
        self.heads = heads
        self.queries = nn.Parameter(torch.randn(frames, hidden) / math.sqrt(hidden))  # (F, H)
        self.key = nn.Linear(hidden, hidden, bias=False)
        self.value = nn.Linear(hidden, hidden)
        self.log_scale = nn.Parameter(torch.tensor(math.log(8.0)))
        nn.init.eye_(self.key.weight)
        nn.init.eye_(self.value.weight)
        nn.init.zeros_(self.value.bias)

    def forward(self, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the frames' vectors (B, F, H) and the attention averaged over heads (B, F, L).

        Args:
            states: Token states (B, L, H).
            mask: 1 for real tokens, 0 for padding (B, L).
        """
        batch, length, hidden = states.shape
        size = hidden // self.heads
        keys = self.key(states).view(batch, length, self.heads, size)
        values = self.value(states).view(batch, length, self.heads, size)
        queries = self.queries.view(-1, self.heads, size)
        # Cosine similarity with one learnt temperature keeps the softmax in range for any encoder's norms.
        keys = nn.functional.normalize(keys, dim=-1)
        queries = nn.functional.normalize(queries, dim=-1)
        scores = torch.einsum("fad,blad->bafl", queries, keys) * self.log_scale.exp()  # (B, A, F, L)
        scores = scores.masked_fill(mask[:, None, None, :] == 0, torch.finfo(scores.dtype).min)
        weights = scores.softmax(dim=-1)
        vectors = torch.einsum("bafl,blad->bfad", weights, values).reshape(batch, -1, hidden)
        return vectors, weights.mean(dim=1)


class FrameHeads(nn.Module):
    """Presence per frame, stance per frame by one head that all frames share, and the source tagger."""

    def __init__(self, *, frames: int, stances: int, hidden: int, heads: int, head_size: int, dropout: float) -> None:
        super().__init__()
        self.attention = FrameAttention(frames, hidden, heads)
        self.dropout = nn.Dropout(dropout)
        # Each reads [frame vector, sentence mean, frame query].
        self.presence = nn.Linear(3 * hidden, head_size)
        self.presence_weight = nn.Parameter(torch.zeros(frames, head_size))  # (F, head_size)
        self.presence_bias = nn.Parameter(torch.zeros(frames))
        nn.init.normal_(self.presence_weight, std=1 / math.sqrt(head_size))
        self.stance = nn.Sequential(
            nn.Linear(3 * hidden, head_size), nn.GELU(), nn.Dropout(dropout), nn.Linear(head_size, stances)
        )
        self.source = nn.Linear(hidden, 3)

    def forward(self, states: Tensor, mask: Tensor) -> HeadOutputs:
        """Return the logits for token states (B, L, H) and mask (B, L)."""
        states = self.dropout(states)
        vectors, attention = self.attention(states, mask)  # (B, F, H), (B, F, L)
        weight = mask.to(states.dtype).unsqueeze(-1)
        mean = (states * weight).sum(1) / weight.sum(1).clamp(min=1.0)  # (B, H)
        batch, frames, _ = vectors.shape
        features = torch.cat(
            [
                vectors,
                mean[:, None, :].expand(batch, frames, -1),
                self.attention.queries[None].expand(batch, -1, -1),
            ],
            dim=-1,
        )  # (B, F, 3H)
        presence = self.dropout(nn.functional.gelu(self.presence(features)))  # (B, F, head_size)
        frame_logits = (presence * self.presence_weight).sum(-1) + self.presence_bias
        return HeadOutputs(frame_logits, self.stance(features), self.source(states), attention, mean)
