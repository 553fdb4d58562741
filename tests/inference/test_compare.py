"""compare: from releases and results to tellings, and what is refused."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers.tellings import result

from counterframe.errors import CodebookError, InputError, UsageError
from counterframe.inference import compare as module
from counterframe.inference.classifier import Classifier
from counterframe.inference.compare import compare
from counterframe.inference.forms.outputs import Outputs
from counterframe.models.checkpoint import Checkpoint

ASSERTS = "Minister Vell confirmed siege near harbour bridge valley people again."
REJECTS = "Minister Vell denied siege near harbour bridge valley people again."


def _release(folder: Path, name: str, *lines: str, **known: str) -> Path:
    path = folder / name
    path.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    if known:
        path.with_name(f"{name}.json").write_text(json.dumps(known), encoding="utf-8")
    return path


def _stored(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _row(text: str = ASSERTS, *pairs: tuple[str, str], **fields: Any) -> dict[str, Any]:
    return result(text, *(pairs or (("blockade", "asserts"),)), **fields)


def test_releases_are_classified(tiny_model: Path, tmp_path: Path) -> None:
    first = _release(tmp_path, "a.txt", ASSERTS, "Marchers.", publisher="Port of Orvania", date="2031-05-12")
    second = _release(tmp_path, "b.txt", REJECTS)
    found = compare([first, second], model=tiny_model, device="cpu")
    content = found.to_dict()
    assert [telling["name"] for telling in content["tellings"]] == ["Port of Orvania", "b.txt"]
    assert content["tellings"][0]["date"] == "2031-05-12"
    classifier = Classifier.load(tiny_model, device="cpu")
    for telling, path in (("t0", first), ("t1", second)):
        expected = classifier.classify_text(path.read_text(encoding="utf-8"))
        pairs = {(frame.frame, frame.stance) for one in expected if not one.abstained for frame in one.frames}
        cells = {
            (row["frame"], stance): cell for row in content["contest"] for stance, cell in row["cells"][telling].items()
        }
        assert {pair for pair, cell in cells.items() if cell["count"]} == pairs
    assert [entry["telling"] for entry in content["documents"]] == ["t0", "t1"]
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_compressed_results_and_datasets_are_tellings_like_others(tiny_model: Path, tmp_path: Path) -> None:
    model = Checkpoint.load(tiny_model)
    rows = [
        _row(ASSERTS, model=model.name, meta={"date": "2031-05-04"}),
        _row(REJECTS, model=model.name, meta={"date": "2031-05-04"}, n=1),
    ]
    stored = _stored(tmp_path / "a.jsonl", *rows)
    (tmp_path / "b").mkdir()
    both = [tmp_path / "b" / "r.jsonl.zst", tmp_path / "b" / "r.html.gz", tmp_path / "c"]
    with Outputs(both, "month") as outputs:
        outputs.write(lambda: iter(rows), ["date"], codebook=model.codebook, title="t", model=model.name)
    inputs = [stored, tmp_path / "b", tmp_path / "c"]
    found = compare(inputs, model=tiny_model, device="cpu", aligned=False).to_dict()
    assert [telling["name"] for telling in found["tellings"]] == ["a.jsonl", "b", "c"]
    assert {telling["sentences"] for telling in found["tellings"]} == {2}
    (tmp_path / "d").mkdir()
    shutil.move(tmp_path / "c", tmp_path / "d")  # inside of a folder that holds nothing else
    assert compare([stored, tmp_path / "d"], model=tiny_model, device="cpu", aligned=False).to_dict()["tellings"]


def test_results_give_the_same_figures_as_their_releases(tiny_model: Path, tmp_path: Path) -> None:
    paths = [_release(tmp_path, "a.txt", ASSERTS, "Marchers."), _release(tmp_path, "b.txt", REJECTS)]
    classifier = Classifier.load(tiny_model, device="cpu")
    (tmp_path / "out").mkdir()
    for path in paths:
        rows = classifier.classify_text(path.read_text(encoding="utf-8"), doc=path.name)
        _stored(tmp_path / "out" / f"{path.stem}.jsonl", *(row.to_dict() for row in rows))
    raw = compare(paths, model=tiny_model, device="cpu").to_dict()
    stored = compare(sorted((tmp_path / "out").iterdir()), model=tiny_model, device="cpu").to_dict()
    mixed = compare([paths[0], tmp_path / "out" / "b.jsonl"], model=tiny_model, device="cpu").to_dict()
    for content in (stored, mixed):
        for part in ("contest", "who", "aligned", "left_out", "model"):
            assert content[part] == raw[part], part


def test_a_folder_of_results_is_read_and_results_beside_releases_are_left_out(tiny_model: Path, tmp_path: Path) -> None:
    name = Checkpoint.load(tiny_model).name
    (tmp_path / "r").mkdir()
    _stored(tmp_path / "r" / "a.jsonl", _row(model=name))
    (tmp_path / "r" / "a.html").write_text("<html>the reading</html>", encoding="utf-8")
    (tmp_path / "r" / "a.jsonl.failures.jsonl").write_text('{"path": "x", "status": "failed"}\n', encoding="utf-8")
    other = _release(tmp_path, "b.txt", REJECTS)
    found = compare([tmp_path / "r", other], model=tiny_model, device="cpu").to_dict()
    assert [telling["sentences"] for telling in found["tellings"]] == [1, 1]
    _release(tmp_path / "r", "c.txt", "Dialogue again.", "Marchers.")
    mixed = compare([tmp_path / "r", other], model=tiny_model, device="cpu").to_dict()
    assert {entry["doc"] for entry in mixed["documents"]} == {"a.html", "c.txt", "b.txt"}


def test_side_cars_that_a_shell_spells_out_are_no_texts(tiny_model: Path, tmp_path: Path) -> None:
    _release(tmp_path, "a.txt", ASSERTS, publisher="Port of Orvania")
    _release(tmp_path, "b.txt", REJECTS)
    failures: list[InputError] = []
    found = compare(sorted(tmp_path.iterdir()), model=tiny_model, device="cpu", on_failure=failures.append)
    assert [telling["name"] for telling in found.to_dict()["tellings"]] == ["Port of Orvania", "b.txt"]
    assert failures == []


def test_by_a_column_all_inputs_are_pooled(tiny_model: Path, tmp_path: Path) -> None:
    rows = [
        _row(doc=f"d{n}", model="m@1", meta={"publisher": "AB"[n % 2], "date": f"2031-0{1 + n}-01"}) for n in range(4)
    ]
    path = _stored(tmp_path / "r.jsonl", *rows)
    found = compare([path], by="publisher", model=tiny_model, device="cpu", aligned=False)
    content = found.to_dict()
    assert [(telling["name"], telling["documents"]) for telling in content["tellings"]] == [("A", 2), ("B", 2)]
    assert content["by"] == "publisher" and content["time"]["unit"] == "week"
    assert len(found.time) > 0
    with pytest.raises(UsageError, match="did you mean 'publisher'"):
        compare([path], by="publishr", model=tiny_model, device="cpu", aligned=False)


def test_two_forms_of_the_same_results_are_counted_once(tiny_model: Path, tmp_path: Path) -> None:
    rows = [_row(doc=doc, meta={"publisher": doc}) for doc in ("a", "b")]
    paths = [_stored(tmp_path / f"{name}.jsonl", *rows) for name in ("x", "y")]
    found = compare(paths, by="publisher", model=tiny_model, device="cpu", aligned=False)
    assert [telling["documents"] for telling in found.to_dict()["tellings"]] == [1, 1]
    assert any("2 document(s) stand twice" in warning for warning in found.warnings)


def test_documents_of_the_same_name_are_told_apart(tiny_model: Path, tmp_path: Path) -> None:
    paths = [
        _stored(tmp_path / f"{name}.jsonl", _row(text, doc="d")) for name, text in (("x", ASSERTS), ("y", REJECTS))
    ]
    content = compare(paths, model=tiny_model, device="cpu").to_dict()
    docs = [entry["doc"] for entry in content["documents"]]
    assert docs == ["d", "y.jsonl/d"]
    assert [row["doc"] for entry in content["documents"] for row in entry["results"]] == docs
    assert {row["sentences"][0][0] for row in content["who"]} == set(docs)


def test_results_of_a_cluster_that_are_not_complete_say_so(tiny_model: Path, tmp_path: Path) -> None:
    name = Checkpoint.load(tiny_model).name
    folder = tmp_path / "labels"
    (folder / "_counterframe").mkdir(parents=True)
    (folder / "_counterframe" / "job.json").write_text("{}")
    _stored(folder / "a-00000.jsonl", _row(model=name))
    other = _release(tmp_path, "b.txt", REJECTS)

    def warned() -> list[str]:
        warnings = compare([folder, other], model=tiny_model, device="cpu", aligned=False).warnings
        return [warning for warning in warnings if "has not done all of its inputs" in warning]

    (warning,) = warned()
    assert warning.startswith("labels: ") and "--resume" in warning
    (folder / "_SUCCESS").write_text("{}")
    assert not warned()


def test_one_model_for_all(tiny_model: Path, tmp_path: Path) -> None:
    first = _stored(tmp_path / "x.jsonl", _row(model="m@1"))
    second = _stored(tmp_path / "y.jsonl", _row(model="m@2"))
    with pytest.raises(InputError, match=r"y\.jsonl.*m@2, but .*x\.jsonl by m@1") as caught:
        compare([first, second], model=tiny_model, device="cpu")
    assert caught.value.field == "model"
    with pytest.raises(UsageError, match=r"m@1, but the releases would be classified by .*@"):
        compare([first, _release(tmp_path, "a.txt", ASSERTS)], model=tiny_model, device="cpu")
    other = _stored(tmp_path / "z.jsonl", _row(REJECTS, model="m@1"))
    warnings = compare([first, other], model=tiny_model, device="cpu").warnings
    assert any("were made by m@1; their codebook is taken from" in warning for warning in warnings)
    labels = _stored(tmp_path / "l.jsonl", _row("x", ("strangers", "asserts")))
    with pytest.raises(CodebookError, match=r"no frame 'strangers'.*--model"):
        compare([first, labels], model=tiny_model, device="cpu")


def test_what_is_refused(tiny_model: Path, tmp_path: Path) -> None:
    first, second = _release(tmp_path, "a.txt", ASSERTS), _stored(tmp_path / "r.jsonl", _row())
    options: dict[str, Any] = {"model": tiny_model, "device": "cpu"}
    cases: list[tuple[list[str | Path], dict[str, Any], str]] = [
        ([first], {}, "needs two inputs"),
        ([], {}, "needs two inputs"),
        ([first, first], {}, "named twice"),
        ([first, tmp_path / "*.txt"], {}, "named twice"),
        (["-", first], {}, "reads files"),
        ([first, tmp_path / "none.txt"], {}, "no such file"),
        ([first, tmp_path / "*.pdf"], {}, "no file matches"),
        ([first, second], {"outputs": [second]}, "is also an input"),
        ([first, second], {"min_confidence": 0.9}, "settled when releases are classified"),
        ([first] * 101, {}, "named twice|at most 100"),
    ]
    for inputs, more, message in cases:
        with pytest.raises(UsageError, match=message):
            compare(inputs, **options, **more)


def test_what_cannot_be_read_is_told_and_named(tiny_model: Path, tmp_path: Path) -> None:
    first, second = _release(tmp_path, "a.txt", ASSERTS), _release(tmp_path, "b.txt", REJECTS)
    broken = tmp_path / "c.pdf"
    broken.write_bytes(b"%PDF-1.4 nothing")
    failures: list[InputError] = []
    found = compare([first, second, broken], model=tiny_model, device="cpu", on_failure=failures.append)
    assert len(failures) == 1 and "c.pdf" in str(failures[0])
    assert any("1 input(s) could not be read" in warning and "c.pdf" in warning for warning in found.warnings)
    assert len(found.to_dict()["tellings"]) == 2
    with pytest.raises(UsageError, match="fewer than two inputs hold a text"):
        compare([first, broken], model=tiny_model, device="cpu")


def test_a_graph_without_embeddings_still_classifies(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = (ASSERTS, "Marchers near harbour."), (REJECTS, "Dialogue in the valley.")
    rows = [[_row(text, doc="d", n=n) for n, text in enumerate(told)] for told in texts]
    paths = [_stored(tmp_path / f"{index}.jsonl", *told) for index, told in enumerate(rows)]
    assert compare(paths, model=tiny_model, device="cpu").to_dict()["aligned"] != []
    monkeypatch.setattr(Classifier, "embeds", False)
    found = compare(paths, model=tiny_model, device="cpu")
    assert found.to_dict()["aligned"] == [] and found.to_dict()["who"] != []
    assert any("scripts/reexport.py" in warning for warning in found.warnings)


def test_results_of_too_many_documents_are_let_go(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_DOCUMENTS", 2)
    monkeypatch.setattr("counterframe.evaluation.comparing.comparison.MOST_DOCUMENTS", 2)
    paths = [_stored(tmp_path / f"{n}.jsonl", _row(doc=f"d{n}")) for n in range(4)]
    content = compare(paths, model=tiny_model, device="cpu", aligned=False).to_dict()
    assert content["documents"] == [] and len(content["tellings"]) == 4


def test_figures_from_results_import_no_torch(tiny_model: Path, tmp_path: Path) -> None:
    import subprocess

    paths = [str(_stored(tmp_path / f"{n}.jsonl", _row(doc=f"d{n}"))) for n in range(2)]
    code = (
        f"import sys, counterframe; counterframe.compare({paths!r}, model={str(tiny_model)!r}, device='cpu');"
        "print(sorted({'torch', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_both_engines_give_the_same_embeddings(tiny_model: Path) -> None:
    import numpy as np

    from counterframe.inference.engines import OnnxEngine, TorchEngine

    checkpoint = Checkpoint.load(tiny_model)
    texts = [ASSERTS, "x", "Marchers again."]
    engines = (OnnxEngine(checkpoint, workers=2), TorchEngine(checkpoint, device="cpu"))
    first, second = (Classifier(checkpoint, engine).embed(texts) for engine in engines)
    assert first.shape == (3, 32)
    np.testing.assert_allclose(first, second, atol=1e-4)
    alone = Classifier(checkpoint, engines[0]).embed(texts[1:2])
    np.testing.assert_allclose(alone[0], first[1], atol=1e-5)  # padding changes nothing
    assert Classifier(checkpoint, engines[0]).embed([]).shape[0] == 0


def test_classify_fetches_no_embedding(tiny_model: Path) -> None:
    from counterframe.inference.engines import OnnxEngine

    engine = OnnxEngine(Checkpoint.load(tiny_model), workers=1)
    import numpy as np

    ids = np.ones((1, 4), dtype=np.int64)
    assert engine.run(ids, ids).embedding is None
    assert engine.run(ids, ids, embed=True).embedding is not None


def test_an_older_graph_is_written_anew(tiny_model: Path, tmp_path: Path) -> None:
    import onnx
    from helpers.scripts import load_script

    folder = tmp_path / "old"
    shutil.copytree(tiny_model, folder)
    graph = onnx.load(str(folder / "model.onnx"), load_external_data=False)
    kept = [output for output in graph.graph.output if output.name != "sentence_embedding"]
    del graph.graph.output[:]
    graph.graph.output.extend(kept)
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    old = Classifier.load(folder, device="cpu")
    before = [row.to_dict() for row in old.classify_text(ASSERTS)]
    assert not old.embeds
    with pytest.raises(Exception, match=r"scripts/reexport\.py"):
        old.embed([ASSERTS])
    load_script("scripts/reexport.py").reexport(folder)
    new = Classifier.load(folder, device="cpu")
    assert new.embeds and new.checkpoint.name == old.checkpoint.name
    assert [row.to_dict() for row in new.classify_text(ASSERTS)] == before
