"""Runs that are cut off anywhere, and runs over inputs of which some are new: the same results as without."""

from __future__ import annotations

import fcntl
import hashlib
import json
import random
import shutil
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from counterframe.data import identity
from counterframe.data.codebook import Codebook, load_codebook
from counterframe.data.releases import read_releases
from counterframe.data.types import Release, Result, ScoredFrame, Sentence
from counterframe.errors import UsageError
from counterframe.evaluation.summary import Summary
from counterframe.inference import bulk
from counterframe.inference.bulk import Done, classify_into
from counterframe.inference.journal import Journal
from counterframe.inference.journal_folder import journal_files
from counterframe.inference.writers import Outputs

WINDOW = 7


class Killed(BaseException):
    """The process is gone."""


class WindowDependent:
    """Stands in for a classifier: its scores depend on all that is in the window, as those of a real one may."""

    def __init__(self, book: Codebook, *, name: str = "m@1") -> None:
        self.codebook = book
        self.checkpoint = SimpleNamespace(name=name)
        self.asked: list[str] = []

    @property
    def name(self) -> str:
        return self.checkpoint.name

    def classify_windows(self, windows: Iterable[list[Sentence]]) -> Iterator[list[Result]]:
        for window in windows:
            digest = hashlib.sha256("\n".join(item.text for item in window).encode()).digest()
            self.asked += [f"{item.doc} {item.n}" for item in window]
            score = 0.5 + int.from_bytes(digest[:3], "little") / (1 << 26)
            found = (ScoredFrame(frame="protest", score=score, stance="asserts", stance_score=0.9),)
            yield [
                Result(
                    sentence=item,
                    primary="protest",
                    stance="asserts",
                    frames=found,
                    source=None,
                    abstained=False,
                    truncated=False,
                    model=self.name,
                )
                for item in window
            ]


@pytest.fixture(scope="module")
def book(codebook_file: Path) -> Codebook:
    return load_codebook(codebook_file)


@pytest.fixture(autouse=True)
def _small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "WINDOW", WINDOW)


def releases(count: int, *, seed: int = 1, longest: int = 12) -> list[Release]:
    rng = random.Random(seed)
    return [
        Release(
            doc=f"d{number:03d}",
            text="".join(f"Marchers {number} came {n} times.\n" for n in range(rng.randint(0, longest))) or " ",
            meta={"number": number} | ({"late": "yes"} if number % 5 == 4 else {}),
        )
        for number in range(count)
    ]


def run(
    book: Codebook,
    folder: Path,
    given: Iterable[Release],
    *,
    resume: bool | None = None,
    settings: dict[str, Any] | None = None,
    name: str = "m@1",
    said: list[str] | None = None,
    on_sentence: Callable[[], None] = lambda: None,
    on_row: Callable[[dict[str, Any]], None] = lambda row: None,
) -> tuple[Done, list[str]]:
    folder.mkdir(exist_ok=True)
    classifier = WindowDependent(book, name=name)
    files = Outputs([folder / "o.jsonl", folder / "o.csv"])
    journal = Journal(
        files.first,
        settings or {"model": name},
        resume=resume,
        inputs=["in"],
        say=(said if said is not None else []).append,
    )
    with journal:
        with files:
            done = classify_into(
                classifier,  # type: ignore[arg-type]
                given,
                files,
                journal,
                unit="sentence",
                title="t",
                on_sentence=on_sentence,
                on_row=on_row,
            )
        if done.sentences:
            journal.finish()
    return done, classifier.asked


def written(folder: Path) -> tuple[bytes, bytes]:
    return (folder / "o.jsonl").read_bytes(), (folder / "o.csv").read_bytes()


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def kill_after(count: int) -> Callable[[], None]:
    left = iter(range(count))

    def tick() -> None:
        if next(left, None) is None:
            raise Killed

    return tick


def test_an_undisturbed_run_holds_everything_in_order_and_leaves_no_journal(tmp_path: Path, book: Codebook) -> None:
    given = releases(30)
    rows: list[dict[str, Any]] = []
    done, asked = run(book, tmp_path, given, on_row=rows.append)
    lines = [json.loads(line) for line in written(tmp_path)[0].splitlines()]
    assert rows == lines and [f"{row['doc']} {row['n']}" for row in lines] == asked
    texts = [line for release in given for line in release.text.split("\n") if line.strip()]
    assert [row["text"] for row in lines] == texts and len({row["frames"][0]["score"] for row in lines}) > 5
    read = [release for release in given if release.text.strip()]
    assert (done.sentences, done.documents, done.taken_over) == (len(lines), len(read), 0)
    assert 1 < len(read) < len(given)
    assert names(tmp_path) == {"o.jsonl", "o.csv"}


@pytest.mark.parametrize("seed", range(12))
def test_a_run_that_is_cut_off_again_and_again_ends_as_an_undisturbed_one(
    tmp_path: Path, book: Codebook, seed: int
) -> None:
    rng = random.Random(seed)
    given = releases(rng.randint(1, 40), seed=seed, longest=rng.choice([1, 6, 12, 40]))
    undisturbed = tmp_path / "undisturbed"
    _, asked = run(book, undisturbed, given)
    folder = tmp_path / "killed"
    times, counted, resume = 0, 0, None
    while True:
        said: list[str] = []
        started = names(folder) if folder.is_dir() else set()
        try:
            _, again = run(
                book, folder, given, resume=resume, said=said, on_sentence=kill_after(rng.randint(0, 3 * WINDOW))
            )
        except Killed:
            times += 1
            assert "o.jsonl" not in names(folder)
            assert bool(journal_files(folder / "o.jsonl")[0].is_dir()) >= bool(".o.jsonl.journal" in started)
            resume = True
            continue
        counted += len(again)
        break
    assert written(folder) == written(undisturbed)
    assert times or len(asked) <= 3 * WINDOW
    assert len(again) <= len(asked)


def test_what_is_safe_is_not_done_again(tmp_path: Path, book: Codebook) -> None:
    given = releases(30)
    undisturbed, folder = tmp_path / "a", tmp_path / "b"
    _, asked = run(book, undisturbed, given)
    with pytest.raises(Killed):
        run(book, folder, given, on_sentence=kill_after(3 * WINDOW + 2))
    said: list[str] = []
    done, rest = run(book, folder, given, resume=True, said=said)
    assert rest == asked[3 * WINDOW :]
    assert said == [f"going on behind {3 * WINDOW} sentences of the run that was cut off"]
    assert done.taken_over > 0
    assert written(folder) == written(undisturbed)


def test_a_kill_while_the_outputs_are_written_costs_no_classification(tmp_path: Path, book: Codebook) -> None:
    given = releases(30)
    undisturbed, folder = tmp_path / "a", tmp_path / "b"
    _, _asked = run(book, undisturbed, given)

    def die(row: dict[str, Any]) -> None:
        if row["doc"] == "d020":
            raise Killed

    with pytest.raises(Killed):
        run(book, folder, given, on_row=die)
    assert names(folder) == {".o.jsonl.journal"}
    done, again = run(book, folder, given, resume=True)
    assert again == [] and done.taken_over == done.documents
    assert written(folder) == written(undisturbed)


def test_memory_does_not_grow_with_the_input(tmp_path: Path, book: Codebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "WINDOW", 50 * WINDOW)
    monkeypatch.setattr(identity, "_IN_MEMORY", 100)
    classify = WindowDependent.classify_windows

    def forgetful(self: WindowDependent, windows: Iterable[list[Sentence]]) -> Iterator[list[Result]]:
        for results in classify(self, windows):
            self.asked.clear()
            yield results

    monkeypatch.setattr(WindowDependent, "classify_windows", forgetful)
    peaks = []
    outlet = "Wire of Orvania " * 160  # more bytes than are looked at for the encoding, in both tables
    for count in (500, 2_000):
        table = tmp_path / f"{count}.jsonl"
        rows = ({"id": f"r{n}", "text": f"Marchers came {n} times.", "outlet": outlet} for n in range(count))
        with table.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        for _ in ("classified", "taken over"):
            summary = Summary(book)
            tracemalloc.start()
            given = read_releases([str(table)], on_failure=lambda problem: pytest.fail(str(problem)))
            done, _ = run(book, tmp_path / str(count), given, resume=True, on_row=summary.add_row)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert done.sentences == count
            assert summary.to_text().startswith(f"{count} document(s)")
        assert done.taken_over == count
    assert max(peaks[2:]) < 1.1 * max(peaks[:2]), peaks


# Without --resume


def test_what_was_cut_off_is_not_destroyed_unless_that_is_said(tmp_path: Path, book: Codebook) -> None:
    given = releases(30)
    with pytest.raises(Killed):
        run(book, tmp_path, given, on_sentence=kill_after(2 * WINDOW))
    for _ in range(2):
        with pytest.raises(
            UsageError, match="cut off after 14 sentences: --resume goes on where it stopped, --no-resume"
        ):
            run(book, tmp_path, given)
    _, asked = run(book, tmp_path, given, resume=False)
    assert asked[0].startswith("d00") and len(asked) > 2 * WINDOW
    assert names(tmp_path) == {"o.jsonl", "o.csv"}


def test_a_run_of_which_nothing_is_safe_leaves_nothing(tmp_path: Path, book: Codebook) -> None:
    with pytest.raises(Killed):
        run(book, tmp_path, releases(30), on_sentence=kill_after(WINDOW - 2))
    assert names(tmp_path) == set()


def test_what_a_killed_process_leaves_before_the_first_window_is_in_nobodys_way(tmp_path: Path, book: Codebook) -> None:
    folder = tmp_path / ".o.jsonl.journal"
    folder.mkdir()
    for name in ("lock", "manifest.json.partial", "00000000.segment.partial", "order.partial"):
        (folder / name).write_text("")
    (tmp_path / ".o.jsonl.journal.old").mkdir()
    (tmp_path / ".o.csv.partial").write_text("half")
    run(book, tmp_path, releases(30))
    assert names(tmp_path) == {"o.jsonl", "o.csv"}


def test_two_runs_into_the_same_file_do_not_disturb_each_other(tmp_path: Path, book: Codebook) -> None:
    given = releases(30)

    def second() -> Iterator[Release]:
        yield from given[:10]
        for resume in (None, True, False):
            with pytest.raises(UsageError, match="another run is writing"):
                run(book, tmp_path, given, resume=resume)
        yield from given[10:]

    run(book, tmp_path / "a", given)
    run(book, tmp_path, second())
    assert written(tmp_path) == written(tmp_path / "a")


# Inputs that change


def test_only_new_and_changed_documents_are_classified(tmp_path: Path, book: Codebook) -> None:
    given = releases(60)
    run(book, tmp_path, given, resume=True)
    assert ".o.jsonl.journal" in names(tmp_path)
    before = [json.loads(line) for line in written(tmp_path)[0].splitlines()]
    done, asked = run(book, tmp_path, given, resume=True)
    assert asked == [] and done.taken_over == done.documents
    assert [json.loads(line) for line in written(tmp_path)[0].splitlines()] == before

    new = [Release(doc=f"d{number:03d}x", text="Marchers came.\nAnd went.\n") for number in range(3, 53, 5)]
    changed = replace(given[20], text=given[20].text + "Once more.\n")
    renamed = replace(given[30], meta={"number": "thirty"})
    gone = {given[5].doc, given[40].doc}
    now = [
        changed if release is given[20] else renamed if release is given[30] else release
        for release in given
        if release.doc not in gone
    ]
    now = sorted([*now, *new], key=lambda release: release.doc)
    done, asked = run(book, tmp_path, now, resume=True)
    assert {line.split()[0] for line in asked} == {release.doc for release in (*new, changed, renamed)}
    rows = [json.loads(line) for line in written(tmp_path)[0].splitlines()]
    order = list(dict.fromkeys(row["doc"] for row in rows))
    assert order == [release.doc for release in now if release.text.strip()]
    kept = {release.doc for release in given} - gone - {changed.doc, renamed.doc}
    assert [row for row in rows if row["doc"] in kept] == [row for row in before if row["doc"] in kept]
    texts = [line for release in now for line in release.text.split("\n") if line.strip()]
    assert [row["text"] for row in rows] == texts

    done, asked = run(book, tmp_path, now, resume=True)  # and what is new is known from now on
    assert asked == []
    # Documents that are gone are forgotten.
    _, asked = run(book, tmp_path, given, resume=True)
    assert {line.split()[0] for line in asked} == {release.doc for release in given if release.doc in gone} | {
        changed.doc,
        renamed.doc,
    }


@pytest.mark.parametrize("seed", range(6))
def test_a_run_over_new_documents_that_is_cut_off_ends_as_an_undisturbed_one(
    tmp_path: Path, book: Codebook, seed: int
) -> None:
    rng = random.Random(seed)
    given = releases(50, seed=seed)
    first = [release for release in given if rng.random() < 0.6]
    run(book, tmp_path / "a", first, resume=True)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    _done, asked = run(book, tmp_path / "a", given, resume=True)
    assert {line.split()[0] for line in asked} == {
        release.doc for release in given if release not in first and release.text.strip()
    }
    kills = 0
    while True:
        try:
            run(book, tmp_path / "b", given, resume=True, on_sentence=kill_after(rng.randint(1, 2 * WINDOW)))
            break
        except Killed:
            kills += 1
    assert kills and written(tmp_path / "a") == written(tmp_path / "b")


def test_documents_in_another_order_are_taken_over_in_that_order(tmp_path: Path, book: Codebook) -> None:
    given = releases(60)
    run(book, tmp_path, given, resume=True)
    before = {(row["doc"], row["n"]): row for row in map(json.loads, written(tmp_path)[0].splitlines())}
    shuffled = random.Random(3).sample(given, len(given))
    _, asked = run(book, tmp_path, shuffled, resume=True)
    rows = [json.loads(line) for line in written(tmp_path)[0].splitlines()]
    assert asked == [] and [row["text"] for row in rows] == [
        line for release in shuffled for line in release.text.split("\n") if line.strip()
    ]
    assert all(before[row["doc"], row["n"]] == row for row in rows)


def test_other_settings_do_everything_anew_and_destroy_nothing_before_they_are_done(
    tmp_path: Path, book: Codebook
) -> None:
    given = releases(30)
    run(book, tmp_path, given, resume=True)
    one = written(tmp_path)
    said: list[str] = []
    with pytest.raises(Killed):
        run(book, tmp_path, given, resume=True, name="m@2", said=said, on_sentence=kill_after(2 * WINDOW))
    assert said == ["mind: what is there was made with other settings, and is done again (model m@1 → m@2)"]
    assert written(tmp_path) == one
    _, asked = run(book, tmp_path, given, resume=True)  # it was a slip: back to the first model
    assert asked == [] and written(tmp_path) == one
    _, asked = run(book, tmp_path, given, resume=True, name="m@2")
    assert len(asked) == one[0].count(b"\n") and all(
        json.loads(line)["model"] == "m@2" for line in written(tmp_path)[0].splitlines()
    )


def test_a_run_that_goes_on_with_other_inputs_says_so(tmp_path: Path, book: Codebook) -> None:
    given = releases(30)
    with pytest.raises(Killed):
        run(book, tmp_path, given, on_sentence=kill_after(2 * WINDOW))
    said: list[str] = []
    with Journal(tmp_path / "o.jsonl", {"model": "m@1"}, inputs=["elsewhere"], resume=True, say=said.append):
        pass
    assert "mind: that run was given other inputs (in)" in said[1]


# Damage


def segments(folder: Path) -> list[Path]:
    return sorted((folder / ".o.jsonl.journal").glob("*.segment"))


@pytest.mark.parametrize("how", ["cut", "flipped", "emptied", "lengthened"])
@pytest.mark.parametrize("which", [0, 1, -1])
def test_a_damaged_segment_is_found_and_done_again(tmp_path: Path, book: Codebook, how: str, which: int) -> None:
    given = releases(30)
    undisturbed, folder = tmp_path / "a", tmp_path / "b"
    _, asked = run(book, undisturbed, given)
    with pytest.raises(Killed):
        run(book, folder, given, on_sentence=kill_after(5 * WINDOW + 3))
    found = segments(folder)
    assert len(found) == 5
    data = bytearray(found[which].read_bytes())
    if how == "cut":
        del data[len(data) // 2 :]
    elif how == "flipped":
        data[len(data) // 3] ^= 4
    elif how == "emptied":
        data.clear()
    else:
        data += b"\0"
    found[which].write_bytes(data)
    said: list[str] = []
    _, rest = run(book, folder, given, resume=True, said=said)
    assert any("is damaged; what it held is classified again" in line for line in said)
    assert rest == asked[(which % 5) * WINDOW :]
    assert written(folder) == written(undisturbed)


def test_damage_in_what_an_earlier_run_kept_costs_its_documents_alone(tmp_path: Path, book: Codebook) -> None:
    given = releases(60)
    run(book, tmp_path, given, resume=True)
    found = segments(tmp_path)
    found[3].write_bytes(found[3].read_bytes()[:-1])
    said: list[str] = []
    _done, asked = run(book, tmp_path, given, resume=True, said=said)
    assert 0 < len({line.split()[0] for line in asked}) < 10 and len(said) == 1
    assert [f"{row['doc']} {row['n']}" for row in map(json.loads, written(tmp_path)[0].splitlines())] == [
        f"{release.doc} {n}" for release in given for n in range(release.text.count("\n"))
    ]


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_a_manifest_that_is_lost_loses_no_results(tmp_path: Path, book: Codebook, content: str | None) -> None:
    given = releases(30)
    undisturbed, folder = tmp_path / "a", tmp_path / "b"
    _, asked = run(book, undisturbed, given)
    with pytest.raises(Killed):
        run(book, folder, given, on_sentence=kill_after(2 * WINDOW))
    manifest = folder / ".o.jsonl.journal" / "manifest.json"
    manifest.unlink()
    if content is not None:
        manifest.write_text(content)
    _, rest = run(book, folder, given, resume=True)
    assert rest == asked[2 * WINDOW :] and written(folder) == written(undisturbed)


def test_a_full_disk_leaves_the_journal_good(tmp_path: Path, book: Codebook, monkeypatch: pytest.MonkeyPatch) -> None:
    given = releases(30)
    undisturbed, folder = tmp_path / "a", tmp_path / "b"
    _, asked = run(book, undisturbed, given)
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")

    def fill() -> None:
        count.append(1)
        if len(count) == 3 * WINDOW + 1:  # the next segment is opened already: its end finds no room
            partial = folder / ".o.jsonl.journal" / "00000003.segment.partial"
            assert partial.exists()
            monkeypatch.setattr("counterframe.inference.segments.os.fsync", _no_room)

    count: list[int] = []
    with pytest.raises(OSError, match="No space left") as caught:
        run(book, folder, given, on_sentence=fill)
    assert caught.value.filename == str(folder / "o.jsonl")
    monkeypatch.undo()
    monkeypatch.setattr(bulk, "WINDOW", WINDOW)
    assert len(segments(folder)) == 3 and not list((folder / ".o.jsonl.journal").glob("*.segment.partial"))
    _, rest = run(book, folder, given, resume=True)
    assert rest == asked[3 * WINDOW :] and written(folder) == written(undisturbed)


def _no_room(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_run_that_begins_while_another_one_ends_has_a_journal_of_its_own(
    tmp_path: Path, book: Codebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = journal_files(tmp_path / "o.jsonl")
    taken_away: list[int] = []

    def flock(file: Any, how: int) -> None:
        if not taken_away:  # between the opening of the lock and the locking
            shutil.rmtree(folder)
            taken_away.append(how)
        plain_flock(file, how)

    plain_flock = fcntl.flock
    monkeypatch.setattr(fcntl, "flock", flock)
    given = releases(30)

    def second() -> Iterator[Release]:
        yield from given[:10]
        with pytest.raises(UsageError, match="another run is writing"):
            run(book, tmp_path, given)
        yield from given[10:]

    run(book, tmp_path, second())
    assert taken_away
    assert names(tmp_path) == {"o.jsonl", "o.csv"}
