"""``counterframe report``: the page of an evaluation again, from its figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["report"]


def report(
    metrics: Annotated[Path, typer.Argument(metavar="METRICS.json", help="The metrics.json of an evaluation.")],
    out: Annotated[Path, typer.Option("--out", help="FILE.html to write.")],
) -> None:
    """Write the HTML page of an evaluation from its metrics.json."""
    from counterframe.data.output import check_output
    from counterframe.evaluation.report_page import read_facts, write_report

    check_output(out, (".html",), inputs=[metrics])
    write_report(read_facts(metrics), out)
    typer.echo(f"written: {out}")
