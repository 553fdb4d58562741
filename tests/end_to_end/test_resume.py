"""The installed command, killed at random moments and gone on with: the results of an undisturbed run, to the byte."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("counterframe")
FORMS = (".jsonl", ".csv", ".parquet")
#: How often the command is killed in all, and from which number on only while it writes the results.
KILLS, LATE = 32, 24
#: After so many kills a run is let come to its end, and the next one begins.
IN_A_ROW = 7
WORDS = ["the", "envoy", "of", "Orvania", "said", "on", "monday", "that", "near", "harbour", "bridge", "valley"]
CUES = ["siege", "marchers", "dialogue", "confirmed", "denied", "discussed", "again", "people", "talks"]


def _sentence(rng: random.Random) -> str:
    return f"Minister Vell {' '.join(rng.choices(WORDS + CUES, k=rng.randint(3, 12)))}."


def _fill(folder: Path) -> None:
    """Write a table of long and short releases, texts and pages: several windows of sentences."""
    rng = random.Random(11)
    folder.mkdir()
    rows = [
        {
            "id": f"r{number}",
            "text": "\n".join(_sentence(rng) for _ in range(rng.choice([1, 2, 5, 9, 150]))),
            "outlet": rng.choice(["Wire", "Gazette"]),
        }
        for number in range(330)
    ]
    with (folder / "m.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    for number in range(20):
        (folder / f"a{number:02d}.txt").write_text("\n\n".join(_sentence(rng) for _ in range(20)), encoding="utf-8")
        text = "".join(f"<p>{_sentence(rng)}</p>" for _ in range(10))
        (folder / f"z{number:02d}.html").write_text(f"<!DOCTYPE html><title>Road {number}</title>{text}")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7")


@dataclass
class Undisturbed:
    """The inputs, and what an undisturbed run makes of them."""

    inputs: Path
    model: Path
    results: dict[str, bytes]
    seconds: float  # from the first sign of life in the folder to the end
    writing: float  # of them for the results, when all was classified
    windows: int


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    _fill(folder / "in")
    process = _start(folder / "in", tiny_model, folder)
    journal = folder / ".o.jsonl.journal"
    _wait(lambda: journal.is_dir(), process)
    started = time.monotonic()
    _wait(lambda: (folder / ".o.jsonl.partial").stat().st_size > 0, process)
    written, windows = time.monotonic(), len(list(journal.glob("*.segment")))
    process.communicate()
    ended = time.monotonic()
    assert process.returncode == 1  # the broken file
    return Undisturbed(folder / "in", tiny_model, _results(folder), ended - started, ended - written, windows)


def _start(inputs: Path, model: Path, folder: Path, *options: str) -> subprocess.Popen[bytes]:
    outputs = [part for form in FORMS for part in ("--out", str(folder / f"o{form}"))]
    command = [str(COMMAND), "classify", str(inputs), "--model", str(model), "--device", "cpu", *outputs, *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def _wait(sign: Callable[[], bool], process: subprocess.Popen[bytes]) -> bool:
    """Wait for a sign and return whether it came before the process ended."""
    while process.poll() is None:
        try:
            if sign():
                return True
        except OSError:  # what it looks at is not there yet, or not any more
            pass
        time.sleep(0.005)
    return False


def _results(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name[0] != "."}


def _moment(undisturbed: Undisturbed, folder: Path, rng: random.Random, *, late: bool) -> Callable[[], bool]:
    """Return a sign after which the process is killed: a random moment of the opening, the work, or the writing."""
    started = time.time()

    def fresh(name: str, size: int = 0) -> bool:
        found = (folder / name).stat()
        return found.st_mtime >= started and found.st_size >= size

    if late:
        return _after(lambda: fresh(".o.jsonl.partial", 1), rng.uniform(0, undisturbed.writing))
    if rng.random() < 0.2:
        return _after(lambda: fresh(".o.jsonl.journal"), rng.uniform(0, 0.05))
    return _after(lambda: fresh(".o.jsonl.journal/order.partial"), rng.uniform(0, 0.35 * undisturbed.seconds))


def _after(sign: Callable[[], bool], seconds: float) -> Callable[[], bool]:
    seen: list[float] = []

    def moment() -> bool:
        if not seen and sign():
            seen.append(time.monotonic())
        return bool(seen) and time.monotonic() - seen[0] >= seconds

    return moment


def test_a_run_killed_at_random_moments_ends_as_an_undisturbed_one(undisturbed: Undisturbed, tmp_path: Path) -> None:
    assert undisturbed.windows >= 4
    rng = random.Random(23)
    kills = late = going_on = rounds = in_a_row = 0
    folder = tmp_path / "0"
    folder.mkdir()
    options: tuple[str, ...] = ()
    while True:
        moment = _moment(undisturbed, folder, rng, late=kills >= LATE)
        process = _start(undisturbed.inputs, undisturbed.model, folder, *options)
        if kills < KILLS and in_a_row < IN_A_ROW and _wait(moment, process):
            os.killpg(process.pid, signal.SIGKILL)
        _, errors = process.communicate()
        going_on += b"going on behind" in errors
        options = ("--resume",)
        if process.returncode == -signal.SIGKILL:
            late += kills >= LATE
            kills, in_a_row = kills + 1, in_a_row + 1
            for name, content in _results(folder).items():  # under its name a file is whole, or not there
                assert content == undisturbed.results[name]
            continue
        assert process.returncode == 1, errors
        assert _results(folder) == undisturbed.results
        if kills == KILLS:
            break
        rounds, options, in_a_row = rounds + 1, (), 0
        folder = tmp_path / str(rounds)
        folder.mkdir()
    assert rounds >= KILLS // IN_A_ROW and going_on >= KILLS // 4 and late >= (KILLS - LATE) // 2


def test_ctrl_c_keeps_what_is_done_and_nothing_destroys_it_unasked(undisturbed: Undisturbed, tmp_path: Path) -> None:
    # A suite that runs in the background may have been told to ignore Ctrl-C, and its children with it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = _start(undisturbed.inputs, undisturbed.model, tmp_path)
    signal.signal(signal.SIGINT, before)
    journal = tmp_path / ".o.jsonl.journal"
    assert _wait(lambda: any(journal.glob("*.segment")), process)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130, errors
    assert b"sentences are done and kept: the same command with --resume goes on" in errors
    assert b"Traceback" not in errors and not _results(tmp_path)

    process = _start(undisturbed.inputs, undisturbed.model, tmp_path)
    _, errors = process.communicate()
    assert process.returncode == 2 and b"--resume goes on where it stopped, --no-resume begins anew" in errors
    assert any(journal.glob("*.segment"))

    process = _start(undisturbed.inputs, undisturbed.model, tmp_path, "--no-resume")
    process.communicate()
    assert _results(tmp_path) == undisturbed.results and not journal.exists()


def test_only_new_files_of_a_folder_are_classified(tmp_path: Path, tiny_model: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    rng = random.Random(5)
    errors = b""
    for numbers in (range(0, 60, 2), range(0, 60, 2), range(40)):
        for number in numbers:
            path = folder / f"{number:02d}.txt"
            if not path.exists():
                path.write_text("\n\n".join(_sentence(rng) for _ in range(5)), encoding="utf-8")
        process = _start(folder, tiny_model, tmp_path, "--resume")
        _, errors = process.communicate()
        assert process.returncode == 0, errors
        if numbers == range(0, 60, 2):
            kept = {row["doc"]: row for row in map(json.loads, (tmp_path / "o.jsonl").read_text().splitlines())}
    assert b"30 of 50 documents were classified before and taken over" in errors
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert list(dict.fromkeys(row["doc"] for row in rows)) == sorted(path.name for path in folder.iterdir())
    assert kept == {row["doc"]: row for row in rows if row["doc"] in kept}
