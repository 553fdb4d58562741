"""Paragraphs and what they are: headline, boilerplate, body."""

from __future__ import annotations

import re
import textwrap
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterframe.data.boilerplate import BOILERPLATE, boilerplate_name, dateline_end
from counterframe.data.documents import segment
from counterframe.data.types import Release, Span

SENTENCE = "The envoy of Ostria met the minister in Port Ilva on Tuesday and thanked him for the bread."


def kinds(text: str, *, furniture: tuple[Span, ...] = (), title: Span | None = None) -> list[tuple[str, str]]:
    release = Release(doc="d", text=text, furniture=furniture, title=title)
    return [(text[part.start : part.end], part.kind) for part in segment(release)]


# What is furniture, with the name of its pattern, and what only looks so.

FURNITURE = {
    "menu": ["Home", "Main page", "Skip to main content", "News", "Home News Contacts", "Read more", "back to top"],
    "breadcrumb": ["Home / Ministry / Speeches of the minister", "Decrees | Visits | Speeches"],
    "search": ["Search in archive", "search the website", "Advanced search", "Enter search term"],
    "share": [
        "Share",
        "Share on Facebook",
        "Share this article on Telegram and WhatsApp",
        "Send to a friend",
        "Follow us on X",
        "Facebook Twitter Telegram",
        "Print this page",
    ],
    "print": ["Printable version", "Download the PDF", "Text size: A A A", "Copy link", "Printer-friendly version"],
    "cookies": [
        "We use cookies to improve your visit. Read our policy.",
        "This website uses cookies.",
        "By continuing to browse this page you agree to our use of cookies.",
        "Accept all cookies",
        "Privacy policy",
    ],
    "copyright": [
        "© 2031 Ministry of Roads of Ostria",
        "(c) 2031 Ostrian Press Agency",
        "Copyright © 2031. All rights reserved.",
        "Ministry of Roads, all rights reserved",
    ],
    "reprint terms": ["When using materials of this site, a link to the source is required."],
    "photo credit": ["Photo: Ostrian Press Agency", "Photo by Mira Ost", "(Photo: M. Ost / OPA)", "File photo"],
    "press contact": [
        "Press contact: Mira Ost, +99 12 345 67 89",
        "Media inquiries",
        "For more information, please contact the press office at press@roads.example.",
        "Tel.: +99 12 345 67 89",
        "press@roads.example | https://roads.example",
    ],
    "release line": ["FOR IMMEDIATE RELEASE", "PRESS RELEASE", "Embargoed until 3 May, 10:00", "-30-", "ENDS"],
    "publisher line": [
        "Release of the Press Service of the Governor",
        "Press Office of the Ministry of Roads",
        "Information Department, Ministry of Roads and Ports",
        "Office of the Spokesperson",
    ],
    "stamp": [
        "Official news 2031-03-21 19:22:00",
        "21.03.2031, 19:22",
        "Published: Tuesday, 21 March 2031 at 19:22",
        "Last updated on May 3, 2031",
        "19:22, 21 March 2031",
        "Foreign policy - 21 March 2031, 19:22",
        "21 March 2031 | 345 views",
    ],
    "reference number": ["No. 123/31", "Document No. 45, dated 21 March 2031", "Ref. No: 7-31"],
    "document mark": ["OSC/31/7", "Agenda item 4", "Distr.: General", "Sixty-second session", "Page 3 of 7", "3/7"],
    "advertisement": [
        "- ADVERTISEMENT -",
        "Sponsored content",
        "Sign up to our morning letter",
        "Your e-mail address",
        "Continue reading…",
        "You may also like:",
        "Learn more »",
    ],
    "feed line": [
        "The post Envoy arrives in Port Ilva appeared first on Roads Today.",
        "Click to share on a network (opens in a new window)",
    ],
    "mail line": [
        "Sent from my pocket telephone",
        "View this email in your browser",
        "To unsubscribe, write to lists@roads.example",
        "To be removed from this list, reply with the word stop.",
        "You can unsubscribe at any time.",
        "You are receiving this newsletter because you asked for it.",
        "You received this message from the press office.",
    ],
    "counter": ["1 034 views", "Views: 1034", "Comments (12)", "3 min read"],
    "tags": ["Tags: road, bridge", "Related news", "Read also: Envoy arrives in Belmark"],
    "byline": ["By Mira Ost", "By Mira Ost and Tor Blix", "Source: Ministry of Roads"],
    "ornament": ["***", "— — —", "_______"],
    "dateline": ["Port Ilva, 21 March 2031", "PORT ILVA (OPA)", "PORT ILVA, March 21 /OPA/"],
}

STORY = [
    "We brought milk and cookies to the camp.",
    "The road of 21 March 2031",
    "Telephone lines were cut.",
    "Contact the embassy.",
    "Any use of force needs the permission of the council.",
    "Any use of materials from the agency's stores needs a guard.",
    "Press service of the ministry denies closure of the road",
    "Statement by the Spokesperson on the closure of the road",
    "Copyright law was breached at the fair.",
    "All rights of the pilgrims were respected.",
    "(c) The sides agreed to meet;",
    "Embargo on grain lifted",
    "Embargoed goods until May passed the gate.",
    "Photos by drones show that the road is closed.",
    "Ministers Meet 21 March",
    "Talks Resume (Update)",
    "By noon the road was open",
    "Home for refugees opened",
    "News from the front: none.",
    "Share of wheat falls",
    "Print shops closed",
    "Search for the missing goes on.",
    "Follow the law.",
    "Find us a road.",
    "30 lorries",
    "You received us with bread and we shall not forget it.",
    "You are receiving a guest from afar.",
    "To be removed from office is a grave matter.",
    "The post of the minister stays vacant.",
    "Sponsored talks failed",
    "Subscribers wait",
    "Items 4 and 5 were deleted.",
    "On 21 March 2031 the road was closed.",
    "“No.”",
]


@pytest.mark.parametrize(("name", "line"), [(name, line) for name, lines in FURNITURE.items() for line in lines])
def test_furniture_is_known_by_its_pattern(name: str, line: str) -> None:
    assert boilerplate_name(line) == name
    assert kinds(f"{SENTENCE}\n\n{line}\n\n{SENTENCE}")[1] == (line, "boilerplate")


def test_each_pattern_has_an_example() -> None:
    assert set(FURNITURE) == {*BOILERPLATE, "dateline"}


@pytest.mark.parametrize("line", STORY)
def test_what_only_looks_like_furniture_stays(line: str) -> None:
    assert boilerplate_name(line) is None
    assert (line, "boilerplate") not in kinds(f"{SENTENCE}\n\n{line}\n\n{SENTENCE}")


def test_a_long_text_is_never_furniture() -> None:
    assert boilerplate_name("We use cookies, " + "as everybody does, " * 60) is None


@pytest.mark.parametrize("name", sorted(BOILERPLATE))
def test_no_pattern_takes_long_on_what_nearly_matches(name: str) -> None:
    near = [
        part * (690 // len(part)) + "!x" for part in ["a | ", "A ", "Home ", "- ", "x, ", "3 May ", "facebook ", "1-"]
    ]
    start = time.process_time()
    for text in near:
        BOILERPLATE[name].fullmatch(text)
    assert time.process_time() - start < 2


# Datelines.


@pytest.mark.parametrize(
    ("prefix", "rest"),
    [
        ("PORT ILVA, 21 March (Ostrian Agency) —", "The road is open."),
        ("Port Ilva, March 21, 2031 –", "The road is open."),
        ("PORT ILVA, Ostria, March 3 --", "The road is open."),
        ("PORT ILVA, March 21 /OPA/.", "The road is open."),
        ("PORT ILVA, 21 March (OPA):", "“The road is open,” he said."),
        ("March 21 (OPA) -", "The road is open."),
    ],
)
def test_dated_dateline_is_cut_off_anywhere(prefix: str, rest: str) -> None:
    assert kinds(f"{prefix} {rest}") == [(prefix, "boilerplate"), (rest, "body")]
    assert kinds(f"{SENTENCE}\n\n{prefix} {rest}")[1:] == [(prefix, "boilerplate"), (rest, "body")]


@pytest.mark.parametrize(
    "prefix", ["PORT ILVA (OPA) —", "(OPA) —", "Orrville (OPA):", "PORT ILVA —", "ORRVILLE, Velt. -"]
)
def test_undated_dateline_is_cut_off_only_at_the_head_of_the_story(prefix: str) -> None:
    text = f"{prefix} The road is open."
    assert kinds(text) == [(prefix, "boilerplate"), ("The road is open.", "body")]
    assert kinds(f"{SENTENCE}\n\n{text}")[1:] == [(text, "body")]


@pytest.mark.parametrize(
    "text",
    [
        "On 21 March — the day of the talks — the road was open.",
        "QUESTION: Is the road open?",
        "NATO – The alliance met.",
        "PORT-ILVA is open.",
        "PRESS-CONFERENCE of the minister.",
        "NOBODY KNOWS WHO CLOSED THE ROAD TO THE PORT — The envoy left.",
        "Ostria — a state on the coast — agreed.",
        "Ostria, 5 May: ministers met.",
        "The envoy said (OPA) — that is, he wrote.",
    ],
)
def test_no_dateline(text: str) -> None:
    assert dateline_end(text, opening=True) == 0
    assert kinds(text) == [(text, "body")]


def test_dateline_broken_by_hard_wrapping() -> None:
    text = "PORT ILVA, 21\nMarch (OPA) — The road is open."
    assert dateline_end(text, opening=True) == text.index("The")


# Headlines.


def test_short_first_line_is_the_headline() -> None:
    text = f"Envoy meets minister\n\nRoad on the agenda\n\n{SENTENCE}\n\nHe left"
    assert [kind for _, kind in kinds(text)] == ["headline", "headline", "body", "body"]


@pytest.mark.parametrize(
    "text",
    [
        "Envoy meets minister",
        "Envoy meets minister\n\nRoad on the agenda",
        f"The envoy left.\n\n{SENTENCE}",
        f"Who closed the road?\n\n{SENTENCE}",
        f"The ministry states the following:\n\n{SENTENCE}",
        f"al-Sahra is open\n\n{SENTENCE}",
        f"1. Situation on the road\n\n{SENTENCE}",
        f"Colleagues\n\n{SENTENCE}",
        f"{'Long ' * 50}headline\n\n{SENTENCE}",
        f"The envoy said “no.”\n\n{SENTENCE}",
    ],
)
def test_no_headline(text: str) -> None:
    assert {kind for _, kind in kinds(text)} == {"body"}


def test_furniture_before_the_headline_does_not_hide_it() -> None:
    text = f"Home | News | Visits\nPRESS RELEASE\nEnvoy meets minister\n{SENTENCE}"
    assert [kind for _, kind in kinds(text)] == ["boilerplate", "boilerplate", "headline", "body"]


def test_at_most_two_sub_headlines() -> None:
    text = f"Envoy meets minister\n\nRoad open\n\nGate open\n\nPort open\n\n{SENTENCE}"
    assert [kind for _, kind in kinds(text)] == ["headline"] * 3 + ["body"] * 2


def test_title_is_the_headline_wherever_it_stands() -> None:
    text = f"Ministry of Roads\n\nWho closed the road?\n\nRoad on the agenda\n\n{SENTENCE}"
    start = text.index("Who")
    found = kinds(text, title=(start, start + len("Who closed the road?")))
    assert [kind for _, kind in found] == ["body", "headline", "headline", "body"]


def test_repeated_headline_is_boilerplate() -> None:
    text = f"Envoy meets minister\n\n{SENTENCE}\n\nENVOY  meets minister\n\nEnvoy meets minister."
    assert [kind for _, kind in kinds(text)] == ["headline", "body", "boilerplate", "body"]


def test_an_earlier_copy_of_the_title_is_boilerplate() -> None:
    text = f"Envoy meets minister\n\nEnvoy meets minister\n\n{SENTENCE}"
    start = text.rindex("Envoy meets")
    found = kinds(text, title=(start, start + len("Envoy meets minister")))
    assert [kind for _, kind in found] == ["boilerplate", "headline", "body"]


def test_first_line_like_a_byline_may_be_the_headline() -> None:
    assert kinds(f"By Force Alone\n\n{SENTENCE}")[0][1] == "headline"
    assert kinds(f"Envoy meets minister\n\nBy Mira Ost\n\n{SENTENCE}")[1][1] == "boilerplate"


# Lines and paragraphs.


def test_one_paragraph_a_line() -> None:
    text = f"{SENTENCE}\n{SENTENCE} He left.\nThe gate is shut."
    assert [piece for piece, _ in kinds(text)] == text.split("\n")


@pytest.mark.parametrize("width", [50, 72, 80])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_hard_wrapped_text_keeps_its_paragraphs(width: int, newline: str) -> None:
    paragraphs = [
        f"{SENTENCE} He told the U.S. Secretary of Roads that Gen. Marr of the Northern Guard had opened Gate No. 10.",
        "The Secretary said that Ostria and Belmark were both welcome, and that Port Ilva remained open to all.",
        "Lorries pass.",
    ]
    text = (newline * 2).join(newline.join(textwrap.wrap(paragraph, width)) for paragraph in paragraphs)
    found = kinds(text)
    assert [" ".join(piece.split()) for piece, _ in found] == paragraphs
    assert {kind for _, kind in found} == {"body"}


def test_hard_wrapped_text_without_blank_lines() -> None:
    body = textwrap.wrap(f"{SENTENCE} He told reporters that the road was open and would stay so.", 60)
    more = textwrap.wrap("The minister agreed and said that no lorry had been stopped at the gate since Monday.", 60)
    text = "\n".join(["Envoy meets minister", *body, *more, "Photo: Ostrian Press Agency"])
    assert [" ".join(piece.split()) for piece, _ in kinds(text)] == [
        "Envoy meets minister",
        " ".join(body),
        " ".join(more),
        "Photo: Ostrian Press Agency",
    ]
    assert [kind for _, kind in kinds(text)] == ["headline", "body", "body", "boilerplate"]


def test_list_items_are_paragraphs() -> None:
    text = "The sides agreed:\n- the road stays open;\n- nobody pays.\n1. Ports open.\n2. Gates open."
    assert [piece for piece, _ in kinds(text)] == text.split("\n")


def test_a_menu_of_lower_case_words_does_not_wrap_the_text() -> None:
    text = "home\nnews\narchive\n\nThe gate is shut.\nLorries wait.\nNobody knows why."
    assert [piece for piece, _ in kinds(text)] == [line for line in text.split("\n") if line]


# Furniture of the format.


def test_furniture_of_the_format_is_boilerplate() -> None:
    text = f"{SENTENCE} A teaser stands here. {SENTENCE}"
    start = text.index("A teaser")
    end = start + len("A teaser stands here.")
    assert kinds(text, furniture=((start, end),)) == [
        (SENTENCE, "body"),
        ("A teaser stands here.", "boilerplate"),
        (SENTENCE, "body"),
    ]


def test_title_wins_over_furniture() -> None:
    text = f"Envoy meets minister\n\n{SENTENCE}"
    assert kinds(text, furniture=((0, 20),), title=(0, 20))[0] == ("Envoy meets minister", "headline")


def test_overlapping_empty_and_unordered_spans() -> None:
    text = f"One line\nTwo lines\n{SENTENCE}"
    found = kinds(text, furniture=((9, 18), (0, 8), (4, 12), (5, 5)))
    assert [kind for _, kind in found] == ["boilerplate", "boilerplate", "body"]


def test_no_text_has_no_segment() -> None:
    assert kinds("") == []
    assert kinds(" \n\u00a0 ", furniture=((0, 3),)) == []


_PIECES = st.sampled_from(
    [
        "Envoy meets minister",
        SENTENCE,
        "PORT ILVA, 3 May (OPA) — ",
        "Share on Facebook",
        "© 2031",
        "the gate",
        "1. ",
        "• ",
        "\n",
        "\n\n",
        " ",
        "\r\n",
        "\u2028",
        "\u200b",
        "U.S.",
        "3 May 2031",
        "Home | News | Visits",
    ]
)


@given(
    st.one_of(st.text(max_size=120), st.lists(_PIECES, max_size=20).map("".join)),
    st.lists(st.tuples(st.integers(0, 150), st.integers(0, 150)), max_size=4),
    st.none() | st.tuples(st.integers(0, 150), st.integers(0, 150)),
)
@settings(max_examples=400, deadline=None)
def test_each_character_lies_in_one_segment(text: str, furniture: list[Span], title: Span | None) -> None:
    position = 0
    for part in segment(Release(doc="d", text=text, furniture=tuple(furniture), title=title)):
        assert position <= part.start < part.end <= len(text)
        assert not text[position : part.start].strip()
        piece = text[part.start : part.end]
        assert piece == piece.strip()
        position = part.end
    assert not text[position:].strip()


@given(st.lists(st.sampled_from([SENTENCE, "Lorries pass.", "He said: “The gate is shut.”"]), min_size=1, max_size=8))
@settings(max_examples=50, deadline=None)
def test_full_sentences_are_always_body(sentences: list[str]) -> None:
    for joiner in ("\n", "\n\n", " "):
        assert {kind for _, kind in kinds(joiner.join(sentences))} == {"body"}


def test_many_lines_take_time_in_proportion() -> None:
    text = "Share on Facebook\n" * 4000 + f"{SENTENCE}\n" * 4000
    start = time.process_time()
    found = kinds(text)
    assert time.process_time() - start < 10
    assert len(found) == 8000
    assert len(re.findall("Share", text)) == sum(kind == "boilerplate" for _, kind in found)
