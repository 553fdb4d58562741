"""Results as the annotated reading: one page."""

from __future__ import annotations

import io
from typing import BinaryIO

from .rows import Written

__all__ = ["write_page"]


def write_page(written: Written, stream: BinaryIO) -> None:
    """Write the page."""
    from ...evaluation.annotated import write_annotated_page

    handle = io.TextIOWrapper(stream, encoding="utf-8")
    write_annotated_page(written.rows, handle, codebook=written.codebook, title=written.title, model=written.model)
    handle.detach()
