"""What ``compare`` is given: files of results, or releases still to be classified."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..data.finding import sidecar_of
from ..data.readers.source import display_name
from ..errors import InputError, UsageError
from .distributed.records import is_complete, is_job
from .forms.dataset import MANIFEST, is_dataset
from .forms.packing import PACKINGS
from .stored import is_stored

__all__ = ["Given", "sort_inputs"]

#: Endings of the forms in which classify writes results that can be read again, also compressed.
_TABLES = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
_FAILURES = ".failures.jsonl"


@dataclass(slots=True)
class Given:
    """One input: its name, the files of results in it, and what is still to be read as releases.

    Attributes:
        notices: What a reader of the comparison should know of it.
    """

    name: str
    stored: list[Path] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def sort_inputs(inputs: Sequence[str], outputs: Iterable[Path] = ()) -> list[Given]:
    """Return what each input holds.

    A folder that holds results alone is read as such; in one that also holds releases, results of earlier runs are
    left out, as classify does.

    Raises:
        UsageError: An input does not exist, stands twice, is standard input, or is an output.
    """
    written = {path.resolve() for path in outputs}
    seen: dict[Path, str] = {}
    given = []
    found = [(name, _files(name)) for name in inputs]
    # A shell that spells a pattern out names side-cars too, which are no texts of their own.
    sidecars = {sidecar_of(path) for _, files in found for path in files}
    found = [(name, [path for path in files if path not in sidecars]) for name, files in found]
    found = [(name, files) for name, files in found if files or Path(name).is_dir()]
    for name, files in found:
        for path in files:
            real = path.resolve()
            if real in written:
                raise UsageError(
                    f"--out {display_name(path)} is also an input and would be overwritten; name another file"
                )
            if real in seen:
                other = "" if seen[real] == name else f", in {display_name(seen[real])} and {display_name(name)}"
                raise UsageError(
                    f"{display_name(path)} is named twice{other}; a text is compared with others, not itself"
                )
            seen[real] = name
        given.append(_folder(name) if Path(name).is_dir() else _named(name, files))
    names = [item.name for item in given]
    for item, (full, _) in zip(given, found, strict=True):
        if names.count(item.name) > 1:
            item.name = display_name(full)
    return given


def _files(name: str) -> list[Path]:
    if name == "-":
        raise UsageError("compare reads files; write standard input to a file first, or classify it with --out")
    path = Path(name)
    try:
        if path.is_dir():
            return []
        if path.exists():
            return [path]
    except (OSError, ValueError) as error:
        raise UsageError(f"{display_name(name)!r} cannot be read: {error}") from error
    if not glob.has_magic(name):
        raise UsageError(f"no such file or folder: {display_name(name)}")
    found = [Path(match) for match in sorted(glob.glob(name, recursive=True))]  # noqa: PTH207 - as classify
    files = [match for match in found if not match.is_dir() and not match.name.endswith(_FAILURES)]
    if not files:
        raise UsageError(f"no file matches the pattern {display_name(name)}")
    return files


def _named(name: str, files: Sequence[Path]) -> Given:
    shown = display_name(Path(name).name) if len(files) == 1 else display_name(name)
    given = Given(shown)
    for path in files:
        if _has_results(path, named=len(files) == 1):
            given.stored.append(path)
        else:
            given.raw.append(str(path))
    return given


def _folder(name: str) -> Given:
    root = Path(name)
    if is_dataset(root):
        return Given(display_name(root.resolve().name or name), stored=[root])
    inside = (path.relative_to(root) for path in sorted(root.rglob("*")))
    # What a cluster keeps beside its parts bears names that readers of datasets pass over.
    passed_over = (".", "_") if is_job(root) else "."
    visible = [root / path for path in inside if not any(part.startswith(passed_over) for part in path.parts)]
    files = [path for path in visible if path.is_file() and not path.name.endswith(_FAILURES) and path.name != MANIFEST]
    stored = [path for path in files if _has_results(path, named=False)]
    stems = {_plain(path).with_suffix("") for path in stored}
    # A page of the same name is the annotated reading of the same run.
    others = [
        path
        for path in files
        if path not in stored and not (_plain(path).suffix.lower() == ".html" and _plain(path).with_suffix("") in stems)
    ]
    shown = display_name(root.resolve().name or name)
    notices = []
    if is_job(root) and not is_complete(root):
        notices.append(
            f"{shown}: the run that wrote these results has not done all of its inputs (there is no _SUCCESS); what it"
            " has not done is missing here. classify --engine ray --resume goes on with it"
        )
    if others or not stored:
        return Given(shown, raw=[name], notices=notices)
    return Given(shown, stored=stored, notices=notices)


def _has_results(path: Path, *, named: bool) -> bool:
    if not _plain(path).name.lower().endswith(_TABLES):
        return False
    try:
        return is_stored(path)
    except InputError:
        if named:
            raise
        return False


def _plain(path: Path) -> Path:
    """Return a path without the ending of its compression."""
    return path.with_suffix("") if path.suffix.lower() in PACKINGS else path
