"""The files of an evaluation, and the summary of a run: what they say, what they leave out, what they escape."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from counterframe.data.codebook import Codebook
from counterframe.data.types import LabelledSentence, Result, ScoredFrame, Sentence, Span
from counterframe.evaluation.bootstrap import FEW_GROUPS
from counterframe.evaluation.judged import Gold, Judged, Predicted
from counterframe.evaluation.metrics import measure
from counterframe.evaluation.report import FILES, Evaluation, overall_table, write_evaluation
from counterframe.evaluation.summary import Summary
from counterframe.evaluation.titles import TITLES

BOOK = Codebook.model_validate(
    {
        "name": "tiny`s",
        "frames": {
            "siege": {"title": "Siege | <b>blockade</b>", "definition": "d"},
            "march": {"title": "March", "definition": "d"},
        },
        "stances": {"yes": "y", "no": "n"},
    }
)
TEXT = "Vell said no to <the> siege."


def _sentences(*, stances: bool = True, sources: bool = True, size: int = 4) -> list[LabelledSentence]:
    labels: list[dict[str, str | None]] = [{"march": "no", "siege": "yes"}, {}, {"siege": "no"}, {}]
    return [
        LabelledSentence(
            id=f"s{n}",
            doc=f"d{n}",
            event=f"e{n // 2}",
            n=n,
            text=TEXT,
            labels={name: stance if stances else None for name, stance in labels[n % 4].items()},
            source=(0, 4) if sources and labels[n % 4] else None,
            source_known=sources,
        )
        for n in range(size)
    ]


def _judged(sentences: list[LabelledSentence]) -> Judged:
    scores = np.resize(np.array([[0.8, 0.9], [0.1, 0.2], [0.7, 0.1], [0.6, 0.1]], np.float32), (len(sentences), 2))
    stances = np.full((len(sentences), 2, 2), [0.25, 0.75], np.float32)
    sources: list[Span | None] = [(0, 4) if row[0] > 0.5 else None for row in scores]
    return Judged(Gold.of(sentences, BOOK), Predicted(scores, stances, np.full(2, 0.5), tuple(sources)), BOOK)


def _evaluation(judged: Judged, *warnings: str) -> Evaluation:
    metrics = measure(judged, rounds=100)
    both = {"tf-idf": metrics, "majority": metrics}
    return Evaluation("m@1", ["a`b.jsonl"], metrics, both, warnings, codebook=BOOK, rounds=100, documents=4)


def _write(folder: Path, sentences: list[LabelledSentence], *warnings: str) -> str:
    judged = _judged(sentences)
    write_evaluation(folder, _evaluation(judged, *warnings), judged, sentences)
    return (folder / "report.md").read_text(encoding="utf-8")


def test_four_files_are_written_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    _write(folder, _sentences())
    assert {path.name for path in folder.iterdir()} == set(FILES)
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    _write(folder, _sentences())
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_the_metrics_are_json_with_baselines_and_warnings(tmp_path: Path) -> None:
    _write(tmp_path, _sentences(), "the moon was full")
    content = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert content["schema"] == "counterframe-metrics/2"
    assert content["interval"].startswith("95 % bootstrap intervals")
    assert content["codebook"]["frames"] == {"siege": "Siege | <b>blockade</b>", "march": "March"}
    assert (content["model"], content["data"], content["sentences"], content["groups"]) == (
        "m@1",
        ["a`b.jsonl"],
        4,
        2,
    )
    assert content["warnings"][0] == "the moon was full"
    assert content["warnings"][1].startswith("the data holds 2 independent events")
    assert set(content["overall"]) == set(TITLES)
    assert set(content["overall"]["pair_f1"]) == {"value", "low", "high", "support"}
    assert set(content["baselines"]) == {"tf-idf", "majority"}
    assert content["baselines"]["majority"]["frames"] == content["frames"]


def test_predictions_stand_beside_gold_with_the_primary_frame_first(tmp_path: Path) -> None:
    _write(tmp_path, _sentences())
    rows = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == ["s0", "s1", "s2", "s3"]
    assert list(rows[0]["gold"]["labels"].items()) == [("march", "no"), ("siege", "yes")]
    assert list(rows[0]["predicted"]["labels"].items()) == [("march", "no"), ("siege", "no")]
    assert rows[0]["gold"]["source"] == rows[0]["predicted"]["source"] == "Vell"
    assert rows[1]["predicted"] == {"labels": {}, "source": None}
    assert rows[0]["scores"]["siege"] == {"frame": 0.8, "stance": {"yes": 0.25, "no": 0.75}}
    assert rows[0]["text"] == TEXT


def test_the_report_shows_each_figure_with_interval_baselines_and_support(tmp_path: Path) -> None:
    report = _write(tmp_path, _sentences())
    row = next(line for line in report.splitlines() if line.startswith("| frame F1 (micro)"))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1].startswith("0.857 [")
    assert cells[2:] == ["0.857", "0.857", "3"]
    assert "on 4 sentences of 2 events or documents" in report
    assert "## Stances, given the frame" in report


def test_text_of_users_is_escaped(tmp_path: Path) -> None:
    report = _write(tmp_path, _sentences(), "a <script> |\nin a name")
    assert "| Siege \\| &lt;b&gt;blockade&lt;/b&gt; |" in report
    assert "<b>" not in report
    assert "> **Mind:** a &lt;script&gt; \\| in a name." in report
    assert "`a'b.jsonl`" in report
    assert "codebook `tiny's`" in report
    tables = [line for line in report.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in tables} == {6, 8}


def test_what_the_data_does_not_say_is_not_in_the_report(tmp_path: Path) -> None:
    report = _write(tmp_path, _sentences(stances=False, sources=False))
    assert "frame F1 (micro)" in report
    for absent in (
        "pair F1 (frame and stance)",
        "stance accuracy",
        "source F1",
        "source accuracy",
        "## Stances",
    ):
        assert absent not in report
    rows = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text().splitlines()]
    assert rows[0]["gold"] == {"labels": {"march": None, "siege": None}, "source": "unknown"}


def test_the_table_leaves_out_figures_without_support() -> None:
    titles = [row[0] for row in overall_table(_evaluation(_judged(_sentences(stances=False))))]
    assert titles == [TITLES[name] for name in TITLES if "stance" not in name and name != "pair_f1"]


@pytest.mark.parametrize(("groups", "notes"), [(FEW_GROUPS - 1, 1), (FEW_GROUPS, 0)])
def test_few_groups_are_said(groups: int, notes: int) -> None:
    assert len(_evaluation(_judged(_sentences(size=2 * groups))).notes()) == notes


def _result(doc: str, *frames: tuple[str, str], kind: str = "body", abstained: bool = False) -> Result:
    return Result(
        sentence=Sentence(doc=doc, n=0, start=0, end=len(TEXT), text=TEXT, kind=kind),  # type: ignore[arg-type]
        primary=frames[0][0] if frames else None,
        stance=frames[0][1] if frames else None,
        frames=tuple(ScoredFrame(frame=f, score=0.9, stance=s, stance_score=0.9) for f, s in frames),
        source=None,
        abstained=abstained,
        truncated=False,
        model="m@1",
    )


def test_a_summary_counts_documents_sentences_frames_and_stances() -> None:
    summary = Summary(BOOK)
    for result in (
        _result("a", ("march", "no"), ("siege", "yes")),
        _result("a", ("march", "no"), kind="headline"),
        _result("a", kind="boilerplate"),
        _result("b", abstained=True),
    ):
        summary.add(result)
    lines = summary.to_text().splitlines()
    assert lines[0] == "2 document(s), 3 sentences read (1 headlines), 1 pieces of boilerplate set aside"
    assert lines[1] == "2 sentences with a frame, 0 without one, 1 unsure"
    assert lines[2:4] == ["  a: 2 of 2 sentences with a frame", "  b: 0 of 1 sentences with a frame"]
    assert [line.split() for line in lines[5:6]] == [["frame", "yes", "no"]]
    assert lines[6].split() == ["March", "0", "2"]
    assert lines[7].split()[-2:] == ["1", "0"]


def test_a_summary_of_nothing_is_short() -> None:
    assert Summary(BOOK).to_text().splitlines() == [
        "0 document(s), 0 sentences read (0 headlines), 0 pieces of boilerplate set aside",
        "0 sentences with a frame, 0 without one, 0 unsure",
    ]
