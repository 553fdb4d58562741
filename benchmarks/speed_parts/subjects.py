"""What is measured: each subject is loaded in a process of its own, and classifies lists of sentences.

``prepare`` is outside of the clock, ``run`` inside. Imports stand in the classes, so that a process holds only what its
subject needs. A subject whose package is missing raises ``MissingError`` and is skipped by name.
"""

from __future__ import annotations

import inspect
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SUBJECTS", "MissingError", "Prepared"]

#: Sentences that scikit-learn heads are fitted to; how many does not change what a sentence costs.
_FITTED = 400


class MissingError(Exception):
    """What a subject needs is not here."""


@dataclass
class Prepared:
    """Sentences as a subject takes them, and the tokens of each as its encoder reads them (empty without one)."""

    items: Any
    lengths: list[int] = field(default_factory=list)


class _Ours:
    """Our own classifier on one engine."""

    def __init__(self, *, engine: str = "onnx", precision: str = "float32", bare: bool = False) -> None:
        from counterframe.data.types import Sentence
        from counterframe.inference.classifier import Classifier

        self._bare = bare
        self._sentence: Callable[..., Any] = Sentence
        if engine == "torch":
            from counterframe.inference.engines import TorchEngine
            from counterframe.models.checkpoint import Checkpoint

            checkpoint = Checkpoint.load()
            self._classifier = Classifier(checkpoint, TorchEngine(checkpoint, device="cpu"))
        elif precision == "float32":
            self._classifier = Classifier.load(device="cpu")
        elif "precision" in inspect.signature(Classifier.load).parameters:
            load: Callable[..., Classifier] = Classifier.load
            self._classifier = load(device="cpu", precision=precision)
        else:
            raise MissingError(f"this version offers no {precision}")
        self._tokenizer = self._classifier.checkpoint.tokenizer()

    def prepare(self, texts: list[str]) -> Prepared:
        from counterframe.inference.batching import pad, token_batches

        encoded = self._tokenizer.encode(texts)
        lengths = [len(item) for item in encoded]
        if not self._bare:
            return Prepared(
                [self._sentence(doc="d", n=n, start=0, end=len(t), text=t) for n, t in enumerate(texts)], lengths
            )
        batches = token_batches(lengths, budget=self._classifier.engine.token_budget)
        pad_id = self._classifier.checkpoint.pad_id
        return Prepared([pad([encoded[index] for index in batch], pad_id) for batch in batches], lengths)

    def run(self, items: Any) -> None:
        if self._bare:
            for ids, mask in items:
                self._classifier.engine.run(ids, mask)
        else:
            for _ in self._classifier.classify(items):
                pass


def _encoder_parts() -> tuple[Any, Any]:
    """Return the encoder of the shipped model and its tokenizer, as transformers has them."""
    from transformers import BertModel, PreTrainedTokenizerFast

    from counterframe.models.build import load_model
    from counterframe.models.checkpoint import default_model

    ours = load_model(default_model())
    encoder = BertModel(ours.encoder.config)
    encoder.load_state_dict(ours.encoder.state_dict(), strict=False)  # ours has no pooler
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(default_model() / "tokenizer.json"),
        model_max_length=ours.config.max_tokens,
        **{f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")},
    )
    return encoder.eval(), tokenizer


class _Pipeline:
    """``transformers.pipeline`` with the same encoder under one linear layer."""

    def __init__(self, batch: int) -> None:
        import torch
        from transformers import BertForSequenceClassification, pipeline

        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        encoder, tokenizer = _encoder_parts()
        config = encoder.config
        config.num_labels, config.problem_type = 11, "multi_label_classification"
        model = BertForSequenceClassification(config)
        model.bert.load_state_dict(encoder.state_dict())
        self._batch, self._tokenizer = batch, tokenizer
        self._pipeline = pipeline(
            "text-classification", model=model.eval(), tokenizer=tokenizer, device="cpu", top_k=None
        )

    def prepare(self, texts: list[str]) -> Prepared:
        return Prepared(texts, _lengths(self._tokenizer, texts))

    def run(self, texts: Any) -> None:
        for _ in self._pipeline(texts, batch_size=self._batch, truncation=True):
            pass


def _lengths(tokenizer: Any, texts: Sequence[str]) -> list[int]:
    return [len(ids) for ids in tokenizer(list(texts), truncation=True)["input_ids"]]


class _SentenceEncoder:
    """sentence-transformers with the same encoder and a logistic regression; through SetFit where asked."""

    def __init__(self, *, setfit: bool) -> None:
        try:
            import sentence_transformers
            from sklearn.linear_model import LogisticRegression

            if setfit:
                from setfit import SetFitModel
        except ImportError as error:
            raise MissingError(f"{error.name} is not installed") from error
        import torch

        from .corpus import authored_labels

        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        encoder, self._tokenizer = _encoder_parts()
        with tempfile.TemporaryDirectory() as name:
            encoder.save_pretrained(name)
            self._tokenizer.save_pretrained(name)
            body = sentence_transformers.SentenceTransformer(name, device="cpu")  # with mean pooling
        texts, labels = authored_labels()
        head = LogisticRegression(max_iter=200).fit(body.encode(texts[:_FITTED]), labels[:_FITTED])
        self._body, self._head = body, head
        self._model = SetFitModel(model_body=body, model_head=head) if setfit else None

    def prepare(self, texts: list[str]) -> Prepared:
        return Prepared(texts, _lengths(self._tokenizer, texts))

    def run(self, texts: Any) -> None:
        if self._model is None:
            self._head.predict_proba(self._body.encode(texts, batch_size=32, show_progress_bar=False))
        else:
            self._model.predict_proba(texts, batch_size=32, show_progress_bar=False)


class _Tfidf:
    """TF-IDF over words and pairs of words, and a logistic regression."""

    def __init__(self) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        from .corpus import authored_labels

        texts, labels = authored_labels()
        self._model = make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(max_iter=200)
        ).fit(texts, labels)

    def prepare(self, texts: list[str]) -> Prepared:
        return Prepared(texts)

    def run(self, texts: Any) -> None:
        self._model.predict_proba(texts)


#: How each subject is loaded. The whole command is no subject of this kind: see ``commands``.
SUBJECTS: dict[str, Callable[[], Any]] = {
    "engine": lambda: _Ours(bare=True),
    "classifier": lambda: _Ours(),
    "engine_int8": lambda: _Ours(precision="int8", bare=True),
    "classifier_int8": lambda: _Ours(precision="int8"),
    "torch": lambda: _Ours(engine="torch"),
    "pipeline_1": lambda: _Pipeline(1),
    "pipeline_16": lambda: _Pipeline(16),
    "pipeline_32": lambda: _Pipeline(32),
    "setfit": lambda: _SentenceEncoder(setfit=True),
    "sentence_transformers": lambda: _SentenceEncoder(setfit=False),
    "tfidf": _Tfidf,
}
