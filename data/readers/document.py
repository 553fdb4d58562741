"""A document by its kind: the readers behind one door. This is what the worker process runs."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

from ...errors import InputError, LeftOut
from ..types import Release
from .files import has_changed, open_regular
from .kinds import HEAD, FileKind, Refusal, kind_of
from .opening import open_plain, read_whole
from .source import Limits

__all__ = ["read_bytes", "read_document"]


def read_document(path: Path, kind: FileKind, doc: str, limits: Limits) -> Iterator[Release | InputError]:
    """Yield the releases in a document and what is wrong with parts of it.

    Raises:
        InputError: It cannot be read, is too large, or changed while it was read.
    """
    with open_regular(path) as file:
        before = os.fstat(file.fileno())
        data = read_whole(open_plain(file), limits.file_bytes)
        if has_changed(file, before):
            raise InputError("changed while it was read; classify it again")
    yield from read_bytes(data, kind, doc, limits)


def read_bytes(data: bytes, kind: FileKind, doc: str, limits: Limits) -> Iterator[Release | InputError]:
    """Yield the releases in the bytes of a document, none longer than *limits* admit."""
    for item in _read(data, kind, doc, limits):
        if isinstance(item, Release) and len(item.text) > limits.text:
            raise InputError(
                f"has {len(item.text):,} characters of text; one document may have {limits.text:,}: split it, or put"
                " its texts into a table"
            )
        yield item


def _read(data: bytes, kind: FileKind, doc: str, limits: Limits) -> Iterator[Release | InputError]:
    # Each library is imported when the first document of its kind comes.
    if kind == "html":
        from .html import read_html

        yield read_html(data, doc)
    elif kind == "pdf":
        from .pdf import read_pdf

        yield from read_pdf(data, doc)
    elif kind == "docx":
        from .docx import read_docx

        yield read_docx(data, doc)
    elif kind == "feed":
        from .feed import read_feed

        yield from read_feed(data, doc)
    elif kind == "email":
        from .mail import read_mail

        yield from read_mail(data, doc, lambda content, name, inner: _read_attachment(content, name, inner, limits))
    elif kind == "text":
        from .text import read_text

        yield read_text(data, doc)
    else:
        raise InputError(f"a table ({kind}) can be read as a file of its own, not from inside of another")


def _read_attachment(data: bytes, name: str, doc: str, limits: Limits) -> Iterator[Release | InputError]:
    try:
        data = read_whole(open_plain(io.BytesIO(data)), limits.file_bytes)
        kind = kind_of(name, data[:HEAD], named=False)
        if isinstance(kind, Refusal):
            yield (LeftOut if kind.left_out else InputError)(f"attached: {kind.reason}", field=name)
            return
        for item in read_bytes(data, kind, doc, limits):
            yield item if isinstance(item, Release) else _attached(item, name)
    except InputError as error:
        yield _attached(error, name)


def _attached(error: InputError, name: str) -> InputError:
    kind = LeftOut if isinstance(error, LeftOut) else InputError
    return kind(f"attached: {error.problem}", line=error.line, field=name)
