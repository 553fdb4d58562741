"""What can be guessed without reading: labels from the publisher and the parties' names alone.

Where that works on events that the guesser has not seen, a model can learn who speaks in place of what is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from ..data.codebook import Codebook
from ..data.events import Event
from ..data.types import LabelledSentence
from ..errors import UsageError

__all__ = ["name_leakage"]

_FOLDS = 5
_REPEATS = 3

_WORD = re.compile(r"\w+")


def name_leakage(
    sentences: Sequence[LabelledSentence], codebook: Codebook, events: Mapping[str, Event]
) -> dict[str, float | None]:
    """Return, for each frame, how well a linear model tells it by publisher and party names alone.

    The model sees the words of the publisher's name and the names of the event's parties that stand in the sentence,
    and nothing else. It is fitted on some events and measured on others (five folds, three times dealt out).

    Args:
        sentences: Sentences of events in *events*; others are passed over.
        codebook: The codebook of the labels.
        events: Parties of each event.

    Returns:
        Area under the ROC curve, mean of the folds: 0.5 is chance, 1 is perfect. None for a frame that is too rare, or
        where nothing is named.

    Raises:
        UsageError: Fewer than five events are known.
    """
    known = [item for item in sentences if item.event in events]
    groups = np.array([item.event for item in known], dtype=object).astype(str)
    if len(set(groups)) < _FOLDS:
        raise UsageError(f"what names give away is measured over events: at least {_FOLDS} of them must be described")
    seen = [_names_alone(item, events[item.event]) for item in known]
    if not any(_WORD.search(text) for text in seen):
        return dict.fromkeys(codebook.frame_ids)
    # One vocabulary for all: a word of the measured events alone gets no weight, since the fitted ones never show it.
    words = CountVectorizer(binary=True, token_pattern=_WORD.pattern).fit_transform(seen)
    found: dict[str, float | None] = {}
    for frame in codebook.frame_ids:
        present = np.array([frame in item.labels for item in known])
        areas = []
        for repeat in range(_REPEATS):
            folds = GroupKFold(n_splits=_FOLDS, shuffle=True, random_state=repeat)
            for train, test in folds.split(seen, present, groups):
                if len(set(present[train])) < 2 or len(set(present[test])) < 2:
                    continue
                model = LogisticRegression(class_weight="balanced").fit(words[train], present[train])
                areas.append(roc_auc_score(present[test], model.decision_function(words[test])))
        found[frame] = round(float(np.mean(areas)), 4) if areas else None
    return found


def _names_alone(item: LabelledSentence, event: Event) -> str:
    names = [name for name in event.party_names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", item.text)]
    return " ".join([item.publisher or "", *names])
