"""``events.json``: who the parties are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from counterframe.data.events import find_events, load_events
from counterframe.errors import InputError

EVENT = {
    "event": "harbour-01",
    "title": "A harbour",
    "parties": [{"side": "A", "names": ["Orvania"], "adjectives": ["Orvanian"], "people": ["Ana Vell", "Vell"]}],
    "publishers": [{"name": "Ministry of Orvania", "side": "A", "power": "stronger"}],
}


def _write(folder: Path, content: Any) -> Path:
    path = folder / "events.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_an_event_knows_its_names_and_powers(tmp_path: Path) -> None:
    event = load_events(_write(tmp_path, [EVENT]))["harbour-01"]
    assert event.party_names[:2] == ("Ana Vell", "Orvanian")
    assert set(event.party_names) == {"Ana Vell", "Vell", "Orvania", "Orvanian"}
    assert event.power_of == {"Ministry of Orvania": "stronger"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "cannot be read as JSON"),
        ({}, "must be a list"),
        ([{"title": "no id"}], "event 1"),
        ([EVENT, EVENT], "stands twice"),
        ([EVENT | {"publishers": EVENT["publishers"] * 2}], "stands twice"),  # type: ignore[operator]
        ([EVENT | {"publishers": [{"name": "x", "side": "A", "power": "strong"}]}], "publishers.0.power"),
        ([EVENT | {"partys": []}], "partys"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load_events(_write(tmp_path, content))
    assert "events.json" in str(caught.value)


def test_events_are_found_beside_files_and_in_folders(tmp_path: Path) -> None:
    _write(tmp_path, [EVENT])
    assert set(find_events([tmp_path])) == {"harbour-01"}
    assert set(find_events([tmp_path / "some.jsonl", tmp_path])) == {"harbour-01"}
    other = tmp_path / "other"
    other.mkdir()
    assert find_events([other]) == {}
    _write(other, [EVENT])
    with pytest.raises(InputError, match="another"):
        find_events([tmp_path, other])
