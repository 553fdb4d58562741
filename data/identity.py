"""What makes two documents the same to a run, and a table of such keys that does not fill the memory."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Mapping
from typing import Any

from .types import Release

__all__ = ["KEY_BYTES", "KeyTable", "document_key", "settings_digest", "text_key"]

#: Length of a key.
KEY_BYTES = 16
#: Keys that are held in memory before the table moves to a file.
_IN_MEMORY = 10_000
#: KiB of the file that are held in memory.
_CACHE = 4096


def text_key(text: str) -> bytes:
    """Return a key for *text*, the same in every process."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


def settings_digest(settings: Mapping[str, Any]) -> bytes:
    """Return a digest of what beside the documents decides the results: model, codebook, options."""
    return text_key(json.dumps(settings, sort_keys=True, default=str))


def document_key(release: Release, settings: bytes = b"") -> bytes:
    """Return the key of a document: its id, text and metadata as they were read, and the digest of the settings."""
    known = json.dumps(
        [
            release.doc,
            {str(name): value for name, value in release.meta.items()},
            release.furniture,
            release.title,
        ],
        default=_as_json,
    )
    digest = hashlib.blake2b(settings, digest_size=KEY_BYTES)
    for part in (known, release.text):
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little"))
        digest.update(encoded)
    return digest.digest()


def _as_json(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)


class KeyTable:
    """A mapping from bytes to bytes, in memory while it is small and in a temporary file when it has grown.

    Use it as a context manager. It may be used by any thread, by one at a time.
    """

    def __init__(self) -> None:
        self._small: dict[bytes, bytes] = {}
        self._file: sqlite3.Connection | None = None

    def __enter__(self) -> KeyTable:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, key: bytes) -> bytes | None:
        """Return the value of *key*, or None."""
        if self._file is None:
            return self._small.get(key)
        with _as_disk_error():
            row = self._file.execute("SELECT value FROM keys WHERE key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, key: bytes, value: bytes = b"") -> None:
        """Set the value of *key*.

        Raises:
            OSError: The disk of temporary files is full.
        """
        if self._file is None:
            self._small[key] = value
            if len(self._small) > _IN_MEMORY:
                self._spill()
            return
        with _as_disk_error():
            self._file.execute("INSERT OR REPLACE INTO keys VALUES (?, ?)", (key, value))

    def close(self) -> None:
        """Give memory and file back."""
        self._small.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _spill(self) -> None:
        with _as_disk_error():
            # An empty name is a file that nobody else sees and that goes when it is closed.
            file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            for pragma in (f"cache_size = -{_CACHE}", "journal_mode = OFF", "synchronous = OFF"):
                file.execute(f"PRAGMA {pragma}")
            file.execute("CREATE TABLE keys (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
            file.execute("BEGIN")
            file.executemany("INSERT INTO keys VALUES (?, ?)", self._small.items())
        self._file = file
        self._small.clear()


class _as_disk_error:  # noqa: N801 - used as a function
    """Turns an error of the database into one of the disk, which is what it stems from."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, sqlite3.Error):
            place = os.environ.get("SQLITE_TMPDIR") or os.environ.get("TMPDIR") or "the folder of temporary files"
            raise OSError(None, f"the table of documents cannot be kept there ({error})", place) from error
