"""``counterframe data``: look at labelled data before a model learns from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterframe.cli_options import SOME_FAILED, AllowMissing, CodebookName, Labelled, Texts, say
from counterframe.errors import UsageError

if TYPE_CHECKING:
    from counterframe.data.codebook import Codebook
    from counterframe.data.labelled import LabelledData

__all__ = ["data_app"]

data_app = typer.Typer(help="Look at labelled data.", no_args_is_help=True)


@data_app.command("validate")
def data_validate(paths: Labelled, codebook: CodebookName = None, texts: Texts = None) -> None:
    """Check labelled data against a codebook and name every problem."""
    from counterframe.data.codebook import load_codebook
    from counterframe.data.labelled import check_labelled

    book = load_codebook(codebook)
    found = check_labelled(paths, book, texts=texts or ())
    for problem in found.problems:
        say(str(problem))
    for warning in found.warnings:
        say(f"mind: {warning}")
    framed = sum(bool(item.labels) for item in found.sentences)
    documents = len({item.doc for item in found.sentences})
    events = len({item.event for item in found.sentences})
    typer.echo(
        f"{len(found.sentences)} good sentences in {documents} documents and {events} events, {framed} with a frame,"
        f" {sum(item.source is not None for item in found.sentences)} with a source; {found.missing} without their"
        f" text; {len(found.problems)} problem(s)"
    )
    if not found.sentences and not found.problems:
        say("there is no labelled sentence in there")
    if found.problems or not found.sentences:
        raise typer.Exit(SOME_FAILED)


@data_app.command("stats")
def data_stats(
    paths: Labelled,
    codebook: CodebookName = None,
    texts: Texts = None,
    allow_missing: AllowMissing = False,
    out: Annotated[
        list[Path] | None, typer.Option("--out", help="FILE.html (a page with plots) or FILE.json; repeatable.")
    ] = None,
) -> None:
    """Count frames, stances, sources, lengths, publishers, balance between the sides, and repetition."""
    from counterframe.data.events import find_events
    from counterframe.data.output import check_output, write_json
    from counterframe.data.statistics import corpus_statistics
    from counterframe.evaluation.corpus_report import corpus_text, write_corpus_page
    from counterframe.evaluation.leakage import name_leakage

    for file in out or ():
        check_output(file, (".html", ".json"), inputs=[*paths, *(texts or ())])
    book, labelled = _read(paths, codebook, texts, allow_missing)
    events = find_events(paths)
    statistics = corpus_statistics(labelled.sentences, book, events=events, missing=labelled.missing)
    leakage: dict[str, float | None] = {}
    if events:
        try:
            leakage = name_leakage(labelled.sentences, book, events)
        except UsageError as error:
            say(f"mind: {error}")
    typer.echo(corpus_text(statistics, book, leakage))
    for file in out or ():
        if file.suffix.lower() == ".json":
            write_json(file, {**statistics.to_dict(), "name_leakage_auc": leakage})
        else:
            write_corpus_page(statistics, book, file, leakage)
        typer.echo(f"written: {file}")


@data_app.command("split")
def data_split(
    paths: Labelled,
    out: Annotated[Path, typer.Option("--out", help="FILE.json to write; train takes it as split.file.")],
    codebook: CodebookName = None,
    texts: Texts = None,
    allow_missing: AllowMissing = False,
    dev: Annotated[float, typer.Option("--dev", help="Share of the sentences to tune on.")] = 0.1,
    test: Annotated[float, typer.Option("--test", help="Share of the sentences to measure on.")] = 0.15,
    seed: Annotated[int, typer.Option("--seed", help="Another seed draws another split.")] = 13,
) -> None:
    """Draw a split by event in which every part has every frame and stance, where it can, and freeze it in a file."""
    from counterframe.data.output import check_output
    from counterframe.data.split_file import apply_split, balanced_split, missing_pairs, write_split

    if out.exists():
        raise UsageError(f"--out {out}: exists already; a frozen split is not redrawn. Choose another name")
    check_output(out, (".json",))
    book, labelled = _read(paths, codebook, texts, allow_missing)
    frozen = balanced_split(labelled.sentences, book, dev=dev, test=test, seed=seed)
    parts = apply_split(labelled.sentences, frozen)
    write_split(frozen, out)
    for name, items in (("train", parts.train), ("dev", parts.dev), ("test", parts.test)):
        events = len({item.event for item in items})
        typer.echo(f"{name:6}{len(items):6} sentences in {events} events or documents")
    for name, pairs in missing_pairs(parts, book).items():
        if pairs:
            say(f"mind: {name} lacks {', '.join(pairs)}")
    typer.echo(f"written: {out}")


@data_app.command("agreement")
def data_agreement(
    readings: Annotated[
        list[Path],
        typer.Argument(
            metavar="READER...",
            help="One file or folder of labels for each reader, or a single one with a column that names the reader.",
        ),
    ],
    codebook: CodebookName = None,
    texts: Texts = None,
    allow_missing: AllowMissing = False,
    column: Annotated[
        str | None,
        typer.Option("--reader-column", help="Column that names the reader (annotator, reader or coder by default)."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="FILE.json: the figures and the disputed sentences.")
    ] = None,
) -> None:
    """Compare the labels of two or more readers of the same sentences (matched by id)."""
    from counterframe.data.output import check_output, write_json
    from counterframe.data.readings import by_reader, reader_column, reader_names
    from counterframe.evaluation.agreement import agreement
    from counterframe.evaluation.corpus_report import agreement_text

    if out is not None:
        check_output(out, (".json",), inputs=[*readings, *(texts or ())])
    if len(readings) == 1:
        book, labelled = _read(readings, codebook, texts, allow_missing, readers=True, column=column)
        named = reader_column(labelled.sentences, column)
        if named is None:
            raise UsageError(
                "agreement needs the labels of at least two readers: name one file or folder for each, or one file with"
                " a column that names the reader (annotator, reader or coder; another one with --reader-column)"
            )
        held = by_reader(labelled.sentences, named)
    else:
        if column is not None:
            raise UsageError("--reader-column is for one file with several readers; here each file is a reader")
        held = {}
        for name, path in zip(reader_names(readings), readings, strict=True):
            book, labelled = _read([path], codebook, texts, allow_missing)
            held[name] = {item.id: item for item in labelled.sentences}
    found = agreement(held, book)
    typer.echo(agreement_text(found, book))
    for note in found.notes():
        say(f"mind: {note}")
    if out is not None:
        write_json(out, found.to_dict())
        typer.echo(f"written: {out}")


def _read(
    paths: list[Path],
    codebook: str | None,
    texts: list[Path] | None,
    allow_missing: bool,
    *,
    readers: bool = False,
    column: str | None = None,
) -> tuple[Codebook, LabelledData]:
    from counterframe.data.codebook import load_codebook
    from counterframe.data.labelled import read_labelled

    book = load_codebook(codebook)
    labelled = read_labelled(
        paths, book, texts=texts or (), allow_missing=allow_missing, readers=readers, reader_column=column
    )
    for warning in labelled.warnings:
        say(f"mind: {warning}")
    return book, labelled
