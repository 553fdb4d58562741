"""Bytes to characters."""

from __future__ import annotations

import codecs
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterframe.data.readers.charset import decode
from counterframe.data.readers.text import read_text
from counterframe.errors import InputError

GERMAN = "Die Straße nach Ilva ist geöffnet, sagte der Minister für Verkehr. "
RUSSIAN = "Министр сказал, что дорога открыта и останется открытой. "
CHINESE = "部长说，道路是开放的，并将继续开放。我们会继续努力。"
JAPANESE = "東京で会議が開かれた。"


@pytest.mark.parametrize(
    ("mark", "encoding", "name"),
    [
        (codecs.BOM_UTF8, "utf-8", "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
        (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32"),
        (b"", "utf-16-le", "utf-16"),
        (b"", "utf-16-be", "utf-16"),
        (b"", "utf-8", "utf-8"),
    ],
)
def test_unicode_is_known_by_its_mark_or_its_zeros(mark: bytes, encoding: str, name: str) -> None:
    assert decode(mark + GERMAN.encode(encoding)) == (GERMAN, name, False)


def test_a_mark_that_lies_is_an_error() -> None:
    with pytest.raises(InputError, match="begins as UTF"):
        decode(codecs.BOM_UTF16_LE + b"abcd\xff")


def test_one_bad_byte_behind_a_mark_is_one_bad_character() -> None:
    assert decode(codecs.BOM_UTF8 + GERMAN.encode() + b"\xff").text == GERMAN + "\ufffd"


@pytest.mark.parametrize(
    ("text", "declared", "encoding"),
    [
        (GERMAN, "ISO-8859-1", "cp1252"),
        ("“Ilva” – €", "latin1", "cp1252"),
        (RUSSIAN, "windows-1251", "cp1251"),
        (RUSSIAN, " 'koi8-r' ", "koi8-r"),
        (CHINESE, "gb2312", "gb18030"),
        (JAPANESE, "shift_jis", "cp932"),
        (JAPANESE, "iso-2022-jp", "iso2022_jp"),
        (CHINESE[:9], "hz", "hz"),
    ],
)
def test_a_declared_encoding_is_used(text: str, declared: str, encoding: str) -> None:
    assert decode(text.encode(encoding), declared=declared) == (text, encoding, False)


@pytest.mark.parametrize("declared", ["latin-1", "gb2312", "nonsense", "", None, "undefined", "utf-16"])
def test_valid_utf8_goes_before_what_is_declared(declared: str | None) -> None:
    assert decode(GERMAN.encode(), declared=declared) == (GERMAN, "utf-8", False)


@pytest.mark.parametrize(
    "declared",
    [
        "utf-8",
        "ascii2",
        "undefined",
        "idna",
        "punycode",
        "unicode_escape",
        "utf-7",
        "rot13",
        "base64",
        "\0",
        "é",
        "a" * 4000,
    ],
)
def test_a_wrong_declaration_is_overruled_by_the_bytes(declared: str) -> None:
    found = decode((GERMAN + r"a\n").encode("cp1252"), declared=declared)
    assert found.text == GERMAN + r"a\n"
    assert found.guessed


def test_escape_sequences_are_understood_without_a_declaration() -> None:
    found = decode(JAPANESE.encode("iso2022_jp"))
    assert (found.text, found.guessed) == (JAPANESE, True)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(GERMAN, "cp1252"), (RUSSIAN * 3, "cp1251"), (RUSSIAN * 3, "koi8-r"), (CHINESE * 3, "gb18030")],
)
def test_an_encoding_is_guessed(text: str, encoding: str) -> None:
    found = decode(text.encode(encoding))
    assert found.text == text
    assert found.guessed


@pytest.mark.parametrize(("text", "encoding"), [(RUSSIAN, "cp1251"), (CHINESE, "gb18030")])
@pytest.mark.parametrize("before", [1999, 2000, 5000, 2_000_000])
def test_what_tells_the_encoding_may_stand_far_on_in_a_long_line(text: str, encoding: str, before: int) -> None:
    text = "a" * (before - 1) + " " + text * 80
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("text", ["“Yes”, she said – and left", GERMAN * 5, RUSSIAN])
def test_one_bad_byte_does_not_change_the_encoding(text: str) -> None:
    found = decode(text.encode() + b"\xff and went on.")
    assert found == (text + "\ufffd and went on.", "utf-8", True)


@pytest.mark.parametrize("data", [bytes(range(32)) * 20, b"\x00" * 100, b"\x01\x02\x03abc\xff\xfe\x00"])
def test_binary_data_are_an_error(data: bytes) -> None:
    with pytest.raises(InputError, match=r"binary data|not text"):
        decode(data)


@pytest.mark.parametrize("data", [b"", b" \r\n\t", "\ufeff".encode(), "\ufeff \n".encode("utf-16-le")])
def test_a_text_of_nothing_is_an_error(data: bytes) -> None:
    with pytest.raises(InputError, match="no text"):
        read_text(data, "a")


def test_meta_names_an_encoding_that_is_not_utf8() -> None:
    assert read_text(GERMAN.encode(), "a").meta == {}
    assert read_text(GERMAN.encode("utf-16"), "a").meta == {"encoding": "utf-16"}
    assert read_text(GERMAN.encode("cp1252"), "a").meta == {"encoding": "cp1252 (guessed)"}


@given(
    st.binary(max_size=500), st.sampled_from([None, "utf-8", "cp1251", "gb2312", "iso-2022-kr", "hz", "utf-16", "idna"])
)
def test_any_bytes_are_text_or_an_error(data: bytes, declared: str | None) -> None:
    try:
        found = decode(data, declared=declared)
    except InputError as error:
        assert error.problem
    else:
        found.text.encode()  # no half of a pair, which could never be written


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1))
def test_what_was_written_as_utf8_is_read_as_it_was(text: str) -> None:
    if not text.startswith("\ufeff"):
        assert decode(text.encode()).text == text


@pytest.mark.parametrize(
    "data", [b"\xe9" * (1 << 20), b"\x1b$B" * 200_000, b"a\xe9\n" * 400_000, b"\xc3\xa9" * 99_999 + b"\xff"]
)
def test_no_bytes_take_long(data: bytes) -> None:
    started = time.monotonic()
    with suppress(InputError):
        decode(data)
    assert time.monotonic() - started < 3
