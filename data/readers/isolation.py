"""Documents read in a process of their own, ahead of what is asked for, so that none can stop or swallow a run."""

from __future__ import annotations

import json
import queue
import signal
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
#: Bytes of requests that are under way at a time, so that none waits for a pipe that is full.
_UNDER_WAY = 1 << 14
#: Answers that are held until they are asked for; the process waits with the next.
_HELD = 2


@dataclass(slots=True)
class _Asked:
    request: bytes
    path: Path
    sent: float | None = None  # when


class DocumentReader:
    """Reads documents one after the other in a process that may fail.

    A document that crashes the process, or takes too much time, is an error of its own; the next one finds a
    fresh process. Nothing is started before the first document is asked for. Use it as a context manager.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[tuple[float, bytes]] = queue.Queue(_HELD)
        self._asked: deque[_Asked] = deque()
        self._free: float | None = None  # since when the process could turn to the first document asked for
        self._count = 0

    def __enter__(self) -> DocumentReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def ask(self, path: Path, kind: FileKind, doc: str) -> None:
        """Have a document read; the answers come in the order of the questions."""
        if self._process is None and not self._asked:
            self._start()
        self._asked.append(_Asked(encode_request(path, kind, doc), path))
        self._send()

    def answer(self) -> list[Release | InputError]:
        """Return what became of the first document that was asked for and not yet answered."""
        asked = self._asked[0]
        try:
            line = self._line(asked)
            if not line and self._count and self._code() == 0:
                # The process ended of itself, since its memory was used up, and left this one to the next.
                self._restart()
                line = self._line(asked)
        except queue.Empty:
            return self._give_up(self._late())
        except OSError as error:
            return self._give_up(f"no process could be started to read it: {error.strerror or error}")
        if not line:
            return self._give_up(self._ended())
        self._asked.popleft()
        self._count += 1
        self._send()
        return decode_answer(line, asked.path)

    def _line(self, asked: _Asked) -> bytes:
        """Return the answer to the first document, or nothing where the process has ended.

        Raises:
            queue.Empty: It takes too long.
        """
        if self._process is None:
            self._restart()
        if self._free is None:
            try:
                self._free, line = self._answers.get(timeout=_START)
            except queue.Empty:
                problem = f"the process that reads it did not start within {_START:g} s; is the machine overloaded?"
                raise OSError(problem) from None
            if not line:
                return b""
        # A process that had nothing to do began when it was asked. What has arrived counts, however late it is
        # asked for.
        left = max(self._free, asked.sent or 0) + self._limits.seconds - time.monotonic()
        self._free, line = self._answers.get(timeout=max(left, 0.001))
        return line

    def _code(self) -> int | None:
        return self._process.wait() if self._process else None

    def _ended(self) -> str:
        code = self._code()
        if code is not None and code < 0 and -code == getattr(signal, "SIGALRM", None):
            return self._late()  # it ended itself, since nobody else did
        return f"ended the process that read it ({_how(code)}); the file may be damaged"

    def _late(self) -> str:
        return f"took longer than {self._limits.seconds:g} s to read"

    def _give_up(self, problem: str) -> list[Release | InputError]:
        """Leave the first document; the others are read by a fresh process."""
        asked = self._asked.popleft()
        self._stop()
        return [InputError(problem, path=asked.path)]

    def _restart(self) -> None:
        self._stop()
        self._start()
        for asked in self._asked:
            asked.sent = None
        self._send()

    def _send(self) -> None:
        if self._process is None or self._process.stdin is None:
            return
        under_way = 0
        for asked in self._asked:
            under_way += len(asked.request)
            if asked.sent is not None:
                continue
            if under_way > max(_UNDER_WAY, len(asked.request)):
                return
            asked.sent = time.monotonic()
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
        self._answers = queue.Queue(_HELD)
        self._count = 0
        self._free = None
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


def _pump(process: subprocess.Popen[bytes], answers: queue.Queue[tuple[float, bytes]]) -> None:
    stream = process.stdout
    if stream is None:
        return
    try:
        for line in stream:
            if line.endswith(b"\n"):  # else the process ended while it wrote
                answers.put((time.monotonic(), line))
    except ValueError:
        return  # closed by the one who waited
    answers.put((time.monotonic(), b""))


def _how(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
