"""Word documents (.docx): mammoth turns them into markup, which is read like a page that is all story."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from lxml import etree

from ...errors import InputError
from ..normalise import is_blank
from ..types import Release, Span
from .html import parse_fragment
from .joining import has_line, with_title
from .source import Limits

__all__ = ["read_docx"]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => h2:fresh
comment-reference => !
"""
#: What mammoth writes after a note, to lead back to its mark.
_BACK = re.compile(r"\s*<a href=\"#(?:foot|end)note-ref-[^\"]*\">↑</a>")
#: The mark itself, which Word counts and nobody wrote.
_MARK = re.compile(r"<sup><a href=\"#(?:foot|end)note-[^\"]*\"[^>]*>\[\d+\]</a></sup>")
#: Elements that stand around text and that mammoth leaves out with all that is in them: fields, directions.
_AROUND = re.compile(rb"</?w:(?:fldSimple|dir|bdo)\b(?:[^>\"]|\"[^\"]*\")*>")
_STORIES = re.compile(r"word/(?:document\d*|footnotes|endnotes)\.xml")
_PICTURES = re.compile(r"<img\b[^>]*>")
_CORE = {
    "title": "{http://purl.org/dc/elements/1.1/}title",
    "author": "{http://purl.org/dc/elements/1.1/}creator",
    "language": "{http://purl.org/dc/elements/1.1/}language",
    "date": "{http://purl.org/dc/terms/}created",
}
#: What stands in other archives of this kind.
_OTHERS = {
    "xl/workbook.xml": "an Excel workbook; save it as CSV",
    "ppt/presentation.xml": "a PowerPoint file; save it as PDF",
    "mimetype": "an OpenDocument or EPUB file; save it as .docx or PDF",
}


def read_docx(data: bytes, doc: str) -> Release:
    """Return the release in a Word document, with headers and footers as furniture behind the story.

    Raises:
        InputError: It is another archive, damaged, grows beyond measure, or has no text.
    """
    import mammoth

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check(archive)
            meta = _properties(archive)
            margins = _margins(archive)
            whole = _without_wrappers(archive)
        converted = mammoth.convert_to_html(
            io.BytesIO(whole or data),
            style_map=_STYLES,
            convert_image=mammoth.images.img_element(lambda _: {"src": ""}),
        )
    except zipfile.BadZipFile as error:
        raise InputError(f"is a damaged Word document: {error}") from error
    release = parse_fragment(_PICTURES.sub("", _MARK.sub("", _BACK.sub("", converted.value))), doc)
    if is_blank(release.text):
        raise InputError("no text: the document is empty, or all of it is pictures")
    title = meta.get("title", "")
    if title and has_line(release, title):
        release = with_title(release, title, meta)
    else:
        release = Release(doc=doc, text=release.text, meta=meta, furniture=release.furniture)
    return _with_margins(release, margins)


def _check(archive: zipfile.ZipFile) -> None:
    names = set(archive.namelist())
    if not any(re.fullmatch(r"word/document\d*\.xml", name) for name in names):
        other = next((what for name, what in _OTHERS.items() if name in names), "an archive (ZIP); unpack it")
        raise InputError(f"is {other}")
    size = sum(item.file_size for item in archive.infolist())
    if size > Limits().file_bytes:
        raise InputError(
            f"unpacks to {size >> 20} MiB, more than a document may have ({Limits().file_bytes >> 20} MiB)"
        )


def _without_wrappers(archive: zipfile.ZipFile) -> bytes | None:
    """Return the archive without the tags around text that mammoth does not know, None if there are none."""
    changed: dict[str, bytes] = {}
    for name in filter(_STORIES.fullmatch, archive.namelist()):
        content = archive.read(name)
        if (plain := _AROUND.sub(b"", content)) != content:
            changed[name] = plain
    if not changed:
        return None
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as copy:
        for name in dict.fromkeys(archive.namelist()):
            copy.writestr(name, changed.get(name) or archive.read(name))
    return written.getvalue()


def _parsed(archive: zipfile.ZipFile, name: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(archive.read(name), parser)
    except etree.XMLSyntaxError as error:
        raise InputError(f"is a damaged Word document: {name}: {error}") from error


def _properties(archive: zipfile.ZipFile) -> dict[str, str]:
    if "docProps/core.xml" not in archive.namelist():
        return {}
    root = _parsed(archive, "docProps/core.xml")
    stated = {key: " ".join((root.findtext(name) or "").split()) for key, name in _CORE.items()}
    return {key: text for key, text in stated.items() if text}


def _margins(archive: zipfile.ZipFile) -> list[str]:
    """Return the paragraphs of headers and footers, each once."""
    found: dict[str, None] = {}
    for name in sorted(archive.namelist()):
        if re.fullmatch(r"word/(?:header|footer)\d*\.xml", name):
            for paragraph in _parsed(archive, name).iter(f"{_W}p"):
                text = "".join(part.text or "" for part in paragraph.iter(f"{_W}t")).strip()
                if text:
                    found[text] = None
    return list(found)


def _with_margins(release: Release, margins: list[str]) -> Release:
    text = release.text
    spans: list[Span] = []
    for line in margins:
        text += "\n\n"
        spans.append((len(text), len(text) + len(line)))
        text += line
    return Release(
        doc=release.doc,
        text=text,
        meta=release.meta,
        furniture=(*release.furniture, *spans),
        title=release.title,
    )
