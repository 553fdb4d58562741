"""PDF files: pdfminer gives the lines of each page, :mod:`.pdf_layout` their order and paragraphs."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...errors import InputError
from ..types import Release, Span
from .joining import has_line, with_title
from .pdf_layout import Line, Page, paragraphs, with_story

__all__ = ["read_pdf"]

_JUNK_TITLE = re.compile(r"microsoft word|untitled|\.(?:docx?|pdf|indd|qxd|rtf|odt|tex|html?)\b|^\W*$|^\d+$", re.I)
#: What pdfminer writes for a letter whose font does not say which it is.
_UNKNOWN = re.compile(r"\(cid:\d+\)")
#: Such letters on a page that make it unreadable; fewer are bullets and logos.
_MOST_UNKNOWN = 20
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?(?:(\d\d)(\d\d)(\d\d)?)?([Zz]|[+-]\d\d'?\d\d)?")
#: Characters turned by more than this (sine of the angle) are a stamp across the page.
_TURNED = 0.05


def read_pdf(data: bytes, doc: str) -> Iterator[Release | InputError]:
    """Yield the release in a PDF file, then each page without text that may hold some in a picture.

    Raises:
        InputError: The file is damaged or locked, or none of its pages has text.
    """
    from pdfminer.pdfdocument import PDFDocument, PDFPasswordIncorrect
    from pdfminer.pdfpage import PDFPage
    from pdfminer.pdfparser import PDFParser

    logging.getLogger("pdfminer").setLevel(logging.CRITICAL)
    try:
        document = PDFDocument(PDFParser(io.BytesIO(data)))
    except PDFPasswordIncorrect as error:
        raise InputError("is locked with a password; save it without one") from error
    meta = _metadata(document)
    pages = [_page(page) for page in PDFPage.create_pages(document)]
    if not pages:
        raise InputError("is a damaged PDF: it has no page that can be read")
    problems = list(_unread(pages))
    story = any(with_story(pages))
    if not story and any(page.unreadable for page in pages):
        raise InputError("no text: its fonts do not say which letters they show; run text recognition (OCR) on it")
    if not story and problems:
        raise InputError("no text: its pages are pictures (a scan?); run text recognition (OCR) on it first")
    if not any(page.lines for page in pages):
        raise InputError("no text: it is empty")
    yield _release(pages, doc, meta)
    yield from problems


def _unread(pages: list[Page]) -> Iterator[InputError]:
    """Yield the pages that hold more than was read."""
    for number, (page, story) in enumerate(zip(pages, with_story(pages), strict=True), start=1):
        if page.unreadable > _MOST_UNKNOWN:
            yield InputError(
                "some fonts of this page do not say which letters they show, so not all of its text was read; run OCR"
                " on it",
                line=number,
            )
        elif page.pictures and not story:
            yield InputError("this page is a picture (a scan?), its text was not read; run OCR on it", line=number)


def _page(page: Any) -> Page:
    from pdfminer.converter import PDFPageAggregator
    from pdfminer.layout import LAParams
    from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager

    manager = PDFResourceManager()
    # Without its own order of boxes, which interleaves columns; pdf_layout puts the lines in order.
    device = PDFPageAggregator(manager, laparams=LAParams(boxes_flow=None, char_margin=1.5, all_texts=True))
    PDFPageInterpreter(manager, device).process_page(page)
    layout = device.get_result()
    found = Page(width=layout.width, height=layout.height)
    _collect(layout, found)
    return found


def _collect(items: Any, page: Page) -> None:
    from pdfminer.layout import LTFigure, LTImage, LTTextBox, LTTextLine

    waiting = list(items)
    while waiting:
        item = waiting.pop(0)
        if isinstance(item, LTTextLine):
            if (line := _line(item)) is None:
                continue
            unknown = len(_UNKNOWN.findall(line.text))
            page.unreadable += unknown
            if 2 * unknown < len(_UNKNOWN.sub("", line.text)):
                page.lines.append(replace(line, text=_UNKNOWN.sub("\ufffd", line.text)) if unknown else line)
        elif isinstance(item, LTTextBox | LTFigure):
            waiting[:0] = list(item)
        elif isinstance(item, LTImage):
            page.pictures += 1


def _line(item: Any) -> Line | None:
    from pdfminer.layout import LTChar

    characters = [inner for inner in item if isinstance(inner, LTChar)]
    text = " ".join(item.get_text().split())
    if not text or not characters:
        return None
    sizes = sorted(character.size for character in characters)
    upright = sum(abs(character.matrix[1]) <= _TURNED * abs(character.matrix[0]) for character in characters)
    return Line(
        text=text,
        x0=item.x0,
        x1=item.x1,
        top=item.y1,
        bottom=item.y0,
        size=sizes[len(sizes) // 2],
        turned=upright < len(characters) / 2,
    )


def _release(pages: list[Page], doc: str, meta: dict[str, str]) -> Release:
    text = ""
    furniture: list[Span] = []
    heading: Span | None = None
    for paragraph in paragraphs(pages):
        text += "\n\n" if text else ""
        span = (len(text), len(text) + len(paragraph.text))
        text += paragraph.text
        if paragraph.furniture:
            furniture.append(span)
        elif paragraph.heading and heading is None:
            heading = span
    release = Release(doc=doc, text=text, meta=meta, furniture=tuple(furniture), title=heading)
    title = meta.get("title", "")
    if heading is None and title and has_line(release, title):
        release = with_title(release, title, meta)
    return release


def _metadata(document: Any) -> dict[str, str]:
    from pdfminer.pdftypes import resolve1
    from pdfminer.utils import decode_text

    stated: dict[str, str] = {}
    for info in document.info:
        for key, value in info.items():
            value = resolve1(value)
            if isinstance(value, bytes | str):
                text = decode_text(value) if isinstance(value, bytes) else value
                stated.setdefault(str(key), " ".join(text.replace("\0", "").split()))
    title = stated.get("Title", "")
    language = resolve1(document.catalog.get("Lang"))
    found = {
        "title": "" if _JUNK_TITLE.search(title) else title,
        "author": stated.get("Author", ""),
        "publisher": stated.get("Publisher", ""),
        "date": _date(stated.get("CreationDate", "")),
        "language": decode_text(language) if isinstance(language, bytes) else "",
    }
    return {key: value for key, value in found.items() if value}


def _date(written: str) -> str:
    """Return a date of PDF (ISO 32000-1, section 7.9.4) in the form of ISO 8601."""
    match = _DATE.match(written)
    if match is None:
        return ""
    year, month, day, hour, minute, second, zone = match.groups()
    date = "-".join(part for part in (year, month, day) if part)
    if hour and day:
        zone = "" if zone is None else "+00:00" if zone in "Zz" else f"{zone[:3]}:{zone[-2:]}"
        date += f"T{hour}:{minute}:{second or '00'}{zone}"
    try:
        datetime.fromisoformat(f"{date}-01-01"[:10] if len(date) < 10 else date)
    except ValueError:
        return ""
    return date
