"""Labels whose text may not be passed on: addresses with a sha1, joined with texts that the user holds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError, UsageError
from .label_rows import json_lines

__all__ = ["TextStore", "restore_text"]

_ENDINGS = (".jsonl", ".jsonl.gz")
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")


class TextStore:
    """Sentences by the sha1 of their UTF-8 text, read when first asked.

    Args:
        paths: JSON Lines (``.jsonl``, ``.jsonl.gz``), or folders of such files. Each line is an object with
            ``text``; a ``sha1`` in it is not believed but computed.

    Raises:
        UsageError: A path does not exist, or is a folder without such files.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self._files: list[Path] = []
        for path in map(Path, paths):
            try:
                self._files.extend(_text_files(path))
            except OSError as error:
                raise UsageError(f"{path} cannot be read: {error.strerror}") from error
        self._texts: dict[str, str] | None = None

    def get(self, sha1: str) -> str | None:
        """Return the text with this sha1, or None."""
        if self._texts is None:
            self._texts = {}
            for path in self._files:
                self._read(path, self._texts)
        return self._texts.get(sha1)

    @staticmethod
    def _read(path: Path, texts: dict[str, str]) -> None:
        for _, raw in json_lines(path, _stop):
            text = raw.get("text")
            if isinstance(text, str):
                texts[hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()] = text


def _text_files(path: Path) -> list[Path]:
    if not path.exists():
        raise UsageError(f"no such file or folder: {path}")
    if path.is_file():
        return [path]
    inside = sorted(file for ending in _ENDINGS for file in path.glob(f"*{ending}"))
    if not inside:
        raise UsageError(f"{path} holds no texts; expected files ending in {', '.join(_ENDINGS)}")
    return inside


def _stop(problem: InputError) -> None:
    raise problem


def restore_text(raw: Mapping[str, Any], store: TextStore, *, path: str, line: int) -> Mapping[str, Any] | None:
    """Return the record with its text, or None if the text is kept elsewhere and *store* lacks it.

    A record that is an address (``path``, ``record``, ``start``) and names no document belongs to the
    document ``repo:path:record``, at the place ``start``.

    Raises:
        InputError: The sha1 is not one.
    """
    if raw.get("text") or "sha1" not in raw:
        return raw
    sha1 = raw["sha1"]
    if not isinstance(sha1, str) or not _SHA1.fullmatch(sha1):
        raise InputError(f"must be a sha1 of 40 hex digits, not {sha1!r}", path=path, line=line, field="sha1")
    text = store.get(sha1.lower())
    if text is None:
        return None
    restored = {**raw, "text": text}
    if "path" in raw and not raw.get("doc"):
        restored["doc"] = ":".join(str(raw.get(part, "")) for part in ("repo", "path", "record"))
        restored["n"] = raw.get("start", 0)
    return restored
