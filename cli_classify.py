"""``counterframe classify``: the options of the command, and on what it is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from counterframe.cli_local import classify_here
from counterframe.cli_options import Device, Model, Precision
from counterframe.cli_ray import check_engine, classify_on_cluster
from counterframe.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["classify"]


def classify(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="File, folder, glob, table, or - for standard input.")
    ],
    out: Annotated[
        list[str],
        typer.Option(
            "--out",
            help="FILE.jsonl, .csv, .html (also with .gz, .zst, .bz2, .xz) or .parquet; the folder of a dataset; or -"
            " for JSON Lines to standard output; repeatable.",
            show_default=False,
        ),
    ],
    partition_by: Annotated[
        str | None,
        typer.Option(
            "--partition-by",
            help="Add the results to the dataset in the folder --out, parted by year, month or day of `date`.",
        ),
    ] = None,
    model: Model = "default",
    device: Device = "auto",
    precision: Precision = "auto",
    unit: Annotated[
        str, typer.Option("--unit", help="document: clean and split; sentence: each row or line is one sentence.")
    ] = "document",
    text_column: Annotated[str, typer.Option("--text-column", help="Column of a table that holds the text.")] = "text",
    min_confidence: Annotated[
        float | None,
        typer.Option("--min-confidence", min=0, max=1, help="Mark answers below this probability as unsure."),
    ] = None,
    min_precision: Annotated[
        list[str] | None,
        typer.Option(
            "--min-precision",
            metavar="[FRAME=]SHARE",
            help="Mark answers as unsure that were right less often on held-out sentences: 0.9 for all, FRAME=0.9 for"
            " one frame, none=0.9 where no frame is found; repeatable.",
        ),
    ] = None,
    seconds_per_file: Annotated[
        float, typer.Option("--seconds-per-file", min=1, max=86_400, help="Give a document up after this time.")
    ] = 60.0,
    resume: Annotated[
        bool | None,
        typer.Option(
            "--resume/--no-resume",
            help="Go on where a run was cut off, or classify only what is new since the last run with --resume;"
            " --no-resume forgets what is kept of them.",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            "--engine", help="local: this machine; ray: a Ray cluster, from tables anywhere into a new folder --out."
        ),
    ] = "local",
    form: Annotated[
        str | None, typer.Option("--form", help="Form of the parts with --engine ray: parquet (default) or jsonl.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Workers with --engine ray; one a CPU, or a GPU, by default."),
    ] = None,
) -> None:
    """Classify releases sentence by sentence; what cannot be read is named, and listed beside the results."""
    ray = check_engine(engine) == "ray"
    if ray and partition_by:
        raise UsageError("--partition-by: a cluster writes a part for each piece of its tables; leave it away")
    if not ray and (form is not None or workers is not None):
        option = "--workers" if form is None else "--form"
        raise UsageError(f"{option} is for --engine ray; on this machine the ending of --out says the form")
    from counterframe.inference.engines import check_precision
    from counterframe.models.device import check_device

    options = {
        "device": check_device(device),
        "precision": check_precision(precision),
        "min_confidence": min_confidence,
        "min_precision": _targets(min_precision or ()),
    }
    chosen_unit = _check_unit(unit)
    if ray:
        classify_on_cluster(
            inputs,
            out,
            model=model,
            options=options,
            unit=chosen_unit,
            text_column=text_column,
            form=form or "parquet",
            workers=workers,
            resume=resume,
        )
    else:
        classify_here(
            inputs,
            out,
            model=model,
            options=options,
            unit=chosen_unit,
            text_column=text_column,
            partition_by=partition_by,
            seconds_per_file=seconds_per_file,
            resume=resume,
        )


def _targets(given: Sequence[str]) -> dict[str, float]:
    """Return the target precisions by label; ``*`` stands for all labels that are not named."""
    targets: dict[str, float] = {}
    for text in given:
        label, equals, share = text.rpartition("=")
        label = label if equals else "*"
        try:
            target = float(share)
        except ValueError as error:
            raise UsageError(f"--min-precision {text!r}: write a share such as 0.9, or FRAME=0.9") from error
        if label in targets:
            raise UsageError(f"--min-precision {text!r}: it was given before, as {targets[label]:g}")
        targets[label] = target
    return targets


def _check_unit(unit: str) -> Literal["document", "sentence"]:
    if unit == "document":
        return "document"
    if unit == "sentence":
        return "sentence"
    raise UsageError(f"--unit {unit!r}: choose document or sentence")
