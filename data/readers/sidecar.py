"""A JSON file beside a document that says what is known of it: publisher, date, address and more."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..strict import load_json
from .charset import decode
from .opening import read_whole
from .source import display_name

__all__ = ["read_sidecar"]

_LARGEST = 1 << 20
#: What our own JSON files call themselves: comparisons, audits, metrics.
_OWN = "counterframe"


def read_sidecar(path: Path) -> dict[str, Any]:
    """Return the fields of a side-car: ``a.html.json`` or ``a.json`` beside ``a.html``.

    Raises:
        InputError: It cannot be read or holds no JSON object; the message says that the document was read
            without it.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            # A pipe would be waited for, and a link may lead out of the folder.
            raise _unread(path, "it is no regular file")
        with path.open("rb") as file:
            content = load_json(decode(read_whole(file, _LARGEST)).text)
    except (OSError, ValueError, RecursionError) as error:
        raise _unread(path, str(error)) from error
    except InputError as error:
        if error.path is not None:
            raise
        raise _unread(path, error.problem) from error
    if not isinstance(content, dict):
        raise _unread(path, "it holds no JSON object")
    if str(content.get("schema", "")).startswith(_OWN):
        raise _unread(path, "it is what counterframe wrote; write such files into another folder")
    return content


def _unread(path: Path, reason: str) -> InputError:
    return InputError(f"the document beside it was read without its metadata: {reason}", path=display_name(path))
