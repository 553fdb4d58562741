"""Going on from a trained model instead of an encoder with new heads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from counterframe.data.codebook import load_codebook
from counterframe.data.splits import Split, fingerprint
from counterframe.data.types import LabelledSentence
from counterframe.errors import CheckpointError, UsageError
from counterframe.inference.classifier import Classifier
from counterframe.inference.export import export
from counterframe.inference.unseen import read_seen
from counterframe.models.checkpoint import Checkpoint, write_words
from counterframe.training.config import load_train_config
from counterframe.training.run import train
from counterframe.training.start import Start


@pytest.fixture
def new_data(tmp_path: Path, tiny_records: list[dict[str, object]]) -> Path:
    """The tiny corpus as other documents with one more word, so that no model has seen it."""
    file = tmp_path / "new.jsonl"
    rows = [
        record
        | {"id": f"n{record['id']}", "doc": f"n{record['doc']}", "event": f"n{record['event']}"}
        | {"text": f"Today {record['text']}"}
        for record in tiny_records
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def _quiet(line: str) -> None:
    pass


def _train(data: Path, out: Path, codebook: Path, settings: list[str], **options: bool) -> None:
    train([data], out, codebook=codebook, config=load_train_config(None, settings), device="cpu", say=_quiet, **options)


def test_it_begins_where_the_model_ended(
    tiny_model: Path,
    new_data: Path,
    tiny_settings: list[str],
    codebook_file: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With a rate near nothing the new model answers as the old one; from new heads it would know nothing."""
    still = ["optimisation.epochs=1", "optimisation.learning_rate=1e-9", "optimisation.head_learning_rate=1e-9"]
    # The encoder is not looked for: who goes on from a model need not have it.
    settings = [*tiny_settings, *still, f"model.start_from={tiny_model}", "encoder.name=nowhere/nothing"]
    out = tmp_path / "on"
    _train(new_data, out, codebook_file, settings)
    texts = [json.loads(line)["text"] for line in new_data.read_text().splitlines()][:20]
    before, after = (Classifier.load(folder, device="cpu").score(texts) for folder in (tiny_model, out))
    assert abs(before.frames - after.frames).max() < 1e-3
    assert abs(before.stances - after.stances).max() < 1e-3
    assert Checkpoint.load(out).model_name == "on"
    card = (out / "README.md").read_text()
    assert "and no others" not in card
    assert "model of type" not in caplog.text  # a warning of transformers that would frighten
    assert f"went on from `{Checkpoint.load(tiny_model).name}`" in card
    assert "nowhere/nothing" not in card.partition("## Recipe")[0]


def test_what_the_model_knew_counts_as_seen(
    tiny_model: Path, new_data: Path, tiny_settings: list[str], codebook_file: Path, tmp_path: Path
) -> None:
    settings = [*tiny_settings, "optimisation.epochs=1", f"model.start_from={tiny_model}"]
    _train(new_data, tmp_path / "on", codebook_file, settings)
    before, after = read_seen(tiny_model), read_seen(tmp_path / "on")
    assert before["train"] < after["train"]
    assert before["dev"] < after["dev"]
    assert before["test"].isdisjoint(after["test"])


def test_words_that_the_model_knew_to_be_no_names_stay_known(
    tiny_model: Path, tiny_settings: list[str], codebook_file: Path, tmp_path: Path
) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_model, base)
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"name_sign": "[UNK]"}))
    write_words(base, ["bridge"])
    settings = load_train_config(None, [*tiny_settings, f"model.start_from={base}", "model.hide_names=true"])
    nothing = Split(train=[], dev=[], test=[])
    item = LabelledSentence(id="a", doc="d", event="d", n=0, text="Minister Vell spoke of talks.", labels={})
    known = Start(settings, load_codebook(codebook_file), nothing).words([item])
    assert {"bridge", "spoke", "talks"} <= known
    assert "vell" not in known


def test_a_model_that_knows_what_is_held_out_is_refused(
    tiny_model: Path, tiny_data: Path, tiny_settings: list[str], codebook_file: Path, tmp_path: Path
) -> None:
    settings = [*tiny_settings, f"model.start_from={tiny_model}", "split.seed=99"]
    with pytest.raises(
        UsageError, match=r"model\.start_from: .* held out here \(\d+ of \d+, the first: .*tiny\.jsonl:\d+\)"
    ):
        _train(tiny_data, tmp_path / "on", codebook_file, settings)
    assert not (tmp_path / "on").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["model.hide_names=true"], r"names are shown to that model; set model\.hide_names=false"),
        (["model.head_size=8"], r"model\.head_size=8: the model .* has \d+; set"),
    ],
)
def test_settings_that_the_weights_contradict_are_errors(
    tiny_model: Path,
    new_data: Path,
    tiny_settings: list[str],
    codebook_file: Path,
    tmp_path: Path,
    more: list[str],
    said: str,
) -> None:
    with pytest.raises(UsageError, match=said):
        _train(new_data, tmp_path / "on", codebook_file, [*tiny_settings, f"model.start_from={tiny_model}", *more])
    assert not (tmp_path / "on").exists()


def test_a_model_of_another_codebook_is_refused(
    tiny_model: Path, new_data: Path, tiny_settings: list[str], tmp_path: Path
) -> None:
    other = tmp_path / "other.yaml"
    text = (tiny_model / "codebook.yaml").read_text()
    assert "blockade:" in text
    other.write_text(text.replace("blockade:", "siege:"))
    data = tmp_path / "siege.jsonl"
    data.write_text(new_data.read_text().replace('"blockade"', '"siege"'))
    with pytest.raises(UsageError, match=r"other frames or stances than the codebook .*--codebook .*codebook\.yaml"):
        _train(data, tmp_path / "on", other, [*tiny_settings, f"model.start_from={tiny_model}"])


def test_a_folder_that_is_no_model_is_told(
    new_data: Path, tiny_settings: list[str], codebook_file: Path, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match=r"model\.start_from: no model folder at .* 'default'"):
        _train(new_data, tmp_path / "on", codebook_file, [*tiny_settings, f"model.start_from={tmp_path / 'none'}"])


def test_a_run_is_not_resumed_from_another_model(
    tiny_model: Path,
    new_data: Path,
    tiny_settings: list[str],
    codebook_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base = tmp_path / "base"
    shutil.copytree(tiny_model, base)
    settings = [*tiny_settings, f"model.start_from={base}"]

    def cut_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("counterframe.training.run.fit", cut_off)
        with pytest.raises(KeyboardInterrupt):
            _train(new_data, tmp_path / "on", codebook_file, settings)
    calibration = base / "calibration.json"
    calibration.write_text(calibration.read_text() + "\n")  # its bytes are part of the model's name
    with pytest.raises(UsageError, match="start"):
        _train(new_data, tmp_path / "on", codebook_file, settings, resume=True)


def test_an_exported_model_leads_to_a_model_in_float32(
    tiny_model: Path, new_data: Path, tiny_settings: list[str], codebook_file: Path, tmp_path: Path
) -> None:
    export(tiny_model, tmp_path / "small", precision="int8")
    settings = [*tiny_settings, "optimisation.epochs=1", f"model.start_from={tmp_path / 'small'}"]
    _train(new_data, tmp_path / "on", codebook_file, settings)
    assert Checkpoint.load(tmp_path / "on").precision == "float32"


def test_fingerprints_of_the_new_data_are_new(tiny_model: Path, new_data: Path) -> None:
    """Else the tests above would prove nothing."""
    row = json.loads(new_data.read_text().splitlines()[0])
    item = LabelledSentence(id=row["id"], doc=row["doc"], event=row["event"], n=0, text=row["text"], labels={})
    assert set(fingerprint(item)).isdisjoint(read_seen(tiny_model)["train"])
