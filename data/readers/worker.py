"""The process that reads documents: bounded in memory and time, and nothing else dies with it.

It takes one JSON object a line from standard input, and answers each with one on standard output. An empty line says
that it has started. It ends with exit code 0 when it should be replaced by a fresh one.
"""

from __future__ import annotations

import json
import math
import os
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...errors import InputError, LeftOut
from ..types import Release
from .document import read_document
from .source import Limits

__all__ = ["decode_answer", "encode_request", "main"]

#: Seconds after which the process ends itself, should the one that started it be gone.
_GRACE = 10
#: Documents after which a fresh process is taken, should a library not give its memory back.
_MOST = 2000


def main(limits: Limits) -> None:
    """Answer requests until standard input ends."""
    _bound_memory(limits.memory)
    if hasattr(signal, "SIGINT"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that reads the answers ends this one
    # Whatever a library prints is not to be taken for an answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="ascii")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    answers.write("\n")
    answers.flush()
    for count, line in enumerate(sys.stdin, start=1):
        request = json.loads(line)
        if hasattr(signal, "alarm"):
            signal.alarm(math.ceil(limits.seconds) + _GRACE)
        sufficed = True
        try:
            answer = json.dumps(_answer(request, limits))
        except MemoryError:
            sufficed = False
            answer = json.dumps([_encode_error(InputError(_too_large(limits)))])
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        answers.write(answer + "\n")
        answers.flush()
        if count >= _MOST or not sufficed:
            return


def _too_large(limits: Limits) -> str:
    return f"needs more memory than one file may use ({limits.memory >> 20} MiB)"


def _bound_memory(most: int) -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    with suppress(ValueError, OSError):  # some systems refuse the limit, and are bounded in time alone
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _answer(request: dict[str, Any], limits: Limits) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = []
    try:
        items = read_document(Path(request["path"]), request["kind"], request["doc"], limits)
        answer.extend(_encode_release(item) if isinstance(item, Release) else _encode_error(item) for item in items)
    except InputError as error:
        answer.append(_encode_error(error))
    except OSError as error:
        answer.append(_encode_error(InputError(f"cannot be read: {error.strerror or error}")))
    except MemoryError:
        raise  # what was read so far may be what fills the memory
    except RecursionError:
        answer.append(_encode_error(InputError("nests too deeply to be read")))
    except Exception as error:  # noqa: BLE001 - a library's fault in one file is reported and costs that file alone
        kind = request["kind"].upper()
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        answer.append(
            _encode_error(InputError(f"is a damaged {kind}, or one of a form that cannot be read ({reason})"))
        )
    return answer


def encode_request(path: Path, kind: str, doc: str) -> bytes:
    """Return the line that asks for a document."""
    return json.dumps({"path": str(path), "kind": kind, "doc": doc}).encode() + b"\n"


def _encode_release(release: Release) -> dict[str, Any]:
    return {**asdict(release), "what": "release", "meta": dict(release.meta)}


def _encode_error(error: InputError) -> dict[str, Any]:
    what = "left out" if isinstance(error, LeftOut) else "error"
    return {"what": what, "problem": error.problem, "line": error.line, "field": error.field}


def decode_answer(line: bytes, path: Path) -> list[Release | InputError]:
    """Return what a line of answer says of the file at *path*."""
    items: list[Release | InputError] = []
    for item in json.loads(line):
        what = item.pop("what")
        if what == "release":
            furniture = tuple((start, end) for start, end in item.pop("furniture"))
            title = item.pop("title")
            items.append(Release(**item, furniture=furniture, title=None if title is None else tuple(title)))
        else:
            kind = LeftOut if what == "left out" else InputError
            items.append(kind(item["problem"], path=path, line=item["line"], field=item["field"]))
    return items
