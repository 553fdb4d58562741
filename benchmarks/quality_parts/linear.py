"""The plain baselines: one answer for all, and TF-IDF with logistic regression."""

from __future__ import annotations

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from .systems import Setting, answers_from_scores, matrix
from .tasks import Answer, Fold, Task

__all__ = ["majority_answers", "tfidf_answers"]


def majority_answers(task: Task, fold: Fold, _: Setting) -> list[Answer]:
    """Give every sentence the same answer.

    It is the most common label, or no source. Of several labels, each has its share as its score and the thresholds
    are tuned as those of all others, which comes to every label for all where that has the better F1.
    """
    if task.kind == "span":
        return [Answer()] * len(fold.test)
    shares = matrix(task, fold.train).mean(0)
    return answers_from_scores(
        task, np.tile(shares, (len(fold.test), 1)), fold.dev, np.tile(shares, (len(fold.dev), 1))
    )


def tfidf_answers(task: Task, fold: Fold, _: Setting) -> list[Answer]:
    """Answer from words and pairs of words."""
    texts = [[row.text for row in part] for part in (fold.train, fold.dev, fold.test)]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    train, dev, test = vectorizer.fit_transform(texts[0]), *(vectorizer.transform(part) for part in texts[1:])
    gold = matrix(task, fold.train)
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)
    if task.kind == "many":
        fitted = OneVsRestClassifier(model).fit(train, gold)
        return answers_from_scores(task, fitted.predict_proba(test), fold.dev, fitted.predict_proba(dev))
    model.fit(train, gold.argmax(-1))
    scores = np.zeros((len(fold.test), len(task.labels)))
    scores[:, model.classes_] = model.predict_proba(test)
    return answers_from_scores(task, scores, fold.dev, scores[:0])
