"""Labels whose text may not be passed on: addresses with a sha1, joined with texts that the user holds."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError, UsageError

__all__ = ["TextStore", "restore_text"]


class TextStore:
    """Sentences by the sha1 of their UTF-8 text, read from JSON Lines (``.jsonl``, ``.jsonl.gz``) when first asked.

    Args:
        paths: Files, or folders of such files. Each line is an object with ``text``; a ``sha1`` in it is not
            believed but computed.

    Raises:
        UsageError: A path does not exist.
    """

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self._files: list[Path] = []
        for path in map(Path, paths):
            if not path.exists():
                raise UsageError(f"no such file or folder: {path}")
            inside = [path] if path.is_file() else sorted(path.glob("*.jsonl")) + sorted(path.glob("*.jsonl.gz"))
            self._files.extend(inside)
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
        opener = gzip.open if path.suffix == ".gz" else open
        try:
            with opener(path, "rt", encoding="utf-8") as handle:
                for line in handle:
                    text = json.loads(line).get("text")
                    if isinstance(text, str):
                        texts[hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()] = text
        except (OSError, ValueError, AttributeError, EOFError) as error:
            raise InputError(f"cannot be read as JSON Lines with a text field: {error}", path=path) from error


def restore_text(raw: Mapping[str, Any], store: TextStore, *, path: str, line: int) -> Mapping[str, Any] | None:
    """Return the record with its text, or None if the text is kept elsewhere and *store* lacks it.

    A record that is an address (``path``, ``record``, ``start``) and names no document belongs to the document
    ``repo:path:record``, at the place ``start``.

    Raises:
        InputError: The sha1 is not one.
    """
    if raw.get("text") is not None or "sha1" not in raw:
        return raw
    sha1 = raw["sha1"]
    if not isinstance(sha1, str) or len(sha1) != 40:
        raise InputError(f"must be a sha1 of 40 hex digits, not {sha1!r}", path=path, line=line, field="sha1")
    text = store.get(sha1)
    if text is None:
        return None
    restored = {**raw, "text": text}
    if "path" in raw and not raw.get("doc"):
        restored["doc"] = ":".join(str(raw.get(part, "")) for part in ("repo", "path", "record"))
        restored["n"] = raw.get("start", 0)
    return restored
