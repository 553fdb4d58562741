"""``counterframe info``: what a bug report needs."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from counterframe.cli_options import SOME_FAILED

__all__ = ["info"]


def info(
    model: Annotated[
        str | None, typer.Option("--model", help="Model folder to tell of beside the shipped model.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the same as one JSON object.")] = False,
) -> None:
    """Say what a bug report needs: versions, machine, engine, encoder, models and their figures."""
    from counterframe.inference.info import gather_info
    from counterframe.inference.info_text import info_text

    found = gather_info(model)
    typer.echo(json.dumps(found.to_dict(), indent=1) if as_json else info_text(found))
    if model is not None and found.models[-1].problem is not None:
        raise typer.Exit(SOME_FAILED)
