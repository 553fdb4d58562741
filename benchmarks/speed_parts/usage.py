"""What a process has cost so far. Standard library alone: it runs in every process of the benchmark."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from types import TracebackType

__all__ = ["Clock", "peak_mb"]


def _cpu() -> float:
    """Return the CPU seconds, user and system, of all threads of this process and of children that have ended."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


class Clock:
    """Measures what its block costs: ``cpu`` and ``wall`` in seconds."""

    def __enter__(self) -> Clock:
        self.cpu = self.wall = 0.0
        self._began = (_cpu(), time.perf_counter())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cpu, self.wall = _cpu() - self._began[0], time.perf_counter() - self._began[1]


def peak_mb() -> float:
    """Return the peak resident memory of this process in MiB."""
    status = Path("/proc/self/status")
    if status.is_file():  # getrusage also counts what the parent held before exec
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
