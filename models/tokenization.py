"""Text to token ids, the same way in training and in every engine. Needs the ``tokenizers`` package alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..data.normalise import Shift, normalise, spans_to_original
from ..data.types import Span
from ..errors import CheckpointError
from .names import NameMask, lower_case_words

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Encoded", "SentenceTokenizer", "as_read", "no_names"]

#: Characters that a token may take, blanks included; tokens of real text have four or five.
_LONGEST_TOKEN = 128
#: The model is shown one kind of quotation marks: which a publisher's typesetter likes says nothing. One for one, so
#: that offsets stay.
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»‹›″", '"') | dict.fromkeys("‘’‚‛ʼ′`", "'"))


def as_read(text: str) -> tuple[str, tuple[Shift, ...]]:
    """Return *text* as names are looked for in it and the model reads it, and where it differs from the original."""
    normal, shifts = normalise(text)
    return normal.translate(_QUOTES), shifts


def no_names(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of training *texts* that are no names, as :class:`NameMask` will meet them."""
    return lower_case_words(as_read(text)[0] for text in texts)


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
    """A fast tokenizer that cuts at ``max_tokens`` tokens and never pads: batches are padded where they are made.

    Args:
        tokenizer: The encoder's tokenizer.
        max_tokens: Tokens of a sentence that the model sees, the special ones included.
        names: Hides names from the model; None shows them.
    """

    def __init__(self, tokenizer: Tokenizer, *, max_tokens: int, names: NameMask | None = None) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_tokens)
        self.max_tokens = max_tokens
        self._names = names
        # A text without end costs no more than one that is as long as the model can read.
        self._longest = _LONGEST_TOKEN * max_tokens

    @classmethod
    def from_folder(cls, folder: Path, *, max_tokens: int, names: NameMask | None = None) -> SentenceTokenizer:
        """Read ``tokenizer.json`` in *folder*.

        Raises:
            CheckpointError: The file is missing or is not a tokenizer.
        """
        from tokenizers import Tokenizer

        path = folder / "tokenizer.json"
        if not path.is_file():
            raise CheckpointError(f"{path} is missing; the model folder is incomplete")
        try:
            return cls(Tokenizer.from_file(str(path)), max_tokens=max_tokens, names=names)
        except Exception as error:
            raise CheckpointError(f"{path} is not a tokenizer: {error}") from error

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Encode *texts*, in order. The model is not shown what hides a word, such as a soft hyphen, nor names."""
        read = [self.shown(text[: self._longest]) for text in texts]
        encoded = self._tokenizer.encode_batch([text for text, _ in read])
        return [
            Encoded(
                tuple(found.ids),
                _moved(found.offsets, *steps),
                bool(found.overflowing) or len(text) > self._longest,
            )
            for text, (_, steps), found in zip(texts, read, encoded, strict=True)
        ]

    def shown(self, text: str) -> tuple[str, tuple[Sequence[Shift], ...]]:
        """Return what the model is shown, and the shifts of each step on the way, the last one first."""
        normal, shifts = as_read(text)
        if self._names is None:
            return normal, (shifts,)
        shown, hidden = self._names.hide(normal)
        return shown, (hidden, shifts)


def _moved(spans: Sequence[Span], *steps: Sequence[Shift]) -> tuple[Span, ...]:
    for shifts in steps:
        if shifts:
            spans = spans_to_original(spans, shifts)
    return tuple(spans)
