"""Restoring the texts of addresses: from a folder of invented documents; the network is never used here."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import counterframe

SCRIPT = Path(counterframe.__file__).resolve().parent / "scripts" / "restore_texts.py"

pytestmark = pytest.mark.skipif(not SCRIPT.is_file(), reason="scripts are not installed")

SPEECH = """1. Mr. Vell (Orvania):  The road to the
harbour is closed.
2. We ask that it be
 opened.   Thank you.
"""
NORMAL = "Mr. Vell (Orvania): The road to the harbour is closed. We ask that it be opened. Thank you. "
FEED = """<?xml version="1.0"?><rss><channel>
<item><title>a</title><description>First</description></item>
<item><title>b</title><description>The envoy&amp;#8217;s ship was &lt;b&gt;held&lt;/b&gt;.</description></item>
</channel></rss>"""


def _address(text: str, whole: str, path: str, **other: Any) -> dict[str, Any]:
    sha1 = hashlib.sha1(text.encode()).hexdigest()
    start = whole.index(text)
    place = {"repo": "someone/speeches", "commit": "c" * 40, "path": path, "record": 0}
    return {"id": sha1[:10], "sha1": sha1, "start": start, "end": start + len(text), **place, **other}


def _run(tmp_path: Path, addresses: list[dict[str, Any]]) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    folder = tmp_path / "documents" / "someone" / "speeches" / ("c" * 40)
    (folder / "session 1").mkdir(parents=True)
    (folder / "session 1" / "ORV.txt").write_text(SPEECH, encoding="utf-8")
    (folder / "data.rss").write_text(FEED, encoding="utf-8")
    (folder / "broken.rss").write_bytes(b"\x00\x01")
    (tmp_path / "secret.txt").write_text(SPEECH, encoding="utf-8")
    listed, out = tmp_path / "real.jsonl", tmp_path / "texts.jsonl"
    listed.write_text("".join(json.dumps(address) + "\n" for address in addresses))
    command = [sys.executable, SCRIPT, listed, "--out", out, "--documents", tmp_path / "documents"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done, [json.loads(line)["text"] for line in out.read_text(encoding="utf-8").splitlines()]


def test_sentences_of_a_speech_and_of_a_feed_are_restored(tmp_path: Path) -> None:
    item = "The envoy’s ship was held ."
    addresses = [
        _address("We ask that it be opened.", NORMAL, "session 1/ORV.txt"),
        _address("The road to the harbour is closed.", NORMAL, "session 1/ORV.txt"),
        _address("The envoy’s ship was held .", item, "data.rss", record=1),
    ]
    done, texts = _run(tmp_path, addresses)
    assert done.returncode == 0, done.stderr
    assert texts == ["We ask that it be opened.", "The road to the harbour is closed.", "The envoy’s ship was held ."]
    assert "3 texts restored and verified, 0 not" in done.stdout


def test_what_does_not_fit_is_named_and_not_written(tmp_path: Path) -> None:
    good = _address("Thank you.", NORMAL, "session 1/ORV.txt")
    moved = {**_address("We ask that it be opened.", NORMAL, "session 1/ORV.txt"), "start": 3}
    gone = _address("Thank you.", NORMAL, "session 2/ORV.txt")
    item = _address("First", "First", "data.rss", record=7)
    no_feed = _address("First", "First", "broken.rss")
    outside = _address("Thank you.", NORMAL, "../../../../secret.txt")
    done, texts = _run(tmp_path, [good, moved, gone, item, no_feed, outside])
    assert done.returncode == 1
    assert texts == ["Thank you."]
    assert "another sha1" in done.stderr
    assert "leads out of" in done.stderr
    assert done.stderr.count("\n") == 5
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [('{"id": "a"}', "field 'sha1'"), ("{", "is not JSON"), (None, "cannot be read")],
)
def test_a_file_that_holds_no_addresses_is_refused(tmp_path: Path, content: str | None, message: str) -> None:
    listed = tmp_path / "labels.jsonl"
    if content is not None:
        listed.write_text(content)
    command = [sys.executable, SCRIPT, listed, "--out", tmp_path / "o.jsonl", "--documents", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
