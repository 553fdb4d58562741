"""Which named source a personal pronoun stands for, where that is safe; English alone.

Safe means: the last source of the document that is no pronoun stands in the same or the previous paragraph, is a
person (he, she), a body (it) or several people (they), nobody else is named between it and the pronoun, and the
pronoun is not quoted. What stands before the source counts as well, and "her" speaks against "he". All else is left
as it is: a wrong name is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .tellings import Told

__all__ = ["PRONOUNS", "resolve_pronouns"]

#: Pronouns and what they stand for.
PRONOUNS = {"he": "person", "she": "person", "it": "body", "they": "people"}

_MALE = frozenset({"mr", "sir", "lord", "king", "prince", "chairman", "spokesman", "congressman", "policeman"})
_FEMALE = frozenset(
    {"ms", "mrs", "miss", "madam", "lady", "queen", "princess", "chairwoman", "spokeswoman", "congresswoman"}
)

_OF_HIM = frozenset({"he", "his", "him", "himself"})
_OF_HER = frozenset({"she", "her", "hers", "herself"})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ROLES = (
    _MALE
    | _FEMALE
    | _words(
        """
    adviser advisor ambassador analyst archbishop activist bishop capt captain chair chairperson chancellor chief
    coach col colonel commander commissioner coordinator correspondent counterpart dean delegate deputy diplomat
    director doctor dr driver economist editor envoy expert farmer fisherman fm general gen governor head historian
    inspector journalist judge lawmaker lawyer leader lecturer lieutenant lt maj major master mayor mediator minister mp
    negotiator observer officer official ombudsman organiser organizer owner patriarch physician pm premier president
    prof professor prosecutor rapporteur reporter representative researcher resident secretary senator sergeant speaker
    spokesperson teacher undersecretary witness
        """
    )
)
#: Last words of the names of bodies.
_BODIES = _words(
    """
    academy administration agency alliance army assembly association authority bank board brigade bureau cabinet centre
    center club coalition college command commission committee company congress consulate convoy corporation council
    court crescent cross customs delegation department directorate embassy federation force foundation front fund
    government group headquarters hospital institute institution league media ministry mission movement navy network
    newspaper office opposition organisation organization outlet parliament party patrol police presidency programme
    registry secretariat senate service society staff syndicate tribunal union university watch
    """
)
#: Last words of names that are neither people nor speak.
_PLACES = _words(
    """
    agreement airport bay bridge cape channel city coast code convention corridor crossing district gulf harbour harbor
    highway island islands lake line mountains pass port protocol province region republic resolution river road route
    sea shore state states strait straits street sund talks treaty tunnel valley village
    """
)
_ARTICLES = frozenset({"the", "a", "an", "this", "that"})
_TOKEN = re.compile(r"[^\W\d_](?:[\w’'-]*[^\W_])?")
#: Where the noun ends about which the rest of a name says more.
_REST = re.compile(r"\s+(?:of|for|in|at|from|with|on|to|who|which|whose)\b|[,(;:]")
_POSSESSIVE = re.compile(r"['’]s?$")


@dataclass(slots=True)
class _Voice:
    """The last source that was named.

    Attributes:
        between: What stands between it and the place that is read: texts, and whether each begins a sentence.
        gap: Sentences without a source that were passed since it, or a pronoun for it, spoke.
    """

    name: str
    paragraph: int
    between: list[tuple[str, bool]] = field(default_factory=list)
    gap: int = 0

    @property
    def words(self) -> set[str]:
        return {_plain(word) for word in _TOKEN.findall(self.name)}


def resolve_pronouns(sentences: Sequence[Told]) -> dict[int, str]:
    """Return, by the number ``n`` of the sentence, the name for which its source stands, if that is a pronoun."""
    resolved: dict[int, str] = {}
    whole = " ".join(sentence.text for sentence in sentences)
    voice: _Voice | None = None
    before = ""  # what the paragraph holds before the sentence
    paragraph = None
    for sentence in sentences:
        before = before if sentence.paragraph == paragraph else ""
        paragraph = sentence.paragraph
        if sentence.headline:
            voice = None  # the text below begins anew
        elif sentence.source is None:
            if voice is not None:
                voice.between.append((sentence.text, True))
                voice.gap += 1
        else:
            name, at = sentence.source
            around = [(sentence.text[:at], True), (sentence.text[at + len(name) :], False)]
            kind = PRONOUNS.get(name.casefold())
            if kind is None:  # in an unsure sentence it may be the wrong name
                voice = None if sentence.unsure else _Voice(name, sentence.paragraph, around)
            elif voice is not None and _is_safe(voice, sentence, kind, before, whole):
                if not sentence.unsure:
                    resolved[sentence.n] = voice.name
                voice.between, voice.gap = [*voice.between, *around], 0
            else:
                voice = None
        before += sentence.text + " "
    return resolved


def _is_safe(voice: _Voice, sentence: Told, kind: str, before: str, whole: str) -> bool:
    if sentence.source is None or not 0 <= sentence.paragraph - voice.paragraph <= 1:
        return False
    pronoun, at = sentence.source
    if _is_quoted(before + sentence.text[:at]):
        return False
    if not _fits(voice, pronoun.casefold(), kind, whole):
        return False
    between = [*voice.between, (sentence.text[:at], True)]
    if kind == "person" and any(_contradicts(text, pronoun.casefold()) for text, _ in between):
        return False
    return not any(_rivals(text, starts, voice, kind, whole) for text, starts in between)


def _contradicts(text: str, pronoun: str) -> bool:
    """Return whether *text* speaks of somebody for whom the pronoun cannot stand: of her, where it is "he"."""
    return not (_OF_HER if pronoun == "he" else _OF_HIM).isdisjoint(_plain(token) for token in _TOKEN.findall(text))


def _is_quoted(before: str) -> bool:
    """Return whether what follows *before* stands inside of a quotation."""
    return before.count('"') % 2 == 1 or before.count("“") > before.count("”") or before.count("«") > before.count("»")


def _fits(voice: _Voice, pronoun: str, kind: str, whole: str) -> bool:
    """Return whether the name can be what the pronoun stands for."""
    head = [word for word in _TOKEN.findall(_REST.split(voice.name, maxsplit=1)[0]) if word.lower() not in _ARTICLES]
    if not head:
        return False
    last, own = head[-1], voice.words
    if kind == "body":
        return _plain(last) in _BODIES
    if kind == "people":
        plural = last.islower() and last.endswith("s") and not last.endswith("ss")
        return plural and voice.gap == 0
    if _plain(last) in _BODIES | _PLACES or (pronoun == "he" and own & _FEMALE) or (pronoun == "she" and own & _MALE):
        return False
    if any(_plain(word) in _ROLES and not _POSSESSIVE.search(word) for word in head):
        return True
    if not all(word[0].isupper() for word in head):
        return False
    first = _TOKEN.search(voice.name)
    if len(head) > 1:
        return first is not None and first[0].lower() not in _ARTICLES
    # One word may be a surname or a state; it is a surname if it stands behind a role or a title somewhere.
    return _is_surname(last, whole)


def _is_surname(word: str, whole: str) -> bool:
    for match in re.finditer(rf"((?:[\w’'-]+\.?\s+){{1,3}}){re.escape(word)}\b", whole):
        given = _TOKEN.findall(match[1])
        names = []
        while given and given[-1][0].isupper() and _plain(given[-1]) not in _ROLES:
            names.append(given.pop())
        if given and _plain(given[-1]) in _ROLES and not _POSSESSIVE.search(given[-1]):
            return True
    return False


def _rivals(text: str, starts: bool, voice: _Voice, kind: str, whole: str) -> bool:
    """Return whether *text* names somebody else for whom the pronoun could stand."""
    own = voice.words
    tokens = [match[0] for match in _TOKEN.finditer(text)]
    if any(_plain(token) in (_ROLES if kind == "person" else _BODIES) - own for token in tokens if kind != "people"):
        return True
    if kind == "people":
        return any(_plain(token).rstrip("s") in _ROLES and _plain(token) not in own for token in tokens)
    return any(_is_rival_name(run, own, kind, voice.gap, whole) for run in _names(tokens, starts))


def _names(tokens: Sequence[str], starts: bool) -> Iterator[list[str]]:
    """Yield runs of capitalised words; a single one that only begins a sentence is none."""
    run: list[str] = []
    first = 0
    for index, token in enumerate([*tokens, ""]):
        if token[:1].isupper():
            first = first if run else index
            run.append(token)
            continue
        if run and not (starts and first == 0 and len(run) == 1):
            yield run
        run = []


def _is_rival_name(run: Sequence[str], own: set[str], kind: str, gap: int, whole: str) -> bool:
    words = [_plain(word) for word in run]
    if set(words) <= own or words[-1] in _PLACES:
        return False
    if kind == "body":
        return True
    if words[-1] in _BODIES:
        return False
    # Right behind its speaker a single name counts unless the text shows it to be a place or a state.
    return len(run) > 1 or gap > 0 or not _is_place(_POSSESSIVE.sub("", run[0]), whole)


def _is_place(word: str, whole: str) -> bool:
    """Return whether a text has the word behind a preposition of place, and never as somebody's surname."""
    placed = re.search(rf"\b(?:in|at|near|across|into|outside)\s+{re.escape(word)}\b", whole)
    return placed is not None and not _is_surname(word, whole)


def _plain(word: str) -> str:
    return _POSSESSIVE.sub("", word).lower()
