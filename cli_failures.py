"""What commands say of inputs that were not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterframe.cli_options import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from counterframe.data.failures import FailureLog
    from counterframe.errors import InputError

__all__ = ["print_failures", "told"]


def print_failures(log: FailureLog) -> None:
    """Say what of the inputs was left out and what could not be read."""
    if log.left_out:
        kinds = ", ".join(f"{count} × {kind}" for kind, count in sorted(log.left_out.items()))
        say(f"left out on purpose: {kinds}")
    if log.failed:
        say(f"{log.failed} input(s) failed{':' if log.path else ''}")
        for failure in log.shown:
            say(f"  {_printable(str(failure))}")
        if log.failed > len(log.shown) and log.path:
            say(f"  … and {log.failed - len(log.shown)} more")
    if log.path and (log.left_out or log.failed):
        from counterframe.data.readers.source import display_name

        say(f"all of them with their reasons: {display_name(log.path)}")


def _printable(text: str) -> str:
    """Return *text* without what a terminal obeys: names of files may hold anything."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def told(log: FailureLog) -> Callable[[InputError], None]:
    """Return what counts failures and says each of them, where no file lists them."""
    from counterframe.errors import LeftOut

    def tell(problem: InputError) -> None:
        log.add(problem)
        say(f"{'left out' if isinstance(problem, LeftOut) else 'failed'}: {_printable(str(problem))}")

    return tell
