"""From names to files: folders, links, side-cars, what a run writes, and names that are no text."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterframe.data import finding
from counterframe.data.finding import find_sources
from counterframe.data.readers.source import Source
from counterframe.errors import InputError, LeftOut, UsageError


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("The road is open.")


def found(*inputs: object, outputs: Iterable[Path] = ()) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """Return the documents, what failed and what was left out."""
    items = list(find_sources([str(name) for name in inputs], "text", set(outputs)))
    docs = [item.doc for item in items if isinstance(item, Source)]
    failed = {Path(str(i.path)).name: i.problem for i in items if isinstance(i, InputError) and type(i) is not LeftOut}
    return docs, failed, {Path(str(item.path)).name: item.problem for item in items if isinstance(item, LeftOut)}


# Links


def test_links_in_a_folder_are_named_and_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "in/a.txt", "in/sub/b.txt", "outside/secret.txt")
    folder = tmp_path / "in"
    (folder / "loop").symlink_to(folder)
    (folder / "self.txt").symlink_to("self.txt")
    (folder / "dangling.txt").symlink_to("nothing.txt")
    (folder / "outside").symlink_to(tmp_path / "outside")
    (folder / "secret.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (folder / "inside.txt").symlink_to("sub/b.txt")
    docs, failed, left_out = found(folder)
    assert docs == ["a.txt", "sub/b.txt"]
    assert sorted(failed) == ["dangling.txt", "outside", "secret.txt", "self.txt"]
    assert "leads nowhere" in failed["dangling.txt"] and "leads nowhere" in failed["self.txt"]
    assert "out of the folder" in failed["secret.txt"]
    assert sorted(left_out) == ["inside.txt", "loop"]


def test_a_link_that_is_named_is_followed(tmp_path: Path) -> None:
    put(tmp_path, "real/a.txt")
    (tmp_path / "folder").symlink_to("real")
    (tmp_path / "b.txt").symlink_to("real/a.txt")
    assert found(tmp_path / "folder")[0] == ["a.txt"]
    assert found(tmp_path / "b.txt")[0] == ["b.txt"]
    docs, _, left_out = found(tmp_path / "real", tmp_path / "b.txt")
    assert len(docs) == 1 and docs == ["b.txt"] and list(left_out) == ["a.txt"]


def test_a_named_link_that_leads_nowhere_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "dangling").symlink_to("nothing")
    for name in ("self", "dangling", "zero\0byte"):
        with pytest.raises(UsageError):
            found(tmp_path / name)


def test_a_sidecar_that_is_a_link_or_a_pipe_is_not_opened(tmp_path: Path) -> None:
    put(tmp_path, "in/a.txt", "in/b.txt", "outside.json")
    (tmp_path / "in" / "a.json").symlink_to(tmp_path / "outside.json")
    os.mkfifo(tmp_path / "in" / "b.txt.json")
    items = list(find_sources([str(tmp_path / "in")], "text", set()))
    assert all(item.sidecar is None for item in items if isinstance(item, Source))
    docs, failed, left_out = found(tmp_path / "in")
    assert (docs, list(failed), list(left_out)) == (["a.txt", "b.txt"], ["a.json"], ["b.txt.json"])


# Pipes and what cannot be read


def test_a_pipe_in_a_folder_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    assert found(tmp_path)[2] == {"pipe.txt": "is no regular file but a pipe, socket or device"}


def test_a_folder_that_cannot_be_listed_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.txt", "closed/b.txt", "z.txt")
    scandir = os.scandir

    def refuse(path: Path) -> Any:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(finding.os, "scandir", refuse)
    docs, failed, _ = found(tmp_path)
    assert (docs, failed) == (["a.txt", "z.txt"], {"closed": "cannot be listed: Permission denied"})
    # The folder itself: it is not known to be empty.
    assert found(tmp_path / "closed")[1] == {"closed": "cannot be listed: Permission denied"}


def test_a_folder_that_vanishes_is_a_failure(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "sub/b.txt")
    items = find_sources([str(tmp_path)], "text", set())
    next(items)
    (tmp_path / "sub" / "b.txt").unlink()
    (tmp_path / "sub").rmdir()
    (problem,) = items
    assert isinstance(problem, InputError) and "No such file" in problem.problem


def test_a_path_longer_than_the_system_takes_is_a_failure(tmp_path: Path) -> None:
    put(tmp_path, "z.txt")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        for _ in range(25):
            Path("deeper" * 40).mkdir()
            patch.chdir("deeper" * 40)
        Path("a.txt").write_text("The road is open.")
    docs, failed, _ = found(tmp_path)
    assert docs == ["z.txt"]
    assert [problem.rpartition(": ")[2] for problem in failed.values()] == ["File name too long"]


# Names


def test_names_that_are_not_utf8_are_shown_as_text_and_told_apart(tmp_path: Path) -> None:
    names = [b"caf\xe9.txt", b"caf\xe8.txt", b"\xff\xfe.txt", "naïve.txt".encode(), b"line\nbreak.txt"]
    try:
        for name in names:
            Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("The road is open.")
    except OSError:
        pytest.skip("this file system takes no such names")
    docs = found(tmp_path)[0]
    assert sorted(docs) == ["\\xff\\xfe.txt", "caf\\xe8.txt", "caf\\xe9.txt", "line\nbreak.txt", "naïve.txt"]
    for doc in docs:
        doc.encode("utf-8")


def test_a_folder_named_with_a_hyphen_and_a_file_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "-/a.txt", "-/-/-")
    monkeypatch.chdir(tmp_path)
    items = list(find_sources(["."], "text", set()))
    assert [item.doc for item in items if isinstance(item, Source)] == ["-/-/-", "-/a.txt"]
    assert not any(item.path == Path("-") for item in items)
    monkeypatch.chdir(tmp_path / "-" / "-")
    (item,) = find_sources(["."], "text", set())
    assert isinstance(item, Source) and item.doc == "-" and item.path != Path("-")


def test_documents_of_several_inputs_bear_the_names_of_their_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "x/a.txt", "y/a.txt", "b.txt")
    monkeypatch.chdir(tmp_path)
    assert found("x", "y/", "b.txt")[0] == ["x/a.txt", "y/a.txt", "b.txt"]
    assert found("x")[0] == ["a.txt"]


def test_what_is_named_twice_is_read_once_in_whatever_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "x/a.txt", "x/sub/b.txt", "x/.hidden/c.txt")
    monkeypatch.chdir(tmp_path)
    for inputs in (["x", "x/sub"], ["x/sub", "x"], ["x", "x/a.txt", "x/sub/b.txt"], ["x/a.txt", "x"], ["x", "./x"]):
        docs = found(*inputs)[0]
        assert sorted(doc.rpartition("/")[2] for doc in docs) == ["a.txt", "b.txt"], inputs
    # A hidden folder is not read with the one around it, but when it is named.
    assert found("x", "x/.hidden")[0][-1] == "x/.hidden/c.txt"


# What a run writes


def test_what_a_run_writes_is_passed_over_in_silence(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "o.jsonl", ".o.jsonl.partial", "sub/o.jsonl")
    outputs = {(tmp_path / name).resolve() for name in ("o.jsonl", ".o.jsonl.partial")}
    assert found(tmp_path, outputs=outputs) == (["a.txt", "sub/o.jsonl"], {}, {})


def test_a_folder_with_nothing_but_what_the_run_writes_is_empty(tmp_path: Path) -> None:
    put(tmp_path, "o.jsonl")
    with pytest.raises(UsageError, match="has no file to read"):
        found(tmp_path, outputs={(tmp_path / "o.jsonl").resolve()})


def test_a_pattern_passes_over_what_the_run_writes(tmp_path: Path) -> None:
    put(tmp_path, "a.jsonl", "o.jsonl")
    assert found(tmp_path / "*.jsonl", outputs={(tmp_path / "o.jsonl").resolve()})[0] == ["a.jsonl"]


# Side-cars


@pytest.mark.parametrize(
    ("name", "sidecar"),
    [
        ("a.html", "a.html.json"),
        ("a.html", "a.json"),
        ("a.html.gz", "a.html.gz.json"),
        ("a.html.gz", "a.html.json"),
        ("a.html.gz", "a.json"),
        ("A.HTML.GZ", "A.json"),
        ("2031.02.03.txt", "2031.02.03.json"),
        ("LICENCE", "LICENCE.json"),
    ],
)
def test_a_sidecar_bears_the_name_of_its_document(tmp_path: Path, name: str, sidecar: str) -> None:
    put(tmp_path, name, sidecar)
    for given_ in (tmp_path, tmp_path / name):
        (item,) = find_sources([str(given_)], "text", set())
        assert isinstance(item, Source) and item.sidecar == tmp_path / sidecar


def test_json_files_that_belong_to_no_document_are_not_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "minister.speech.txt", "minister.json", "sub/b.txt", "sub.json", ".json")
    items = list(find_sources([str(tmp_path)], "text", set()))
    assert all(item.sidecar is None for item in items if isinstance(item, Source))
    docs, _, left_out = found(tmp_path)
    assert docs == ["minister.json", "minister.speech.txt", "sub/b.txt", "sub.json"]
    assert list(left_out) == [".json"]


_NAME = st.text(st.sampled_from("ab.-Ä"), min_size=1, max_size=6).filter(lambda name: name.strip("."))


@given(st.lists(st.lists(_NAME, min_size=1, max_size=3), min_size=1, max_size=12))
def test_every_file_is_found_once_or_is_hidden_or_a_sidecar(
    tmp_path_factory: pytest.TempPathFactory, paths: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    for parts in paths:
        for ending in ("", ".json", ".txt"):
            path = folder.joinpath(*parts[:-1], parts[-1] + ending)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("x")
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                continue
    items = list(find_sources([str(folder)], "text", set()))
    seen = [item.path for item in items if isinstance(item, Source)]
    sidecars = {item.sidecar for item in items if isinstance(item, Source)}
    hidden = [Path(str(item.path)) for item in items if isinstance(item, LeftOut)]
    assert len(seen) == len(set(seen))
    for path in folder.rglob("*"):
        under = [path == item or item in path.parents for item in hidden]
        assert not path.is_file() or (path in seen) + (path in sidecars) + any(under) == 1, path


# Folders without end


@pytest.mark.parametrize("lot", [1, 2, 3, 5, 1000])
def test_a_large_folder_is_listed_in_lots_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lot: int
) -> None:
    put(tmp_path, "b.txt", "b.txt.json", "a.html", "a.json", "z.json", "c.txt.gz", "c.json", "d/e.txt", "d/e.json")
    put(tmp_path, "b.json", "y.txt", "y-1.txt", "y.1.txt", "y.json", ".hidden.txt", ".hidden.json")
    whole = [
        (item.doc, item.sidecar and item.sidecar.name) if isinstance(item, Source) else (str(item.path), None)
        for item in find_sources([str(tmp_path)], "text", set())
    ]
    monkeypatch.setattr(finding, "_LOT", lot)
    lots = [
        (item.doc, item.sidecar and item.sidecar.name) if isinstance(item, Source) else (str(item.path), None)
        for item in find_sources([str(tmp_path)], "text", set())
    ]
    assert lots == whole
    names = dict(whole)
    assert names["a.html"] == "a.json" and names["b.txt"] == "b.txt.json" and names["c.txt.gz"] == "c.json"
    assert names["y.txt"] == "y.json" and names["y-1.txt"] is None and "b.json" in names and "z.json" in names
