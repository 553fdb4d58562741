"""PDF files: pdfminer gives the lines of each page, :mod:`.pdf_layout` their order and paragraphs."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

from ...errors import InputError
from ..types import Release, Span
from .joining import with_title
from .pdf_layout import Line, Page, paragraphs

__all__ = ["read_pdf"]

_JUNK_TITLE = re.compile(r"microsoft word|untitled|\.(?:docx?|pdf|indd|qxd|rtf|odt|tex|html?)\b|^\W*$|^\d+$", re.I)
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
    scans = [number for number, page in enumerate(pages, start=1) if not page.lines and page.pictures]
    if not any(page.lines for page in pages):
        reason = "its pages are pictures (a scan?); run text recognition (OCR) on it first" if scans else "it is empty"
        raise InputError(f"no text: {reason}")
    yield _release(pages, doc, meta)
    for number in scans:
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
            if line := _line(item):
                page.lines.append(line)
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
    if heading is None and title and _plain(title) in _plain(text[:2000]):
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
    return date


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
