"""One file of results: its form and how it is compressed follow from its name; it is there as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ...data.output import beside, check_output, claim, sync_file, sync_folder
from ...errors import UsageError
from .arrow import write_parquet
from .lines import write_lines
from .packing import PACKINGS, packed
from .page import write_page
from .rows import Written
from .table import write_csv

__all__ = ["FORMATS", "FileOutput", "Form", "check_file"]


@dataclass(frozen=True, slots=True)
class Form:
    """What writes a form, and whether the file may be compressed as a whole."""

    write: Callable[[Written, BinaryIO], None]
    packs: bool = True


#: Each form by the ending of its file.
FORMATS: dict[str, Form] = {
    ".jsonl": Form(write_lines),
    ".csv": Form(write_csv),
    ".parquet": Form(write_parquet, packs=False),
    ".html": Form(write_page),
}


def check_file(path: Path) -> tuple[str, str]:
    """Return form and compression of a file, as their endings; ``""`` for none.

    Raises:
        UsageError: The file cannot be written.
    """
    packing = path.suffix.lower() if path.suffix.lower() in PACKINGS else ""
    form = check_output(path, tuple(FORMATS), packings=tuple(PACKINGS))
    if packing and not FORMATS[form].packs:
        raise UsageError(f"--out {path}: a {form} file is compressed inside; name it {path.stem}")
    return form, packing


class FileOutput:
    """A file that results are written to, under another name until all outputs of the run are complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._form, self._packing = check_file(path)
        self._partial = beside(path, ".partial", hidden=True)
        self._claimed: BinaryIO | None = None

    def open(self) -> None:
        """Find out whether the place can be written, and keep other runs from it."""
        self._claimed = claim(self._partial, str(self.path))
        self._claimed.truncate(0)  # what a killed run left there is of no use

    def prepare(self, written: Written) -> None:
        """Write all results and bring them to the disk, not yet under the name of the file."""
        with self._partial.open("wb") as file, packed(file, self._packing) as stream:
            FORMATS[self._form].write(written, stream)
        sync_file(self._partial)

    def commit(self) -> None:
        """Give what was prepared its name."""
        self._partial.replace(self.path)
        sync_folder(self.path.parent)
        self._release()

    def discard(self) -> None:
        """Take away what was prepared and not committed; what another run has is left to it."""
        if self._claimed is not None:
            self._partial.unlink(missing_ok=True)
            self._release()

    def _release(self) -> None:
        if self._claimed is not None:
            self._claimed.close()
            self._claimed = None
