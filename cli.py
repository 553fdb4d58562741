"""The command line. Each command is thin: it reads options, calls one function of the API, and prints.

Nothing heavy is imported before a command needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from counterframe.cli_data import data_app
from counterframe.cli_info import info
from counterframe.cli_options import INTERRUPTED, SOME_FAILED, WRONG_USE, AllowMissing, CodebookName, Texts, say
from counterframe.errors import CounterframeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from counterframe.data.types import Result

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

_Data = Annotated[
    list[Path], typer.Option("--data", help="Labelled file or folder (JSONL, CSV, Parquet, datasets); repeatable.")
]
_Device = Annotated[str, typer.Option("--device", help="auto, cuda, mps or cpu.")]
_Model = Annotated[str, typer.Option("--model", help="Model folder; the shipped model by default.")]


@app.command()
def train(
    data: _Data,
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
    device: _Device = "auto",
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
        _print_evaluation(evaluation, "held-out part")
    if (out / "config.json").is_file():
        typer.echo(f"model: {out}")


@app.command()
def classify(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="File, folder, glob, table, or - for standard input.")
    ],
    out: Annotated[
        list[Path], typer.Option("--out", help="FILE.jsonl, .csv, .parquet or .html; repeatable.", show_default=False)
    ],
    model: _Model = "default",
    device: _Device = "auto",
    unit: Annotated[
        str, typer.Option("--unit", help="document: clean and split; sentence: each row or line is one sentence.")
    ] = "document",
    text_column: Annotated[str, typer.Option("--text-column", help="Column of a table that holds the text.")] = "text",
    min_confidence: Annotated[
        float | None,
        typer.Option("--min-confidence", min=0, max=1, help="Mark answers below this probability as unsure."),
    ] = None,
    seconds_per_file: Annotated[
        float, typer.Option("--seconds-per-file", min=1, max=86_400, help="Give a document up after this time.")
    ] = 60.0,
) -> None:
    """Classify releases sentence by sentence; what cannot be read is listed in FILE.failures.jsonl."""
    from counterframe.data.failures import FailureLog, failures_path
    from counterframe.data.output import check_output
    from counterframe.data.readers.source import Limits, display_name
    from counterframe.data.releases import read_releases
    from counterframe.evaluation.summary import Summary
    from counterframe.inference.classifier import Classifier
    from counterframe.inference.writers import FORMATS, write_results
    from counterframe.models.device import check_device
    from counterframe.progress import Progress

    out = list(dict.fromkeys(out))
    for path in out:
        check_output(path, tuple(FORMATS))
    chosen_unit = _check_unit(unit)
    log = FailureLog(failures_path(out[0]))
    if any(path.resolve() == log.path.resolve() for path in out):
        raise UsageError(f"--out {log.path} is where what cannot be read will be listed; choose another name")
    releases = read_releases(
        inputs,
        text_column=text_column,
        unit=chosen_unit,
        stdin=sys.stdin.buffer,
        outputs=[*out, log.path],
        limits=Limits(seconds=seconds_per_file),
        on_failure=log.add,
        on_notice=say,
    )
    classifier = Classifier.load(model, device=check_device(device), min_confidence=min_confidence)
    summary = Summary(classifier.codebook)
    try:
        with log, Progress("classifying", total=None, unit="sentences") as progress:

            def watched(results: Iterable[Result]) -> Iterator[Result]:
                for result in results:
                    progress.advance()
                    summary.add(result)
                    yield result
                log.complete()

            count = write_results(
                watched(classifier.classify_releases(releases, unit=chosen_unit)),
                out,
                codebook=classifier.codebook,
                title=", ".join(display_name(Path(name).name) if name != "-" else "standard input" for name in inputs),
                model=classifier.checkpoint.name,
            )
    except KeyboardInterrupt as interruption:
        say("interrupted; nothing was written, and results of earlier runs are as they were")
        raise typer.Exit(INTERRUPTED) from interruption
    if count:
        typer.echo(summary.to_text())
        for path in out:
            typer.echo(f"written: {display_name(path)}")
    else:
        say("nothing was written: no sentence was read")
    _print_failures(log)
    if log.failed or not count:
        raise typer.Exit(SOME_FAILED)


@app.command()
def evaluate(
    data: _Data,
    out: Annotated[Path, typer.Option("--out", help="Folder for metrics.json, predictions.jsonl and report.md.")],
    model: _Model = "default",
    texts: Texts = None,
    allow_missing: AllowMissing = False,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Measure on the part of the data that training kept back.")
    ] = False,
    local_ids: Annotated[
        bool, typer.Option("--local-ids", help="The same document ids stand for other documents than in training.")
    ] = False,
    device: _Device = "auto",
) -> None:
    """Measure a model on labelled sentences that it was not trained on."""
    from counterframe.inference.evaluate import evaluate as run
    from counterframe.models.device import check_device

    evaluation = run(
        data,
        out,
        model=model,
        device=check_device(device),
        texts=texts or (),
        allow_missing=allow_missing,
        held_out=held_out,
        local_ids=local_ids,
    )
    _print_evaluation(evaluation, ", ".join(evaluation.data))
    typer.echo(f"written: {out / 'report.md'}, {out / 'metrics.json'}, {out / 'predictions.jsonl'}")


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


def _print_failures(log: Any) -> None:
    if log.left_out:
        kinds = ", ".join(f"{count} × {kind}" for kind, count in sorted(log.left_out.items()))
        say(f"left out on purpose: {kinds}")
    if log.failed:
        say(f"{log.failed} input(s) failed:")
        for failure in log.shown:
            say(f"  {_printable(str(failure))}")
        if log.failed > len(log.shown):
            say(f"  … and {log.failed - len(log.shown)} more")
    if log.left_out or log.failed:
        from counterframe.data.readers.source import display_name

        say(f"all of them with their reasons: {display_name(log.path)}")


def _printable(text: str) -> str:
    """Return *text* without what a terminal obeys: names of files may hold anything."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)


def _check_unit(unit: str) -> Literal["document", "sentence"]:
    if unit == "document":
        return "document"
    if unit == "sentence":
        return "sentence"
    raise UsageError(f"--unit {unit!r}: choose document or sentence")


def _print_evaluation(evaluation: Any, what: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from counterframe.evaluation.report import overall_table

    table = Table(title=f"{evaluation.metrics.sentences} sentences: {what}", title_justify="left")
    for number, header in enumerate(["", "model [95 % interval]", *evaluation.baselines, "support"]):
        table.add_column(header, justify="left" if number == 0 else "right")
    for row in overall_table(evaluation):
        table.add_row(*(cell.replace("[", "\\[") for cell in row))
    width = None if sys.stdout.isatty() else 120
    Console(width=width).print(table)
    for note in evaluation.notes():
        typer.echo(f"mind: {note}")


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
        sys.exit(SOME_FAILED)
    except OSError as error:  # a place that cannot be written, a full disk
        place = f"{error.filename}: " if error.filename else ""
        say(f"error: {place}{error.strerror or error}; nothing half-written was left under its final name")
        sys.exit(WRONG_USE)


if __name__ == "__main__":
    main()
