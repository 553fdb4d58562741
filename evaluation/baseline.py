"""What stands beside the model in every report: a linear model on word counts, and the most common answer.

Both are fitted on the sentences that the model learnt from and kept in ``baseline.json``, numbers and words.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.codebook import Codebook
from ..data.types import LabelledSentence
from ..errors import CheckpointError
from .judged import Gold, Judged, Predicted
from .metrics import best_threshold

__all__ = ["Baseline"]

_Array = NDArray[np.float64]

#: Words and word pairs that are kept; more would make the file large and the scores no better.
_FEATURES = 6000


@dataclass(frozen=True)
class Baseline:
    """TF-IDF of words and word pairs, then logistic regression: one for each frame, one for the stances.

    Attributes:
        words: The V words and word pairs.
        idf: (V,), inverse document frequency of each.
        frame_weights: (F, V + 1), the last column is the bias.
        stance_weights: (S, V + F + 1); the stance is read from the words and from which frame it is about.
        threshold: Probability from which a frame counts as found.
        common_frame: Index of the most common primary frame; -1 where most sentences have none.
        common_stance: Index of the most common stance.
    """

    words: tuple[str, ...]
    idf: _Array
    frame_weights: _Array
    stance_weights: _Array
    threshold: float
    common_frame: int
    common_stance: int

    @classmethod
    def fit(cls, train: Sequence[LabelledSentence], dev: Sequence[LabelledSentence], codebook: Codebook) -> Baseline:
        """Fit on *train* and choose the threshold on *dev*."""
        from scipy.sparse import hstack
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(**_VECTORIZER, max_features=_FEATURES)
        features = vectorizer.fit_transform([item.text for item in train])
        gold = Gold.of(train, codebook)
        frame_weights = np.vstack([_binary(features, gold.frames[:, column]) for column in range(gold.frames.shape[1])])
        rows, columns = np.nonzero(gold.stances >= 0)
        about = np.eye(len(codebook.frame_ids))[columns]
        size = (len(codebook.stance_ids), features.shape[1] + len(codebook.frame_ids) + 1)
        stance_weights: _Array = np.zeros(size)
        if len(rows):
            stance_weights = _multi(hstack([features[rows], about]).tocsr(), gold.stances[rows, columns], size)
        stances = Counter(gold.stances[rows, columns].tolist())
        fitted = cls(
            words=tuple(vectorizer.get_feature_names_out()),
            idf=np.round(vectorizer.idf_, 3),
            frame_weights=np.round(frame_weights, 3),
            stance_weights=np.round(stance_weights, 3),
            threshold=0.5,
            common_frame=Counter(gold.primary.tolist()).most_common(1)[0][0],
            common_stance=stances.most_common(1)[0][0] if stances else 0,
        )
        judged = Judged(Gold.of(dev, codebook), fitted.predict([item.text for item in dev]), codebook)
        return cls(**{**fitted.__dict__, "threshold": best_threshold(judged)})

    def predict(self, texts: Sequence[str]) -> Predicted:
        """Return the linear model's answers; it names no sources."""
        from scipy.sparse import csr_matrix
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(**_VECTORIZER, vocabulary={word: i for i, word in enumerate(self.words)})
        vectorizer.idf_ = self.idf
        features = csr_matrix(vectorizer.transform(list(texts)))
        size = len(self.words)
        frames = features @ self.frame_weights[:, :size].T + self.frame_weights[:, -1]
        stance_words = features @ self.stance_weights[:, :size].T + self.stance_weights[:, -1]  # (N, S)
        stances = stance_words[:, None, :] + self.stance_weights[:, size:-1].T[None]  # (N, F, S)
        stances = np.exp(stances - stances.max(-1, keepdims=True))
        return Predicted(
            frame_scores=(1 / (1 + np.exp(-frames))).astype(np.float32),
            stance_scores=(stances / stances.sum(-1, keepdims=True)).astype(np.float32),
            thresholds=np.full(len(self.frame_weights), self.threshold),
            sources=(None,) * len(texts),
        )

    def majority(self, texts: Sequence[str]) -> Predicted:
        """Return the most common answer for every sentence."""
        frames = np.zeros((len(texts), len(self.frame_weights)), dtype=np.float32)
        if self.common_frame >= 0:
            frames[:, self.common_frame] = 1.0
        stances = np.zeros((len(texts), len(self.frame_weights), len(self.stance_weights)), dtype=np.float32)
        stances[:, :, self.common_stance] = 1.0
        return Predicted(frames, stances, np.full(len(self.frame_weights), 0.5), (None,) * len(texts))

    def save(self, path: Path) -> None:
        """Write ``baseline.json``."""
        content = {
            name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in self.__dict__.items()
        }
        path.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """Read ``baseline.json``.

        Raises:
            CheckpointError: The file is missing or damaged.
        """
        try:
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            for name in ("idf", "frame_weights", "stance_weights"):
                content[name] = np.array(content[name], dtype=np.float64)
            return cls(**{**content, "words": tuple(content["words"])})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise CheckpointError(f"{path} cannot be read: {error}") from error


_VECTORIZER: dict[str, Any] = {"ngram_range": (1, 2), "sublinear_tf": True, "lowercase": True}


def _binary(features: Any, present: NDArray[np.bool_]) -> _Array:
    """Return weights and bias (V + 1,) of one frame; one that always or never occurs has a bias alone."""
    from sklearn.linear_model import LogisticRegression

    if present.all() or not present.any():
        return np.append(np.zeros(features.shape[1]), 8.0 if present.all() else -8.0)
    fitted = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(features, present)
    return np.append(fitted.coef_[0], fitted.intercept_[0])


def _multi(features: Any, stances: NDArray[np.int64], size: tuple[int, int]) -> _Array:
    """Return weights and biases (S, V + F + 1); stances that never occur get a bias that never wins."""
    from sklearn.linear_model import LogisticRegression

    weights = np.zeros(size)
    weights[:, -1] = -20.0
    present = np.unique(stances)
    if len(present) == 1:
        weights[present[0], -1] = 0.0
        return weights
    fitted = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(features, stances)
    if len(present) == 2:  # scikit-learn keeps one row for two classes
        rows, biases = (
            np.vstack([-fitted.coef_, fitted.coef_]) / 2,
            np.append(-fitted.intercept_, fitted.intercept_) / 2,
        )
    else:
        rows, biases = fitted.coef_, fitted.intercept_
    weights[present] = np.column_stack([rows, biases])
    return weights
