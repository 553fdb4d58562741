"""What many tests need: a tiny random encoder built in memory, a tiny corpus that can be learnt, paths."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine must not fail a property: how long one example takes is no property of ours.
settings.register_profile("counterframe", deadline=None)
settings.load_profile("counterframe")

os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is fetched from a hub while testing

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"

#: Cue words of the frames and the stances of the tiny corpus: a model that learns anything learns these.
CUES = {"blockade": "siege", "protest": "marchers", "peace_process": "dialogue"}
STANCE_CUES = {"asserts": "confirmed", "rejects": "denied", "relays": "discussed"}

CODEBOOK = """
name: tiny
version: 1
frames:
  blockade: {title: Blockade, definition: a siege on purpose, not: a closed road}
  protest: {title: Protest, definition: marchers with a grievance}
  peace_process: {title: Peace process, definition: dialogue and agreement}
stances:
  asserts: confirmed
  rejects: denied
  relays: discussed
"""


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of benchmarks and releases that outside users do not have."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared, which is absent")
    return SHARED


@pytest.fixture(scope="session")
def codebook_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("codebook") / "tiny.yaml"
    path.write_text(CODEBOOK, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny_records() -> list[dict[str, object]]:
    """Sentences of 24 documents in 12 events, whose labels follow from their words."""
    rng = random.Random(5)
    fillers = ["the", "envoy", "of", "Orvania", "said", "on", "monday", "that", "near", "harbour", "bridge", "valley"]
    fillers += ["people", "again", "about", "talks"]
    records: list[dict[str, object]] = []
    for number in range(240):
        doc = number % 24
        words = rng.sample(fillers, 7)
        labels: dict[str, str] = {}
        source = None
        if number % 4:
            frame = rng.choice(sorted(CUES))
            stance = rng.choice(sorted(STANCE_CUES))
            labels[frame] = stance
            source = "Minister Vell"
            words = [source, STANCE_CUES[stance], CUES[frame], *words]
        records.append(
            {
                "id": f"s{number}",
                "doc": f"d{doc}",
                "event": f"e{doc // 2}",
                "n": number // 24,
                "publisher": "Ministry of Orvania",
                "text": " ".join(words) + ".",
                "labels": labels,
                "source": source,
            }
        )
    return records


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory, tiny_records: list[dict[str, object]]) -> Path:
    path = tmp_path_factory.mktemp("data") / "tiny.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in tiny_records), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory, tiny_records: list[dict[str, object]]) -> Path:
    """A folder with a random BERT of two layers and a word-level tokenizer made from the tiny corpus."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = sorted({word.strip(".:").lower() for record in tiny_records for word in str(record["text"]).split()})
    words += sorted({word.lower() for word in CODEBOOK.replace(":", " ").split() if word.isalpha()} - set(words))
    vocabulary = {word: index for index, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", ",", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    folder = tmp_path_factory.mktemp("encoder")
    BertModel(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_settings(tiny_encoder: Path) -> list[str]:
    """Settings that train on the tiny corpus within seconds."""
    return [
        f"encoder.name={tiny_encoder}",
        "model.max_tokens=48",
        "model.head_size=32",
        # Where names are shown it learns faster; tests/training/test_hidden_names.py hides them.
        "model.hide_names=false",
        "split.dev=0.2",
        "split.test=0.2",
        "optimisation.epochs=12",
        "optimisation.patience=12",
        "optimisation.learning_rate=0.003",
        "optimisation.head_learning_rate=0.01",
        # What is learnt must not hinge on the processor; tests/training/test_run.py trains in bfloat16.
        "optimisation.precision=float32",
    ]


@pytest.fixture(scope="session")
def tiny_model(
    tmp_path_factory: pytest.TempPathFactory, tiny_data: Path, codebook_file: Path, tiny_settings: list[str]
) -> Path:
    """A complete model folder, trained on the tiny corpus."""
    from counterframe.training.config import load_train_config
    from counterframe.training.run import train

    folder = tmp_path_factory.mktemp("models") / "tiny"
    train(
        [tiny_data],
        folder,
        codebook=codebook_file,
        config=load_train_config(None, tiny_settings),
        device="cpu",
        say=lambda line: None,
    )
    return folder
