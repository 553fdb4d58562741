"""Where a sentence ends and where it does not: the named rules that repair syntok's proposals."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["RULES", "Rule", "ends_in_abbreviation", "is_item_label", "starts_item"]

# The re module knows no upper-case class; up to U+1EFF it covers Latin, Greek, Cyrillic and Armenian names.
_UPPER = "".join(chr(code) for code in range(0x1F00) if chr(code).isupper())
_LOWER = "".join(chr(code) for code in range(0x1F00) if chr(code).islower())
_NOTE = r"(?:(?:\[(?:\d{1,3}|[a-z]|citation needed)\])+(?::\d[\d–-]*)?|[¹²³⁴-⁹]{1,3}|\*{1,3}|†)"
_OPEN = r"[“„«‘\"'(\[]"

#: A sentence may begin here: an upper-case letter or a digit, perhaps after an opening mark.
_START = rf"{_OPEN}{{0,3}}\s?[{_UPPER}\d]"

#: A word that is no abbreviation: all lower case, a long name, or a number.
_WORD = rf"(?:\b[{_LOWER}]{{2,}}|\b[{_UPPER}][{_LOWER}]{{4,}}|\b\d+)"


def _one_of(words: str) -> str:
    return "|".join(words.split())


_TITLES = (
    "Mr Mrs Ms Mx Dr Drs Prof Profs Gen Gens Lt Maj Col Capt Cpt Sgt Cpl Pvt Brig Cmdr Adm Rep Reps Sen Sens Gov Govs"
    " Pres Amb Hon Rev Fr Msgr Min Dep Asst Sec Supt Messrs Mme Mlle Ft Mt Pt Pte Bro Bp Abp Flt Sqn Wg Cdr Lieut Insp"
    " Rt Rte"
)
_TITLE = _one_of(f"{_TITLES} {_TITLES.upper()}")
_REFERENCES = (
    "nos? arts? (?:sub-?)?paras? secs? pp? chs? vols? figs? res doc ref reg abs annex app tel ext fn scheds? cl rm"
)
_REFERENCE = rf"\b(?i:{_one_of(_REFERENCES)})\."

# Words that can only begin a sentence; "May" and "Will" are names, "A" and "I" are designations.
_HEADS = _one_of(
    "He She They We It You His Her Their Our My This These Those There Then When While After Before During By At From"
    " With But And Now Meanwhile Later Earlier Yesterday Tomorrow Nobody Nothing Some Many Most Several Every Neither"
    " Nor An Only Under Until Upon Once Such Two Three"
)
_PARTICLES = _one_of("De Da Du Das Die Der El La Las Los Es Er So No Sie Ihr Wie")
_SPEECH = _one_of(
    "said asked added told replied answered wrote stressed noted insisted declared warned exclaimed wondered shouted"
    " cried called demanded joked concluded says asks adds replies answers writes notes insists shouts ask say"
)
_PREFIXES = _one_of("al el ad an ar as ash at az bin ibn de di da del van von ter den der")


class Rule(NamedTuple):
    """What to do at a place where a sentence may end.

    ``left`` is matched against the end of what stands before the place, ``right`` against the beginning of
    what stands after it. Where both match, the place is a break or not, whatever syntok proposed.
    """

    name: str
    breaks: bool
    left: re.Pattern[str]
    right: re.Pattern[str]


def _rule(name: str, breaks: bool, left: str, right: str) -> Rule:
    return Rule(name, breaks, re.compile(rf"(?:{left})\Z"), re.compile(right))


#: The first rule that matches decides; without one, syntok does. A test shows that each is needed.
RULES: tuple[Rule, ...] = (
    # No break:
    _rule("semicolon", False, r";[”\"’»)]*", ""),
    _rule("title before a name", False, rf"\b(?:{_TITLE})\.", r"(?!(?:The|She|They|We|This)\b)\w"),
    _rule("reference before its number", False, _REFERENCE, r"\d|[IVXLC]{2,}\b|[VX]\b|\(|§|[A-Z]{1,4}/"),
    _rule("rank in brackets", False, r"\((?i:retd?|res)\.\)", ""),
    _rule("unit between numbers", False, r"\d\s?(?:hrs?|h|min|mins|sec|secs|s)\.", r"\d"),
    _rule("time before its zone", False, r"\b[ap]\.m\.", r"\("),
    _rule("picture after its sentence", False, r"[.!?…]", r"[\u2600-\u27bf\U0001f300-\U0001faff]"),
    _rule("month before a day", False, r"\b(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.", r"\d{1,2}\b"),
    _rule("abbreviation before its object", False, r"\b(?:e\.g|i\.e|viz|cf|vs|incl|esp|approx)\.,?", ""),
    _rule("list number after a colon", False, r":\s*\(?[1ai][.)]|;\s*\(?(?:\d{1,2}|[a-z])[.)]", ""),
    _rule("initial before a particle", False, rf"\b[{_UPPER}]\.", rf"(?:{_PARTICLES})\s+[{_UPPER}]"),
    _rule("dash after a place or agency", False, rf"\)|\b[{_UPPER}][{_LOWER}]{{1,4}}\.", r"[–—-]{1,2}\s"),
    _rule("dash after a quotation", False, r"[!?…]|[.!?…][”\"’»]+", rf"[–—-]+\s*[{_LOWER}]"),
    _rule(
        "speaker after a quotation",
        False,
        r"[!?…](?:\s?[”\"’»])+",
        rf"(?!(?:{_HEADS})\b)(?:[{_UPPER}][\w.’'-]*\s+){{1,5}}(?:{_SPEECH})\b",
    ),
    # A break:
    _rule("ellipsis at a word", True, r"\w…[”\"’»)]*", _START),
    _rule("closing quotation mark", True, rf"(?:{_WORD}[.…]|[!?])(?:\s?[”’\"'»]){{1,3}}", _START),
    _rule("footnote mark", True, rf"[\w%][”\"’»)]*[.!?…][”\"’»)]*{_NOTE}", _START),
    _rule(
        "raised number",
        True,
        rf"(?:\b[{_LOWER}]{{3,}}|\b[{_UPPER}][{_LOWER}]{{4,}}|\b\d{{4}})[”\"’»)]*[.!?][”\"’»)]*\d{{1,2}}",
        _START,
    ),
    _rule(
        "plain beginning after an abbreviation",
        True,
        rf"(?:\b[ap]\.m|\b[{_UPPER}](?:\.[{_UPPER}])+|\b(?:Inc|Ltd|Corp|Co|Jr|Sr|St|etc))\.[”\"’»)]*",
        rf"{_OPEN}?(?:{_HEADS})\b(?!-)",
    ),
    _rule("number after a word", True, rf"(?:{_WORD}|\bMay)[.!?][”\"’»)]*", rf"{_OPEN}?\d"),
    _rule("end on a referenced number", True, rf"{_REFERENCE}\s?(?:\d+|[IVXLC]+)\.", rf"{_OPEN}?[{_UPPER}]"),
    _rule("end on a decimal or a date", True, r"\d[.,:]\d+\.", rf"{_OPEN}?[{_UPPER}]"),
    _rule("end on a Roman number", True, r"\w\s(?:II|III|IV|VI{1,3}|IX|XI{1,3}|XI?[VX])\.", rf"[{_UPPER}]"),
    _rule("word that looks like an abbreviation", True, r"\b(?:art|cap|lit|max|min|tab)\.", rf"[{_UPPER}]"),
    _rule(
        "name in lower case",
        True,
        rf"{_WORD}[.!?][”\"’»)]*",
        rf"(?:(?:{_PREFIXES})(?:-|\s(?:(?:der|den|la)\s)?)[{_UPPER}]|[{_LOWER}]{{1,2}}[{_UPPER}][{_LOWER}])",
    ),
)

_LABEL = r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxlc]{1,6}|[IVXLC]{1,6})[.)]"
_ITEM_LABEL = re.compile(rf"[^\w(]*{_LABEL}\W*")
_ITEM = re.compile(
    rf"\s*(?:(?P<bullet>[•‣▪●◦∙·■□➢►*])\s|[–—-]\s|(?P<first>1[.)]|\((?:1|a|i)\)|a\))\s"
    rf"|(?:{_LABEL}|\d{{1,2}}(?:\.\d{{1,2}})+)\s)"
)
_OPEN_END = re.compile(r"(?:[.!?…:;,][”\"’»)\]]*|\b(?:and|or))\s*\Z")
_ABBREVIATION_END = re.compile(rf"\b(?:(?:[{_UPPER}]\.)+|(?:{_TITLE})\.)\Z|(?:{_REFERENCE})\Z")
_REFERENCE_END = re.compile(rf"(?:{_REFERENCE})\s*\Z")


def is_item_label(text: str) -> bool:
    """Return whether *text* is nothing but the number or letter of a paragraph or list item: ``"2.3."``."""
    return _ITEM_LABEL.fullmatch(text) is not None


def starts_item(line: str, previous: str) -> bool:
    """Return whether *line* begins a list item or numbered paragraph, seen the line before it.

    A number or dash may also stand at the head of a line by the accident of hard wrapping.
    """
    found = _ITEM.match(line)
    if found is None or _REFERENCE_END.search(previous):
        return False
    if found["bullet"] or found["first"] or not previous.strip():
        return True
    return _OPEN_END.search(previous) is not None or _ITEM.match(previous) is not None


def ends_in_abbreviation(line: str) -> bool:
    """Return whether *line* ends in an acronym, a title or a reference: its last stop may be no full stop."""
    return _ABBREVIATION_END.search(line) is not None
