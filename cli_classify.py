"""``counterframe classify``: releases in, results and what could not be read out."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from counterframe.cli_failures import print_failures, told
from counterframe.cli_options import INTERRUPTED, SOME_FAILED, Device, Model, Precision, say
from counterframe.cli_ray import check_engine, classify_on_cluster
from counterframe.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from counterframe.data.codebook import Codebook
    from counterframe.data.types import Release, Result
    from counterframe.inference.forms.dataset import PartitionBy
    from counterframe.inference.journal import Journal
    from counterframe.inference.writers import Outputs

__all__ = ["classify"]

#: Names standard output among the outputs.
_STDOUT = Path("-")
#: Languages that are counted one by one.
_LANGUAGES = 20


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
    if check_engine(engine) == "ray":
        from counterframe.inference.engines import check_precision

        if partition_by:
            raise UsageError("--partition-by: a cluster writes a part for each piece of its tables; leave it away")
        options = {
            "device": device,
            "precision": check_precision(precision),
            "min_confidence": min_confidence,
            "min_precision": _targets(min_precision or ()),
        }
        classify_on_cluster(
            inputs,
            out,
            model=model,
            options=options,
            unit=_check_unit(unit),
            text_column=text_column,
            form=form or "parquet",
            workers=workers,
            resume=resume,
        )
        return
    if form is not None or workers is not None:
        option = "--workers" if form is None else "--form"
        raise UsageError(f"{option} is for --engine ray; on this machine the ending of --out says the form")
    from counterframe.data.failures import FailureLog
    from counterframe.data.readers.source import Limits
    from counterframe.data.releases import read_releases
    from counterframe.evaluation.summary import Summary
    from counterframe.inference.bulk import Done, classify_into, run_settings
    from counterframe.inference.classifier import Classifier
    from counterframe.inference.engines import check_precision
    from counterframe.inference.forms.lines import stream_lines
    from counterframe.inference.journal import Journal
    from counterframe.inference.writers import Outputs
    from counterframe.models.device import check_device
    from counterframe.progress import Progress

    paths = list(dict.fromkeys(map(Path, out)))
    targets = _targets(min_precision or ())
    if _STDOUT in paths and (len(paths) > 1 or partition_by):
        raise UsageError("--out - writes to standard output alone; name files in a run of their own, or pipe it to tee")
    if paths == [_STDOUT] and resume is not None:
        raise UsageError("--resume and --no-resume are for files: what went to standard output is not kept")
    outputs = None if paths == [_STDOUT] else Outputs(paths, _check_partition(partition_by))
    log = FailureLog(None if outputs is None else _check_outputs(paths, inputs))
    chosen_unit = _check_unit(unit)
    releases = read_releases(
        inputs,
        text_column=text_column,
        unit=chosen_unit,
        stdin=sys.stdin.buffer,
        outputs=[] if log.path is None else [*paths, log.path],
        limits=Limits(seconds=seconds_per_file),
        on_failure=log.add if outputs else told(log),
        on_notice=say,
    )
    classifier = Classifier.load(
        model,
        device=check_device(device),
        precision=check_precision(precision),
        min_confidence=min_confidence,
        min_precision=targets,
    )
    for label, curve in classifier.unreached.items():
        say(
            f"mind: {label} is always marked as unsure: {curve.right} of {curve.answered} such answers were right on"
            f" held-out sentences, and no score promises the precision asked for (at most {curve.highest:g})"
        )
    summary, languages = Summary(classifier.codebook), _Languages(classifier.codebook)
    done, journal = Done(), None
    try:
        if outputs is None:
            with log, Progress("classifying", total=None, unit="sentences") as progress:

                def watched() -> Generator[Result, None, None]:
                    for result in classifier.classify_releases(languages.watch(releases), unit=chosen_unit):
                        progress.advance()
                        summary.add(result)
                        yield result

                # Closed at once where nobody reads on, so that the model stops.
                with closing(watched()) as results:
                    done.sentences = stream_lines(results, sys.stdout.buffer)
        else:
            settings = run_settings(classifier, chosen_unit)
            journal = Journal(outputs.first, settings, inputs=inputs, resume=resume, say=say)
            with journal:
                with outputs, log, Progress("classifying", total=None, unit="sentences") as progress:
                    done = classify_into(
                        classifier,
                        languages.watch(releases),
                        outputs,
                        journal,
                        unit=chosen_unit,
                        title=_title(inputs),
                        on_sentence=progress.advance,
                        on_row=summary.add_row,
                        before_writing=log.complete,
                    )
                if done.sentences:
                    journal.finish()
    except KeyboardInterrupt as interruption:
        say(
            "interrupted; what is done so far was printed"
            if journal is None
            else f"interrupted; {_left(journal)}, and results of earlier runs are as they were"
        )
        raise typer.Exit(INTERRUPTED) from interruption
    except OSError:
        if journal is not None and journal.committed:
            say(_left(journal))
        raise
    if done.taken_over:
        say(f"{done.taken_over:,} of {done.documents:,} documents were classified before and taken over")
    if not done.sentences:
        say("nothing was written: no sentence was read; results of earlier runs are as they were")
    elif outputs is None:  # standard output holds the results
        say(summary.to_text())
    else:
        typer.echo(summary.to_text())
        for line in _written(outputs):
            typer.echo(line)
    if foreign := languages.foreign:
        named = ", ".join(f"{count} × {language}" for language, count in sorted(foreign.items()))
        named += f" by their own statement; the codebook is for {languages.own!r}"
        say(f"mind: {named}, and answers on others mean nothing")
    print_failures(log)
    if log.failed or not done.sentences:
        raise typer.Exit(SOME_FAILED)


class _Languages:
    """Counts the releases that state another language than that of the codebook."""

    def __init__(self, codebook: Codebook) -> None:
        self.own = codebook.language
        self.foreign: Counter[str] = Counter()

    def watch(self, releases: Iterable[Release]) -> Iterator[Release]:
        for release in releases:
            stated = str(release.meta.get("language") or self.own).lower()
            if not stated.startswith(self.own):
                named = stated in self.foreign or len(self.foreign) < _LANGUAGES
                self.foreign[stated if named else "others"] += 1
            yield release


def _left(journal: Journal) -> str:
    """Return what is there of a run that did not end well."""
    if not journal.committed:
        return "nothing was written"
    return f"{journal.committed:,} sentences are done and kept: the same command with --resume goes on behind them"


def _title(inputs: Sequence[str]) -> str:
    from counterframe.data.readers.source import display_name

    return ", ".join(display_name(Path(name).name) if name != "-" else "standard input" for name in inputs)


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


def _check_partition(given: str | None) -> PartitionBy | None:
    if given is None:
        return None
    if given == "year":
        return "year"
    if given == "month":
        return "month"
    if given == "day":
        return "day"
    raise UsageError(f"--partition-by {given!r}: choose year, month or day")


def _check_outputs(out: Sequence[Path], inputs: Sequence[str]) -> Path:
    """Return where failures are listed, if the outputs, which can be written each, go with that and the inputs."""
    from counterframe.data.failures import failures_path
    from counterframe.inference.forms.outputs import is_dataset_output

    for folder in (path.resolve() for path in out if is_dataset_output(path, "month")):
        for name in inputs:
            if name != "-" and Path(name).resolve().is_relative_to(folder):
                raise UsageError(f"--out {folder}: the input {name} lies in the dataset that would be written")
    listed = failures_path(out[0])
    if any(path.resolve() == listed.resolve() for path in out):
        raise UsageError(f"--out {listed} is where what cannot be read will be listed; choose another name")
    return listed


def _written(outputs: Outputs) -> Iterator[str]:
    """Yield what is said of each output."""
    from counterframe.data.readers.source import display_name

    for path in outputs.paths:
        yield f"written: {display_name(path)}"
        if count := outputs.replaced.get(path):
            yield f"  {count:,} document(s) of this name were in it already; their results were replaced"


def _check_unit(unit: str) -> Literal["document", "sentence"]:
    if unit == "document":
        return "document"
    if unit == "sentence":
        return "sentence"
    raise UsageError(f"--unit {unit!r}: choose document or sentence")
