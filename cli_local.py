"""``counterframe classify`` on this machine: releases in, results and what could not be read out."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from counterframe.cli_failures import print_failures, told
from counterframe.cli_options import INTERRUPTED, SOME_FAILED, say
from counterframe.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from counterframe.data.codebook import Codebook
    from counterframe.data.failures import FailureLog
    from counterframe.data.types import Release, Result
    from counterframe.evaluation.summary import Summary
    from counterframe.inference.bulk import Done
    from counterframe.inference.classifier import Classifier
    from counterframe.inference.forms.dataset import PartitionBy
    from counterframe.inference.journal import Journal
    from counterframe.inference.writers import Outputs

__all__ = ["classify_here"]

#: Names standard output among the outputs.
_STDOUT = Path("-")
#: Languages that are counted one by one.
_LANGUAGES = 20


def classify_here(
    inputs: Sequence[str],
    out: Sequence[str],
    *,
    model: str,
    options: Mapping[str, Any],
    unit: Literal["document", "sentence"],
    text_column: str,
    partition_by: str | None,
    seconds_per_file: float,
    resume: bool | None,
) -> None:
    """Classify on this machine, and print what came of it.

    Raises:
        UsageError: An input or an output is not as it must be.
        typer.Exit: Some inputs failed, or the run was interrupted.
    """
    from counterframe.data.failures import FailureLog
    from counterframe.data.readers.source import Limits
    from counterframe.data.releases import read_releases
    from counterframe.evaluation.summary import Summary
    from counterframe.inference.classifier import Classifier

    outputs = _outputs(out, partition_by, resume)
    log = FailureLog(None if outputs is None else _check_outputs(outputs.paths, inputs))
    releases = read_releases(
        inputs,
        text_column=text_column,
        unit=unit,
        stdin=sys.stdin.buffer,
        outputs=[] if outputs is None or log.path is None else [*outputs.paths, log.path],
        limits=Limits(seconds=seconds_per_file),
        on_failure=log.add if outputs else told(log),
        on_notice=say,
    )
    classifier = Classifier.load(model, **options)
    for label, curve in classifier.unreached.items():
        say(
            f"mind: {label} is always marked as unsure: {curve.right} of {curve.answered} such answers were right on"
            f" held-out sentences, and no score promises the precision asked for (at most {curve.highest:g})"
        )
    languages = _Languages(classifier.codebook)
    run = _Run(inputs, classifier, languages.watch(releases), unit, log, Summary(classifier.codebook))
    done = run.to_stdout() if outputs is None else run.to_files(outputs, resume=resume)
    _tell(done, run.summary, outputs)
    languages.tell()
    print_failures(log)
    if log.failed or not done.sentences:
        raise typer.Exit(SOME_FAILED)


@dataclass(frozen=True)
class _Run:
    """What is classified, by what, and who keeps count."""

    inputs: Sequence[str]
    classifier: Classifier
    releases: Iterable[Release]
    unit: Literal["document", "sentence"]
    log: FailureLog
    summary: Summary

    def to_stdout(self) -> Done:
        """Write JSON Lines to standard output as they come."""
        from counterframe.inference.bulk import Done
        from counterframe.inference.forms.lines import stream_lines
        from counterframe.progress import Progress

        def watched(advance: Callable[[], None]) -> Generator[Result, None, None]:
            for result in self.classifier.classify_releases(self.releases, unit=self.unit):
                advance()
                self.summary.add(result)
                yield result

        try:
            with (
                self.log,
                Progress("classifying", total=None, unit="sentences") as progress,
                closing(watched(progress.advance)) as results,  # at once where nobody reads on, so that the model stops
            ):
                return Done(sentences=stream_lines(results, sys.stdout.buffer))
        except KeyboardInterrupt as interruption:
            say("interrupted; what is done so far was printed")
            raise typer.Exit(INTERRUPTED) from interruption

    def to_files(self, outputs: Outputs, *, resume: bool | None) -> Done:
        """Write *outputs*; what is done is kept in a journal beside them."""
        from counterframe.inference.bulk import classify_into, run_settings
        from counterframe.inference.journal import Journal
        from counterframe.progress import Progress

        settings = run_settings(self.classifier, self.unit)
        journal = Journal(outputs.first, settings, inputs=self.inputs, resume=resume, say=say)
        try:
            with journal:
                with outputs, self.log, Progress("classifying", total=None, unit="sentences") as progress:
                    done = classify_into(
                        self.classifier,
                        self.releases,
                        outputs,
                        journal,
                        unit=self.unit,
                        title=_title(self.inputs),
                        on_sentence=progress.advance,
                        on_row=self.summary.add_row,
                        before_writing=self.log.complete,
                    )
                if done.sentences:
                    journal.finish()
        except KeyboardInterrupt as interruption:
            say(f"interrupted; {_left(journal)}, and results of earlier runs are as they were")
            raise typer.Exit(INTERRUPTED) from interruption
        except OSError:
            if journal.committed:
                say(_left(journal))
            raise
        return done


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

    def tell(self) -> None:
        """Say which languages were stated that the codebook is not for."""
        if self.foreign:
            named = ", ".join(f"{count} × {language}" for language, count in sorted(self.foreign.items()))
            named += f" by their own statement; the codebook is for {self.own!r}"
            say(f"mind: {named}, and answers on others mean nothing")


def _outputs(out: Sequence[str], partition_by: str | None, resume: bool | None) -> Outputs | None:
    """Return the outputs; None stands for standard output."""
    from counterframe.inference.writers import Outputs

    paths = list(dict.fromkeys(map(Path, out)))
    if _STDOUT in paths and (len(paths) > 1 or partition_by):
        raise UsageError("--out - writes to standard output alone; name files in a run of their own, or pipe it to tee")
    if paths == [_STDOUT] and resume is not None:
        raise UsageError("--resume and --no-resume are for files: what went to standard output is not kept")
    return None if paths == [_STDOUT] else Outputs(paths, _check_partition(partition_by))


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


def _tell(done: Done, summary: Summary, outputs: Outputs | None) -> None:
    """Say what came of it; where standard output holds the results, to the other stream."""
    from counterframe.data.readers.source import display_name

    if done.taken_over:
        say(f"{done.taken_over:,} of {done.documents:,} documents were classified before and taken over")
    if not done.sentences:
        say("nothing was written: no sentence was read; results of earlier runs are as they were")
    elif outputs is None:
        say(summary.to_text())
    else:
        typer.echo(summary.to_text())
        for path in outputs.paths:
            typer.echo(f"written: {display_name(path)}")
            if count := outputs.replaced.get(path):
                typer.echo(f"  {count:,} document(s) of this name were in it already; their results were replaced")


def _left(journal: Journal) -> str:
    """Return what is there of a run that did not end well."""
    if not journal.committed:
        return "nothing was written"
    return f"{journal.committed:,} sentences are done and kept: the same command with --resume goes on behind them"


def _title(inputs: Sequence[str]) -> str:
    from counterframe.data.readers.source import display_name

    return ", ".join(display_name(Path(name).name) if name != "-" else "standard input" for name in inputs)
