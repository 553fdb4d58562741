"""What a training step costs, side by side.

In float32 and in bfloat16, with the plain AdamW and the fused one, and with the memory that a step frees given back or
kept for the next one. Prints CPU seconds per 1,000 sentences on one thread, over batches of short, middling and long
sentences of the shipped corpus, as the median of several rounds that take turns.

Usage::

    python benchmarks/train_step.py [--encoder FOLDER_OR_NAME] [--rounds 5]
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import time

import torch
from tokenizers import Tokenizer

from counterframe.data.codebook import load_codebook
from counterframe.data.labelled import read_labelled
from counterframe.models.build import build_model
from counterframe.models.encoder import DEFAULT_ENCODER, find_encoder, load_encoder
from counterframe.models.tokenization import SentenceTokenizer
from counterframe.training.allocator import freed_memory_kept
from counterframe.training.features import Collator, SentenceDataset

_BATCH = 16
_PLACES = (0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9)
#: Whether AdamW is the fused one, and whether freed memory is kept.
_STEPS = ((False, False), (True, False), (True, True))


def main() -> None:
    """Time the ways in turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", default=DEFAULT_ENCODER)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    book = load_codebook()
    sentences = read_labelled(["data/corpus/land.jsonl", "data/corpus/desert.jsonl"], book).sentences
    encoder, tokenizer = load_encoder(find_encoder(arguments.encoder))
    model = build_model(
        encoder,
        tokenizer,
        book,
        model_name="step",
        encoder_name=arguments.encoder,
        name_sign=None,
        max_tokens=256,
        attention_heads=4,
        head_size=256,
        dropout=0.1,
    )
    model.set_loss()
    model.train()
    rows = SentenceDataset.labelled(
        sentences, SentenceTokenizer(Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()), max_tokens=256), book
    )
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]["input_ids"]))
    collate = Collator(tokenizer.pad_token_id)
    starts = [int(place * (len(order) - _BATCH)) for place in _PLACES]
    batches = [collate([rows[index] for index in order[start : start + _BATCH]]) for start in starts]
    ways = [(bfloat16, fused, kept) for bfloat16 in (False, True) for fused, kept in _STEPS]
    optimizers = {fused: torch.optim.AdamW(model.parameters(), lr=1e-6, fused=fused) for fused in (False, True)}
    taken: dict[tuple[bool, bool, bool], list[float]] = {way: [] for way in ways}
    for _ in range(arguments.rounds):
        for bfloat16, fused, kept in ways:
            with freed_memory_kept() if kept else contextlib.nullcontext():
                for timed in (False, True):  # the first pass warms up
                    begun = time.process_time()
                    for batch in batches:
                        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
                            loss = model(**batch).loss
                        loss.backward()
                        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                        optimizers[fused].step()
                        optimizers[fused].zero_grad()
                    if timed:
                        seconds = time.process_time() - begun
                        taken[bfloat16, fused, kept].append(seconds / (_BATCH * len(batches)) * 1000)
    first = statistics.median(next(iter(taken.values())))
    print("| numbers | AdamW | freed memory | CPU s per 1,000 sentences | of the first |")
    print("| --- | --- | --- | ---: | ---: |")
    for (bfloat16, fused, kept), seconds in taken.items():
        middle = statistics.median(seconds)
        kind, adam = "bfloat16" if bfloat16 else "float32", "fused" if fused else "plain"
        print(f"| {kind} | {adam} | {'kept' if kept else 'given back'} | {middle:.1f} | {middle / first:.2f} |")


if __name__ == "__main__":
    main()
