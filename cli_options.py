"""Options that several commands share, and how commands end. Nothing heavy is imported here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "INTERRUPTED",
    "SOME_FAILED",
    "WRONG_USE",
    "AllowMissing",
    "CodebookName",
    "Data",
    "Device",
    "Labelled",
    "Model",
    "Precision",
    "Texts",
    "say",
]

#: Exit codes: some inputs failed, wrong use, cut off by the user.
SOME_FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130

Data = Annotated[
    list[Path], typer.Option("--data", help="Labelled file or folder (JSONL, CSV, Parquet, datasets); repeatable.")
]
Labelled = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Labelled files or folders.")]
Texts = Annotated[
    list[Path] | None,
    typer.Option("--texts", help="File or folder with the texts of labels that are kept as addresses; repeatable."),
]
AllowMissing = Annotated[bool, typer.Option("--allow-missing", help="Leave out labels whose text is missing.")]
CodebookName = Annotated[
    str | None, typer.Option("--codebook", help="Codebook file, or the name of a shipped one (access_dispute).")
]
Device = Annotated[str, typer.Option("--device", help="auto, cuda, mps or cpu.")]
Precision = Annotated[
    str,
    typer.Option(
        "--precision",
        help="auto: float32, or int8 for a folder that was exported so. int8 on a CPU and float16 or bfloat16 on a GPU"
        " are faster and give now and then another answer.",
    ),
]
Model = Annotated[str, typer.Option("--model", help="Model folder; the shipped model by default.")]


def say(line: str) -> None:
    """Print a line for people, beside the results that go to standard output."""
    typer.echo(line, err=True)
