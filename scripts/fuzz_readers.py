"""Hunt for files that crash, stop or swallow the readers, guided by the branches that an input reaches.

Needs atheris. Each reader runs in a process of its own; what is found goes to a folder, one file a place in the code.

    python scripts/fuzz_readers.py --seconds 120 --reader html --out findings
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

GOLD = Path(__file__).resolve().parents[1] / "tests" / "gold"

#: Readers, with the endings of their seeds and whether they are allowed to fail in ways that only their process knows.
READERS: dict[str, tuple[tuple[str, ...], bool]] = {
    "text": ((".txt",), False),
    "html": ((".html", ".htm"), False),
    "csv": ((".csv", ".tsv"), False),
    "jsonl": ((".jsonl",), False),
    "parquet": ((".parquet",), False),
    "opening": ((".gz", ".zst", ".bz2", ".xz"), False),
    "kinds": ((".txt", ".html", ".eml", ".xml"), False),
    "pdf": ((".pdf",), True),
    "docx": ((".docx",), True),
    "email": ((".eml", ".mht"), True),
    "feed": ((".rss", ".atom", ".xml"), True),
}
#: Where no file of the kind is at hand.
SEEDS = {
    "csv": [b'id,text\n1,"The road, they say, is open."\n', b"text\tn\nLorries pass.\t1\n", b"text;n\nLorries.;2\n"],
    "jsonl": [b'{"id": 1, "text": "Lorries pass. The road is open.", "n": [1, null]}\n'],
    "feed": [
        b"<?xml version='1.0'?><rss version='2.0'><channel><title>Wire</title><item><title>Road</title>"
        b"<description>&lt;p&gt;Open.&lt;/p&gt;</description></item></channel></rss>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>A</title><content>Open.</content></entry></feed>",
    ],
    "email": [b"From: a@b\nSubject: Road\nMIME-Version: 1.0\nContent-Type: text/plain\n\nOpen.\n-- \nDesk\n"],
    "text": ["The röad is open. „Lorries“ pass.\n\nDesk".encode(), "Straße".encode("utf-16")],
}
_LONGEST = 1 << 16


def seeds(reader: str) -> Iterator[bytes]:
    """Yield inputs from which the hunt begins."""
    yield from SEEDS.get(reader, ())
    if reader == "parquet":
        import pyarrow as pa
        from pyarrow import parquet

        buffer = io.BytesIO()
        parquet.write_table(pa.table({"id": ["1"], "text": ["Lorries pass."]}), buffer)
        yield buffer.getvalue()
    if reader == "opening":
        import bz2
        import gzip
        import lzma

        import pyarrow

        for pack in (gzip.compress, bz2.compress, lzma.compress):
            yield pack(b"Lorries pass. " * 50)
        yield pyarrow.compress(b"Lorries pass. " * 50, codec="zstd", asbytes=True)
    for path in sorted(GOLD.rglob("*")):
        if path.suffix in READERS[reader][0] and path.stat().st_size <= _LONGEST:
            yield path.read_bytes()


def _target(reader: str) -> Callable[[bytes], None]:
    from counterframe.data.readers import document, kinds, opening, tables
    from counterframe.data.readers.source import Limits, Source
    from counterframe.data.sentences import release_sentences
    from counterframe.data.types import Release

    limits = Limits(text=1 << 20, file_bytes=1 << 22)
    rows: dict[str, Any] = {"csv": tables.read_csv, "jsonl": tables.read_jsonl, "parquet": tables.read_parquet}

    def releases(data: bytes) -> Iterator[Any]:
        if reader in rows:
            name = f"a.{reader}"
            yield from rows[reader](Source(Path(name), name), io.BufferedReader(io.BytesIO(data)))  # type: ignore[arg-type]
        elif reader == "opening":
            plain = opening.read_whole(opening.open_plain(io.BytesIO(data)), limits.file_bytes)
            yield Release(doc="a", text=plain.decode("latin-1"))
        elif reader == "kinds":
            for name in ("a.txt", "a.html.gz", "a", "a.xml"):
                kinds.kind_of(name, data[: kinds.HEAD], named=bool(len(data) % 2))
        else:
            yield from document.read_bytes(data, reader, "a", limits)  # type: ignore[arg-type]

    def run(data: bytes) -> None:
        for item in releases(data):
            if isinstance(item, Release):
                for sentence in release_sentences(item):
                    if not 0 <= sentence.start < sentence.end <= len(item.text):
                        raise AssertionError(f"{sentence.start}:{sentence.end} is no place in the text")

    return run


class _HangError(BaseException):
    """An input took too long; no reader may catch it as a fault of its own."""


def _child(reader: str, seconds: int, bound: float, corpus: Path, out: Path) -> None:
    import atheris

    with atheris.instrument_imports(include=["counterframe", "pdfminer", "mammoth", "feedparser", "syntok"]):
        run = _target(reader)
        for data in seeds(reader):
            try:
                run(data)
            except Exception:  # noqa: BLE001 - what seeds do is found again below
                continue
    from counterframe.errors import InputError

    state: dict[str, Any] = {"executions": 0, "slowest": 0.0, "findings": {}}
    tolerant = READERS[reader][1]

    def save(data: bytes, error: BaseException) -> None:
        place = traceback.extract_tb(error.__traceback__)[-1]
        key = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}"
        if key not in state["findings"]:
            name = f"{reader}-{hashlib.sha256(data).hexdigest()[:12]}"
            (out / name).write_bytes(data)
            state["findings"][key] = {"file": name, "message": str(error)[:200]}

    def hang(*_: object) -> None:
        raise _HangError(f"took longer than {bound:g} s")

    def one(data: bytes) -> None:
        state["executions"] += 1
        began = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, bound)
        try:
            run(data)
        except InputError:
            pass
        except MemoryError as error:
            save(data, error)
        except Exception as error:  # noqa: BLE001 - any other is what is looked for
            if not tolerant:
                save(data, error)
        except BaseException as error:  # noqa: BLE001
            save(data, error)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        took = time.monotonic() - began
        if took > state["slowest"]:
            state["slowest"] = took
            (out / f"{reader}-slowest").write_bytes(data)
        if state["executions"] % 100 == 0 or took == state["slowest"]:
            (corpus.parent / "state.json").write_text(json.dumps(state), encoding="utf-8")

    options = [f"-max_total_time={seconds}", f"-max_len={_LONGEST}", "-rss_limit_mb=4096", f"-timeout={3 * bound:.0f}"]
    atheris.Setup([sys.argv[0], str(corpus), f"-artifact_prefix={out}/{reader}-", "-verbosity=0", *options], one)
    # Only after Setup, which takes the alarm for itself.
    signal.signal(signal.SIGALRM, hang)
    atheris.Fuzz()


def _hunt(reader: str, seconds: int, bound: float, out: Path) -> int:
    """Run one reader in a process of its own; return how many findings there were."""
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number, data in enumerate(seeds(reader)):
            (corpus / f"seed{number}").write_bytes(data)
        command = [sys.executable, __file__, "--child", str(corpus), "--reader", reader, "--out", str(out)]
        command += ["--seconds", str(seconds), "--bound", str(bound)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        kept = Path(folder) / "state.json"
        state = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {"executions": 0, "slowest": 0.0}
    findings = dict(state.get("findings", {}))
    if done.returncode:
        findings["the process ended"] = {"file": f"{out}/{reader}-*", "message": done.stderr[-1000:]}
    print(f"{reader}: {state['executions']} executions, {len(findings)} crashes, slowest {state['slowest']:.2f} s")
    for key, found in findings.items():
        print(f"  {key}: {found['message']} [{found['file']}]")
    sys.stdout.flush()
    return len(findings)


def main() -> None:
    """Read the options and hunt."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="time for each reader")
    parser.add_argument("--reader", choices=sorted(READERS), action="append", help="repeatable; all by default")
    parser.add_argument("--out", type=Path, required=True, help="folder for what is found")
    parser.add_argument("--bound", type=float, default=10.0, help="seconds that one input may take")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.child is not None:
        _child(options.reader[0], options.seconds, options.bound, options.child, options.out.resolve())
        return
    found = sum(_hunt(reader, options.seconds, options.bound, options.out) for reader in options.reader or READERS)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
