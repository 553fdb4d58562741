"""The command line. Each command is thin: it reads options, calls one function of the API, and prints.

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from counterframe.cli_audit import audit
from counterframe.cli_classify import classify
from counterframe.cli_compare import compare
from counterframe.cli_data import data_app
from counterframe.cli_evaluate import evaluate, print_evaluation
from counterframe.cli_export import export
from counterframe.cli_info import info
from counterframe.cli_options import (
    INTERRUPTED,
    SOME_FAILED,
    WRONG_USE,
    AllowMissing,
    CodebookName,
    Data,
    Device,
    Texts,
    say,
)
from counterframe.cli_report import report
from counterframe.errors import CounterframeError, UsageError

__all__ = ["app", "main"]

app = typer.Typer(
    help="How a dispute is told: the frames a sentence evokes, the stance its source takes on each, and the source.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from counterframe import __version__

        typer.echo(f"counterframe {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    pass


codebook_app = typer.Typer(help="Look at codebooks.", no_args_is_help=True)
app.add_typer(codebook_app, name="codebook")
app.add_typer(data_app, name="data")


@app.command()
def train(
    data: Data,
    out: Annotated[Path, typer.Option("--out", help="Model folder to write.")],
    config: Annotated[
        str | None, typer.Option("--config", help="YAML file with settings; see configs/train/default.yaml.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A single setting, section.key=value; repeatable.")
    ] = None,
    codebook: CodebookName = None,
    texts: Texts = None,
    allow_missing: AllowMissing = False,
    device: Device = "auto",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was cut off.")] = False,
) -> None:
    """Train a model on labelled sentences and write a complete model folder."""
    from counterframe.data.codebook import load_codebook
    from counterframe.models.device import check_device
    from counterframe.training.config import load_train_config

    # A slip in an option is found before torch is imported, which takes seconds.
    settled = load_train_config(config, settings or ())
    book = load_codebook(codebook)
    chosen = check_device(device)
    for path in data:
        if not path.exists():
            raise UsageError(f"--data {path}: no such file or folder")

    from counterframe.training.run import train as run

    try:
        evaluation = run(
            data,
            out,
            codebook=book,
            config=settled,
            texts=texts or (),
            allow_missing=allow_missing,
            device=chosen,
            resume=resume,
            say=say,
        )
    except KeyboardInterrupt as interruption:
        say("interrupted; the same command with --resume goes on from the last finished epoch")
        raise typer.Exit(INTERRUPTED) from interruption
    if evaluation is not None:
        print_evaluation(evaluation, "held-out part")
    if (out / "config.json").is_file():
        typer.echo(f"model: {out}")


app.command()(classify)
app.command()(compare)
app.command()(evaluate)
app.command()(audit)
app.command()(report)
app.command()(export)
app.command()(info)


@codebook_app.command("check")
def codebook_check(file: Annotated[str, typer.Argument(metavar="FILE", help="Codebook file or shipped name.")]) -> None:
    """Check a codebook and say what it holds."""
    from counterframe.data.codebook import load_codebook

    book = load_codebook(file)
    typer.echo(
        f"{book.name} version {book.version}: {len(book.frames)} frame(s), {len(book.stances)} stance(s), digest"
        f" {book.digest}"
    )
    lacking = [name for name, frame in book.frames.items() if frame.not_ is None]
    if lacking and len(book.frames) > 1:
        typer.echo(f"hint: no `not` line, which tells near frames apart: {', '.join(lacking)}")


@codebook_app.command("show")
def codebook_show(file: Annotated[str, typer.Argument(metavar="FILE", help="Codebook file or shipped name.")]) -> None:
    """Print the frames and stances of a codebook."""
    from counterframe.data.codebook import load_codebook

    book = load_codebook(file)
    blocks = [f"{book.name} version {book.version} ({book.language})", book.description]
    for name, frame in book.frames.items():
        rest = f"\n  not: {frame.not_}" if frame.not_ else ""
        blocks.append(f"{frame.title} [{name}]\n  {frame.definition}{rest}")
    blocks += [f"stance {name}\n  {meaning}" for name, meaning in book.stances.items()]
    typer.echo("\n\n".join(block for block in blocks if block))


def main() -> None:
    """Run the command line; errors that are foreseen end with one message and exit code 2."""
    # The hub is asked only on request, and the tokenizers are used from threads of our own.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        app()
    except CounterframeError as error:
        say(f"error: {error}")
        sys.exit(WRONG_USE)
    except BrokenPipeError:
        # Python brings the rest of standard output out once more when it ends, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(SOME_FAILED)
    except OSError as error:  # a place that cannot be written, a full disk
        place = f"{error.filename}: " if error.filename else ""
        say(f"error: {place}{error.strerror or error}; nothing half-written was left under its final name")
        sys.exit(WRONG_USE)


if __name__ == "__main__":
    main()
