"""``counterframe audit``: whether a model judges the words, or the flag."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterframe.cli_options import AllowMissing, Device, Model, Precision, Texts, say

if TYPE_CHECKING:
    from counterframe.evaluation.audit import Audit

__all__ = ["audit"]


def audit(
    data: Annotated[
        list[Path], typer.Option("--data", help="Labelled file or folder (JSONL, CSV, Parquet, datasets); repeatable.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for audit.json and audit.md.")],
    model: Model = "default",
    swaps: Annotated[
        str | None,
        typer.Option("--swaps", help="Swap list (docs/audit.md), or states: the shipped one of the world's states."),
    ] = None,
    names: Annotated[
        Path | None, typer.Option("--names", help="Your own list of names never seen, in place of the shipped one.")
    ] = None,
    texts: Texts = None,
    allow_missing: AllowMissing = False,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Leave out what the model was trained or tuned on.")
    ] = False,
    include_dev: Annotated[
        bool, typer.Option("--include-dev", help="Take the sentences that thresholds were tuned on, too.")
    ] = False,
    local_ids: Annotated[
        bool, typer.Option("--local-ids", help="The same document ids stand for other documents than in training.")
    ] = False,
    no_text: Annotated[bool, typer.Option("--no-text", help="Write ids and labels, no sentences.")] = False,
    draws: Annotated[int, typer.Option("--draws", help="How many times names never seen are drawn.")] = 3,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed draws other names and typos.")] = 0,
    device: Device = "auto",
    precision: Precision = "auto",
) -> None:
    """Swap the names in sentences, change their looks, and say how often the answers of a model change."""
    from counterframe.inference.audit import audit as run
    from counterframe.inference.engines import check_precision
    from counterframe.models.device import check_device

    found = run(
        data,
        out,
        model=model,
        device=check_device(device),
        precision=check_precision(precision),
        swaps=swaps,
        names=names,
        texts=texts or (),
        allow_missing=allow_missing,
        held_out=held_out,
        local_ids=local_ids,
        tuned=include_dev,
        with_text=not no_text,
        draws=draws,
        seed=seed,
        say=say,
    )
    _print(found)
    typer.echo(f"written: {out / 'audit.md'}, {out / 'audit.json'}")


def _print(audit: Audit) -> None:
    from rich.console import Console
    from rich.table import Table

    from counterframe.evaluation.audit import percent
    from counterframe.evaluation.audit_report import bar_rows, flip_rows

    accuracy = [
        [swap.title, *(f"{percent(swap.before[name])} → {percent(swap.after[name])}" for name in swap.before)]
        for swap in audit.swaps
    ]
    console = Console(width=None if sys.stdout.isatty() else 140)
    for title, header, rows in (
        ("Bars", ["", "limit", "measured", ""], bar_rows(audit)),
        ("Accuracy, before → after", ["", "pair F1", "frame F1"], accuracy),
        ("Flips", ["change", "sentences", "any", "frames", "primary frame", "stances"], flip_rows(audit)),
    ):
        table = Table(title=title, title_justify="left")
        for number, name in enumerate(header):
            table.add_column(name, justify="left" if number == 0 else "right")
        for row in rows:
            table.add_row(*(cell.replace("[", "\\[") for cell in row))
        console.print(table)
    for note in audit.notes():
        typer.echo(f"mind: {note}")
