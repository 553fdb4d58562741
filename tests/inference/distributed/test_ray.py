"""A Ray cluster of two workers: the labels of the local engine, to the byte, whatever dies on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from helpers.archives import contents, labels, local_labels, make_archive, parts

from counterframe.inference.distributed import job as module
from counterframe.inference.distributed.job import Outcome, classify_on_ray
from counterframe.inference.distributed.pieces import cut, find_tables
from counterframe.inference.distributed.worker import Job, Predictor

pytest.importorskip("ray", reason="needs Ray, which is not installed: pip install 'counterframe[ray]'")

PIECE = 500


@dataclass
class Cluster:
    """A head that computes nothing, and two machines with one worker each."""

    cluster: Any
    nodes: list[Any]

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def workers(self) -> list[psutil.Process]:
        """Return the processes that hold a model."""
        raylets = [psutil.Process(node.all_processes["raylet"][0].process.pid) for node in self.nodes]
        return [child for raylet in raylets for child in raylet.children() if "Predictor" in " ".join(child.cmdline())]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_USAGE_STATS_ENABLED", "0")
        # A loaded machine is slow to say that it lives.
        environment.setenv("RAY_health_check_failure_threshold", "20")
        import ray
        from ray.cluster_utils import Cluster as LocalCluster

        store = {"object_store_memory": 96 << 20}
        local = LocalCluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False, **store})
        nodes = [local.add_node(num_cpus=1, **store) for _ in range(2)]
        ray.init(address=local.address, log_to_driver=False, logging_level="ERROR")
        yield Cluster(local, nodes)
        ray.shutdown()
        local.shutdown()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("archive") / "in")


def undisturbed(archive: Path, model: Path, out: Path, form: str) -> dict[str, bytes]:
    """Return the parts that one process makes from first to last, without Ray."""
    digest = Predictor(Job(str(out), form, str(model), {"device": "cpu"}, "", "document", "text", {}))._refused or ""
    settings = {"form": form}
    job = Job(str(out), form, str(model), {"device": "cpu"}, digest.split()[1], "document", "text", settings, workers=1)
    predictor = Predictor(job)
    for pieces in cut(find_tables([str(archive)], pytest.fail), PIECE, pytest.fail):
        for piece in pieces:
            assert predictor({"piece": json.dumps(asdict(piece))})["problem"] is None
    return of_parts(out)


def of_parts(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(folder).items() if not name.startswith("_")}


def classify(inputs: str, out: str, model: Path, **more: Any) -> Outcome:
    return classify_on_ray([inputs], out, model=str(model), options={"device": "cpu"}, piece_bytes=PIECE, **more)


def test_a_worker_is_killed_during_the_run(cluster: Cluster, archive: Path, tiny_model: Path, tmp_path: Path) -> None:
    killed: list[int] = []
    seen: list[int] = []

    def on_progress(count: int) -> None:
        seen.append(count)
        if len(seen) == 3:
            victim = cluster.workers()[0]
            killed.append(victim.pid)
            os.kill(victim.pid, signal.SIGKILL)

    # Read through pyarrow, written through fsspec.
    out = tmp_path / "out"
    outcome = classify(f"file://{archive}", f"local://{out}", tiny_model, form="jsonl", on_progress=on_progress)
    assert killed
    assert outcome.complete
    assert len(seen) == outcome.pieces > 20
    assert labels(parts(out)) == local_labels(archive, tiny_model)
    assert of_parts(out) == undisturbed(archive, tiny_model, tmp_path / "alone", "jsonl")
    assert json.loads((out / "_SUCCESS").read_text())["pieces"] == outcome.pieces
    # The row that cannot be read is told.
    assert [failure.partition("a.jsonl")[2] for failure in outcome.failures] == [
        ":16: field 'text': is not text but int"
    ]


def test_a_run_that_is_cut_off_goes_on(cluster: Cluster, archive: Path, tiny_model: Path, tmp_path: Path) -> None:
    source, out = make_archive(tmp_path / "in"), tmp_path / "out"
    seen: list[int] = []

    def on_progress(count: int) -> None:
        seen.append(count)
        if len(seen) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        classify(str(source), str(out), tiny_model, on_progress=on_progress)
    assert not (out / "_SUCCESS").exists()
    # What a worker that was killed while it wrote leaves behind.
    (out / "_partial-0123456789ab-a.jsonl-00000.parquet").write_bytes(b"PAR1")
    # One table is new, one has gone since; the command itself goes on, on the cluster that is named to it.
    (source / "new.jsonl").write_text('{"id": "new", "text": "The envoy denied blockade siege."}\n')
    (source / "c.jsonl.gz").unlink()
    environment = {**os.environ, "RAY_ADDRESS": cluster.address}
    command = [
        "classify",
        source,
        "--engine",
        "ray",
        "--model",
        tiny_model,
        "--device",
        "cpu",
        "--out",
        out,
        "--resume",
    ]
    script = (
        "import sys; from counterframe.inference.distributed import job; from counterframe.cli import main;"
        f" job.classify_on_ray.__kwdefaults__['piece_bytes'] = {PIECE}; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, command)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=900,
    )
    assert done.returncode == 1, done.stderr[-3000:]  # for the row that cannot be read
    assert "not all is done" not in done.stderr
    assert "a.jsonl:16: field 'text': is not text but int" in done.stderr
    before = int(done.stdout.partition("pieces, ")[2].split()[0])
    assert 4 <= before < 20
    assert labels(parts(out)) == local_labels(source, tiny_model)
    assert of_parts(out) == undisturbed(source, tiny_model, tmp_path / "alone", "parquet")
    # Once more, and nothing is done: Ray is not even asked.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_run", pytest.fail)
        outcome = classify(str(source), str(out), tiny_model, resume=True)
    assert outcome.complete
    assert outcome.done_before == outcome.pieces


def test_a_machine_is_lost_during_the_run(cluster: Cluster, archive: Path, tiny_model: Path, tmp_path: Path) -> None:
    """The last test: one machine is left afterwards."""
    seen: list[int] = []

    def on_progress(count: int) -> None:
        seen.append(count)
        if len(seen) == 3:
            cluster.cluster.remove_node(cluster.nodes.pop(), allow_graceful=False)

    outcome = classify(str(archive), str(tmp_path / "out"), tiny_model, form="jsonl", on_progress=on_progress)
    assert outcome.complete
    assert len(seen) == outcome.pieces
    assert of_parts(tmp_path / "out") == undisturbed(archive, tiny_model, tmp_path / "alone", "jsonl")
