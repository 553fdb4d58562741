"""E-mails (.eml) and pages saved as MIME (.mht, .mhtml): the message, and the documents attached to it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from email import policy
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

from ...errors import InputError, LeftOut
from ..normalise import is_blank
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
_FIELD = (
    r"(?:[>* ]{0,20}(?:from|to|cc|bcc|subject|date|sent|reply-to|importance|attachments):.*\r?\n"
    r"(?:[ \t]+\S.*\r?\n)*)"
)
#: The lines above a forwarded message: those of most programs, then those of Outlook.
_FORWARD = re.compile(
    r"^(?:[-> ]{0,20}(?:begin forwarded message:?|-{1,40} ?(?:forwarded message|original message) ?-{1,40})[ \t]*\r?\n"
    rf"(?:[> \t]*\r?\n){{0,9}}{_FIELD}+"
    r"|(?:[> ]{0,20}_{5,80}[ \t]*\r?\n(?:[> \t]*\r?\n){0,3})?[>* ]{0,20}from:.*\r?\n"
    rf"[>* ]{{0,20}}sent:.*\r?\n{_FIELD}+)",
    re.I | re.M,
)
#: Two hyphens and a blank on a line of their own begin a signature (RFC 3676, section 4.3).
_SIGNATURE = re.compile(r"^-- ?\r?\n", re.M)
_BLANK_LINE = re.compile(r"^[ \t]*\r?\n", re.M)
#: What is longer (lines) is no signature beyond its first empty line.
_LONGEST_SIGNATURE = 15
#: Endings for parts that have no name.
_SUFFIXES = {"text/plain": ".txt", "text/html": ".html", "text/csv": ".csv"}
#: What the library raises for fields that it cannot take apart.
_FIELD_ERRORS = (AttributeError, IndexError, LookupError, OverflowError, TypeError, ValueError)


def read_mail(data: bytes, doc: str, read_part: _ReadPart) -> Iterator[Release | InputError]:
    """Yield the release that a message is, then those attached to it.

    Args:
        data: The bytes of the message.
        doc: Name of the release; an attachment is named ``doc/attachment``.
        read_part: Reads what is attached.

    Raises:
        InputError: The message has no text and nothing attached.
    """
    yield from _read(_parsed(data), doc, read_part, depth=0)


def _parsed(data: bytes) -> Any:
    return BytesParser(policy=policy.default).parsebytes(data)


def _read(message: Any, doc: str, read_part: _ReadPart, depth: int) -> Iterator[Release | InputError]:
    text = False
    shown: list[Any] = []
    for item in _body(message, doc, shown):
        text = True
        yield item
    for number, part in enumerate(_others(message, shown), start=1):
        for item in _part(part, number, doc, read_part, depth):
            text = text or not isinstance(item, LeftOut)
            yield item
    if not text:
        raise InputError("no text: the message is empty, or holds nothing that is text")


def _part(part: Any, number: int, doc: str, read_part: _ReadPart, depth: int) -> Iterator[Release | InputError]:
    """Yield what is in a part that is not the text of the message itself."""
    kind = part.get_content_type()
    name = str(part.get_filename() or f"part {number}{_SUFFIXES.get(kind, '')}")
    inner = f"{doc}/{name}"
    if kind == "message/rfc822" and part.is_multipart():
        if depth == _DEEPEST:
            yield InputError("messages lie within messages too deeply to be read", field=name)
            return
        try:
            yield from _read(_message_in(part), inner, read_part, depth + 1)
        except InputError as error:
            yield InputError(f"attached: {error.problem}", field=name)
        return
    content = part.get_payload(decode=True) or b""
    if part.get_content_maintype() in ("image", "audio", "video", "font") or not content.strip():
        yield LeftOut(f"attached: {kind}, which is no text", field=name)
        return
    if part.get_content_maintype() == "text" and (charset := part.get_content_charset()):
        with suppress(InputError):  # whoever reads the part says what is wrong with it
            content = decode(content, declared=charset).text.encode()
    try:
        yield from read_part(content, name, inner)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - a library's fault in one attachment costs that one alone
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        yield InputError(f"attached: is damaged, or of a form that cannot be read ({reason})", field=name)


def _message_in(part: Any) -> Any:
    """Return an attached message; some programs encode it, which the library does not expect."""
    message = part.get_payload(0)
    if _stated(part, "Content-Transfer-Encoding").lower() == "base64" and not message.is_multipart():
        with suppress(ValueError):
            return _parsed(base64.b64decode(message.get_payload()))
    return message


def _others(message: Any, shown: Sequence[Any], within: str = "") -> Iterator[Any]:
    """Yield the parts of a message that are not its text as *shown*; not those of the messages within it.

    Args:
        message: A message or a part that holds parts.
        shown: Parts that are the text of the message.
        within: The kinds of what *message* lies in.
    """
    if not message.is_multipart():
        if not any(message is part for part in shown):
            yield message
        return
    within += f" {message.get_content_subtype()}"
    for part in message.get_payload():
        if part.get_content_type() != "message/rfc822" and part.is_multipart():
            yield from _others(part, shown, within)
        elif not any(part is other for other in shown) and _is_apart(part, within):
            yield part


def _is_apart(part: Any, within: str) -> bool:
    """Return whether a part is a document of its own, and not the text of the message in another form."""
    if part.get_content_disposition() == "attachment" or part.get_content_type() == "message/rfc822":
        return True
    if part.get_content_maintype() == "text":
        # Some programs cut the text where a picture or a file stands in it.
        return not {"alternative", "related"} & set(within.split())
    # What stands in the page of a message: its pictures and styles. Some programs give documents an id as well.
    in_page = part.get("Content-ID") is not None or part.get("Content-Location")
    return not (in_page and (part.get_content_maintype() in ("image", "font") or "related" in within.split()))


def _body(message: Any, doc: str, shown: list[Any]) -> Iterator[Release | InputError]:
    """Yield the text of a message, and add the part that holds it to *shown*."""
    meta = _metadata(message)
    title = str(meta.get("title", ""))
    problem: InputError | None = None
    page: Release | None = None
    plain: str | None = None
    html_part, plain_part = _text_part(message, "html"), _text_part(message, "plain")
    try:
        page = None if html_part is None else parse_page(_text(html_part), doc)
    except InputError as error:
        problem = error
    try:
        plain = None if plain_part is None else _text(plain_part)
    except InputError as error:
        problem = error
    if page is not None and page.text and (plain is None or len(plain.split()) < _SAME * len(page.text.split())):
        shown.append(html_part)
        meta = {**{key: value for key, value in page.meta.items() if key == "language"}, **meta}
        yield with_title(page, title, meta)
    elif plain is not None and not is_blank(plain):
        shown.append(plain_part)
        yield with_title(Release(doc=doc, text=plain, furniture=_plain_furniture(plain)), title, meta)
    else:
        shown.extend(part for part in (html_part, plain_part) if part is not None)
        if problem is not None:
            yield problem


def _plain_furniture(plain: str) -> tuple[Span, ...]:
    """Return the spans of the lines above forwarded messages and of signatures."""
    forwards = [found.span() for found in _FORWARD.finditer(plain)]
    found: list[Span] = []
    for mark in _SIGNATURE.finditer(plain):
        if found and mark.start() < found[-1][1]:
            continue
        end = next((start for start, _ in forwards if start >= mark.end()), len(plain))
        if plain.count("\n", mark.end(), end) > _LONGEST_SIGNATURE and (
            blank := _BLANK_LINE.search(plain, mark.end(), end)
        ):
            end = blank.start()
        found.append((mark.start(), end))
    return tuple(sorted([*forwards, *found]))


def _text_part(message: Any, kind: str) -> Any:
    part = message.get_body(preferencelist=(kind,))
    return None if part is None or part.is_multipart() else part


def _text(part: Any) -> str:
    return decode(part.get_payload(decode=True) or b"", declared=part.get_content_charset()).text


def _metadata(message: Any) -> dict[str, Any]:
    name, address = parseaddr(_stated(message, "From"))
    stated = {
        "title": _stated(message, "Subject"),
        "publisher": name or address,
        "date": _date(_stated(message, "Date")),
        "language": _stated(message, "Content-Language"),
        "url": _stated(message, "Snapshot-Content-Location") or _stated(message, "Content-Location"),
    }
    return {key: value for key, value in stated.items() if value}


def _stated(message: Any, field: str) -> str:
    """Return what a field says, as it was written where it cannot be taken apart."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == field.lower()), "")
    value = raw
    with suppress(*_FIELD_ERRORS):
        value = str(message.get(field) or "")
    if not value.isascii() and not raw.isascii():
        # Bytes that no rule allows there; the library knows only UTF-8.
        with suppress(InputError, UnicodeEncodeError):
            value = decode(raw.encode("ascii", "surrogateescape")).text
    return " ".join(value.encode("utf-8", "replace").decode("utf-8").split())


def _date(written: str) -> str:
    try:
        return parsedate_to_datetime(written).isoformat()
    except _FIELD_ERRORS:
        return written
