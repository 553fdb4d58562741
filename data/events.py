"""Who the parties of each event are, and on which side each publisher stands: ``events.json`` beside labelled data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import InputError
from .strict import load_json

__all__ = ["EVENTS_FILE", "Event", "Party", "Power", "Publisher", "find_events", "load_events"]

#: Name of the file that ``data stats`` looks for beside the sentences.
EVENTS_FILE = "events.json"

#: Who has more force, money or weight in the dispute; ``none`` for a publisher that stands on no side.
Power = Literal["stronger", "weaker", "none"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Party(_Strict):
    """A party of a dispute, by all the names that its texts use.

    Attributes:
        side: Letter of the side; several parties may be on one.
        names: States, towns and bodies.
        adjectives: Adjectives and names of inhabitants.
        people: Its people, also by surname alone where texts do so.
    """

    side: str = Field(min_length=1)
    names: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


class Publisher(_Strict):
    """Who published a document.

    Attributes:
        name: As the records name it.
        side: Letter of its party, or ``third``.
        power: Weight of its side in this dispute.
    """

    name: str = Field(min_length=1)
    side: str = Field(min_length=1)
    power: Power


class Event(_Strict):
    """An event that several publishers tell."""

    event: str = Field(min_length=1)
    title: str = ""
    parties: tuple[Party, ...] = ()
    publishers: tuple[Publisher, ...] = ()

    @property
    def party_names(self) -> tuple[str, ...]:
        """All names, adjectives and people of the parties, the longest first."""
        words = {word for party in self.parties for word in (*party.names, *party.adjectives, *party.people)}
        return tuple(sorted(words, key=lambda word: (-len(word), word)))

    @property
    def power_of(self) -> Mapping[str, Power]:
        """Power of each publisher, by name."""
        return {publisher.name: publisher.power for publisher in self.publishers}


def load_events(path: str | Path) -> dict[str, Event]:
    """Return the events of a file by their ids.

    Raises:
        InputError: The file cannot be read, a field is wrong, or an event or a publisher of it stands twice.
    """
    file = Path(path)
    try:
        raw = load_json(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read as JSON: {error}", path=file) from error
    if not isinstance(raw, list):
        raise InputError("must be a list of events", path=file)
    events: dict[str, Event] = {}
    for number, item in enumerate(raw, 1):
        try:
            event = Event.model_validate(item)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise InputError(f"event {number}: {first['msg']}", path=file, field=field or None) from error
        if event.event in events:
            raise InputError(f"event {number}: {event.event!r} stands twice", path=file, field="event")
        twice = _first_twice([publisher.name for publisher in event.publishers])
        if twice:
            raise InputError(f"event {event.event!r}: {twice!r} stands twice", path=file, field="publishers")
        events[event.event] = event
    return events


def find_events(paths: Iterable[str | Path]) -> dict[str, Event]:
    """Return the events of every ``events.json`` that lies in, or beside, *paths*; none is no error.

    Raises:
        InputError: As ``load_events``; or two files hold the same event.
    """
    folders = {
        folder.resolve(): folder for path in map(Path, paths) for folder in [path if path.is_dir() else path.parent]
    }
    events: dict[str, Event] = {}
    for folder in sorted(folders.values()):
        file = folder / EVENTS_FILE
        if file.is_file():
            found = load_events(file)
            both = sorted(set(found) & set(events))
            if both:
                raise InputError(f"the event {both[0]!r} stands in another {EVENTS_FILE} too", path=file)
            events |= found
    return events


def _first_twice(names: Sequence[str]) -> str | None:
    return next((name for index, name in enumerate(names) if name in names[:index]), None)
