"""A run on a Ray cluster: plan the pieces, have the workers do those that are not done, and say what came of it."""

from __future__ import annotations

import json
import logging
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from ...data.readers.source import Unit
from ...errors import CheckpointError, InputError, LeftOut, UsageError
from ...models.checkpoint import DEFAULT_MODEL, Checkpoint
from ...models.device import usable_cores
from ..classifier import Classifier
from ..engines import Precision
from .pieces import Piece, cut, find_tables
from .places import Place, absolute
from .records import FORMS, Finished, Results
from .worker import Job, Predictor

_log = logging.getLogger(__name__)

__all__ = ["PIECE_BYTES", "Outcome", "classify_on_ray", "has_ray"]

#: Bytes of a piece: some minutes of a CPU core, which is what a worker that dies loses.
PIECE_BYTES = 8 << 20
#: Times that pieces whose worker died, or whose disk or network failed, are tried.
_ROUNDS = 3
#: Times that Ray itself starts a piece anew whose worker died.
_RETRIES = 2
#: Workers that may die one after the other before one of them has its model.
_INIT_DEATHS = 10
#: Pieces are handed out one by one up to this number, then several together.
_MOST_BLOCKS = 10_000
#: Bytes that Ray keeps on a cluster started here; only records pass through it.
_OBJECT_STORE = 128 << 20


@dataclass
class Outcome:
    """What came of a run.

    Attributes:
        model: Name and digest of the model, as they stand in the results.
        pieces: How many there are.
        done_before: How many of them an earlier run had done.
        counts: Documents, sentences and the like, over all pieces that are done.
        failures: What could not be read or done, as lines for people; of rows the first few of each piece.
        notices: What else the reader of the results should know.
        left_out: Files that were left out, by reason.
    """

    model: str
    pieces: int = 0
    done_before: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    complete: bool = False


def has_ray() -> bool:
    """Return whether Ray is installed."""
    return find_spec("ray") is not None


def classify_on_ray(
    inputs: Sequence[str],
    out: str,
    *,
    form: str = "parquet",
    model: str = DEFAULT_MODEL,
    options: Mapping[str, Any] | None = None,
    unit: Unit = "document",
    text_column: str = "text",
    workers: int | None = None,
    resume: bool = False,
    piece_bytes: int = PIECE_BYTES,
    on_progress: Callable[[int], object] = int,
    on_notice: Callable[[str], object] = _log.warning,
) -> Outcome:
    """Classify tables on the Ray cluster at hand, or on one that is started on this machine for the time.

    Args:
        inputs: Files of Parquet or JSON Lines, and folders of them: paths or addresses (``s3://…``).
        out: Folder of the results, likewise.
        form: ``parquet`` or ``jsonl``.
        model: Model folder, which each machine of the cluster must have at this path.
        options: What ``Classifier.load`` takes beside the model.
        unit: What the text of a row is: a ``document`` or one ``sentence``.
        text_column: Column that holds the text.
        workers: How many predictors run at the same time; by default one for each CPU (or GPU) of the cluster.
        resume: Go on with the results in *out*: pieces that are done from the same content, with the same model and
            settings, are not done again; parts of inputs that are gone are removed.
        piece_bytes: Size of a piece.
        on_progress: Called with the number of sentences of each piece as it is done.
        on_notice: Called with lines for people.

    Raises:
        UsageError: Ray is not installed, an input or the folder is not as it must be.
        CheckpointError: A machine has no such model, or another one.
    """
    if not has_ray():
        raise UsageError("--engine ray needs Ray: pip install 'counterframe[ray]'")
    if form not in FORMS:
        raise UsageError(f"the ray engine writes {' or '.join(FORMS)}, not {form!r}")
    options = dict(options or {})
    inputs, out = [absolute(given) for given in inputs], absolute(out)
    model = model if model == DEFAULT_MODEL else absolute(model)
    # Wrong options and a broken model are told before anything else is begun.
    told = {name: options[name] for name in ("min_confidence", "min_precision") if name in options}
    digest = _digest(Classifier.load(model, device="cpu", **told).checkpoint, options.get("precision"))
    results = Results.at(out)
    outcome = Outcome(digest)
    lines: list[bytes] = []

    def on_problem(problem: InputError) -> None:
        record = {"path": problem.path, "reason": problem.problem}
        lines.append((json.dumps(record, ensure_ascii=False) + "\n").encode(errors="backslashreplace"))
        if isinstance(problem, LeftOut):
            outcome.left_out[problem.problem.partition(";")[0]] += 1
        else:
            outcome.failures.append(str(problem))

    _check_apart(inputs, out)
    tables = find_tables(inputs, on_problem)
    results.begin(resume=resume)
    settings = _settings(digest, form, unit, text_column, options)
    job = Job(out, form, str(model), options, digest, unit, text_column, settings, run=uuid.uuid4().hex)
    pieces = [piece for of_table in cut(tables, piece_bytes, on_problem) for piece in of_table]
    done = results.done({piece.part: piece.key(settings) for piece in pieces})
    outcome.pieces, outcome.done_before = len(pieces), len(done)
    todo = [piece for piece in pieces if piece.part not in done]
    if done:
        on_notice(f"{len(done)} of {len(pieces)} pieces are done already")
    unreadable = len(outcome.failures)
    if todo:
        problems = _run(job, todo, workers, done, on_progress, on_notice)
        outcome.failures.extend(problems)
    _close(outcome, results, pieces, done, settings, lines, whole=not unreadable)
    return outcome


def _digest(checkpoint: Checkpoint, precision: Precision | None) -> str:
    """Return the name of the model as it stands in the results: a folder in int8 has the weights of its original."""
    wanted = precision or checkpoint.precision
    if checkpoint.precision != "float32" and wanted != checkpoint.precision:
        raise UsageError(
            f"{checkpoint.folder} was exported in {checkpoint.precision}; for --precision {wanted} name the model it"
            " was made from"
        )
    return checkpoint.name_in(wanted)


def _settings(digest: str, form: str, unit: Unit, text_column: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what results follow from beside their input. Which device computes them is no part of it."""
    told = {"device", "precision"}  # the latter by the name of the model
    chosen = {key: value for key, value in options.items() if key not in told and value not in (None, {})}
    held = {"model": digest, "form": form, "unit": unit, "text_column": text_column, "options": chosen}
    return {**held, "version": metadata.version("counterframe")}


def _check_apart(inputs: Sequence[str], out: str) -> None:
    """Refuse to write into what is read.

    Raises:
        UsageError: One folder holds the other.
    """
    folder = Place.of(out)
    for given in inputs:
        place = Place.of(given)
        one, other = f"{place.path.rstrip('/')}/", f"{folder.path.rstrip('/')}/"
        if place.files == folder.files and (one.startswith(other) or other.startswith(one)):
            raise UsageError(f"--out {out} and the input {given} lie one in the other; name a folder apart from it")


def _run(
    job: Job,
    todo: Sequence[Piece],
    workers: int | None,
    done: dict[str, Finished],
    on_progress: Callable[[int], object],
    on_notice: Callable[[str], object],
) -> list[str]:
    """Have the pieces done and add their records to *done*; return why some could not be."""
    problems: dict[str, str] = {}
    with _cluster() as ray:
        from ray.exceptions import RayError

        resources = ray.cluster_resources()
        gpu = job.options.get("device") in (None, "auto", "cuda") and resources.get("GPU", 0) >= 1
        # A worker is one process with one core, so that the model's memory is all that a core costs.
        job = replace(job, workers=0 if gpu else 1)
        devices = max(1, int(resources.get("GPU" if gpu else "CPU", 1)))
        most = workers or devices
        # Workers that are more than the GPUs share them: one process alone may not bring sentences fast enough.
        share = min(1.0, devices / most) if gpu else 0.0
        for attempt in range(_ROUNDS):
            left = [piece for piece in todo if piece.part not in done]
            if not left:
                break
            if attempt:
                on_notice(f"{len(left)} pieces were not done, for workers died or a disk failed; they are tried again")
            try:
                for record, part, problem in _outputs(ray, job, left, min(most, len(left)), share):
                    if record is None:
                        problems[part] = str(problem)
                    else:
                        done[part] = record
                        on_progress(record.counts.get("sentences", 0))
            except RayError as error:
                on_notice(f"Ray gave up: {str(error).strip().splitlines()[-1][:300]}")
    left = [piece for piece in todo if piece.part not in done]
    return [problems.get(piece.part, f"{piece.url}: no worker lived to finish piece {piece.part}") for piece in left]


def _outputs(
    ray: Any, job: Job, pieces: Sequence[Piece], workers: int, gpus: float
) -> Iterator[tuple[Finished | None, str, str | None]]:
    """Yield record, name of the part, and problem of each piece that a worker lived to answer for."""
    context = ray.data.DataContext.get_current().copy()
    # Ray starts a dead worker anew, on another machine where its own is gone, and gives it what it had in hand. What
    # fails nevertheless is left to the next round instead of ending the run.
    context.max_errored_blocks = -1
    context.max_consecutive_actor_init_deaths = _INIT_DEATHS
    context.execution_no_progress_timeout_s = -1
    context.enable_progress_bars = False
    context.enable_rich_progress_bars = False
    rows = [{"piece": json.dumps(asdict(piece))} for piece in pieces]
    with ray.data.DataContext.current(context):
        data = ray.data.from_items(rows, override_num_blocks=min(len(rows), _MOST_BLOCKS)).map(
            Predictor,
            fn_constructor_args=(job,),
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=workers, initial_size=workers),
            num_cpus=1,
            num_gpus=gpus,
        )
        for row in data.iter_rows():
            if row["refused"]:
                raise CheckpointError(row["problem"])
            yield None if row["record"] is None else Finished.of(json.loads(row["record"])), row["part"], row["problem"]


@contextmanager
def _cluster() -> Iterator[Any]:
    """Give Ray, connected to the cluster that ``RAY_ADDRESS`` names or that runs here, else to one of its own."""
    # Nothing is told to anybody about this use of Ray.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray
    import ray.data

    if ray.is_initialized():
        yield ray
        return
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    try:
        ray.init(address=os.environ.get("RAY_ADDRESS", "auto"), **quiet)
    except ConnectionError as error:
        if "RAY_ADDRESS" in os.environ:
            raise UsageError(
                f"RAY_ADDRESS={os.environ['RAY_ADDRESS']}: no Ray cluster answers there ({error})"
            ) from error
        ray.init(
            address="local",
            num_cpus=usable_cores(),
            include_dashboard=False,
            object_store_memory=_OBJECT_STORE,
            **quiet,
        )
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    try:
        yield ray
    finally:
        ray.shutdown()


def _close(
    outcome: Outcome,
    results: Results,
    pieces: Sequence[Piece],
    done: Mapping[str, Finished],
    settings: Mapping[str, Any],
    lines: Sequence[bytes],
    *,
    whole: bool,
) -> None:
    """Sum the records up, and finish the folder of results."""
    for piece in pieces:
        record = done.get(piece.part)
        if record is not None:
            outcome.counts.update(record.counts)
            outcome.failures.extend(record.failures)
            outcome.notices.extend(record.notices)
    results.left_out(lines)
    outcome.complete = whole and len(done) == len(pieces)
    results.end(pieces, done, {**settings, "pieces": len(pieces), "counts": outcome.counts}, complete=outcome.complete)
