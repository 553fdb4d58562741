"""Targets that mix labels with teachers' scores, and training on them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from counterframe.data.codebook import load_codebook
from counterframe.data.splits import Split, fingerprint
from counterframe.data.types import LabelledSentence
from counterframe.errors import UsageError
from counterframe.inference.classifier import Classifier
from counterframe.inference.unseen import read_seen
from counterframe.models.checkpoint import Checkpoint
from counterframe.models.decode import probabilities
from counterframe.models.network import CounterframeModel
from counterframe.training.config import load_train_config
from counterframe.training.distil import Lesson, Unlabelled, read_unlabelled
from counterframe.training.run import train
from counterframe.training.targets import Targets

STANCES = ("asserts", "rejects", "relays", None)


def _sentence(number: int, doc: str, text: str, **labels: str | None) -> LabelledSentence:
    return LabelledSentence(id=f"s{number}", doc=doc, event=doc, n=number, text=text, labels=labels)


def _quiet(line: str) -> None:
    pass


def test_gold_labels_are_certain_and_an_unknown_stance_says_nothing(codebook_file: Path) -> None:
    book = load_codebook(codebook_file)
    sentences = [_sentence(0, "d", "A.", protest="relays", blockade=None), _sentence(1, "d", "B.")]
    targets = Targets.of(sentences, book)
    assert targets.frames.tolist() == [[1, 1, 0], [0, 0, 0]]
    assert targets.stances[0].tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert not targets.stances[1].any()


@given(
    st.lists(st.dictionaries(st.sampled_from(["blockade", "protest"]), st.sampled_from(STANCES)), min_size=1),
    st.floats(0, 1),
)
def test_a_mixture_stays_between_its_parts(labels: list[dict[str, str | None]], share: float) -> None:
    book = load_codebook()
    gold = Targets.of([_sentence(0, "d", "A.", **each) for each in labels], book)
    rng = np.random.default_rng(len(labels))
    frames = rng.random(gold.frames.shape, dtype=np.float32)
    other = Targets(
        frames, frames[..., None] * rng.dirichlet([1, 1, 1], frames.shape), gold.sources, gold.sources_known
    )
    mixed = gold.mixed_with(other, share)
    assert np.allclose(mixed.frames, (1 - share) * gold.frames + share * frames, atol=1e-6)
    # No stance is more certain than its frame.
    assert (mixed.stances.sum(-1) <= mixed.frames + 1e-6).all()
    assert mixed.sources == gold.sources
    beside, alone = mixed.followed_by(gold).cut(len(labels))
    assert (beside.frames == mixed.frames).all()
    assert (alone.stances == gold.stances).all()


def test_the_loss_of_certain_targets_is_cross_entropy(tiny_model: Path) -> None:
    model = CounterframeModel.from_pretrained(tiny_model).float().eval()
    weights = {"asserts": 1.0, "rejects": 3.0, "relays": 0.5}
    model.set_loss(stance_class_weights=weights, source_weight=0.0)
    ids = torch.randint(5, 40, (2, 7))
    frames = torch.tensor([[1.0, 0, 1], [0, 0, 0]])
    stances = torch.zeros(2, 3, 3)
    stances[0, 0, 1] = stances[0, 2, 2] = 1
    outputs = model(ids, torch.ones_like(ids), frames, stances, torch.zeros_like(ids))
    log = outputs.stance_logits.log_softmax(-1)
    order = [weights[name] for name in model.config.stances]
    by_hand = -(order[1] * log[0, 0, 1] + order[2] * log[0, 2, 2])
    by_hand = by_hand + torch.nn.functional.binary_cross_entropy_with_logits(
        outputs.frame_logits, frames, reduction="sum"
    )
    assert outputs.loss.item() == pytest.approx(by_hand.item() / 2, rel=1e-5)


def test_what_is_held_out_labelled_or_repeated_is_left_out(tmp_path: Path) -> None:
    held = "The envoy of Orvania said again that talks near the harbour bridge go on."
    split = Split(
        train=[_sentence(0, "d0", "Known already.")],
        dev=[_sentence(1, "d1", held)],
        test=[_sentence(2, "d2", "Other.")],
    )
    rows = [
        {"id": "a", "doc": "d9", "text": "Fresh."},
        {"id": "b", "doc": "d9", "text": "known  ALREADY."},
        {"id": "c", "doc": "d9", "text": "Fresh."},
        {"id": "d", "doc": "d2", "text": "Of a document that is held out."},
        {"id": "e", "doc": "d9", "text": held},
    ]
    file = tmp_path / "more.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    said: list[str] = []
    assert read_unlabelled([str(file)], split, say=said.append) == [Unlabelled("d9", "Fresh.")]
    assert said[-1].startswith("1 sentences without labels to learn from; left out: 2 of documents")


def test_teachers_are_asked_once(tiny_model: Path, codebook_file: Path, tmp_path: Path) -> None:
    book = load_codebook(codebook_file)
    classifier = Classifier.load(tiny_model, device="cpu")
    labelled = [_sentence(0, "d", "Minister Vell confirmed siege talks near harbour.", protest="rejects")]
    more = Unlabelled("d9", "Minister Vell denied marchers near the bridge again.")
    lesson = Lesson(labelled, [more], [classifier, classifier])
    said: list[str] = []
    first = lesson.targets(book, share=0.25, file=tmp_path / "kept.npz", say=said.append)
    again = lesson.targets(book, share=0.25, file=tmp_path / "kept.npz", say=said.append)
    assert said == ["teachers: 2 of 2 sentences read"]
    assert (first.frames == again.frames).all()
    assert first.sources == again.sources
    scores = classifier.score(lesson.texts)
    frames, _ = probabilities(scores.frames, scores.stances, classifier.calibration, book)
    gold = np.array([name == "protest" for name in book.frame_ids])
    assert first.frames[0] == pytest.approx(0.75 * gold + 0.25 * frames[0], abs=1e-5)
    assert first.sources[0] is None  # as the labels say
    # Without a label the teachers alone are believed.
    assert first.frames[1] == pytest.approx(frames[1], abs=1e-5)
    assert first.sources[1] == (scores.sources[1] if frames[1].max() > 0.5 else None)


def test_a_run_with_a_teacher_says_what_it_learnt_from(
    tiny_model: Path, tiny_data: Path, tiny_settings: list[str], codebook_file: Path, tmp_path: Path
) -> None:
    records = [json.loads(line) for line in tiny_data.read_text().splitlines()]
    more = tmp_path / "more.jsonl"
    rows = [{"id": r["id"], "doc": f"x{r['doc']}", "text": f"Now {r['text']}"} for r in records]
    more.write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = [*tiny_settings, f"distillation.teachers=[{tiny_model}]", f"distillation.texts=[{more}]"]
    said: list[str] = []
    student = tmp_path / "student"
    evaluation = train(
        [tiny_data],
        student,
        codebook=codebook_file,
        config=load_train_config(None, [*settings, "optimisation.epochs=6"]),
        device="cpu",
        say=said.append,
    )
    assert evaluation is not None
    overall, majority = evaluation.to_dict()["overall"], evaluation.to_dict()["baselines"]["majority"]["overall"]
    assert overall["frame_micro_f1"]["value"] > majority["frame_micro_f1"]["value"] + 0.2
    assert any("sentences without labels to learn from" in line for line in said)
    card = (student / "README.md").read_text()
    assert f"the scores of `{Checkpoint.load(tiny_model).name}`" in card
    assert f"on {len(rows)} sentences without labels" in card
    # What a teacher labelled counts as seen.
    seen = read_seen(student)["train"]
    assert set(fingerprint(Unlabelled("xd1", rows[1]["text"]))) <= seen
    assert not (student / ".training").exists()


def test_a_run_is_not_resumed_with_other_sentences_for_the_teacher(
    tiny_model: Path,
    tiny_data: Path,
    tiny_settings: list[str],
    codebook_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    more = tmp_path / "more.jsonl"
    more.write_text(json.dumps({"id": "a", "doc": "x", "text": "Minister Vell denied marchers again."}) + "\n")
    settings = [*tiny_settings, f"distillation.teachers=[{tiny_model}]", f"distillation.texts=[{more}]"]

    def run(*, resume: bool = False) -> None:
        config = load_train_config(None, settings)
        folder = tmp_path / "student"
        train([tiny_data], folder, codebook=codebook_file, config=config, device="cpu", resume=resume, say=_quiet)

    def cut_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("counterframe.training.run.fit", cut_off)
        with pytest.raises(KeyboardInterrupt):
            run()
    more.write_text(json.dumps({"id": "a", "doc": "x", "text": "Minister Vell confirmed a siege."}) + "\n")
    with pytest.raises(UsageError, match="distillation"):
        run(resume=True)


def test_a_teacher_with_other_frames_is_refused(tiny_model: Path) -> None:
    settings = load_train_config(None, [f"distillation.teachers=[{tiny_model}]"]).distillation
    with pytest.raises(UsageError, match="other frames or stances"):
        Lesson.prepare(Split(train=[], dev=[], test=[]), load_codebook(), settings, device="cpu", say=_quiet)


def test_a_teacher_that_knows_what_is_held_out_is_refused(
    tiny_model: Path, tiny_data: Path, tiny_settings: list[str], codebook_file: Path, tmp_path: Path
) -> None:
    settings = [*tiny_settings, f"distillation.teachers=[{tiny_model}]", "split.seed=99"]
    with pytest.raises(UsageError, match="held out here"):
        train(
            [tiny_data],
            tmp_path / "student",
            codebook=codebook_file,
            config=load_train_config(None, settings),
            device="cpu",
            say=_quiet,
        )
    assert not (tmp_path / "student").exists()


def test_texts_without_a_teacher_are_an_error() -> None:
    with pytest.raises(UsageError, match=r"need distillation\.teachers"):
        load_train_config(None, ["distillation.texts=[more.jsonl]"])
