"""Keeps the progress bars of transformers, and warnings that are beside the point, out of the user's log."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

__all__ = ["quiet_transformers"]


@contextlib.contextmanager
def quiet_transformers(*, warnings: bool = True) -> Iterator[None]:
    """Turn the progress bars of transformers off inside, and back on afterwards if they were on.

    Args:
        warnings: Let its warnings through; errors always are.
    """
    from transformers.utils import logging

    was_on, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    if not warnings:
        logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if was_on:
            logging.enable_progress_bar()
