"""Broken, odd and hostile input, full disks and interruptions: one bad file costs one file, and nothing is lost."""

from __future__ import annotations

import gzip
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helpers.hostile import GOLD, HOSTILE, PAGE, SECRET, SENTENCE, Mixed, build

from counterframe.data.readers.source import Limits

COMMAND = Path(sys.executable).with_name("counterframe")
FORMS = (".jsonl", ".csv", ".parquet", ".html")


def run(*arguments: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [str(COMMAND), *(os.fspath(item) if isinstance(item, Path) else str(item) for item in arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=300, **options)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def failures(out: Path) -> list[dict[str, Any]]:
    return rows(out.with_name(f"{out.name}.failures.jsonl"))


def put(folder: Path, **files: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


# A folder of a thousand files


@dataclass
class Ran:
    mixed: Mixed
    code: int
    errors: str
    seconds: float
    peak: int
    results: list[dict[str, Any]]
    failed: dict[str, str]
    left_out: dict[str, str]


_MEASURE = """
import json, resource, subprocess, sys, time
began = time.monotonic()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(json.dumps([done.returncode, done.stderr.decode(), time.monotonic() - began, peak]))
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Ran:
    """A folder of 1,000 good, odd and hostile files, classified."""
    place = tmp_path_factory.mktemp("mixed")
    mixed = build(place / "in", count=1000)
    out = place / "o.jsonl"
    command = [COMMAND, "classify", mixed.folder, "--model", tiny_model, "--out", out, "--seconds-per-file", "5"]
    done = subprocess.run([sys.executable, "-c", _MEASURE, *command], capture_output=True, check=True, timeout=400)
    code, errors, seconds, peak = json.loads(done.stdout)
    listed: dict[str, dict[str, str]] = {"failed": {}, "left out": {}}
    for item in failures(out):
        name = item["path"].removeprefix(f"{mixed.folder}/")
        assert name not in listed[item["status"]], item
        listed[item["status"]][name] = item["reason"]
    return Ran(mixed, code, errors, seconds, peak, rows(out), listed["failed"], listed["left out"])


def _file_of(doc: str, files: set[str]) -> str:
    """Return the file from which a document comes; rows and entries are named ``file:number``."""
    return doc if doc in files else doc.rpartition(":")[0]


def test_every_file_is_either_in_the_results_or_in_the_list_of_failures(ran: Ran) -> None:
    mixed = ran.mixed
    read = {_file_of(row["doc"], mixed.good) for row in ran.results} - mixed.partly
    assert len(mixed.good) + len(mixed.bad) + len(mixed.left_out) + len(mixed.sidecars) >= 1000
    assert read == mixed.good
    assert set(ran.failed) == set(mixed.bad)
    assert set(ran.left_out) == set(mixed.left_out)


def test_the_run_says_that_some_failed_and_how_many(ran: Ran) -> None:
    assert ran.code == 1
    assert f"{len(ran.mixed.bad)} input(s) failed" in ran.errors
    assert f"… and {len(ran.mixed.bad) - 20} more" in ran.errors
    assert "o.jsonl.failures.jsonl" in ran.errors
    assert "Traceback" not in ran.errors


def test_time_and_memory_are_bounded(ran: Ran) -> None:
    assert ran.seconds < 120  # half of it on two cores that have nothing else to do
    assert ran.peak < Limits().memory >> 10  # KiB, for each process


def test_results_stand_in_the_order_of_the_files(ran: Ran) -> None:
    files = list(dict.fromkeys(_file_of(row["doc"], ran.mixed.good) for row in ran.results))
    texts = [name for name in files if name.startswith("texts/")]
    assert texts == sorted(texts)
    assert [name.partition("/")[0] for name in files] == sorted(name.partition("/")[0] for name in files)


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_file_is_named_with_its_reason(ran: Ran, name: str) -> None:
    assert HOSTILE[name][1] in ran.failed[f"hostile/{name}"]


@pytest.mark.parametrize("name", ["line.txt", "line.html"])
def test_a_file_of_one_huge_line_is_refused_by_its_size(ran: Ran, name: str) -> None:
    assert "is larger than such a document may be" in ran.failed[f"hostile/{name}"]


def test_links_are_not_followed(ran: Ran) -> None:
    assert {name for name in ran.failed if name.startswith("links/")} == {
        "links/loop.txt",
        "links/dangling.txt",
        "links/outside.txt",
        "links/outside",
    }
    assert "leads nowhere" in ran.failed["links/dangling.txt"]
    assert "leads nowhere" in ran.failed["links/loop.txt"]
    assert "out of the folder" in ran.failed["links/outside"]
    assert {"links/inside.txt", "links/round"} < set(ran.left_out)
    assert not any(SECRET in row["text"] for row in ran.results)


def test_entities_of_entities_do_not_grow(ran: Ran) -> None:
    found = [row for row in ran.results if row["doc"].startswith("hostile/laughs")]
    assert {row["doc"].partition(":")[0] for row in found} == {"hostile/laughs.xml", "hostile/laughs.xhtml"}
    assert all(len(json.dumps(row)) < 2000 for row in found)


def test_names_that_are_not_utf8_are_told_apart(ran: Ran) -> None:
    docs = {row["doc"] for row in ran.results if "caf\\xe9" in row["doc"]}
    assert docs == {name for name in ran.mixed.good if "caf\\xe9" in name}


def test_texts_in_other_encodings_are_read_as_they_were_written(ran: Ran) -> None:
    texts = Counter(row["text"] for row in ran.results if row["doc"].startswith("texts/"))
    number = len({row["doc"] for row in ran.results if row["doc"].startswith("texts/")})
    assert texts[SENTENCE] == number
    assert sum(count for text, count in texts.items() if text.startswith("The café — at pier")) == number


def test_what_stands_in_a_sidecar_comes_out(ran: Ran) -> None:
    known = [row["meta"] for row in ran.results if row["doc"].startswith("known/")]
    assert known and all(meta["publisher"] == "Office of Calvera" for meta in known)


# Text


def test_a_sentence_of_ten_thousand_words_is_cut_for_the_model_and_marked(tmp_path: Path, tiny_model: Path) -> None:
    text = "The siege " + "of the harbour and the bridge " * 1666 + "again."
    folder = put(tmp_path / "in", a_txt=text)
    done = run("classify", folder, "--model", tiny_model, "--out", tmp_path / "o.jsonl")
    assert done.returncode == 0, done.stderr
    (row,) = rows(tmp_path / "o.jsonl")
    assert (len(row["text"].split()), row["truncated"], row["text"]) == (9999, True, text)


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (PAGE.encode(), 1),
        (gzip.compress(PAGE.encode()), 1),
        ((GOLD / "files" / "d01_onecol_release.pdf").read_bytes(), 10),
        (f'{{"text": "{SENTENCE}"}}\n'.encode() * 3, 3),
    ],
    ids=["html", "gzip", "pdf", "jsonl"],
)
def test_standard_input_of_other_kinds(tmp_path: Path, tiny_model: Path, content: bytes, count: int) -> None:
    done = run("classify", "-", "--model", tiny_model, "--out", tmp_path / "o.jsonl", input=content)
    assert done.returncode == 0, done.stderr
    found = rows(tmp_path / "o.jsonl")
    assert len(found) >= count and all(row["doc"].startswith("stdin") for row in found)


def test_a_pipe_that_is_named_is_read(tmp_path: Path, tiny_model: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with subprocess.Popen(["/bin/sh", "-c", f"echo '{SENTENCE}' > '{tmp_path / 'pipe'}'"]):
        done = run("classify", tmp_path / "pipe", "--model", tiny_model, "--out", tmp_path / "o.jsonl")
    assert done.returncode == 0, done.stderr
    assert [row["text"] for row in rows(tmp_path / "o.jsonl")] == [SENTENCE]


def test_an_empty_folder_is_wrong_use(tmp_path: Path, tiny_model: Path) -> None:
    folder = put(tmp_path / "in")
    done = run("classify", folder, "--model", tiny_model, "--out", tmp_path / "o.jsonl")
    assert done.returncode == 2 and b"has no file to read" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_names_that_are_no_text_come_out_as_text_in_every_form(tmp_path: Path, tiny_model: Path) -> None:
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    try:
        strange.mkdir()
    except OSError:
        pytest.skip("this file system takes no such names")
    (strange / "\x1b[31mred.txt").write_text(SENTENCE)
    (strange / "\x1b[31mbad.pdf").write_bytes(b"%PDF-1.7")
    options = [part for form in FORMS for part in ("--out", strange.with_name(strange.name + form))]
    for named in (strange, strange / "\x1b[31mred.txt"):
        done = run("classify", named, "--model", tiny_model, *options)
        assert done.returncode == (1 if named == strange else 0), done.stderr
        assert b"Traceback" not in done.stderr and b"\x1b" not in done.stderr + done.stdout
        for form in FORMS[:2]:
            assert "red.txt" in strange.with_name(strange.name + form).read_text(encoding="utf-8")


# Output


def test_results_and_failures_in_the_folder_that_is_read(tmp_path: Path, tiny_model: Path) -> None:
    folder = put(tmp_path / "in", a_txt=SENTENCE, b_pdf=b"%PDF-1.7")
    options = [part for form in FORMS for part in ("--out", folder / f"o{form}")]
    found = []
    for _ in range(2):
        done = run("classify", folder, "--model", tiny_model, *options)
        assert done.returncode == 1, done.stderr
        found.append((rows(folder / "o.jsonl"), failures(folder / "o.jsonl")))
        assert b"left out" not in done.stderr
    assert found[0] == found[1]
    assert [row["doc"] for row in found[0][0]] == ["a.txt"]
    assert [Path(item["path"]).name for item in found[0][1]] == ["b.pdf"]
    names = {"a.txt", "b.pdf", "o.jsonl.failures.jsonl", *(f"o{form}" for form in FORMS)}
    assert {path.name for path in folder.iterdir()} == names


def test_an_output_that_cannot_be_written_is_found_before_the_work_begins(tmp_path: Path, tiny_model: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # would be waited for
    (tmp_path / "o.jsonl").write_text("earlier")
    done = run(
        "classify", tmp_path / "pipe", "--model", tiny_model, "--out", tmp_path / "o.jsonl", "--out", "/proc/o.csv"
    )
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1 and b"error: /proc/" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "o.jsonl"}
    assert (tmp_path / "o.jsonl").read_text() == "earlier"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path, tiny_model: Path) -> None:
    folder = put(tmp_path / "in", a_txt=SENTENCE)
    folder.chmod(0o555)
    done = run("classify", folder, "--model", tiny_model, "--out", folder / "o.jsonl")
    folder.chmod(0o755)
    assert done.returncode == 2 and b"Permission denied" in done.stderr and b"Traceback" not in done.stderr
    assert [path.name for path in folder.iterdir()] == ["a.txt"]


def _files_of_at_most(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [0, 10_000, 100_000])
def test_a_full_disk_leaves_earlier_results_as_they_were(
    tmp_path: Path, tiny_model: Path, form: str, size: int
) -> None:
    # Lines that differ, since Parquet packs what does not. At 0 the journal fails, later the result itself may.
    text = "".join(f"{SENTENCE} {os.urandom(40).hex()}.\n" for _ in range(150))
    folder = put(tmp_path / "in", a_txt=text, b_pdf=b"%PDF-1.7")
    out = tmp_path / f"o{form}"
    out.write_text("earlier")
    (tmp_path / f"o{form}.failures.jsonl").write_text("earlier")
    done = run("classify", folder, "--model", tiny_model, "--out", out, preexec_fn=_files_of_at_most(size))
    if done.returncode == 1:  # there was room for it all
        assert size == 100_000 and out.read_bytes() != b"earlier"
        return
    assert done.returncode == 2, done.stderr
    assert done.stderr.decode().splitlines()[-1].startswith(f"error: {tmp_path}/o{form}")
    assert b"File too large" in done.stderr and b"Traceback" not in done.stderr
    assert out.read_text() == (tmp_path / f"o{form}.failures.jsonl").read_text() == "earlier"
    # What was classified is kept where there was room for it, and is said to be.
    journal = f".{out.name}.journal"
    kept = {journal} if (tmp_path / journal).is_dir() else set()
    assert {path.name for path in tmp_path.iterdir()} == {"in", out.name, f"{out.name}.failures.jsonl"} | kept
    assert (b"--resume goes on" in done.stderr) == bool(kept)
    if kept:
        again = run("classify", folder, "--model", tiny_model, "--out", out, "--resume")
        assert again.returncode == 1 and b"1 of 1 documents were classified before" in again.stderr
        assert out.read_bytes() != b"earlier"


def test_a_disk_that_fills_with_failures_leaves_earlier_results_as_they_were(tmp_path: Path, tiny_model: Path) -> None:
    folder = put(tmp_path / "in", **{f"f{number}_pdf": "x" for number in range(100)}, a_txt=SENTENCE)
    out = tmp_path / "o.jsonl"
    out.write_text("earlier")
    done = run("classify", folder, "--model", tiny_model, "--out", out, preexec_fn=_files_of_at_most(6000))
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith(f"error: {out}.failures.jsonl: File too large".encode())
    assert {path.name for path in tmp_path.iterdir()} == {"in", "o.jsonl"} and out.read_text() == "earlier"


def test_an_output_with_a_name_as_long_as_there_may_be(tmp_path: Path, tiny_model: Path) -> None:
    folder = put(tmp_path / "in", a_txt=SENTENCE)
    out = tmp_path / ("o" * 249 + ".jsonl")
    assert run("classify", folder, "--model", tiny_model, "--out", out).returncode == 0
    put(folder, b_pdf=b"%PDF-1.7")
    assert run("classify", folder, "--model", tiny_model, "--out", out).returncode == 1
    assert len(list(tmp_path.iterdir())) == 3


# Interruptions


def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path, tiny_model: Path) -> None:
    folder = put(tmp_path / "in", a_html=PAGE, b_pdf=b"%PDF-1.7")
    os.mkfifo(tmp_path / "pipe")  # is waited for
    out = tmp_path / "o.jsonl"
    out.write_text("earlier")
    command = [COMMAND, "classify", folder, tmp_path / "pipe", "--model", tiny_model, "--out", out]
    # A suite that runs in the background may have been told to ignore Ctrl-C, and its children with it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True)
    signal.signal(signal.SIGINT, before)
    try:
        for _ in range(600):
            if (tmp_path / ".o.jsonl.journal").exists():
                break
            time.sleep(0.1)
        time.sleep(1)
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does for Ctrl-C
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, errors
    assert b"interrupted" in errors and b"Traceback" not in errors
    assert {path.name for path in tmp_path.iterdir()} == {"in", "pipe", "o.jsonl"} and out.read_text() == "earlier"
    with pytest.raises(ProcessLookupError):  # nobody of its group is left
        os.killpg(process.pid, 0)
