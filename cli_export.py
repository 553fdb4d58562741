"""``counterframe export``: a model folder whose graph is made anew and compared with the weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterframe.errors import UsageError

__all__ = ["export"]


def export(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Model folder; `default` is the shipped model.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write; must not exist, or be empty.")],
    precision: Annotated[
        str, typer.Option("--precision", help="float32, or int8 for faster answers on a CPU that differ now and then.")
    ] = "float32",
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", help="Labelled sentences to compare on; some of the shipped corpus by default."),
    ] = None,
) -> None:
    """Make the graph of a model anew from its weights, and write it only if both give the same answers."""
    from counterframe.inference.engines import check_precision

    chosen = check_precision(precision)
    if chosen not in ("float32", "int8"):
        raise UsageError(f"--precision {precision}: a graph for CPUs is made in float32 or int8")

    from counterframe.inference.export import export as run

    found = run(model, out, precision=chosen, data=data or ())
    typer.echo(found.to_text())
    typer.echo(f"written: {out}")
