"""Folders of good, odd and hostile files, with what is to become of each."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

GOLD = Path(__file__).parents[1] / "gold"
SENTENCE = "Minister Vell denied siege near harbour bridge valley people again."
SECRET = "Nobody at Quillhaven is to read this."
PAGE = f"<!DOCTYPE html><html><head><title>Road</title></head><body><p>{SENTENCE}</p></body></html>"
MAIL = (
    "From: Desk <desk@calvera.example>\nTo: press@calvera.example\nSubject: Road\n"
    f"Date: Mon, 03 Feb 2031 10:00:00 +0000\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{SENTENCE}\n"
)
FEED = (
    "<?xml version='1.0'?><rss version='2.0'><channel><title>Wire</title>"
    + "".join(f"<item><title>Road {n}</title><description>{SENTENCE}</description></item>" for n in range(3))
    + "</channel></rss>"
)


@dataclass
class Mixed:
    """A folder, and what is in it."""

    folder: Path
    good: set[str] = field(default_factory=set)
    bad: dict[str, str] = field(default_factory=dict)
    partly: set[str] = field(default_factory=set)
    left_out: dict[str, str] = field(default_factory=dict)
    sidecars: set[str] = field(default_factory=set)

    def put(self, name: str, content: str | bytes) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return name


def _zstd(data: bytes) -> bytes:
    return pa.compress(data, codec="zstd", asbytes=True)  # type: ignore[no-any-return]


def zip_bomb() -> bytes:
    """Return a Word document of some hundred KB whose text would fill 300 MB."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("word/document.xml", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(b" " * (1 << 20))
    return target.getvalue()


def docx(document: str) -> bytes:
    """Return a Word document around its main part."""
    kinds = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override'
        ' PartName="/word/document.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{kind}" Target="word/document.xml"/></Relationships>'
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", kinds)
        archive.writestr("_rels/.rels", relations)
        archive.writestr("word/document.xml", document)
    return target.getvalue()


def laughs(document: str, *, root: str = "root") -> str:
    """Return XML whose entities would grow to 10^9 words; ``&z;`` in *document* stands for them."""
    entities = "".join(
        f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in zip("abcdefghi", "bcdefghiz", strict=True)
    )
    return f'<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY a "roads ">{entities}]>{document}'


def word(body: str) -> str:
    """Return the main part of a Word document."""
    namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return f'<w:document xmlns:w="{namespace}"><w:body><w:p><w:r><w:t>{body}</w:t></w:r></w:p></w:body></w:document>'


def slow_pdf() -> bytes:
    """Return a PDF of some KB whose page would be drawn for minutes."""
    drawing = zlib.compress(b"q Q " * 8_000_000)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >> stream\n%s\nendstream" % (len(drawing), drawing),
    ]
    content = b"%PDF-1.7\n"
    places = []
    for number, inner in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj %s endobj\n" % (number, inner)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return content + b"xref\n0 5\n0000000000 65535 f \n%strailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(content),
    )


def sparse(path: Path, beginning: bytes, size: int = 300 << 20) -> None:
    """Make a file that is large and takes no room."""
    path.write_bytes(beginning)
    with path.open("r+b") as file:
        file.truncate(size)


#: Files that cannot be read, and a part of the reason that is to be given.
HOSTILE: dict[str, tuple[Callable[[], str | bytes], str]] = {
    "broken.pdf": (lambda: b"%PDF-1.7\n1 0 obj <</Type /Catalog" + b"\xf3(" * 400, "damaged PDF"),
    "cut.pdf": (lambda: (GOLD / "files" / "d01_onecol_release.pdf").read_bytes()[:1500], "PDF"),
    "scan.pdf": (lambda: (GOLD / "files" / "d11_scan_only.pdf").read_bytes(), "pictures"),
    "not.pdf": (lambda: SENTENCE, "is not what .pdf stands for"),
    "slow.pdf": (slow_pdf, "took longer than 5 s"),
    "picture.txt": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not what .txt stands for, but a picture (PNG)"),
    "binary.txt": (lambda: bytes(range(256)) * 40, "not what .txt stands for, but binary data"),
    "empty.txt": (lambda: "", "no text"),
    "blank.html": (lambda: "<html><body><script>x</script></body></html>", "no text"),
    "deep.html": (lambda: "<div>" * 100_000 + SENTENCE, "Excessive depth"),
    "blank.docx": (lambda: docx(word(" ")), "no text"),
    "not.docx": (lambda: (GOLD / "files" / "d12_observers_lists.docx").read_bytes()[:3000], "damaged"),
    "bomb.docx": (zip_bomb, "more than a document may have"),
    "laughs.docx": (lambda: docx(laughs(word("&z;"))), "damaged"),
    "bomb.html.gz": (lambda: gzip.compress(b"<p>road</p>" * 8_000_000), "250 times its size"),
    "bomb.txt.zst": (lambda: _zstd(b"road " * 20_000_000), "larger than a document may be"),
    "bomb.eml.bz2": (lambda: bz2.compress(b"From: a\nSubject: b\n\n" + b"road " * 20_000_000, 1), "250 times its size"),
    "cut.txt.gz": (lambda: gzip.compress(SENTENCE.encode() * 20)[:-20], "cannot be unpacked"),
    "laughs.xml": (lambda: laughs(FEED[FEED.index("<rss") :].replace("Wire", "&z;"), root="rss"), "amplification"),
    "no-feed.xml": (lambda: "<?xml version='1.0'?><invoice><sum>3</sum></invoice>", "not an RSS or Atom feed"),
    "empty.jsonl": (lambda: "\n", "no text"),
    "bad.jsonl": (lambda: '{"text": ', "not valid JSON"),
    "list.jsonl": (lambda: "[" * 100_000, "JSON"),
    "no-text.csv": (lambda: "id,body\n1,Road.\n", "text"),
    "bad.parquet": (lambda: b"PAR1" + b"\0" * 100 + b"PAR1", "cannot be read"),
}


def build(folder: Path, *, count: int) -> Mixed:
    """Fill a folder with *count* files."""
    mixed = Mixed(folder)
    folder.mkdir()
    _hostile(mixed)
    _links(mixed)
    _beside_pages(mixed)
    _gold(mixed)
    makers = [_text, _page, _mail, _feed, _table, _packed, _odd_name, _with_sidecar]
    number = 0
    while _count(mixed) < count:
        # Texts are what most folders hold.
        (_text if number % 3 else makers[number // 3 % len(makers)])(mixed, number)
        number += 1
    return mixed


def _count(mixed: Mixed) -> int:
    return len(mixed.good) + len(mixed.bad) + len(mixed.left_out) + len(mixed.sidecars)


def _hostile(mixed: Mixed) -> None:
    for name, (make, reason) in HOSTILE.items():
        mixed.bad[mixed.put(f"hostile/{name}", make())] = reason
    # What stands before and behind its bomb is read, and the list says that some may be missing.
    mixed.partly.add("hostile/laughs.xml")
    page = PAGE.replace(SENTENCE, f"{SENTENCE} &z;")
    mixed.good.add(mixed.put("hostile/laughs.xhtml", laughs(page.removeprefix("<!DOCTYPE html>"), root="html")))
    mixed.good.add(mixed.put("hostile/nested.html", "<div>" * 200 + SENTENCE))
    # Cheap ones again and again, between the others.
    for number in range(20):
        for name in ("broken.pdf", "binary.txt", "bad.jsonl", "blank.html"):
            mixed.bad[mixed.put(f"more/{number}-{name}", HOSTILE[name][0]())] = HOSTILE[name][1]
    for name, beginning in (("line.txt", b"road " * 2000), ("line.html", b"<p>" + b"road " * 2000)):
        sparse(mixed.folder / "hostile" / name, beginning)
        mixed.bad[f"hostile/{name}"] = "is larger than such a document may be"


def _links(mixed: Mixed) -> None:
    outside = mixed.folder.with_name("outside")
    outside.mkdir()
    (outside / "secret.txt").write_text(SECRET)
    links = mixed.folder / "links"
    links.mkdir()
    for name, target, bad in (
        ("loop.txt", "loop.txt", True),
        ("dangling.txt", "nothing.txt", True),
        ("outside.txt", str(outside / "secret.txt"), True),
        ("outside", str(outside), True),
        ("inside.txt", "../hostile/empty.txt", False),
        ("round", "..", False),
    ):
        (links / name).symlink_to(target)
        (mixed.bad if bad else mixed.left_out)[f"links/{name}"] = "is a link"
    os.mkfifo(mixed.folder / "pipe.txt")
    mixed.left_out["pipe.txt"] = "pipe"


def _beside_pages(mixed: Mixed) -> None:
    for name in ("page_files/logo.png", "page_files/photo.jpg"):
        mixed.left_out[mixed.put(name, b"\x89PNG\r\n\x1a\n" + bytes(range(256)))] = "picture"
    for name in ("page_files/style.css", "page_files/code.js", "page_files/README"):
        mixed.left_out[mixed.put(name, "a { b: c }")] = "no kind of document"
    mixed.left_out[mixed.put(".DS_Store", bytes(range(256)))] = "hidden"


def _gold(mixed: Mixed) -> None:
    (mixed.folder / "gold").mkdir()
    for path in sorted(GOLD.rglob("*")):
        if path.suffix in (".pdf", ".docx", ".html", ".htm", ".xhtml", ".txt") and "scan_only" not in path.name:
            shutil.copyfile(path, mixed.folder / "gold" / path.name)
            mixed.good.add(f"gold/{path.name}")
    # A scanned page within a document that has text is a failure of this page.
    mixed.good.discard("gold/d05_letter_scan_page2.pdf")
    (mixed.folder / "gold" / "d05_letter_scan_page2.pdf").unlink()


def _text(mixed: Mixed, number: int) -> None:
    encoding = ("utf-8", "utf-16", "utf-8-sig", "cp1252")[number % 4]
    mixed.good.add(
        mixed.put(f"texts/{number}.txt", f"{SENTENCE} The café — at pier {number} — is open.".encode(encoding))
    )


def _page(mixed: Mixed, number: int) -> None:
    mixed.good.add(mixed.put(f"pages/{number}.html", PAGE))


def _mail(mixed: Mixed, number: int) -> None:
    mixed.good.add(mixed.put(f"mail/{number}.eml", MAIL))


def _feed(mixed: Mixed, number: int) -> None:
    mixed.good.add(mixed.put(f"feeds/{number}.xml", FEED))


def _table(mixed: Mixed, number: int) -> None:
    rows = [{"text": f"{SENTENCE} Row {row}.", "outlet": "Wire"} for row in range(3)]
    ending = ("csv", "jsonl", "parquet")[number % 3]
    target = io.StringIO()
    if ending == "csv":
        writer = csv.DictWriter(target, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    else:
        target.write("".join(json.dumps(row) + "\n" for row in rows))
    mixed.good.add(mixed.put(f"tables/{number}.{ending}", target.getvalue()))
    if ending == "parquet":
        parquet.write_table(pa.Table.from_pylist(rows), mixed.folder / f"tables/{number}.parquet")


def _packed(mixed: Mixed, number: int) -> None:
    name, pack = (
        ("a.html.gz", gzip.compress),
        ("a.txt.zst", _zstd),
        ("a.eml.bz2", bz2.compress),
    )[number % 3]
    content = {"a.html.gz": PAGE, "a.txt.zst": SENTENCE, "a.eml.bz2": MAIL}[name]
    mixed.good.add(mixed.put(f"packed/{number}{name[1:]}", pack(content.encode())))


def _odd_name(mixed: Mixed, number: int) -> None:
    names = ("#{}.txt", "ä ö {}.txt", "a\nb{}.txt", "\x1b[31m{}.txt", "-{}.txt", "{}.TXT", "*{}?.txt", "{};rm -rf.html")
    mixed.good.add(mixed.put("odd/" + names[number // 3 % len(names)].format(number), PAGE))
    raw = os.fsencode(mixed.folder) + b"/odd/caf\xe9-%d.txt" % number
    try:
        Path(os.fsdecode(raw)).write_text(SENTENCE)
    except OSError:  # a file system that takes no such names
        return
    mixed.good.add(f"odd/caf\\xe9-{number}.txt")


def _with_sidecar(mixed: Mixed, number: int) -> None:
    mixed.good.add(mixed.put(f"known/{number}.txt", SENTENCE))
    mixed.sidecars.add(mixed.put(f"known/{number}.json", '{"publisher": "Office of Calvera", "date": "2031-02-03"}'))
