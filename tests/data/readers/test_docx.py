"""Word documents, zipped here from minimal XML."""

from __future__ import annotations

import io
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterframe.data.readers import docx
from counterframe.data.readers.docx import read_docx
from counterframe.data.types import Release
from counterframe.errors import InputError

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TEXT = "The road to Port Ilva is open, the minister said."
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*content: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(content)}</w:p>"


def relations(*targets: tuple[str, str]) -> str:
    lines = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/{kind}" Target="{to}"/>' for n, (kind, to) in enumerate(targets)
    )
    return f'<Relationships xmlns="{RELATIONSHIPS}">{lines}</Relationships>'


def build(body: str, *, main: str = "word/document.xml", doctype: str = "", **parts: str) -> bytes:
    """Return a document; *parts* are named by the path of each, without ``word/``."""
    files = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations(("officeDocument", main)),
        main: f"{doctype}<w:document {W}><w:body>{body}</w:body></w:document>",
        **{name if "/" in name else f"word/{name}.xml": content for name, content in parts.items()},
    }
    if "footnotes" in parts:
        files["word/_rels/document.xml.rels"] = relations(("footnotes", "footnotes.xml"))
    return zipped(files)


def zipped(files: dict[str, str]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def read(data: bytes) -> Release:
    return read_docx(data, "d")


CORE = (
    '<c:coreProperties xmlns:c="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:t="http://purl.org/dc/terms/">'
    "<dc:title>The road is open</dc:title>"
    "<dc:creator>Orla Venn</dc:creator><t:created>2031-03-21T19:22:00Z</t:created></c:coreProperties>"
)


def test_the_title_and_what_the_file_says_of_itself() -> None:
    body = paragraph(run("The road is open")) + paragraph(run(TEXT))
    release = read(build(body, **{"docProps/core.xml": CORE}))
    assert release.text == f"The road is open\n\n{TEXT}"
    assert release.title == (0, 16)
    assert release.meta == {"title": "The road is open", "author": "Orla Venn", "date": "2031-03-21T19:22:00Z"}


def test_lists_and_tables_are_read() -> None:
    item = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    cells = "".join(f"<w:tc>{paragraph(run(text))}</w:tc>" for text in ("Town", "Price"))
    release = read(build(paragraph(run("First item."), properties=item) + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"))
    assert release.text.split() == ["First", "item.", "Town", "Price"]


def test_a_note_is_read_without_the_mark_that_nobody_wrote() -> None:
    body = paragraph(run(TEXT), '<w:r><w:footnoteReference w:id="2"/></w:r>')
    release = read(
        build(
            body,
            footnotes=f'<w:footnotes {W}><w:footnote w:id="2">{paragraph(run("A note."))}</w:footnote></w:footnotes>',
        )
    )
    assert release.text == f"{TEXT}\n\nA note."


def test_of_tracked_changes_what_was_put_in_is_read() -> None:
    deleted = '<w:del w:id="1"><w:r><w:delText>gone</w:delText></w:r></w:del>'
    body = paragraph(
        run("It is "),
        deleted,
        '<w:ins w:id="2">' + run("new") + "</w:ins>",
        '<w:moveTo w:id="3">' + run(" here") + "</w:moveTo>",
    )
    assert read(build(body)).text == "It is new here"


@pytest.mark.parametrize("around", ['fldSimple w:instr="IF 1 > 2"', 'dir w:val="rtl"', 'bdo w:val="ltr"'])
def test_text_in_fields_and_directions_is_not_lost(around: str) -> None:
    tag = around.split()[0]
    assert (
        read(build(paragraph(run("It is "), f"<w:{around}>{run('Monday')}</w:{tag}>", run(".")))).text
        == "It is Monday."
    )


def test_headers_and_footers_are_furniture_each_once() -> None:
    head = f"<w:hdr {W}>" + paragraph(run("Ministry "), run("of Roads")) + "</w:hdr>"
    foot = f"<w:ftr {W}>" + paragraph(run("Page")) + paragraph() + "</w:ftr>"
    release = read(build(paragraph(run(TEXT)), header1=head, header2=head, footer1=foot))
    assert release.text.startswith(TEXT)
    assert sorted(release.text[start:end] for start, end in release.furniture) == ["Ministry of Roads", "Page"]


def test_the_story_may_stand_in_a_second_file() -> None:
    assert read(build(paragraph(run(TEXT)), main="word/document2.xml")).text == TEXT


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("xl/workbook.xml", "Excel"),
        ("ppt/presentation.xml", "PowerPoint"),
        ("mimetype", "OpenDocument"),
        ("a.txt", "archive"),
    ],
)
def test_other_archives_are_refused_by_name(name: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read(zipped({name: "x"}))


@pytest.mark.parametrize("body", ["", paragraph(), paragraph(run("  "))])
def test_a_document_without_text_is_an_error(body: str) -> None:
    with pytest.raises(InputError, match="no text"):
        read(build(body))


class _Small:
    file_bytes = 1 << 16


def test_an_archive_that_unpacks_to_too_much_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    data = build(paragraph(run(TEXT * 5000)))
    monkeypatch.setattr(docx, "Limits", _Small)
    with pytest.raises(InputError, match="unpacks to"):
        read(data)


def test_an_archive_that_lies_about_its_size_is_an_error() -> None:
    data = build(paragraph(run(TEXT * 5000)))
    size = next(item.file_size for item in zipfile.ZipFile(io.BytesIO(data)).infolist() if "document" in item.filename)
    lying = data.replace(size.to_bytes(4, "little"), (300).to_bytes(4, "little"))
    assert lying != data
    with pytest.raises(InputError, match="damaged"):
        read(lying)


def test_entities_neither_grow_nor_open_files() -> None:
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "lol"}">' for n in range(12))
    started = time.monotonic()
    for doctype, name in ((bomb, "a11"), ('<!ENTITY a SYSTEM "file:///etc/passwd">', "a")):
        data = build(paragraph(run(f"x &{name}; y")), doctype=f"<!DOCTYPE w [{doctype}]>")
        try:
            text = read(data).text
        except Exception as error:  # noqa: BLE001 - whatever the library raises, the worker makes an error of it
            text = str(error)
        assert len(text) < 500
        assert "root:" not in text
    assert time.monotonic() - started < 3


@settings(max_examples=60)
@given(st.integers(0, 1200), st.binary(min_size=1, max_size=8), st.booleans())
def test_a_damaged_file_never_takes_long(place: int, junk: bytes, cut: bool) -> None:
    data = build(paragraph(run(TEXT)))
    data = data[:place] if cut else data[:place] + junk + data[place + len(junk) :]
    started = time.monotonic()
    try:
        read(data).text.encode()
    except Exception as error:  # noqa: BLE001 - whatever the library raises, the worker makes an error of it
        assert not isinstance(error, RecursionError | MemoryError)
    assert time.monotonic() - started < 3
