"""The settings of a training run: where they come from, and how each mistake is named."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from counterframe.errors import InputError, UsageError
from counterframe.training.config import TrainConfig, load_train_config

DEFAULT = (resources.files("counterframe.configs") / "train" / "default.yaml").read_text(encoding="utf-8")


def _fields() -> list[str]:
    found = []
    for section, field in TrainConfig.model_fields.items():
        kind = field.annotation
        assert isinstance(kind, type)
        assert issubclass(kind, BaseModel)
        found += [f"{section}.{key}" for key in kind.model_fields]
    return found


def _get(config: TrainConfig, name: str) -> Any:
    section, key = name.split(".")
    return getattr(getattr(config, section), key)


def test_the_default_file_holds_every_setting_and_no_code_does() -> None:
    content = yaml.safe_load(DEFAULT)
    assert [f"{section}.{key}" for section, inside in content.items() for key in inside] == _fields()
    for field in TrainConfig.model_fields.values():
        kind = field.annotation
        assert isinstance(kind, type)
        assert issubclass(kind, BaseModel)
        assert all(inner.is_required() for inner in kind.model_fields.values())


@pytest.mark.parametrize("name", _fields())
def test_every_setting_of_the_default_file_is_explained_above_it(name: str) -> None:
    section, key = name.split(".")
    block = re.search(rf"^{section}:\n((?:[ #].*\n|\n)*)", DEFAULT, re.MULTILINE)
    assert block is not None
    lines = block[1].splitlines()
    position = next(index for index, line in enumerate(lines) if line.startswith(f"  {key}:"))
    assert position > 0
    assert re.match(r"  # \w", lines[position - 1])


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    config = load_train_config(None, ["optimisation.learning_rate=5e-5", "loss.frame_weights={protest: 3}"])
    file = tmp_path / "mine.yaml"
    file.write_text(config.to_yaml(), encoding="utf-8")
    assert load_train_config(file) == config


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("optimisation.learning_rate=5e-5", 5e-5),
        ("optimisation.learning_rate=5E-05", 5e-5),
        ("optimisation.learning_rate=.5e-4", 5e-5),
        ("optimisation.learning_rate=0.00005", 5e-5),
        ("optimisation.learning_rate=1", 1.0),
        ("optimisation.epochs=3", 3),
        (" optimisation.epochs = 3", 3),
        ("encoder.download=yes", True),
        ("encoder.download=false", False),
        ("encoder.name=some/encoder=1", "some/encoder=1"),
        ("encoder.name='2024'", "2024"),
        ("encoder.name='1e5'", "1e5"),
        ("encoder.name=nan", "nan"),
        ("optimisation.precision=float32", "float32"),
        ("split.test=0", 0.0),
        ("loss.frame_weights=balanced", "balanced"),
        ("loss.frame_weights={protest: 3, blockade: 1e-1}", {"protest": 3.0, "blockade": 0.1}),
        ("loss.frame_weights.protest=3", {"protest": 3.0}),
    ],
)
def test_a_single_setting_is_read_with_its_type(override: str, value: object) -> None:
    name = override.partition("=")[0].strip().removesuffix(".protest")
    found = _get(load_train_config(None, [override]), name)
    assert found == value
    assert type(found) is type(value)


def test_a_rate_without_a_point_is_a_number_in_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("optimisation:\n  learning_rate: 5e-5\n", encoding="utf-8")
    assert load_train_config(file).optimisation.learning_rate == 5e-5


def test_a_file_changes_what_it_names_and_single_settings_come_last(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("optimisation: {epochs: 2, seed: 9}\nloss: {stance_weights: {rejects: 2}}\n", encoding="utf-8")
    config = load_train_config(file, ["optimisation.seed=4", "optimisation.seed=5"])
    assert (config.optimisation.epochs, config.optimisation.seed) == (2, 5)
    assert config.loss.stance_weights == {"rejects": 2.0}
    changed = {name for name in _fields() if _get(config, name) != _get(load_train_config(), name)}
    assert changed == {"optimisation.epochs", "optimisation.seed", "loss.stance_weights"}


def test_weights_of_single_classes_stand_side_by_side(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("loss: {frame_weights: {talks: 2, march: 2}}\n", encoding="utf-8")
    more = ["loss.frame_weights.protest=3", "loss.frame_weights.march=4"]
    assert load_train_config(file, more).loss.frame_weights == {"talks": 2.0, "march": 4.0, "protest": 3.0}
    whole = ["loss.frame_weights={protest: 3}"]
    assert load_train_config(file, whole).loss.frame_weights == {"protest": 3.0}


def test_a_shipped_name_is_found_also_beside_a_folder_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("default").mkdir()
    assert load_train_config("default") == load_train_config()


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "calibration.stance_rates=0.9",
            "calibration.stance_rates: write a share for each stance, such as {asserts: 0.87",
        ),
        ("epochs=3", "there is no setting 'epochs' (did you mean 'optimisation.epochs'?)"),
        ("seed=3", "did you mean 'split.seed' or 'optimisation.seed'?"),
        ("model.epochs=3", "there is no setting 'model.epochs' (did you mean 'optimisation.epochs'?)"),
        ("optimisation.epoch=3", "did you mean 'optimisation.epochs'?"),
        ("optimization.epochs=3", "there is no setting 'optimization'"),
        ("optimisation=3", "'optimisation' is a section; write optimisation.epochs="),
        ("optimisation.epochs", "write it as section.key=value"),
        ("=3", "write it as section.key=value"),
        ("encoder.name={a", "the value is not valid YAML"),
        ("optimisation.epochs=0", "optimisation.epochs: Input should be greater than or equal to 1"),
        ("optimisation.epochs=2.5", "optimisation.epochs: Input should be a valid integer"),
        ("optimisation.epochs=yes", "optimisation.epochs: must not be true or false"),
        ("optimisation.epochs.x=3", "optimisation.epochs: Input should be a valid integer"),
        ("optimisation.learning_rate=on", "optimisation.learning_rate: must not be true or false"),
        ("optimisation.learning_rate=.inf", "optimisation.learning_rate: Input should be a finite number"),
        ("optimisation.learning_rate=.nan", "optimisation.learning_rate"),
        ("optimisation.learning_rate=fast", "optimisation.learning_rate: Input should be a valid number"),
        ("optimisation.learning_rate=", "optimisation.learning_rate"),
        ("optimisation.precision=float64", "optimisation.precision: Input should be 'auto'"),
        ("encoder.name=on", "encoder.name: must not be true or false"),
        ("split.dev=0", "split.dev"),
        ("split.dev=0.85", "split.dev and split.test together must leave at least a tenth"),
        ("loss.frame_weights.protest=-1", "loss.frame_weights"),
        ("loss.frame_weights.protest=no", "loss.frame_weights: must not be true or false"),
    ],
)
def test_a_wrong_setting_is_named(override: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_train_config(None, [override])
    assert message in str(caught.value)


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(UsageError, match=r"epochs: .*; optimisation\.patience: "):
        load_train_config(None, ["optimisation.epochs=0", "optimisation.patience=0"])


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", None, "must hold sections of settings"),
        ("- a", None, "must hold sections of settings"),
        ("split: {dev: 0.1\nloss: 1", 2, "is not valid YAML"),
        ("split: {dev: 0.1}\nloss: {}\nsplit: {test: 0}", 3, "the key 'split' stands twice"),
        ("split:\n  dev: 0.1\n  dev: 0.2", 3, "the key 'dev' stands twice"),
        ("split: \x00", None, "is not valid YAML"),
    ],
)
def test_a_wrong_file_is_named(content: str, line: int | None, message: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        load_train_config(file)
    assert (caught.value.path, caught.value.line) == (str(file), line)


def test_an_unknown_setting_in_a_file_is_named_with_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("optimisation: {epoch: 3}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"mine\.yaml: there is no setting 'optimisation\.epoch'"):
        load_train_config(file)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such configuration file; shipped configurations: .*default"):
        load_train_config(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        load_train_config(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        load_train_config("x" * 5000)
