"""Results as classify writes them, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterframe.data.codebook import Codebook, parse_codebook
from counterframe.data.types import SCHEMA
from counterframe.evaluation.comparing.tellings import Document, Telling, name_tellings, read_documents

__all__ = ["book", "documents", "result", "tell"]


def book(frames: int = 3, stances: int = 3, language: str = "en") -> Codebook:
    """Return a codebook with frames f0, f1 … and stances s0, s1 …"""
    lines = ["name: tiny", f"language: {language}", "frames:"]
    lines += [f"  f{index}: {{title: Frame {index}, definition: words of kind {index}}}" for index in range(frames)]
    lines += ["stances:", *(f"  s{index}: stance {index}" for index in range(stances))]
    return parse_codebook("\n".join(lines), "tiny.yaml")


def result(
    text: str = "A sentence.",
    *pairs: tuple[str, str],
    doc: str = "d",
    n: int = 0,
    source: str | None = None,
    meta: Mapping[str, Any] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Return one result; ``source`` are words of the text."""
    at = text.index(source) if source else 0
    made = {
        "schema": SCHEMA,
        "doc": doc,
        "n": n,
        "start": 0,
        "end": len(text),
        "text": text,
        "kind": "body",
        "paragraph": 0,
        "primary": pairs[0][0] if pairs else None,
        "stance": pairs[0][1] if pairs else None,
        "frames": [
            {"frame": frame, "score": 0.9, "stance": stance, "stance_score": 0.8, "evidence": [[0, 1]]}
            for frame, stance in pairs
        ],
        "source": {"text": source, "start": at, "end": at + len(source)} if source else None,
        "abstained": False,
        "truncated": False,
        "model": "tiny@1",
        "shifts": [],
        "meta": dict(meta or {}),
    }
    return made | fields


def documents(rows: Sequence[Mapping[str, Any]], codebook: Codebook) -> list[Document]:
    return list(read_documents(rows, codebook))


def tell(codebook: Codebook, *texts: Sequence[Mapping[str, Any]]) -> list[Telling]:
    """Return one telling for each list of results; sentences are numbered and documents named apart."""
    inputs = []
    for index, rows in enumerate(texts):
        own = [dict(row) | {"doc": f"{index}/{row['doc']}", "n": n} for n, row in enumerate(rows)]
        inputs.append((f"input {index}", documents(own, codebook)))
    return name_tellings(inputs)
