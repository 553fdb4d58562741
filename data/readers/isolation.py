"""Documents read in a process of their own, ahead of what is asked for, so that none can stop or swallow a run."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from ...errors import InputError
from ..types import Release
from .kinds import FileKind
from .source import Limits
from .worker import decode_answer, encode_request

__all__ = ["DocumentReader"]

_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from counterframe.data.readers import source, worker; worker.main(source.Limits(**json.loads(sys.argv[2])))"
)
#: Seconds that a process may take to start on a busy machine.
_START = 30.0
#: Documents after which a fresh process is taken, should a library not give its memory back.
_MOST = 2000


@dataclass(slots=True)
class _Asked:
    request: bytes
    path: Path


class DocumentReader:
    """Reads documents one after the other in a process that may fail.

    A document that crashes the process, or takes too much time, is an error of its own; the next one finds a
    fresh process. Nothing is started before the first document is asked for. Use it as a context manager.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self._asked: deque[_Asked] = deque()
        self._began = 0.0  # when the process turned to the first document asked for
        self._count = 0

    def __enter__(self) -> DocumentReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def ask(self, path: Path, kind: FileKind, doc: str) -> None:
        """Have a document read; the answers come in the order of the questions."""
        asked = _Asked(encode_request(path, kind, doc), path)
        if self._process is None or (self._count >= _MOST and not self._asked):
            self._stop()
            self._start()
        elif not self._asked:
            self._began = time.monotonic()
        self._asked.append(asked)
        self._send(asked)

    def answer(self) -> list[Release | InputError]:
        """Return what became of the first document that was asked for and not yet answered."""
        asked = self._asked[0]
        left = self._began + self._limits.seconds - time.monotonic()
        try:
            # What has arrived counts, however late it is asked for.
            arrived, line = self._answers.get(timeout=max(left, 0.001))
        except queue.Empty:
            return self._give_up(f"took longer than {self._limits.seconds:g} s to read")
        if not line:
            code = self._process.wait() if self._process else None
            return self._give_up(f"ended the process that read it ({_how(code)}); the file may be damaged")
        self._asked.popleft()
        self._began = arrived
        self._count += 1
        return decode_answer(line, asked.path)

    def _give_up(self, problem: str) -> list[Release | InputError]:
        """Leave the first document, and have the others read by a fresh process."""
        asked = self._asked.popleft()
        self._stop()
        if self._asked:
            self._start()
            for other in self._asked:
                self._send(other)
        return [InputError(problem, path=asked.path)]

    def _send(self, asked: _Asked) -> None:
        if self._process is None or self._process.stdin is None:
            return
        try:
            self._process.stdin.write(asked.request)
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # the process has ended; whoever waits for its answer sees that

    def _start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this very program, with no word of an input
            [sys.executable, "-P", "-c", _CODE, json.dumps(sys.path), json.dumps(asdict(self._limits))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._answers = queue.SimpleQueue()
        self._count = 0
        self._began = time.monotonic() + _START
        threading.Thread(target=_pump, args=(self._process, self._answers), daemon=True).start()

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    try:
                        stream.close()
                    except BrokenPipeError:
                        continue  # what was not sent was meant for a process that is gone
            self._process.wait()
            self._process = None


def _pump(process: subprocess.Popen[bytes], answers: queue.SimpleQueue[tuple[float, bytes]]) -> None:
    stream = process.stdout
    if stream is None:
        return
    try:
        for line in stream:
            answers.put((time.monotonic(), line))
    except ValueError:
        return  # closed by the one who waited
    answers.put((time.monotonic(), b""))


def _how(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
