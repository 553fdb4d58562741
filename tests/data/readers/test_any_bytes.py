"""Whatever the bytes, a reader gives releases or says what is wrong; scripts/fuzz_readers.py hunts for longer."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterframe.data.readers import tables, worker
from counterframe.data.readers.document import read_bytes
from counterframe.data.readers.kinds import HEAD, Refusal, kind_of
from counterframe.data.readers.opening import open_plain, read_whole
from counterframe.data.readers.source import Limits, Source
from counterframe.data.releases import read_releases
from counterframe.data.sentences import release_sentences
from counterframe.data.types import Release
from counterframe.errors import InputError

GOLD = Path(__file__).parents[2] / "gold"
MAIL = (
    b"From: Desk <a@calvera.example>\r\nSubject: =?utf-8?b?Um9hZA==?=\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/html; charset=latin-1\r\n\r\n'
    b"<p>The caf\xe9 is open.</p>\r\n--x\r\nContent-Type: text/plain\r\nContent-Disposition: attachment;"
    b' filename="a.txt"\r\n\r\nThe road.\r\n--x--\r\n'
)
FEED = (
    b"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Wire</title><item><title>Road</title>"
    b"<description>&lt;p&gt;Open.&lt;/p&gt;</description><pubDate>Mon, 03 Feb 2031</pubDate></item></channel></rss>"
)
SEEDS: dict[str, list[bytes]] = {
    "text": ["The röad is open. „Lorries“ pass.\n\nDesk".encode(), "Straße".encode("utf-16"), b"caf\xe9"],
    "html": [(GOLD / "media" / "utf16_short.html").read_bytes(), b"<title>R</title><p>Open.<br>Shut.<table><td>x"],
    "csv": [b'id,text\n1,"The road, they say, is open."\n2,x\n', b"text\tn\nLorries pass.\t1\n", b"text;n\nL.;2\r\n"],
    "jsonl": [b'{"id": 1, "text": "Lorries pass.", "n": [1, null, {"a": 1e9}]}\n{"text": "\\u00e9\\ud83d\\ude00"}\n'],
    "pdf": [(GOLD / "files" / "d01_onecol_release.pdf").read_bytes()],
    "docx": [(GOLD / "files" / "d18_short_note_layout_table.docx").read_bytes()],
    "email": [MAIL],
    "feed": [FEED],
}
PIECES = [
    b"\0",
    b"\x1b",
    b"\xff\xfe",
    b"\r",
    b'"',
    b"<",
    b"</p>",
    b"<!--",
    b"]]>",
    b"&#0;",
    b"\xed\xa0\x80",
    b"9" * 400,
]


@st.composite
def damaged(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Return a seed in which pieces are cut out, put in and doubled."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 40)))
        piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8), st.just(data[start:end] * 3)))
        data = data[:start] + piece + data[end:]
    return data


def releases(kind: Any, data: bytes) -> Iterator[Release | InputError]:
    if kind in ("csv", "jsonl"):
        read = tables.read_csv if kind == "csv" else tables.read_jsonl
        yield from read(Source(Path(f"a.{kind}"), "a"), io.BufferedReader(io.BytesIO(data)))  # type: ignore[arg-type]
    else:
        yield from read_bytes(data, kind, "a", Limits())


#: The same inputs each time: what chance finds is for the script.
steady = settings(derandomize=True, max_examples=60, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("kind", ["text", "html", "csv", "jsonl"])
@steady
@given(data=st.data())
def test_any_bytes_give_releases_whose_sentences_lie_in_them(kind: str, data: st.DataObject) -> None:
    found = []
    try:
        for item in releases(kind, data.draw(damaged(SEEDS[kind]))):
            found.append(item)
    except InputError:
        pass
    for item in found:
        if isinstance(item, Release):
            places = [(sentence.start or 0, sentence.end or 0) for sentence in release_sentences(item)]
            assert places == sorted(places)
            assert all(0 <= start < end <= len(item.text) for start, end in places)


@pytest.mark.parametrize("kind", ["pdf", "docx", "email", "feed"])
@settings(steady, max_examples=15)
@given(data=st.data())
def test_whatever_a_document_holds_its_process_answers(
    kind: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "a"
    path.write_bytes(data.draw(damaged(SEEDS[kind])))
    answer = worker._answer({"path": str(path), "kind": kind, "doc": "a"}, Limits())
    assert answer


@steady
@given(damaged([gzip.compress(b"The road is open. " * 20)]))
def test_any_compressed_bytes_are_unpacked_or_refused(data: bytes) -> None:
    try:
        read_whole(open_plain(io.BytesIO(data)), 1 << 20)
    except InputError as error:
        assert "unpacked" in error.problem or "larger" in error.problem


@steady
@given(st.sampled_from(["a", "a.txt", "a.HTML.gz", "ä.pdf", ".", "a."]), st.binary(max_size=600), st.booleans())
def test_any_beginning_is_some_kind_or_refused_with_a_reason(name: str, head: bytes, named: bool) -> None:
    kind = kind_of(name, head[:HEAD], named=named)
    assert kind.reason if isinstance(kind, Refusal) else kind
    if named and isinstance(kind, Refusal):
        assert not kind.left_out


@steady
@given(name=st.sampled_from(["a.txt", "a.csv", "a.jsonl", "a.tsv.gz", "a.parquet"]), data=st.data())
def test_any_file_in_a_folder_is_read_or_named(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    content = data.draw(damaged([*SEEDS["text"], *SEEDS["csv"], *SEEDS["jsonl"], b"PAR1" * 4]))
    (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    failures: list[InputError] = []
    found = list(read_releases([str(folder)], on_failure=failures.append, on_notice=print))
    assert found or failures
    assert all(failure.path == str(folder / name) for failure in failures)
