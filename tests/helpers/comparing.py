"""A comparison made from results, plainly and slowly: what tests of its page show."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from counterframe.data.codebook import Codebook, load_codebook

from .readings import Release, demo

__all__ = ["comparison", "figure", "many", "two_sides"]

Results = Sequence[Mapping[str, Any]]
NAMES = ("Harbour Gazette", "Office of Vardeny", "Karsholm Wire", "Tarn Evening Post")
PRONOUNS = {"he", "she", "they"}


def figure(count: int, of: int) -> dict[str, Any]:
    """Return a share with its Wilson interval; nothing where there is nothing to share."""
    if not of:
        return {"value": None, "low": None, "high": None, "support": 0}
    z, p = 1.96, count / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low, high = ((middle + sign * half) / (1 + z * z / of) for sign in (-1, 1))
    return {"value": p, "low": max(0.0, round(low, 4)), "high": min(1.0, round(high, 4)), "support": of}


def comparison(
    tellings: Mapping[str, Sequence[Results]],
    codebook: Codebook | None = None,
    *,
    by: str | None = None,
    periods: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """Compare *tellings*: name to documents, each a list of results.

    The n-th document of each telling falls into the n-th of *periods*, round and round, except that the second
    telling publishes nothing in the second period.
    """
    codebook = codebook or load_codebook()
    ids = {name: f"t{index}" for index, name in enumerate(tellings)}
    sure = {
        ids[name]: [row for results in documents for row in results if row["kind"] != "boilerplate"]
        for name, documents in tellings.items()
    }
    contest = _contest(sure, codebook)
    return {
        "schema": "counterframe-comparison/1",
        "model": "default-0a1b2c3d",
        "codebook": _codebook(codebook),
        "by": by,
        "interval": "95 % intervals (Wilson) over the sentences of a telling, as if they were independent.",
        "warnings": list(warnings),
        "tellings": [_telling(ids[name], name, documents) for name, documents in tellings.items()],
        "contest": contest,
        "who": [line for telling, rows in sure.items() for line in _who(telling, rows)],
        "aligned": _aligned(sure),
        "left_out": [
            {
                "telling": telling,
                "frame": row["frame"],
                "told_by": [other for other in sure if other not in row["absent_from"]],
                "sentences": sum(cell["count"] for cells in row["cells"].values() for cell in cells.values()),
            }
            for row in contest
            for telling in row["absent_from"]
        ],
        "time": _time(tellings, ids, codebook, periods) if periods else None,
        "documents": [
            {"telling": ids[name], "doc": results[0]["doc"], "results": list(results)}
            for name, documents in tellings.items()
            for results in documents
        ],
    }


def _codebook(codebook: Codebook) -> dict[str, Any]:
    return {
        "name": codebook.name,
        "version": codebook.version,
        "language": codebook.language,
        "frames": {
            name: {"title": frame.title, "definition": frame.definition, "not": frame.not_}
            for name, frame in codebook.frames.items()
        },
        "stances": dict(codebook.stances),
    }


def _telling(telling: str, name: str, documents: Sequence[Results]) -> dict[str, Any]:
    rows = [row for results in documents for row in results]
    read = [row for row in rows if row["kind"] != "boilerplate"]
    meta = documents[0][0]["meta"] if documents and documents[0] else {}
    return {
        "id": telling,
        "name": name,
        "publisher": meta.get("publisher"),
        "date": meta.get("date"),
        "documents": len(documents),
        "sentences": len(read),
        "framed": sum(bool(row["frames"]) and not row["abstained"] for row in read),
        "unsure": sum(row["abstained"] for row in read),
        "boilerplate": len(rows) - len(read),
    }


def _contest(sure: Mapping[str, Results], codebook: Codebook) -> list[dict[str, Any]]:
    rows = []
    counts = {telling: _pairs(results) for telling, results in sure.items()}
    first, *others = codebook.stance_ids
    for frame in codebook.frame_ids:
        cells = {
            telling: {
                stance: {"count": pairs[frame, stance], "share": figure(pairs[frame, stance], len(sure[telling]))}
                for stance in codebook.stance_ids
            }
            for telling, pairs in counts.items()
        }
        asserted = [telling for telling in sure if counts[telling][frame, first]]
        rejected = [telling for telling in sure if others and counts[telling][frame, others[0]]]
        absent = [telling for telling in sure if not any(counts[telling][frame, s] for s in codebook.stance_ids)]
        if len(absent) == len(sure):
            continue
        leaning = [
            (counts[t][frame, first] - (counts[t][frame, others[0]] if others else 0)) / (len(sure[t]) or 1)
            for t in sure
        ]
        rows.append(
            {
                "frame": frame,
                "distance": round(max(leaning) - min(leaning), 4),
                "contested": any(a != r for a in asserted for r in rejected),
                "asserted_by": asserted,
                "rejected_by": rejected,
                "absent_from": absent,
                "cells": cells,
            }
        )
    return sorted(rows, key=lambda row: -row["distance"])


def _pairs(results: Results) -> Counter[tuple[str, str]]:
    return Counter((f["frame"], f["stance"]) for row in results if not row["abstained"] for f in row["frames"])


def _who(telling: str, rows: Results) -> list[dict[str, Any]]:
    found: dict[tuple[Any, ...], list[list[Any]]] = defaultdict(list)
    last = {}
    for row in rows:
        if row["abstained"] or not row["frames"]:
            continue
        words = row["source"] and row["source"]["text"]
        named = None
        if words and words.lower() in PRONOUNS:
            words, named = last.get(row["doc"], words), words
            named = None if named == words else named
        elif words:
            last[row["doc"]] = words
        found[words, named, row["frames"][0]["frame"], row["frames"][0]["stance"]].append([row["doc"], row["n"]])
    return [
        {
            "telling": telling,
            "source": source,
            "named": named,
            "frame": frame,
            "stance": stance,
            "sentences": places,
            "count": len(places),
        }
        for (source, named, frame, stance), places in found.items()
    ]


def _aligned(sure: Mapping[str, Results]) -> list[dict[str, Any]]:
    def words(row: Mapping[str, Any]) -> set[str]:
        return set(row["text"].lower().split())

    pairs = []
    for telling, rows in sure.items():
        for other, others in sure.items():
            for row in rows[:60] if other != telling and others else ():
                if not row["frames"] or row["abstained"]:
                    continue
                mine = words(row)
                score, best = max(
                    ((len(mine & words(one)) / len(mine | words(one)), one) for one in others[:60]), key=lambda p: p[0]
                )
                place = {"telling": telling, "doc": row["doc"], "n": row["n"], "to": other}
                pairs.append(place | {"to_doc": best["doc"], "to_n": best["n"], "similarity": round(score, 4)})
    return sorted(pairs, key=lambda pair: -pair["similarity"])[:150]


def _time(
    tellings: Mapping[str, Sequence[Results]], ids: Mapping[str, str], codebook: Codebook, periods: Sequence[str]
) -> dict[str, Any]:
    series = []
    for number, (name, documents) in enumerate(tellings.items()):
        falling: dict[str, list[Results]] = {period: [] for period in periods}
        for index, results in enumerate(documents):
            period = periods[index % len(periods)]
            if not (number == 1 and index % len(periods) == 1):
                falling[period].append(results)
        for frame in codebook.frame_ids:
            points = []
            for period, fallen in falling.items():
                rows = [row for results in fallen for row in results if row["kind"] != "boilerplate"]
                count = sum(any(f["frame"] == frame for f in row["frames"]) and not row["abstained"] for row in rows)
                point = {"period": period, "documents": len(fallen), "sentences": len(rows), "count": count}
                points.append(point | {"share": figure(count, len(rows))})
            if any(point["count"] for point in points):
                series.append({"telling": ids[name], "frame": frame, "points": points})
    return {"unit": "month", "periods": list(periods), "series": series}


def two_sides() -> dict[str, Any]:
    """Compare the two invented releases and the hostile one, each a telling of its own."""
    documents: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in demo():
        documents[row["doc"]].append(row)
    return comparison({name: [rows] for name, rows in documents.items()})


def many(
    publishers: int,
    documents: int,
    sentences: int = 20,
    *,
    codebook: Codebook | None = None,
    periods: Sequence[str] = (),
    **options: Any,
) -> dict[str, Any]:
    """Compare invented publishers that differ in what they take up; two sentences in five carry a frame."""
    codebook = codebook or load_codebook()
    frames, stances = codebook.frame_ids, codebook.stance_ids
    tellings = {}
    for publisher in range(publishers):
        name = f"{NAMES[publisher % len(NAMES)]} {publisher + 1}"
        tellings[name] = [
            _release(f"{name}/{number}.txt", name, publisher, number, sentences, frames, stances).results
            for number in range(documents)
        ]
    return comparison(tellings, codebook, by="publisher", periods=periods, **options)


def _release(
    doc: str, name: str, publisher: int, number: int, sentences: int, frames: Sequence[str], stances: Sequence[str]
) -> Release:
    release = Release(doc, publisher=name, date=f"2031-{number % 12 + 1:02}-04")
    release.add(f"The ford at Ostrel, note {number} of {name}", kind="headline")
    # A small generator of our own, so that a run of any Python gives the same page.
    state = publisher * 7919 + number * 104729 + 1
    for n in range(1, sentences):
        state = (state * 1103515245 + 12345) % 2**31
        frame = frames[(state >> 8) % min(len(frames), 3 + publisher % 4 + number % 3)]
        stance = stances[0 if (state >> 16) % 3 else (publisher + (state >> 20)) % len(stances)]
        text = f"The envoy said in note {state % 97} that the ford at Ostrel is kept as it was in spring, day {n}."
        found = [(frame, stance, 0.9, ["kept as it was"])] if n % 5 < 2 else []
        if n % 10 == 1:
            found.append((frames[(state >> 12) % len(frames)], stances[-1], 0.6, ["in spring"]))
            found = found if found[0][0] != found[1][0] else found[:1]
        release.add(
            text, *found, source="The envoy" if n % 3 == 0 and found else None, new=n % 4 == 0, unsure=n % 10 == 6
        )
    return release
