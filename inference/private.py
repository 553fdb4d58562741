"""Text that can be shown to others: without the names of users and their home folders."""

from __future__ import annotations

import getpass
import re
from pathlib import Path

__all__ = ["without_names"]

#: Where the name of a folder ends in a line of text, be it before a slash or at the end of a sentence.
_END = r"(?![\w-]|\.\w)"


def without_names(text: str) -> str:
    """Return *text* with ``~`` for the home folder and without the user's name in other paths."""
    for home in _homes():
        text = re.sub(rf"(?<![\w.~/-]){re.escape(home)}{_END}", "~", text)
    # Another user's home, as under sudo.
    text = re.sub(r"(?<![\w.~-])(/home|/Users)/[^/\s:;,'\"()]+", r"\1/<user>", text)
    user = _user()
    if user:
        # As a folder of a path alone: elsewhere the name may be a word like any other.
        text = re.sub(rf"(?<=[/\\]){re.escape(user)}{_END}|(?<![\w.-]){re.escape(user)}(?=[/\\])", "<user>", text)
    return text


def _homes() -> list[str]:
    try:
        home = Path.home()
    except RuntimeError:  # a user without an entry in the system's list
        return []
    found = {str(home), str(home.resolve())} - {home.anchor, "."}
    return sorted(found, key=len, reverse=True)


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, as containers have
        return None
