"""Inputs: files, folders, patterns, tables; what is found, how it is named, what is left out."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from helpers.inputs import PAGE, Reading, put
from pyarrow import parquet

from counterframe.data.codebook import load_codebook
from counterframe.data.releases import SUFFIXES
from counterframe.data.sentences import release_sentences
from counterframe.data.types import Release
from counterframe.errors import LeftOut, UsageError
from counterframe.evaluation.annotated import write_annotated_page

# Finding


def test_a_file_is_named_by_its_name(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, in__a_txt="\ufeffThe road is open.\r\nLorries pass.\n")
    (release,) = reading.all(tmp_path / "in" / "a.txt")
    assert release == Release(doc="a.txt", text="The road is open.\r\nLorries pass.\n")
    assert (reading.failures, reading.notices) == ([], [])


def test_a_folder_is_read_in_order_with_its_subfolders(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, b_txt="b", a__z_TEXT="z", a__b__c_md="c", B_html="<p>B</p>", a_txt="a")
    assert reading.docs(tmp_path) == ["B.html", "a/b/c.md", "a/z.TEXT", "a.txt", "b.txt"]


def test_what_a_folder_holds_besides_is_reported_as_left_out(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_txt="a", x_zip="", sub__y_jpg=b"\xff\xd8\xff", sub__LICENCE="", sub__b_txt="b")
    (tmp_path / ".hidden.txt").write_text("h")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "c.txt").write_text("c")
    (tmp_path / "link").symlink_to(tmp_path / "sub")
    assert reading.docs(tmp_path) == ["a.txt", "sub/b.txt"]
    names = (".git", ".hidden.txt", "link", "sub/LICENCE", "sub/y.jpg", "x.zip")
    assert list(reading.left_out()) == [str(tmp_path / name) for name in names]
    assert (reading.failed(), reading.notices) == ({}, [])


def test_a_folder_of_pictures_is_read_and_lists_them(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_png=b"\x89PNG\r\n\x1a\n", b_jpg=b"\xff\xd8\xff")
    assert reading.docs(tmp_path) == []
    assert list(reading.left_out()) == [str(tmp_path / "a.png"), str(tmp_path / "b.jpg")]


def test_a_pattern(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, b_txt="b", a_txt="a", a_csv="text\nc", sub__a_txt="s", x_zip=b"PK\x05\x06\0\0\0\0\0\0")
    assert reading.docs(tmp_path / "*.txt") == ["a.txt", "b.txt"]
    assert reading.docs(tmp_path / "?.*") == ["a.csv:1", "a.txt", "b.txt"]
    assert list(reading.failed()) == [str(tmp_path / "x.zip")]
    assert len(reading.docs(tmp_path / "**" / "*.txt")) == 3


def test_a_file_whose_name_looks_like_a_pattern(tmp_path: Path, reading: Reading) -> None:
    (tmp_path / "a[1].txt").write_text("a")
    assert reading.docs(tmp_path / "a[1].txt") == ["a[1].txt"]


def test_standard_input_is_plain_text(reading: Reading) -> None:
    (release,) = reading.all("-", stdin=io.BytesIO("\ufeffThe röad.".encode()))
    assert (release.doc, release.text) == ("stdin", "The röad.")


def test_standard_input_of_the_process(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"The road.")))
    assert [release.text for release in reading.all("-")] == ["The road."]


def test_standard_input_that_is_not_text(reading: Reading) -> None:
    assert reading.all("-", stdin=io.BytesIO(b"\x00\x01\x02" * 50)) == []
    assert reading.failed() == {"stdin": "is binary data"}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "no input"),
        (["absent.txt"], "no such file or folder: .*absent.txt"),
        (["*.txt"], r"no file matches the pattern .*\*.txt"),
        (["empty"], "empty has no file to read"),
        (["good.md", "empty"], "empty has no file to read"),
        (["sub/*"], "no file matches"),
        (["good.md", "absent.txt"], "no such file"),
        (["-", "-"], "only once"),
    ],
)
def test_wrong_inputs_are_named_before_anything_is_read(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch, inputs: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path, good_md="a", sub__deeper__x_md="a")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=message):
        reading.start(*inputs)  # not iterated
    assert reading.failures == []


def test_a_link_to_a_hidden_file_is_not_lost_in_silence(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, in__b_txt="b")
    (tmp_path / "in" / ".h").mkdir()
    (tmp_path / "in" / ".h" / "a.txt").write_text("a")
    (tmp_path / "in" / "a.txt").symlink_to(tmp_path / "in" / ".h" / "a.txt")
    assert reading.docs(tmp_path / "in") == ["b.txt"]
    assert ["name its target" in item.problem for item in reading.failures] == [False, True]


def test_results_of_earlier_runs_are_not_read_as_input(tmp_path: Path, reading: Reading) -> None:
    results = '{"schema": "counterframe/1", "doc": "a", "n": 0, "text": "The road is open."}\n'
    failures = '{"path": "b.pdf", "line": null, "field": null, "status": "failed", "reason": "no text"}\n'
    table = "doc,n,start,end,text,kind,x\na,0,0,5,Road.,body,1\n"
    page = io.StringIO()
    write_annotated_page([], page, codebook=load_codebook())
    put(tmp_path, r_jsonl=results, f_jsonl=failures, t_csv=table, p_html=page.getvalue(), z_txt="Road.")
    (tmp_path / "q.html.gz").write_bytes(gzip.compress(page.getvalue().encode()))
    (tmp_path / "s.jsonl.gz").write_bytes(gzip.compress(results.encode()))
    columns = {"doc": ["a"], "n": [0], "start": [0], "end": [5], "text": ["Road."], "kind": ["body"], "x": [1]}
    parquet.write_table(pa.table(columns), tmp_path / "t.parquet")
    assert reading.docs(tmp_path) == ["z.txt"]
    assert all(isinstance(item, LeftOut) and "earlier run" in item.problem for item in reading.failures)
    assert len(reading.failures) == 7
    assert [release.text for release in reading.all(tmp_path / "t.parquet")] == ["Road."]
    assert [release.text for release in reading.all(tmp_path / "r.jsonl")] == ["The road is open."]


def test_what_a_browser_saves_beside_a_page_is_left_out(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, Road_html="<p>The road is open.</p>", Road_files__ad_html="<p>Buy hay.</p>", Old_files__a_txt="Road.")
    for folder in ("Road", "Old"):
        (tmp_path / f"{folder}.files").rename(tmp_path / f"{folder}_files")
    (tmp_path / "~$draft.docx").write_bytes(b"lock")
    assert reading.docs(tmp_path) == ["Old_files/a.txt", "Road.html"]
    assert [Path(str(item.path)).name for item in reading.failures] == ["Road_files", "~$draft.docx"]
    assert all(isinstance(item, LeftOut) for item in reading.failures)


# Names


def test_equal_names_are_told_apart_by_their_paths(
    tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path, x__a_txt="1", y__a_txt="2", y__b_txt="3")
    assert reading.docs("x", "y") == ["x/a.txt", "y/a.txt", "y/b.txt"]
    assert reading.docs("x/a.txt", "y/a.txt") == ["x/a.txt", "y/a.txt"]


def test_a_file_named_twice_is_read_once(tmp_path: Path, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, in__a_txt="1", in__b_txt="2")
    monkeypatch.chdir(tmp_path)
    assert reading.docs("in", "in/a.txt", "in/a*") == ["in/b.txt", "in/a.txt"]
    found = [(item.path, item.problem) for item in reading.failures]
    assert found == [("in/a.txt", "named twice, read once")] * 2


def test_a_file_that_a_folder_would_leave_out_is_read_when_it_is_named(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, in__a_txt="1", in__notes_log="The road is open.", in__deep__b_txt="2")
    assert reading.docs(tmp_path / "in", tmp_path / "in" / "notes.log", tmp_path / "in" / "deep") == [
        f"{tmp_path}/in/a.txt", f"{tmp_path}/in/deep/b.txt", "notes.log"
    ]  # fmt: skip
    assert {item.problem for item in reading.failures} == {"named twice, read once"}


def test_docs_are_unique_in_a_run(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_csv="id,text\n7,a\n7,b\n8,c\n,d\n", b_jsonl='{"id": 7, "text": "e"}\n{"id": "7#2", "text": "f"}')
    docs = reading.docs(tmp_path)
    assert docs == ["7", "7#2", "8", "a.csv:4", "7#3", "7#2#2"]
    assert reading.notices == ["3 releases share their id with another, such as '7'; a number was added to theirs"]


# Formats


def test_plain_formats(tmp_path: Path, reading: Reading) -> None:
    put(
        tmp_path,
        a_txt="Road a.",
        b_text="Road b.",
        c_md="Road c.",
        d_html="<h1>Roads</h1><p>Road d.</p>",
        e_htm="<p>Road e.</p>",
        f_xhtml="<?xml version='1.0' encoding='utf-8'?><html><body><p>Road f.</p></body></html>",
        g_csv="text,n\nRoad g.,1\n",
        h_tsv="text\tn\nRoad h.\t1\n",
        i_jsonl=json.dumps({"text": "Road i.", "n": 1}),
        j_ndjson=json.dumps({"text": "Road j.", "n": 1}),
    )
    parquet.write_table(pa.table({"text": ["Road k."], "n": [1]}), tmp_path / "k.parquet")
    releases = reading.all(tmp_path)
    assert [release.text[-7:] for release in releases] == [f"Road {letter}." for letter in "abcdefghijk"]
    assert [release.meta.get("n") for release in releases[6:]] == ["1", "1", 1, 1, 1]
    assert releases[3].title == (0, 5)
    rest = {".pdf", ".docx", ".eml", ".mht", ".mhtml", ".rss", ".atom", ".xml"}
    assert {path.suffix for path in tmp_path.iterdir()} == set(SUFFIXES) - rest
    assert (reading.failures, reading.notices) == ([], [])


def test_text_column(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_csv="text,body\nx,Road.\n", b_csv="text,n\nx,1\n")
    assert [release.text for release in reading.all(tmp_path, text_column="body")] == ["Road."]
    (failure,) = reading.failures
    assert (failure.path, failure.field) == (str(tmp_path / "b.csv"), "body")


def test_a_table_of_excel_is_known_by_the_column_that_is_asked_for(tmp_path: Path, reading: Reading) -> None:
    (tmp_path / "a.txt").write_bytes("id\tbody\r\n7\tThe röad is open.\r\n".encode("utf-16"))
    (release,) = reading.all(tmp_path, text_column="body")
    assert (release.doc, release.text) == ("7", "The röad is open.")


# Reading ahead


def test_reading_is_lazy(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_txt="a", b_txt=b"\0\1\2")
    releases = reading.start(tmp_path)
    assert next(releases).text == "a"
    assert reading.failures == []
    assert list(releases) == []
    assert len(reading.failures) == 1


def test_many_files_are_looked_at_only_as_they_are_needed(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, **{f"f{number:03}_txt": "Road." for number in range(100)})
    releases = reading.start(tmp_path)
    next(releases)
    for number in range(50, 100):
        (tmp_path / f"f{number:03}.txt").unlink()
    assert len(list(releases)) == 49
    assert len(reading.failed()) == 50


# Side-cars


def test_a_sidecar_says_what_is_known_of_a_document(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_txt="Road.", a_txt_json='{"publisher": "Office of Calvera"}', b_html_gz=gzip.compress(PAGE))
    put(tmp_path, b_json='{"date": "2031-02-03"}', c_csv="text\nRoad.\n", c_json="{}", d_txt="Road.", d_json="[1]")
    releases = reading.all(tmp_path)
    assert [release.doc for release in releases] == ["a.txt", "b.html.gz", "c.csv:1", "d.txt"]
    assert releases[0].meta["publisher"] == "Office of Calvera"
    assert releases[1].meta["date"] == "2031-02-03"
    assert list(reading.left_out()) == [str(tmp_path / "c.json")]
    assert list(reading.failed()) == [str(tmp_path / "d.json")]


def test_a_side_car_of_a_feed_fills_what_its_entries_do_not_say(tmp_path: Path, reading: Reading) -> None:
    entry = "<item><title>Road open</title><description>Lorries pass.</description></item>"
    put(
        tmp_path,
        f_rss=f"<rss version='2.0'><channel>{entry}</channel></rss>",
        g_txt="Road.",
        h_png=b"\x89PNG\r\n\x1a\n",
    )
    for name in "fgh":
        (tmp_path / f"{name}.json").write_text('{"title": "All", "region": "north"}')
    first, text = reading.all(tmp_path)
    assert (first.meta["title"], first.meta["region"]) == ("Road open", "north")
    assert text.meta == {"title": "All", "region": "north"}
    assert [Path(str(item.path)).name for item in reading.failures] == ["h.json", "h.png"]


# Unit


def test_a_row_that_is_a_sentence_stays_one(tmp_path: Path, reading: Reading) -> None:
    put(tmp_path, a_csv='text\n"The road\r\nis open. Lorries\n\npass."\n', b_txt="The road\nis open. Lorries pass.\n")
    as_documents = [release_sentences(release) for release in reading.all(tmp_path)]
    assert [len(found) for found in as_documents] == [3, 2]
    table, text = reading.all(tmp_path, unit="sentence")
    assert [item.text for item in release_sentences(table, unit="sentence")] == ["The road  is open. Lorries  pass."]
    assert [item.text for item in release_sentences(text, unit="sentence")] == ["The road", "is open. Lorries pass."]


# Start-up


def test_importing_is_light() -> None:
    code = (
        "import sys, counterframe.data.releases, counterframe.data.sentences;"
        "print(sorted({'trafilatura', 'pyarrow', 'lxml', 'pydantic', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_real_releases(shared: Path, reading: Reading) -> None:
    releases = reading.all(shared / "releases")
    assert len(releases) >= 3
    assert (reading.failures, reading.notices) == ([], [])
    for release in releases:
        found = release_sentences(release)
        assert sum(item.kind == "body" for item in found) >= 10
        assert "".join("".join(item.text for item in found).split()) == "".join(release.text.split())
