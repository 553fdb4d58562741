"""``counterframe compare``: how several texts or publishers tell the same events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from counterframe.cli_options import INTERRUPTED, SOME_FAILED, Device, Model, say
from counterframe.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["compare"]

_ENDINGS = (".html", ".json", ".csv")


def compare(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...", help="Each a telling: file, folder or glob of releases, or results that classify wrote."
        ),
    ],
    out: Annotated[list[Path], typer.Option("--out", help="FILE.html, .json or .csv; repeatable.", show_default=False)],
    by: Annotated[
        str | None,
        typer.Option("--by", help="Pool all inputs and group them by this column: publisher, date or another one."),
    ] = None,
    model: Model = "default",
    device: Device = "auto",
    unit: Annotated[
        str, typer.Option("--unit", help="document: clean and split; sentence: each row or line is one sentence.")
    ] = "document",
    text_column: Annotated[str, typer.Option("--text-column", help="Column of a table that holds the text.")] = "text",
    period: Annotated[
        str | None, typer.Option("--period", help="week or month, for the series over time; chosen by default.")
    ] = None,
    min_confidence: Annotated[
        float | None,
        typer.Option("--min-confidence", min=0, max=1, help="Mark answers below this probability as unsure."),
    ] = None,
    aligned: Annotated[
        bool, typer.Option("--aligned/--no-aligned", help="Find the nearest sentence of each other telling.")
    ] = True,
) -> None:
    """Compare how texts tell the same events: who asserts, rejects, leaves out which frame; who says what."""
    from counterframe.data.failures import FailureLog, failures_path
    from counterframe.data.output import check_output
    from counterframe.data.readers.source import display_name
    from counterframe.evaluation.comparing.summary import summary
    from counterframe.inference.compare import compare as run
    from counterframe.models.device import check_device

    out = list(dict.fromkeys(out))
    forms = {path: check_output(path, _ENDINGS) for path in out}
    chosen_unit, chosen_period = _check_unit(unit), _check_period(period)
    writers = {ending: _writer(ending) for ending in forms.values()}
    listed = failures_path(out[0])
    log = FailureLog(listed)
    problem: UsageError | None = None
    try:
        with log:
            try:
                comparison = run(
                    inputs,
                    by=by,
                    model=model,
                    device=check_device(device),
                    unit=chosen_unit,
                    text_column=text_column,
                    period=chosen_period,
                    min_confidence=min_confidence,
                    aligned=aligned,
                    outputs=[*out, listed],
                    on_failure=log.add,
                    progress=True,
                )
            except UsageError as error:
                if not log.failed:
                    raise
                problem = error  # what could not be read is why, and is listed
            else:
                log.complete()
                _write(comparison.to_dict(), forms, writers)
    except KeyboardInterrupt as interruption:
        say("interrupted; nothing was written, and results of earlier runs are as they were")
        raise typer.Exit(INTERRUPTED) from interruption
    if problem is None:
        typer.echo(summary(comparison.to_dict()))
        for path in forms:
            typer.echo(f"written: {display_name(path)}")
    else:
        say(f"nothing was written: {problem}")
    from counterframe.cli_failures import print_failures

    print_failures(log)
    if log.failed:
        raise typer.Exit(SOME_FAILED)


def _write(content: Mapping[str, Any], forms: Mapping[Path, str], writers: Mapping[str, Any]) -> None:
    """Write all outputs; each appears under its name only when all are complete."""
    from counterframe.data.output import beside

    partials = {path: beside(path, ".partial", hidden=True) for path in forms}
    try:
        for path, partial in partials.items():
            writers[forms[path]](content, partial)
        for path, partial in partials.items():
            partial.replace(path)
    finally:
        for partial in partials.values():
            partial.unlink(missing_ok=True)


def _writer(ending: str) -> Callable[[Mapping[str, Any], Path], None]:
    """Return what writes a form, so that one that is missing is known before the work begins."""
    if ending == ".html":
        from counterframe.evaluation.compare_page import write_comparison_page

        return write_comparison_page
    if ending == ".csv":
        from counterframe.evaluation.comparing.table import write_csv

        return write_csv
    return _write_json


def _write_json(content: Mapping[str, Any], path: Path) -> None:
    import json

    with path.open("w", encoding="utf-8", errors="replace") as handle:
        json.dump(content, handle, ensure_ascii=False, allow_nan=False)
        handle.write("\n")


def _check_unit(unit: str) -> Literal["document", "sentence"]:
    if unit == "document":
        return "document"
    if unit == "sentence":
        return "sentence"
    raise UsageError(f"--unit {unit!r}: choose document or sentence")


def _check_period(period: str | None) -> Literal["week", "month"] | None:
    if period is None:
        return None
    if period == "week":
        return "week"
    if period == "month":
        return "month"
    raise UsageError(f"--period {period!r}: choose week or month")
