"""Starts the processes of the benchmark and takes down what they cost. Standard library alone: it stays small."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["Worker", "environment", "run_command", "run_part"]

_BENCHMARKS = Path(__file__).resolve().parents[1]


def environment() -> dict[str, str]:
    """Return the environment of all processes: one thread a library, no network, our parts on the path."""
    threads = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")
    paths = [str(_BENCHMARKS), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    return {
        **os.environ,
        **{f"{library}_NUM_THREADS": "1" for library in threads},
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }


def run_part(name: str, *arguments: str) -> str:
    """Run another part of the benchmark to its end and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", f"speed_parts.{name}", *arguments],
        env=environment(),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def run_command(inputs: Sequence[Path], out: Path, *options: str) -> dict[str, float]:
    """Run ``counterframe classify`` and return its CPU and wall seconds and its peak memory, children included."""
    command = [sys.executable, "-m", "counterframe", "classify", *map(str, inputs), "--out", str(out)]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--device", "cpu", *options],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "peak_mb": usage.ru_maxrss / 1024}


class Worker:
    """A subject in a process of its own.

    Attributes:
        loaded: What loading it cost, and for the matrix products the operations of the model.
        skipped: Why it cannot be measured here, or None.
    """

    def __init__(self, name: str) -> None:
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115  (a pipe that nobody reads would fill up)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "speed_parts.worker", name],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )
        self.name = name
        self.loaded = self._answer()
        self.skipped: str | None = self.loaded.get("skipped")

    def turn(self, **asked: Any) -> dict[str, Any]:
        """Have it do a turn and return what that cost."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._said.seek(0)
            raise SystemExit(f"the process of {self.name} ended before it answered:\n{self._said.read()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._said.close()
