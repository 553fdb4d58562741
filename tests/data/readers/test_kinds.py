"""What a file is: by its bytes, by its name, and what is refused."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterframe.data.readers.kinds import Refusal, document_suffix, kind_of

TEXT = b"The road to Port Ilva is open, the ministry said. "


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.HTML.gz", ".html"), ("a.txt.zst", ".txt"), (".txt", ""), ("a", ""), ("b.c/.txt", ""), ("a.tar.xz", ".tar")],
)
def test_the_ending_of_a_name_is_that_without_its_compression(name: str, suffix: str) -> None:
    assert document_suffix(name) == suffix


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(9), "Office"),
        (b"{\\rtf1\\ansi The road}", "RTF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(9), "PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(9), "JPEG"),
        (b"GIF89a" + bytes(9), "GIF"),
        (b"II*\x00" + bytes(9), "TIFF"),
        (b"MM\x00*" + bytes(9), "TIFF"),
        (b"BM" + bytes(9), "BMP"),
        (b"\x00\x00\x01\x00" + bytes(9), "ICO"),
        (b"RIFF" + bytes(9), "RIFF"),
        (b"OggS" + bytes(9), "Ogg"),
        (b"ID3\x04" + bytes(9), "MP3"),
        (b"fLaC" + bytes(9), "FLAC"),
        (b"\x1aE\xdf\xa3" + bytes(9), "Matroska"),
        (b"wOF2" + bytes(9), "font"),
        (b"\x7fELF" + bytes(9), "program"),
        (b"MZ\x90" + bytes(9), "program"),
        (b"\xca\xfe\xba\xbe" + bytes(9), "program"),
        (b"SQLite format 3\x00" + bytes(9), "SQLite"),
        (b"7z\xbc\xaf'\x1c" + bytes(9), "7z"),
        (b"Rar!\x1a\x07" + bytes(9), "RAR"),
        (b"\x1f\x8b\x08" + bytes(9), "more than once"),
        (b"\x28\xb5\x2f\xfd" + bytes(9), "more than once"),
        (b"\xfd7zXZ\x00" + bytes(9), "more than once"),
        (b"BZh91AY&SY" + bytes(9), "more than once"),
        (b"ARROW1" + bytes(9), "Arrow"),
        (b"%!PS-Adobe-3.0\n", "PostScript"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(9), "MP4"),
        (b"a.txt".ljust(257, b"\x00") + b"ustar" + bytes(99), "tar"),
        (bytes(range(32)) * 9, "binary data"),
    ],
)
def test_what_is_no_document_is_refused_by_its_bytes(head: bytes, what: str) -> None:
    may_hold_text = {"Office", "RTF", "SQLite", "7z", "RAR", "more than once", "Arrow", "PostScript", "tar"}
    for name, left_out in (("a.txt", False), ("a.bin", what not in may_hold_text)):
        refusal = kind_of(name, head, named=False)
        assert isinstance(refusal, Refusal)
        assert what in refusal.reason
        assert refusal.left_out is left_out, "what claims to be a text and is none is a failure"
    named = kind_of("a.bin", head, named=True)
    assert isinstance(named, Refusal)
    assert not named.left_out


@pytest.mark.parametrize(
    "head",
    [b"BMW opened", b"BM", b"MZ, said", b"RIFFA, 3 May:", b"ID3 cards", b"OggS", b"Rar! they cried", b"GIF8", b"BZhan"],
)
def test_a_text_may_begin_with_the_letters_of_another_kind(head: bytes) -> None:
    assert kind_of("a.txt", head + b" " + TEXT, named=False) == "text"


def test_a_text_may_speak_of_pdf() -> None:
    assert kind_of("a.txt", TEXT + b"A file begins with %PDF-1.4, the clerk said.", named=False) == "text"
    assert kind_of("a.pdf", b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.4\n", named=False) == "pdf"
    assert kind_of("a.txt", b"\xef\xbb\xbf\n%PDF-1.4\n", named=False) == "pdf"


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.txt", b"%PDF-1.7\n", "pdf"),
        ("a.txt", b"PAR1\x15", "parquet"),
        ("a.bin", b"PK\x03\x04" + bytes(30), "docx"),
        ("a.txt", b"<!DOCTYPE html><p>x", "html"),
        ("a.txt", b"\xef\xbb\xbf<!DOCTYPE html><p>x", "html"),
        ("a.txt", "\ufeff<!DOCTYPE html><p>x".encode("utf-16-le"), "html"),
        ("a", b"<?xml version='1.0'?><!-- a --><html>", "html"),
        ("a", b"<?xml version='1.0'?>\n<?style?><!-- a --><rss version='2.0'>", "feed"),
        ("a.xml", b"<?xml version='1.0'?><!DOCTYPE html><html>", "html"),
        ("a", b"<rdf:RDF xmlns='x'>", "feed"),
        ("a", b"<feed xmlns='http://www.w3.org/2005/Atom'>", "feed"),
        ("a", b"From: a@b.example\r\nMessage-ID: <1>\r\n\r\nHello.", "email"),
        ("a.txt", b"Place: Port Ilva\nDate: Monday\n\n", "text"),
        ("A.HTM", b"no markup", "html"),
        ("a.ndjson.gz", b'{"text": "x"}', "jsonl"),
        ("a.txt", "Grüße aus Ilva".encode("utf-16"), "text"),
        ("a.txt", "The road is open".encode("utf-16-be"), "text"),
        ("a.txt", b"\x00\x00\xfe\xff" + "The road".encode("utf-32-be"), "text"),
        ("a.txt", b"", "text"),
    ],
)
def test_the_kind_of_a_file(name: str, head: bytes, kind: str) -> None:
    assert kind_of(name, head, named=False) == kind


@pytest.mark.parametrize("suffix", ["pdf", "docx", "parquet"])
def test_a_file_that_is_not_what_its_name_says_is_a_failure(suffix: str) -> None:
    refusal = kind_of(f"a.{suffix}", TEXT, named=False)
    assert isinstance(refusal, Refusal)
    assert not refusal.left_out


def test_an_unknown_ending_is_read_only_where_the_file_is_named() -> None:
    for name in ("notes.log", "README"):
        found = kind_of(name, TEXT, named=False)
        assert isinstance(found, Refusal)
        assert found.left_out
        assert kind_of(name, TEXT, named=True) == "text"
    assert kind_of("rows", b'{"text": "x"}', named=True) == "jsonl"


@pytest.mark.parametrize(
    "piece", [b"<!---->", b"<??>", b"<!DOCTYPE a>", b"<!DOCTYPE a[]>", b"<?xml ?>", b" ", b"a: b\r\n"]
)
def test_no_beginning_takes_long(piece: bytes) -> None:
    started = time.monotonic()
    kind_of("a", (piece * 4096)[:4096] + b"<p>", named=True)
    assert time.monotonic() - started < 2


@given(st.binary(max_size=600), st.sampled_from(["a", "a.txt", "a.pdf", "a.html", "a.xyz"]), st.booleans())
def test_any_beginning_has_a_kind_or_a_reason(head: bytes, name: str, named: bool) -> None:
    found = kind_of(name, head, named=named)
    assert isinstance(found, str) or found.reason
