"""Text to token ids, the same way in training and in every engine. Needs the ``tokenizers`` package alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..data.types import Span
from ..errors import CheckpointError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Encoded", "SentenceTokenizer"]


@dataclass(frozen=True, slots=True)
class Encoded:
    """A sentence as the encoder reads it; L tokens.

    Attributes:
        ids: Token ids with the special tokens (L,).
        offsets: Span of each token in the text; empty spans for special tokens (L,).
        truncated: True where the text was longer than ``max_tokens`` tokens.
    """

    ids: tuple[int, ...]
    offsets: tuple[Span, ...]
    truncated: bool

    def __len__(self) -> int:
        return len(self.ids)


class SentenceTokenizer:
    """A fast tokenizer that cuts at ``max_tokens`` tokens and never pads: batches are padded where they are made."""

    def __init__(self, tokenizer: Tokenizer, *, max_tokens: int) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self.max_tokens = max_tokens

    @classmethod
    def from_folder(cls, folder: Path, *, max_tokens: int) -> SentenceTokenizer:
        """Read ``tokenizer.json`` in *folder*.

        Raises:
            CheckpointError: The file is missing or is not a tokenizer.
        """
        from tokenizers import Tokenizer

        path = folder / "tokenizer.json"
        if not path.is_file():
            raise CheckpointError(f"{path} is missing; the model folder is incomplete")
        try:
            return cls(Tokenizer.from_file(str(path)), max_tokens=max_tokens)
        except Exception as error:
            raise CheckpointError(f"{path} is not a tokenizer: {error}") from error

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encode *texts*, in order."""
        return [
            Encoded(tuple(found.ids), tuple(found.offsets), bool(found.overflowing))
            for found in self._tokenizer.encode_batch(list(texts))
        ]
