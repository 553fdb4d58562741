"""``counterframe evaluate``: measure a model, and print the overall figures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterframe.cli_options import AllowMissing, Data, Device, Model, Precision, Texts

if TYPE_CHECKING:
    from counterframe.evaluation.report import Evaluation

__all__ = ["evaluate", "print_evaluation"]


def evaluate(
    data: Data,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for report.html, report.md, metrics.json and predictions.jsonl.")
    ],
    model: Model = "default",
    slices: Annotated[
        list[str] | None,
        typer.Option("--slice", help="Give the figures for each value of this column of the data, too; repeatable."),
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Model folder or predictions (JSONL) to compare with.")
    ] = None,
    readers: Annotated[
        list[Path] | None,
        typer.Option("--reader", help="Labels of the same ids by another reader: human agreement; repeatable."),
    ] = None,
    audit: Annotated[
        Path | None, typer.Option("--audit", help="What `counterframe audit` wrote of this model, for the report.")
    ] = None,
    texts: Texts = None,
    allow_missing: AllowMissing = False,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Measure on the part of the data that training kept back.")
    ] = False,
    local_ids: Annotated[
        bool, typer.Option("--local-ids", help="The same document ids stand for other documents than in training.")
    ] = False,
    no_text: Annotated[
        bool, typer.Option("--no-text", help="Write ids and offsets only: no word of the sentences.")
    ] = False,
    rounds: Annotated[int, typer.Option("--rounds", help="Bootstrap rounds of the intervals; 0 leaves them out.")] = (
        1000
    ),
    device: Device = "auto",
    precision: Precision = "auto",
) -> None:
    """Measure a model on labelled sentences that it was not trained on."""
    from counterframe.evaluation.report import FILES
    from counterframe.inference.engines import check_precision
    from counterframe.inference.evaluate import evaluate as run
    from counterframe.models.device import check_device

    evaluation = run(
        data,
        out,
        model=model,
        device=check_device(device),
        precision=check_precision(precision),
        texts=texts or (),
        allow_missing=allow_missing,
        held_out=held_out,
        local_ids=local_ids,
        slices=slices or (),
        against=against,
        readers=readers or (),
        audit=audit,
        show_text=not no_text,
        rounds=rounds,
    )
    print_evaluation(evaluation, ", ".join(evaluation.data))
    typer.echo(f"written: {', '.join(str(out / name) for name in reversed(FILES))}")


def print_evaluation(evaluation: Evaluation, what: str) -> None:
    """Print the overall figures, the comparison and the readers' agreement, and what to mind."""
    from rich.console import Console
    from rich.table import Table

    from counterframe.evaluation.report import against_table, human_line, overall_table

    console = Console(width=None if sys.stdout.isatty() else 120)

    def show(title: str, headers: list[str], rows: list[list[str]]) -> None:
        table = Table(title=title.replace("[", "\\["), title_justify="left")
        for number, header in enumerate(headers):
            table.add_column(header.replace("[", "\\["), justify="left" if number == 0 else "right")
        for row in rows:
            table.add_row(*(cell.replace("[", "\\[") for cell in row))
        console.print(table)

    headers = ["", "model [95 % interval]", *evaluation.baselines, "support"]
    show(f"{evaluation.metrics.sentences} sentences: {what}", headers, overall_table(evaluation))
    if evaluation.against is not None:
        title = f"against {evaluation.against.other}, on the same sentences"
        show(title, ["", "model − other [95 % interval]", "p", "support"], against_table(evaluation))
    if evaluation.human is not None:
        typer.echo(human_line(evaluation.human))
    for note in evaluation.notes():
        typer.echo(f"mind: {note}")
