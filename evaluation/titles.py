"""What the figures of an evaluation are called, and what they mean, for people."""

from __future__ import annotations

__all__ = ["HEADLINES", "HUMAN_OF", "HUMAN_TITLES", "LABEL_TITLES", "MEANINGS", "OF_STANCES", "SLICE_TITLES", "TITLES"]

#: Overall figures that say nothing where there is a single stance.
OF_STANCES = ("pair_f1", "stance_accuracy", "stance_macro_f1")

#: Titles of the overall figures.
TITLES = {
    "frame_micro_f1": "frame F1 (micro)",
    "frame_macro_f1": "frame F1 (macro)",
    "frame_map": "frame average precision (mean)",
    "pair_f1": "pair F1 (frame and stance)",
    "primary_accuracy": "primary frame accuracy",
    "primary_accuracy_framed": "primary frame accuracy, framed sentences",
    "primary_among": "primary frame among the readers' frames, framed sentences",
    "stance_accuracy": "stance accuracy given the frame",
    "stance_macro_f1": "stance macro F1 given the frame",
    "source_exact_f1": "source F1, exact",
    "source_token_f1": "source F1, words",
    "source_accuracy": "source accuracy, no source included",
}

#: What each overall figure says, in a sentence that needs no statistics.
MEANINGS = {
    "frame_micro_f1": "How well the frames are found, each label counted once. It is 1 where every frame that the"
    " readers saw is found and nothing else is, and falls with each frame missed or invented.",
    "frame_macro_f1": "The same taken for each frame by itself, then averaged: a rare frame weighs as much as a"
    " common one.",
    "frame_map": "How well the scores put the sentences that carry a frame before those that do not, whatever the"
    " threshold, averaged over frames.",
    "pair_f1": "As frame F1, but a find counts only if the stance taken on the frame is right too.",
    "primary_accuracy": "Share of sentences whose first frame, or having none, is right.",
    "primary_accuracy_framed": "The same among the sentences in which the readers saw a frame.",
    "primary_among": "The same, but right wherever the readers name that frame at all: which of several frames comes"
    " first is often a matter of taste. (One minus the one-error of ranking, Schapire and Singer 2000.)",
    "stance_accuracy": "Share of the readers' frames, found or not, for which the model names the right stance.",
    "stance_macro_f1": "The same as F1 for each stance by itself, then averaged: a rare stance weighs as much as a"
    " common one.",
    "source_exact_f1": "How well the voice behind the stance is found, right only where every word is.",
    "source_token_f1": "The same counted word by word, so that part of a name counts in part.",
    "source_accuracy": "Share of sentences whose source, or having none, is exactly right.",
}

#: Figures of the overview, with the words they are called by there.
HEADLINES = {
    "frame_micro_f1": "Frames found (frame F1)",
    "primary_accuracy": "First frame right (accuracy)",
    "pair_f1": "Frame and stance (pair F1)",
    "stance_accuracy": "Stance right, given the frame",
    "source_exact_f1": "Source, exact words (F1)",
}

#: The agreement of two readers that stands beside a figure of the model.
HUMAN_OF = {
    "frame_micro_f1": "frame_f1",
    "primary_accuracy": "primary_same",
    "pair_f1": "pair_f1",
    "stance_accuracy": "stance_same",
}

#: Titles of the figures of agreement.
HUMAN_TITLES = {
    "pair_f1": "pair F1 (frame and stance)",
    "frame_f1": "frame F1",
    "primary_same": "same primary frame",
    "stance_same": "same stance, given the frame",
    "source_same": "same source words (or none), given the primary frame",
}

#: Titles of the figures of one frame or stance.
LABEL_TITLES = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "average_precision": "average precision",
    "pair_f1": "pair F1",
}

#: Titles of the columns by which the data is cut; others keep their names.
SLICE_TITLES = {
    "stance": "By stance of the primary frame",
    "publisher": "By publisher",
    "length": "By length of the sentence",
    "event": "By event",
}
