"""PDF files, built here from a few lines of their syntax."""

from __future__ import annotations

import random
import time
import zlib
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterframe.data.readers.pdf import read_pdf
from counterframe.data.types import Release
from counterframe.errors import InputError

FIRST = "The envoy of Ostria met the minister of roads in Port Ilva on Tuesday and they"
SECOND = "spoke about the road for an hour and about the price of bread in the capital."
STORY = f"{FIRST} {SECOND}"

_PICTURE = b"<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8"


def text_at(x: float, y: float, text: str, *, size: float = 10, turned: bool = False) -> bytes:
    """Return the operators that print a line."""
    matrix = f"0 1 -1 0 {x} {y} Tm" if turned else f"{x} {y} Td"
    escaped = text.replace("\\", "\\\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F {size} Tf {matrix} ({escaped}) Tj ET\n".encode("cp1252")


def printed(*lines: str, top: float = 700, left: float = 60, size: float = 10) -> bytes:
    """Return the operators that print lines one below the other."""
    return b"".join(text_at(left, top - 12 * number, line, size=size) for number, line in enumerate(lines))


def picture() -> bytes:
    """Return the operators that fill a page with a picture."""
    return b"q 595 0 0 842 0 0 cm /I Do Q\n"


def build_pdf(
    pages: Sequence[bytes],
    *,
    info: Mapping[str, str] | None = None,
    font: bytes = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    trailer: bytes = b"",
) -> bytes:
    """Return a PDF file of *pages*, each given as its operators."""
    kids = " ".join(f"{5 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        font,
        _PICTURE + b" /Length 1 >>\nstream\n\x80\nendstream",
    ]
    for number, content in enumerate(pages):
        packed = zlib.compress(content)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources"
            b" << /Font << /F 3 0 R >> /XObject << /I 4 0 R >> >> >>" % (6 + 2 * number)
        )
        objects.append(b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(packed), packed))
    stated = "".join(f"/{key} ({value})" for key, value in (info or {}).items())
    objects.append(f"<< {stated} >>".encode("cp1252"))
    data = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        data
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
        + b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R %s >>\n" % (len(objects) + 1, len(objects), trailer)
        + b"startxref\n%d\n%%%%EOF\n" % len(data)
    )


def read(data: bytes) -> list[Release | InputError]:
    return list(read_pdf(data, "p"))


def one(data: bytes) -> Release:
    (release,) = read(data)
    assert isinstance(release, Release)
    return release


def test_a_page_is_read_with_what_the_file_says_of_it() -> None:
    info = {"Title": "Port Ilva", "Author": "Orla Venn", "CreationDate": "D:20310321192200+04'00'"}
    release = one(build_pdf([printed(FIRST, SECOND)], info=info))
    assert release.text == STORY
    assert release.meta == {
        "title": "Port Ilva",
        "author": "Orla Venn",
        "date": "2031-03-21T19:22:00+04:00",
        "language": "en-GB",
    }


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("D:2031", "2031"),
        ("D:203103", "2031-03"),
        ("D:20310321", "2031-03-21"),
        ("D:20310321192200Z", "2031-03-21T19:22:00+00:00"),
        ("D:203103211922", "2031-03-21T19:22:00"),
        ("D:20310230", None),
        ("D:00000000000000Z", None),
        ("yesterday", None),
    ],
)
def test_dates_are_written_as_iso_or_not_at_all(written: str, date: str | None) -> None:
    assert one(build_pdf([printed(FIRST)], info={"CreationDate": written})).meta.get("date") == date


@pytest.mark.parametrize("title", ["Microsoft Word - note.docx", "Untitled", "draft.indd", "12", "..."])
def test_a_title_that_a_program_made_up_is_left_out(title: str) -> None:
    assert "title" not in one(build_pdf([printed(FIRST)], info={"Title": title})).meta


def test_larger_type_is_the_headline() -> None:
    release = one(build_pdf([text_at(60, 740, "The road is open", size=18) + printed(FIRST, SECOND)]))
    assert release.title is not None
    assert release.text[slice(*release.title)] == "The road is open"


def test_page_numbers_are_furniture_and_a_paragraph_goes_on_over_the_page() -> None:
    pages = [printed(FIRST, top=200) + text_at(290, 30, "1"), printed(SECOND) + text_at(290, 30, "2")]
    release = one(build_pdf(pages))
    assert release.text.startswith(STORY)
    assert [release.text[start:end] for start, end in release.furniture] == ["1", "2"]


def test_turned_text_is_furniture() -> None:
    release = one(build_pdf([printed(FIRST, SECOND) + text_at(20, 300, "Copy", turned=True)]))
    assert release.text.startswith(STORY)
    assert "".join(release.text[start:end] for start, end in release.furniture) == "ypoC"


@pytest.mark.parametrize("over", [b"", text_at(290, 30, "2"), text_at(20, 300, "Copy", turned=True)])
def test_a_scanned_page_is_named_by_its_number(over: bytes) -> None:
    release, problem = read(build_pdf([printed(FIRST, SECOND), picture() + over]))
    assert isinstance(release, Release)
    assert isinstance(problem, InputError)
    assert problem.line == 2
    assert "OCR" in problem.problem


@pytest.mark.parametrize("over", [b"", text_at(290, 30, "2")])
def test_a_file_of_scans_alone_is_an_error(over: bytes) -> None:
    with pytest.raises(InputError, match="a scan"):
        read(build_pdf([picture() + over] * 3))


def test_a_picture_beside_text_is_no_scan() -> None:
    assert one(build_pdf([picture() + printed(FIRST, SECOND)])).text == STORY


def test_letters_of_which_only_the_shape_is_known_are_reported() -> None:
    font = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /X /Encoding /Identity-H /DescendantFonts [<< /Type /Font"
        b" /BaseFont /X /Subtype /CIDFontType2"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>]"
        b" >>"
    )
    with pytest.raises(InputError, match="fonts do not say"):
        read(build_pdf([printed(FIRST, SECOND)], font=font))


@pytest.mark.parametrize("pages", [[], [b""], [b"", b""]])
def test_a_file_without_text_is_an_error(pages: list[bytes]) -> None:
    with pytest.raises(InputError, match=r"no text|no page"):
        read(build_pdf(pages))


def test_a_locked_file_is_an_error_that_says_so() -> None:
    lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<41><41>]" % (b"41" * 32, b"42" * 32)
    with pytest.raises(InputError, match="password"):
        read(build_pdf([printed(FIRST)], trailer=lock))


def test_pages_that_hold_themselves_end() -> None:
    data = build_pdf([printed(FIRST)])
    with_loop = data.replace(b"/Kids [5 0 R]", b"/Kids [2 0 R]")
    assert with_loop != data
    started = time.monotonic()
    try:
        read(with_loop)
    except InputError as error:
        assert error.problem
    assert time.monotonic() - started < 2


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(0, 3000), st.booleans())
def test_a_damaged_file_never_takes_long(seed: int, left: int, cut: bool) -> None:
    data = bytearray(build_pdf([printed(FIRST, SECOND), picture()], info={"Title": "A"}))
    rng = random.Random(seed)
    for _ in range(10):
        data[rng.randrange(len(data))] = rng.randrange(256)
    started = time.monotonic()
    try:
        items = read(bytes(data[:left] if cut else data))
    except Exception:  # noqa: BLE001 - whatever pdfminer raises, the worker makes an error of it
        items = []
    assert time.monotonic() - started < 3
    for item in items:
        if isinstance(item, Release):
            item.text.encode()
