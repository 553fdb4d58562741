"""What a file is: by its first bytes where they tell, else by the ending of its name."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

__all__ = ["HEAD", "SUFFIXES", "FileKind", "Refusal", "document_suffix", "kind_of", "narrow"]

FileKind = Literal["text", "html", "pdf", "docx", "email", "feed", "csv", "tsv", "jsonl", "parquet"]

#: Bytes at the beginning of a file that are looked at.
HEAD = 4096

_BY_SUFFIX: dict[str, FileKind] = {
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".eml": "email",
    ".mht": "email",
    ".mhtml": "email",
    ".rss": "feed",
    ".atom": "feed",
    ".xml": "feed",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}

#: Endings that compressed files have after their own.
_COMPRESSED = (".gz", ".zst", ".bz2", ".xz")

#: Suffixes of the files that can be read.
SUFFIXES = tuple(_BY_SUFFIX)

#: Kinds that may hold text which is not read: never left out in silence.
_UNREAD: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or locked Office document; save it as .docx or PDF"),
    (b"{\\rtf", "an RTF document; save it as .docx or PDF"),
    (b"%!PS", "a PostScript file; save it as PDF"),
    (b"7z\xbc\xaf", "an archive (7z); unpack it"),
    (b"Rar!\x1a", "an archive (RAR); unpack it"),
    (b"\x1f\x8b", "compressed more than once; unpack it"),
    (b"\x28\xb5\x2f\xfd", "compressed more than once; unpack it"),
    (b"BZh", "compressed more than once; unpack it"),
    (b"\xfd7zXZ\x00", "compressed more than once; unpack it"),
    (b"ARROW1", "an Arrow file; save it as Parquet"),
    (b"SQLite format 3", "a database (SQLite); export its texts as a table"),
)
#: Kinds that nobody would call a release.
_NO_TEXT: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"MM\x00*", "a picture (TIFF)"),
    (b"BM", "a picture (BMP)"),
    (b"\x00\x00\x01\x00", "a picture (ICO)"),
    (b"RIFF", "a picture, sound or film (RIFF)"),
    (b"OggS", "a sound or film (Ogg)"),
    (b"ID3", "a sound (MP3)"),
    (b"fLaC", "a sound (FLAC)"),
    (b"\x1aE\xdf\xa3", "a film (Matroska)"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
)
# Each part, once found, is not looked at again: "<!---->" a hundred times can be cut in too many ways.
_HTML = re.compile(
    rb"\s*+(?><\?xml[^>]{0,200}\?>\s*)?+(?:(?><!--.{0,2000}?-->)\s*+)*+<(?:!doctype\s+html|html)\b", re.I | re.S
)
_FEED = re.compile(
    rb"\s*+(?:(?><!--.{0,2000}?-->|<\?.{0,400}?\?>|<!DOCTYPE[^\[>]{0,400}(?:\[.{0,2000}?\]\s*)?>)\s*+)*+"
    rb"<(?:[\w.-]{1,99}:)?(?:rss|feed|RDF)\b",
    re.S | re.I,
)
_EMAIL = re.compile(rb"(?:[A-Za-z][\w-]{0,60}: ?[^\r\n]{0,990}\r?\n(?:[ \t][^\r\n]{0,990}\r?\n)*){2,}", re.I)
_EMAIL_FIELD = re.compile(rb"^(?:message-id|mime-version|received|return-path|delivered-to):", re.I | re.M)
_JSON_OBJECT = re.compile(rb'\s*\{\s*"')
#: What no text holds: control characters other than white space.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x7f]")
_MOST_BINARY = 0.02
_PDF = re.compile(rb"(?:\xef\xbb\xbf)?\s*+%PDF-")
#: Byte order marks of encodings in which text has zero bytes; that of UTF-16 begins that of UTF-32.
_WIDE: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


#: Texts that are no releases as they stand.
_NO_DOCUMENTS = {
    ".json": "JSON that belongs to no document beside it; a table is read as .jsonl, one object a line",
    ".mbox": "a mailbox; save its messages as .eml files",
}


class Refusal(NamedTuple):
    """Why a file is not read.

    ``left_out`` if nobody asked for it by name, it claims to be no document and can hold no text: the pictures
    and scripts beside a saved page.
    """

    reason: str
    left_out: bool


def document_suffix(name: str) -> str:
    """Return the ending of *name* in lower case, without that of a compression: ``.html`` for ``a.HTML.gz``."""
    name = name.lower()
    for ending in _COMPRESSED:
        name = name.removesuffix(ending)
    stem, dot, suffix = name.rpartition(".")
    return f".{suffix}" if dot and stem.rpartition("/")[2] else ""


def kind_of(name: str, head: bytes, *, named: bool) -> FileKind | Refusal:
    """Return what a file is, or why it is not read.

    Args:
        name: Name of the file.
        head: Its first bytes, decompressed.
        named: The user named this file, and not a folder that holds it; then text is read whatever its ending.
    """
    suffix = document_suffix(name)
    claimed = _BY_SUFFIX.get(suffix)
    found = _by_content(head, claimed)
    if isinstance(found, str):
        return found
    if found is not None:
        wrong = "" if claimed is None else f"not what {suffix} stands for, but "
        return Refusal(f"is {wrong}{found.reason}", found.left_out and claimed is None and not named)
    if claimed in ("pdf", "docx", "parquet"):
        return Refusal(f"is not what {suffix} stands for, or its beginning is damaged", left_out=False)
    head = narrow(head)
    if claimed in ("text", "feed") and _HTML.match(head):
        return "html"
    if claimed is not None:
        return claimed
    if guess := _by_markup(head):
        return guess
    if advice := _NO_DOCUMENTS.get(suffix):
        return Refusal(f"is {advice}", left_out=suffix == ".json" and not named)
    if named:
        return "jsonl" if not suffix and _JSON_OBJECT.match(head) else "text"
    what = f"{suffix} is" if suffix else "a name without an ending is"
    return Refusal(f"{what} no kind of document that is looked for in folders; name the file to have it read", True)


def _by_content(head: bytes, claimed: FileKind | None) -> FileKind | Refusal | None:
    """Return the kind that the bytes prove; None for text of some kind."""
    # Other bytes may stand before a PDF; but a text may speak of PDF.
    if _PDF.match(head) or (b"%PDF-" in head[:1024] and (claimed == "pdf" or _is_binary(head))):
        return "pdf"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"PK\x03\x04"):
        return "docx"
    if head[257:262] == b"ustar" and _is_binary(head):
        return Refusal("an archive (tar); unpack it", False)
    if head[4:8] == b"ftyp" and _is_binary(head[:12]):
        return Refusal("a film or picture (MP4)", True)
    for kinds, left_out in ((_UNREAD, False), (_NO_TEXT, True)):
        for magic, reason in kinds:
            # Letters alone may begin a text: BM, MZ, RIFF.
            if head.startswith(magic) and (not magic.isalnum() or _is_binary(head)):
                return Refusal(reason, left_out)
    return Refusal("binary data", True) if _is_binary(head) else None


def _is_binary(head: bytes) -> bool:
    if not head or any(head.startswith(mark) for mark, _ in _WIDE):
        return False
    # UTF-16 without a mark: every second byte of Latin text is zero.
    if any(head[first::2].count(0) > 0.4 * len(head) / 2 and not head[1 - first :: 2].count(0) for first in (0, 1)):
        return False
    return len(_BINARY.findall(head)) > _MOST_BINARY * len(head)


def narrow(head: bytes) -> bytes:
    """Return *head* without a byte order mark, as UTF-8 where the mark says UTF-16 or UTF-32."""
    for mark, encoding in _WIDE:
        if head.startswith(mark):
            return head.decode(encoding, errors="ignore").encode("utf-8", errors="ignore")
    return head.removeprefix(b"\xef\xbb\xbf")


def _by_markup(head: bytes) -> FileKind | None:
    if _HTML.match(head):
        return "html"
    if _FEED.match(head):
        return "feed"
    if (fields := _EMAIL.match(head)) and _EMAIL_FIELD.search(fields[0]):
        return "email"
    return None
