"""Text to token ids, the same way in training and in every engine. Needs the ``tokenizers`` package alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..data.normalise import Shift, normalise, to_original
from ..data.types import Span
from ..errors import CheckpointError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Encoded", "SentenceTokenizer"]

#: Characters that a token may take, blanks included; tokens of real text have four or five.
_LONGEST_TOKEN = 128


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
        # A text without end costs no more than one that is as long as the model can read.
        self._longest = _LONGEST_TOKEN * max_tokens

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
        """Encode *texts*, in order. What hides a word, such as a soft hyphen, is not shown to the model."""
        read = [normalise(text[: self._longest]) for text in texts]
        return [
            Encoded(
                tuple(found.ids),
                tuple(_moved(span, shifts) for span in found.offsets) if shifts else tuple(found.offsets),
                bool(found.overflowing) or len(text) > self._longest,
            )
            for text, (_, shifts), found in zip(
                texts, read, self._tokenizer.encode_batch([text for text, _ in read]), strict=True
            )
        ]


def _moved(span: Span, shifts: Sequence[Shift]) -> Span:
    return to_original(span[0], shifts), to_original(span[1], shifts)
