"""The baseline from its file answers like the scikit-learn models that it was fitted with."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from counterframe.data.codebook import Codebook, load_codebook
from counterframe.data.labelled import read_labelled
from counterframe.data.types import LabelledSentence
from counterframe.errors import CheckpointError
from counterframe.evaluation.baseline import Baseline
from counterframe.evaluation.judged import Gold, Judged
from counterframe.evaluation.metrics import measure


@pytest.fixture(scope="module")
def book(codebook_file: Path) -> Codebook:
    return load_codebook(codebook_file)


@pytest.fixture(scope="module")
def sentences(tiny_data: Path, book: Codebook) -> list[LabelledSentence]:
    return read_labelled([tiny_data], book).sentences


@pytest.fixture(scope="module")
def fitted(sentences: list[LabelledSentence], book: Codebook) -> Baseline:
    return Baseline.fit(sentences[:180], sentences[180:], book)


def _codebook(frames: list[str], stances: list[str]) -> Codebook:
    return Codebook.model_validate(
        {
            "name": "some",
            "frames": {name: {"title": name, "definition": name} for name in frames},
            "stances": {name: name for name in stances},
        }
    )


def _item(text: str, labels: dict[str, str | None]) -> LabelledSentence:
    return LabelledSentence(id=text, doc=text, event=text, n=0, text=text, labels=labels)


def test_it_answers_like_scikit_learn_after_its_way_through_json(
    fitted: Baseline, sentences: list[LabelledSentence], book: Codebook, tmp_path: Path
) -> None:
    fitted.save(tmp_path / "baseline.json")
    loaded = Baseline.load(tmp_path / "baseline.json")
    train, texts = sentences[:180], [item.text for item in sentences[180:]]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=6000)
    features = vectorizer.fit_transform([item.text for item in train])
    new = vectorizer.transform(texts)
    answers = loaded.predict(texts)
    gold = Gold.of(train, book)
    rows, columns = np.nonzero(gold.stances >= 0)
    about = np.eye(3)
    stance_model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(
        hstack([features[rows], about[columns]]).tocsr(), gold.stances[rows, columns]
    )
    for column in range(3):
        model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)
        model.fit(features, gold.frames[:, column])
        expected = model.predict_proba(new)[:, 1]
        np.testing.assert_allclose(answers.frame_scores[:, column], expected, atol=2e-3)
        joined = hstack([new, np.repeat(about[[column]], len(texts), 0)]).tocsr()
        expected = stance_model.predict_proba(joined)
        np.testing.assert_allclose(answers.stance_scores[:, column], expected, atol=2e-3)
    assert answers.sources == (None,) * len(texts)
    again = fitted.predict(texts)
    np.testing.assert_array_equal(again.frame_scores, answers.frame_scores)
    np.testing.assert_array_equal(again.stance_scores, answers.stance_scores)
    np.testing.assert_array_equal(again.thresholds, answers.thresholds)


def test_it_learns_what_can_be_learnt_from_words(
    fitted: Baseline, sentences: list[LabelledSentence], book: Codebook
) -> None:
    held_out = sentences[180:]
    gold = Gold.of(held_out, book)
    texts = [item.text for item in held_out]
    assert (measure(Judged(gold, fitted.predict(texts), book), rounds=0).overall["pair_f1"].value or 0) > 0.95
    majority = measure(Judged(gold, fitted.majority(texts), book), rounds=0).overall["pair_f1"].value
    assert majority is None or majority < 0.5


@pytest.mark.parametrize("seen", [["asserts", "rejects"], ["rejects", "relays"], ["relays"]])
def test_stances_that_were_never_seen_are_never_answered(seen: list[str]) -> None:
    book = _codebook(["blockade"], ["asserts", "rejects", "relays"])
    words = {"asserts": "confirmed", "rejects": "denied", "relays": "discussed"}
    train = [_item(f"siege {words[s]} number {n}", {"blockade": s}) for n in range(20) for s in seen]
    answers = Baseline.fit(train, train, book).predict(["siege confirmed", "siege denied", "siege discussed", "x"])
    columns = [book.stance_ids.index(name) for name in seen]
    assert set(answers.stances[:, 0].tolist()) <= set(columns)
    np.testing.assert_allclose(answers.stance_scores[:, 0, columns].sum(1), 1, atol=1e-5)
    for name in seen:
        row = list(words).index(name)
        assert answers.stances[row, 0] == book.stance_ids.index(name)


def test_a_single_frame_and_a_single_stance() -> None:
    book = _codebook(["blockade"], ["told"])
    train = [
        _item(f"siege number {n}" if n % 2 else f"talks number {n}", {"blockade": "told"} if n % 2 else {})
        for n in range(30)
    ]
    baseline = Baseline.fit(train, train, book)
    answers = baseline.predict(["a siege", "the talks"])
    assert answers.frames.tolist() == [[True], [False]]
    assert answers.stance_scores.tolist() == [[[1.0]], [[1.0]]]


@pytest.mark.parametrize("labels", [{}, {"blockade": "asserts"}])
def test_a_frame_that_never_or_always_occurs(labels: dict[str, str | None]) -> None:
    book = _codebook(["blockade", "protest"], ["asserts", "rejects"])
    train = [_item(f"sentence number {n}", labels) for n in range(10)]
    answers = Baseline.fit(train, train, book).predict(["sentence", "another thing"])
    assert answers.frames.tolist() == [[bool(labels), False]] * 2


def test_without_stances_only_frames_are_learnt() -> None:
    book = _codebook(["blockade", "protest"], ["asserts", "rejects"])
    train = [
        _item(f"siege number {n}" if n % 2 else f"march {n}", {"blockade" if n % 2 else "protest": None})
        for n in range(30)
    ]
    baseline = Baseline.fit(train, train, book)
    answers = baseline.predict(["siege", "march"])
    assert answers.frames.tolist() == [[True, False], [False, True]]
    np.testing.assert_allclose(answers.stance_scores, 0.5)
    found = measure(Judged(Gold.of(train, book), baseline.predict([item.text for item in train]), book), rounds=0)
    assert found.overall["pair_f1"].value is None


def test_the_most_common_answer() -> None:
    book = _codebook(["blockade", "protest"], ["asserts", "rejects"])
    labels: list[dict[str, str | None]] = [{"protest": "rejects"}] * 3 + [{"blockade": "rejects"}] + [{}] * 2
    train = [_item(f"sentence number {n}", held) for n, held in enumerate(labels)]
    answers = Baseline.fit(train, train, book).majority(["x", "y"])
    assert answers.primary.tolist() == [1, 1]
    assert answers.frames.tolist() == [[False, True]] * 2
    assert answers.stances.tolist() == [[1, 1]] * 2
    nothing = Baseline.fit([*train, *(_item(f"other {n}", {}) for n in range(9))], train, book).majority(["x"])
    assert nothing.primary.tolist() == [-1]


def test_a_text_of_unknown_words_is_answered(fitted: Baseline) -> None:
    answers = fitted.predict(["Ünbekannt", ""])
    assert np.isfinite(answers.frame_scores).all()
    np.testing.assert_allclose(answers.stance_scores.sum(-1), 1, atol=1e-5)


def test_the_file_holds_words_and_numbers_alone(fitted: Baseline, tmp_path: Path) -> None:
    fitted.save(tmp_path / "baseline.json")
    content = json.loads((tmp_path / "baseline.json").read_text(encoding="utf-8"))
    assert set(content) == set(Baseline.__dataclass_fields__)
    assert all(isinstance(word, str) for word in content["words"])
    size = len(content["words"])
    assert {len(row) for row in content["frame_weights"]} == {size + 1}
    assert {len(row) for row in content["stance_weights"]} == {size + 3 + 1}


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"idf": [], "frame_weights": [], "stance_weights": []}'])
def test_a_damaged_file_is_named(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CheckpointError, match=r"baseline\.json cannot be read"):
        Baseline.load(path)
