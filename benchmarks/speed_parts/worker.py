"""A process of the benchmark: loads one subject, then does a turn for each line that it is given on standard input.

    python -m speed_parts.worker SUBJECT

A turn is a JSON object: ``{"texts": FILE}`` classifies the sentences of a JSON list, ``{"gemm": SECONDS}`` measures
matrix products. The answer, one line of JSON on standard output, says what it cost. At the end of its input it ends.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any, TextIO

from .usage import Clock, peak_mb

__all__ = ["main"]


def main() -> None:
    """Answer turns until the input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    name = sys.argv[1]
    from .subjects import SUBJECTS, MissingError

    try:
        with Clock() as clock:
            subject: Any
            if name == "gemm":
                from .gemm import Gemm, model_flops

                subject, extra = Gemm(), {"flops": model_flops()}
            else:
                subject, extra = SUBJECTS[name](), {}
    except MissingError as error:
        _answer(answers, {"skipped": str(error)})
        return
    _answer(answers, {"cpu": clock.cpu, "wall": clock.wall, **extra})
    for line in sys.stdin:
        _answer(answers, _turn(subject, json.loads(line)))


def _turn(subject: Any, turn: dict[str, Any]) -> dict[str, Any]:
    if "gemm" in turn:
        return {"gemm": subject.measure(turn["gemm"])}
    texts = json.loads(Path(turn["texts"]).read_text(encoding="utf-8"))[: turn.get("limit")]
    prepared = subject.prepare(texts)
    gc.collect()
    with Clock() as clock:
        subject.run(prepared.items)
    return {
        "sentences": len(texts),
        "lengths": prepared.lengths,
        "cpu": clock.cpu,
        "wall": clock.wall,
        "peak_mb": peak_mb(),
    }


def _answer(stream: TextIO, answer: dict[str, Any]) -> None:
    print(json.dumps(answer), file=stream, flush=True)


if __name__ == "__main__":
    main()
