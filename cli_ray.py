"""``counterframe classify --engine ray``: tables anywhere in, a folder of results anywhere out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import typer

from counterframe.cli_options import INTERRUPTED, SOME_FAILED, say
from counterframe.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["check_engine", "classify_on_cluster"]

#: Failures that are printed; all of them stand in the folder.
_SHOWN = 20


def check_engine(name: str) -> Literal["local", "ray"]:
    """Return *name* if it is an engine.

    Raises:
        UsageError: It is not; the message names the nearest one.
    """
    if name == "local":
        return "local"
    if name == "ray":
        return "ray"
    raise UsageError(f"--engine {name!r}: there is no such engine{nearest(name, ('local', 'ray'))}")


def classify_on_cluster(
    inputs: Sequence[str],
    out: Sequence[str],
    *,
    model: str,
    options: Mapping[str, Any],
    unit: Literal["document", "sentence"],
    text_column: str,
    form: str,
    workers: int | None,
    resume: bool | None,
) -> None:
    """Classify on a Ray cluster, and print what came of it.

    Raises:
        UsageError: Ray is not installed, or an input or the folder is not as it must be.
    """
    from counterframe.inference.distributed.job import classify_on_ray
    from counterframe.progress import Progress

    if len(out) != 1 or out[0] == "-":
        raise UsageError("--engine ray writes into one folder; give --out once, with its path or address")
    if resume is False:
        raise UsageError("--no-resume: what stands in a folder of a cluster is never emptied; name a new folder")
    try:
        with Progress("classifying", total=None, unit="sentences") as progress:
            outcome = classify_on_ray(
                inputs,
                out[0],
                form=form,
                model=model,
                options=options,
                unit=unit,
                text_column=text_column,
                workers=workers,
                resume=bool(resume),
                on_progress=progress.advance,
                on_notice=progress.note,
            )
    except KeyboardInterrupt as interruption:
        say(f"interrupted; what is done stands in {out[0]}, and --resume goes on from there")
        raise typer.Exit(INTERRUPTED) from interruption
    counts = outcome.counts
    typer.echo(
        f"{counts['documents']} document(s), {counts['sentences']} sentences read, {counts['boilerplate']} pieces of"
        f" boilerplate set aside\n{counts['framed']} sentences with a frame,"
        f" {counts['sentences'] - counts['framed'] - counts['unsure']} without one, {counts['unsure']} unsure"
    )
    typer.echo(f"written: {out[0]} ({outcome.pieces} pieces, {outcome.done_before} of them by an earlier run)")
    for notice in outcome.notices[:_SHOWN]:
        say(notice)
    for reason, count in sorted(outcome.left_out.items()):
        say(f"left out on purpose: {count} × {reason}")
    for failure in outcome.failures[:_SHOWN]:
        say(f"  failed: {failure}")
    if outcome.failures or outcome.left_out:
        say(f"all of them with their reasons: {out[0]}/_counterframe/left-out.jsonl and failures/")
    if not outcome.complete:
        say("not all is done: --resume does the rest")
    if outcome.failures or not outcome.complete or not counts["sentences"]:
        raise typer.Exit(SOME_FAILED)
