"""Bytes to characters: by a byte order mark, as UTF-8, as declared, else by what the bytes look like."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from ...errors import InputError

__all__ = ["Decoded", "decode"]

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Browsers read these names as the Windows code pages that hold them.
_WINDOWS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
#: Bytes from which an encoding is guessed.
_SAMPLE = 1 << 16
#: Codecs of Python's own that are no encodings of texts.
_NO_CHARSET = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})
#: Escape sequences of ISO 2022 to the character sets of Japan and Korea.
_ESCAPE = re.compile(rb"\x1b\$(?:[@B]|[()][A-D])")
#: Bytes of a long line from which an encoding is guessed; it is cut before a blank or a mark, which no
#: character of several bytes holds.
_PIECE = re.compile(rb"[^\r\n]{1,2000}[^\r\n\x20-\x2f\x3a-\x3f]{0,30000}")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x7f]")
_MOST_CONTROL = 0.01
#: Valid sequences of UTF-8 for each broken one. Bytes of other encodings are hardly ever valid by chance.
_MOSTLY = 3
#: Share of bytes above 127 up to which a text is taken for one of plain Latin letters.
_FEW_FOREIGN = 0.1
#: Bytes above 127 from which on their pattern says something.
_TELLING = 8
#: Encodings that are not guessed: those with zero bytes are known by them, those of mainframes write no files.
_UNLIKELY = [
    *("utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le", "utf_7"),
    *("cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140", "cp1006", "johab"),
]
_EUROPEAN = ("cp1250", "cp1254", "cp1257", "cp1258", "cp85", "cp43", "cp775", "hp-roman", "iso8859", "latin")


class Decoded(NamedTuple):
    """A text and the name of its encoding; ``guessed`` where nothing but its bytes tells it."""

    text: str
    encoding: str
    guessed: bool


def decode(data: bytes, *, declared: str | None = None) -> Decoded:
    """Return the text that bytes hold.

    Args:
        data: All bytes of a file.
        declared: The encoding that the file itself or its sender names. UTF-8 that is valid goes first, since
            declarations are often wrong and valid UTF-8 hardly ever is.

    Raises:
        InputError: The bytes are no text in any encoding that is known or can be guessed.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _strict(data, name)
    data = data.removeprefix(codecs.BOM_UTF8)
    if wide := _utf16_without_mark(data):
        return _strict(data, wide)
    known = _known(declared)
    if (escaped := _escaped(data, known)) is not None:
        return escaped
    try:
        return _checked(Decoded(data.decode("utf-8"), "utf-8", False))
    except UnicodeDecodeError as error:
        broken = error
    if known is not None and known not in ("utf-8", "utf-16", "utf-32"):
        try:
            return _checked(Decoded(data.decode(known), known, False))
        except UnicodeDecodeError:
            pass  # the declaration is wrong; the bytes are asked next
    if _mostly_utf8(data, broken):
        # One bad byte does not make another encoding of a page that is UTF-8 but for it.
        return _checked(Decoded(data.decode("utf-8", errors="replace"), "utf-8", True))
    guess = _guess(data)
    if guess is None:
        line = data.count(b"\n", 0, broken.start) + 1
        raise InputError(
            f"is not text in any encoding that can be recognised (byte 0x{data[broken.start]:02x}); save it as UTF-8",
            line=line,
        )
    return _checked(Decoded(data.decode(guess, errors="replace"), guess, True))


def _strict(data: bytes, encoding: str) -> Decoded:
    try:
        return _checked(Decoded(data.decode(encoding), encoding.removesuffix("-le").removesuffix("-be"), False))
    except UnicodeDecodeError as error:
        raise InputError(f"begins as {encoding.upper()} and is not ({error.reason}); save it as UTF-8") from error


def _checked(decoded: Decoded) -> Decoded:
    """Return *decoded* unless it is binary data that happen to be valid."""
    text = decoded.text
    if len(_CONTROL.findall(text[:_SAMPLE])) > max(1, _MOST_CONTROL * min(len(text), _SAMPLE)):
        raise InputError("is binary data, not text")
    return decoded


def _utf16_without_mark(data: bytes) -> str | None:
    head = data[:4096]
    if len(head) < 8 or len(data) % 2:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) / 2
    if odd > 0.4 * half and even < 0.02 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.02 * half else None


def _known(name: str | None) -> str | None:
    """Return the codec for a declared name, None where there is none that decodes text."""
    try:
        codec = codecs.lookup((name or "").strip().strip("\"'"))
    except (LookupError, ValueError):
        return None
    # Python also calls base64 and unicode-escape codecs, which no page is written in.
    if codec.name in _NO_CHARSET or not getattr(codec, "_is_text_encoding", True):
        return None
    return _WINDOWS.get(codec.name, codec.name)


def _escaped(data: bytes, known: str | None) -> Decoded | None:
    """Return the text of bytes that change their character set by escape sequences, as Japanese e-mails do.

    To UTF-8 they are valid, and a row of meaningless letters.
    """
    if _ESCAPE.search(data) is None and (known != "hz" or b"~{" not in data):
        return None
    declared = known is not None and known.startswith(("iso2022", "hz"))
    for name in (known,) if known and declared else ("iso2022_jp_2", "iso2022_kr"):
        try:
            return _checked(Decoded(data.decode(name), name, not declared))
        except UnicodeDecodeError:
            continue
    return None


def _mostly_utf8(data: bytes, first: UnicodeDecodeError) -> bool:
    """Return whether *data* has many valid UTF-8 sequences for each broken one."""
    sample = data[max(0, first.start - _SAMPLE) : first.start + _SAMPLE]
    text = sample.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    valid = sum(character > "\x7f" for character in text) - broken
    return valid >= _MOSTLY * broken


def _guess(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    # What tells an encoding are the bytes above 127; a sample of the lines that hold them is enough.
    sample = b""
    for piece in _PIECE.finditer(data):
        if not piece[0].isascii():
            sample += piece[0] + b"\n"
        if len(sample) >= _SAMPLE:
            break
    sample = sample or data[:_SAMPLE]
    foreign = sum(byte > 0x7F for byte in sample)
    few = foreign < _FEW_FOREIGN * len(sample)
    if foreign < _TELLING and _is_windows(data):
        return "cp1252"
    best = from_bytes(sample, cp_exclusion=_UNLIKELY).best()
    if best is None:
        return "cp1252" if few and _is_windows(data) else None
    name = codecs.lookup(best.encoding).name
    if few and name.startswith(_EUROPEAN) and _is_windows(data):
        # The code pages of Europe share their quotation marks and dashes; in a text of plain letters the
        # Western one is by far the likeliest.
        return "cp1252"
    return _WINDOWS.get(name, name)


def _is_windows(data: bytes) -> bool:
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return True
