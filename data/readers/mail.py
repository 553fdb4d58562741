"""E-mails (.eml) and pages saved as MIME (.mht, .mhtml): the message, and the documents attached to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email import policy
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

from ...errors import InputError, LeftOut
from ..types import Release, Span
from .charset import decode
from .html import parse_page
from .joining import with_title

__all__ = ["read_mail"]

#: Reads a part that is a document of its own: its bytes, name and the name of the release.
_ReadPart = Callable[[bytes, str, str], Iterator[Release | InputError]]

#: Messages within messages, to this depth.
_DEEPEST = 5
#: From this share of the words of the page on, the plain text is the message and not a note about it.
_SAME = 0.8
_FORWARD = re.compile(
    r"^[-> ]*(?:begin forwarded message:?|-+ ?(?:forwarded message|original message) ?-+)[ \t]*\r?\n"
    r"(?:[> \t]*\r?\n)*(?:[> ]*(?:from|to|cc|bcc|subject|date|sent|reply-to):.*\r?\n(?:[ \t]+\S.*\r?\n)*)+",
    re.I | re.M,
)
#: Two hyphens and a blank on a line of their own begin a signature (RFC 3676, section 4.3).
_SIGNATURE = re.compile(r"^-- ?\r?\n(?:.*(?:\r?\n|\Z))*", re.M)


def read_mail(data: bytes, doc: str, read_part: _ReadPart) -> Iterator[Release | InputError]:
    """Yield the release that a message is, then those attached to it.

    Args:
        data: The bytes of the message.
        doc: Name of the release; an attachment is named ``doc/attachment``.
        read_part: Reads what is attached.

    Raises:
        InputError: The message has no text and nothing attached.
    """
    message = BytesParser(policy=policy.default).parsebytes(data)
    yield from _read(message, doc, read_part, depth=0)


def _read(message: Any, doc: str, read_part: _ReadPart, depth: int) -> Iterator[Release | InputError]:
    found = 0
    release = _body(message, doc)
    if release is not None:
        found += 1
        yield release
    for number, part in enumerate(_attachments(message), start=1):
        name = str(part.get_filename() or f"part {number}")
        inner = f"{doc}/{name}"
        found += 1
        if part.get_content_type() == "message/rfc822":
            if depth == _DEEPEST:
                yield InputError("messages lie within messages too deeply to be read", field=name)
            else:
                yield from _read(part.get_payload(0), inner, read_part, depth + 1)
            continue
        content = part.get_payload(decode=True) or b""
        if part.get_content_maintype() in ("image", "audio", "video", "font") or not content:
            yield LeftOut(f"attached: {part.get_content_type()}, which is no text", field=name)
        else:
            yield from read_part(content, name, inner)
    if not found:
        raise InputError("no text: the message is empty")


def _attachments(message: Any) -> Iterator[Any]:
    """Yield the parts of a message that are not its own text; not those of the messages within it."""
    for part in message.get_payload() if message.is_multipart() else ():
        if part.get_content_type() == "message/rfc822":
            yield part
        elif part.is_multipart():
            yield from _attachments(part)
        elif _is_attached(part):
            yield part


def _is_attached(part: Any) -> bool:
    if part.get_content_disposition() == "attachment":
        return True
    # What stands in the page of a message: its pictures and styles.
    return part.get_content_maintype() != "text" and part.get("Content-ID") is None and not part.get("Content-Location")


def _body(message: Any, doc: str) -> Release | None:
    page, plain = _part_text(message, "html"), _part_text(message, "plain")
    meta = _metadata(message)
    title = str(meta.get("title", ""))
    if page is not None:
        release = parse_page(page, doc)
        words = len(release.text.split())
        if plain is None or len(plain.split()) < _SAME * words:
            meta = {**{key: value for key, value in release.meta.items() if key == "language"}, **meta}
            return with_title(release, title, meta) if release.text else None
    if plain is None or not plain.strip():
        return None
    furniture: tuple[Span, ...] = tuple(found.span() for found in _FORWARD.finditer(plain))
    if signature := _SIGNATURE.search(plain):
        furniture += (signature.span(),)
    return with_title(Release(doc=doc, text=plain, furniture=furniture), title, meta)


def _part_text(message: Any, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    if part is None or part.is_multipart():
        return None
    return decode(part.get_payload(decode=True) or b"", declared=part.get_content_charset()).text


def _metadata(message: Any) -> dict[str, Any]:
    name, address = parseaddr(str(message.get("From", "")))
    stated = {
        "title": message.get("Subject"),
        "publisher": name or address,
        "date": _date(message),
        "language": message.get("Content-Language"),
        "url": message.get("Snapshot-Content-Location") or message.get("Content-Location"),
    }
    return {key: " ".join(str(value).split()) for key, value in stated.items() if value}


def _date(message: Any) -> str | None:
    written = message.get("Date")
    if not written:
        return None
    try:
        return parsedate_to_datetime(str(written)).isoformat()
    except ValueError:
        return str(written)
