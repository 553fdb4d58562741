"""Plain text."""

from __future__ import annotations

from typing import Any

from ...errors import InputError
from ..normalise import is_blank
from ..types import Release
from .charset import Decoded, decode

__all__ = ["encoding_meta", "read_text"]


def read_text(data: bytes, doc: str) -> Release:
    """Return the release that the bytes of a text file hold.

    Raises:
        InputError: The bytes are no text, or only white space.
    """
    decoded = decode(data)
    if is_blank(decoded.text):
        raise InputError("no text: the file is empty or holds only white space")
    return Release(doc=doc, text=decoded.text, meta=encoding_meta(decoded))


def encoding_meta(decoded: Decoded) -> dict[str, Any]:
    """Return what ``meta`` says of an encoding: its name, unless the file is plain UTF-8."""
    if decoded.guessed:
        return {"encoding": f"{decoded.encoding} (guessed)"}
    return {} if decoded.encoding == "utf-8" else {"encoding": decoded.encoding}
