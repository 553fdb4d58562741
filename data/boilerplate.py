"""What is not the story: named patterns of page furniture, stamps and datelines in English releases.

A pattern must match the whole of a line or paragraph. Each is narrow: a lost sentence of the body is worse
than a menu entry that stays.
"""

from __future__ import annotations

import re

__all__ = ["BOILERPLATE", "boilerplate_name", "dateline_end"]

#: Longer pieces are never furniture.
_LONGEST = 700

_MONTH = (
    r"(?i:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
_WEEKDAY = r"(?i:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )"
_DATE = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}"
    rf"|{_WEEKDAY}?\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}\b\.?(?:,? \d{{4}})?"
    rf"|{_WEEKDAY}?{_MONTH}\b\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?)"
)
_TIME = r"(?:\d{1,2}[:.]\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?|\d{1,2} ?[ap]\.?m\.?)(?: ?\(?[A-Z]{2,4}\)?)?"
_STAMP = rf"(?:{_DATE}(?:(?:T|[ ,;|/–—-]+|,? at ){_TIME})?|{_TIME}[ ,;|/–—-]+(?:on )?{_DATE})"


def _one_of(words: str) -> str:
    """Return a pattern for any of *words*, with _ for a blank and ~ for a blank, a hyphen or neither."""
    return "(?:" + "|".join(word.replace("~", "[ -]?").replace("_", " ") for word in words.split()) + ")"


_MENU = _one_of(
    "home home~page main main_page main_menu menu skip_to_content skip_to_main_content skip_to_navigation"
    " back back_to_top to_the_top news latest_news all_news more_news about about_us contacts? contact_us"
    " site~map search log~in log~out sign_in sign_up sign_out register subscribe newsletter rss archives?"
    " next prev previous close read_more more press_releases press_room press_cent(?:re|er) media"
    " media_cent(?:re|er) publications events photos videos gallery faq english careers"
)
_NETWORK = _one_of(
    "facebook twitter x telegram whatsapp linkedin instagram youtube vk vkontakte viber reddit pinterest"
    " messenger tiktok threads bluesky mastodon e~mail social_media social_networks"
)
_PAGE = _one_of("page article story news post release version")
_NAME = r"(?-i:[A-Z][\w’'.-]*)"
_MEDIA = _one_of("press information media communications? public_affairs public_relations")
_UNIT = _one_of("service office department secretariat cent(?:re|er) bureau division section")
_NOTE = _one_of("release statement communiqu[eé] information message report bulletin")
_QUESTIONS = _one_of("information details questions inquiries enquiries queries")
_CONTACT = r"(?:(?:https?://|www\.)\S+|\S+@\S+\.\w+|@\w{2,30}|\+?\(?\d[\d ()/.-]{5,}\d)"
_CHANNEL = _one_of("tel phone telephone mobile cell fax e~mail web website internet")
_LINE = rf"(?:{_CHANNEL}[.: ]{{1,3}})?{_CONTACT}"
_ORDINAL = _one_of(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth twentieth (?:twenty|thirty|forty|fifty|sixty|seventy|eighty)~\\w+"
)
_PICTURE = _one_of("photos? images? pictures? videos? illustrations?")
_NO_STOP = r"(?<![.!?])"

#: Alternatives for each kind of furniture. They are matched against a whole line, whatever its case.
_PATTERNS: dict[str, tuple[str, ...]] = {
    "menu": (rf"{_MENU}(?:[\s|/>»›·•,-]+{_MENU})*",),
    "breadcrumb": (
        r"(?:home|main(?: page)?|start) ?[>»/|›→·] ?[^.!?]{1,150}",
        r"[^.!?|]{1,40}(?:\|[^.!?|]{1,40}){2,}",
    ),
    "search": (
        r"search (?:in |the |this |our |all |by )*(?:archives?|(?:web)?site|news|portal|results?|date)",
        r"advanced search",
        r"(?:enter|type) (?:here to search|(?:a |your )?(?:search|key) ?(?:words?|terms?|phrases?))",
    ),
    "share": (
        rf"(?:share|tweet|send|post|like|print|e-?mail)(?: this| it| the)?(?: {_PAGE})?(?: to a friend)?:?",
        rf"(?:share|tweet|send|post|follow|find|join|like)(?: us| this| it)?(?: {_PAGE})?"
        rf"(?:(?: on| via| by| with| to| in| and| or| our| &|,|:)* {_NETWORK})+",
        rf"{_NETWORK}(?:(?:[\s,|/·•&]| and )+{_NETWORK})*",
        r"follow us:?",
        rf"(?:share(?: this)?(?: {_PAGE})?[:|/ ]+)?(?:(?:print|save|share|{_NETWORK})(?:[\s,|/·•]+|$)){{2,}}",
        rf"share(?: this)?(?: {_PAGE})?[:|/ ]+(?:print|{_NETWORK})",
    ),
    "print": (
        r"(?:print(?:able|er-friendly)?|print-friendly) (?:version|preview)",
        rf"(?:download|save|open)(?: this| the| as| in| a| {_PAGE})* (?:pdf|docx?|word|file)(?: file)?",
        r"(?:text|font) size.{0,12}|listen(?: to this (?:article|page))?|copy (?:link|url)",
    ),
    "cookies": (
        r"(?:we|(?:this|our|the) (?:web)?site) (?:may )?(?:uses?|stores?|sets?) (?:[\w-]+ ){0,4}cookies\b.*",
        r"by (?:continuing|using|browsing|clicking)\b.{0,160}\bcookies\b.*",
        r"(?:accept|reject|allow|decline|manage)(?: all| only| necessary| essential)* cookies",
        r"(?:accept|reject) all",
        r"(?:cookies?|privacy)(?: settings?| policy| preferences| notice| statement)|i agree|got it",
        r"terms (?:of (?:use|service)|(?:and|&) conditions)(?: ?\| ?.{0,60})?|accessibility statement",
    ),
    "copyright": (
        r"©.{0,200}",
        r"\(c\) ?(?:copyright|\d{4}\b).{0,200}",
        r"copyright(?: ?(?:©|\(c\)|\d{4}|notice).{0,200})?",
        r"(?:.{0,140}[.,|–—-] ?)?all rights reserved\.?(?: .{0,80})?",
    ),
    "reprint terms": (
        # The first look ahead only saves the others their way through the text.
        r"(?=(?:when |in case of |any |full or partial |the )*(?:us|quot|cit|rep|copy))"
        r"(?=.*\b(?:(?:web)?site|portal|source|agency)\b)(?=.*\b(?:link|hyperlink|reference|permission|consent)\b)"
        r"(?:when |in case of |any |full or partial |the )*"
        r"(?:us(?:e|ing)|quot(?:ing|ation)|cit(?:ing|ation)|reprint(?:ing|s)?|reproduction|republication|copying)\b"
        r".{0,40}\b(?:materials?|contents?|texts?|photos?)\b.{0,250}",
    ),
    "photo credit": (
        rf"\(?(?:file |archive )?{_PICTURE}(?: credits?| courtesy| source| by)? ?[:/©|] ?"
        rf"(?:.{{1,120}}{_NO_STOP}|.{{1,40}})",
        rf"\(?{_PICTURE} (?:by|credit|courtesy of) {_NAME}.{{0,60}}{_NO_STOP}",
        rf"\(?(?:file|archive) photo\)?|\[{_PICTURE}[^\]]{{0,60}}\]",
    ),
    "press contact": (
        rf"(?:press|media|news)(?: and \w+)? (?:contacts?|{_QUESTIONS})\b(?: ?[:|–—-].{{0,160}})?",
        r"contacts?(?: persons?| details| information)? ?:.{0,160}",
        rf"for (?:more|further|additional|any|media|press) {_QUESTIONS}\b.{{0,60}}"
        r"\b(?:contact|call|visit|write|e-?mail|tel|phone)\b.{0,200}",
        rf"{_LINE}(?:[\s,;|/]+{_LINE})*",
    ),
    "release line": (
        rf"(?:for )?immediate release(?: ?[:,–—-]? ?{_STAMP})?",
        rf"(?:for release|embargoed (?:until|till|for)) .{{1,60}}{_NO_STOP}",
        rf"(?:press|news|media) (?:release|statement)s?(?:[ :,–—-]+(?:no\.? ?[\w/-]+|{_STAMP}))*",
        rf"[-– ]*ends?[-– ]*|[-–]+ ?30 ?[-–]+|notes? to editors?:?|end of {_NOTE}",
    ),
    "publisher line": (
        rf"(?:(?:press |official |news )?{_NOTE}s? (?:of|by|from) )?(?:the )?{_MEDIA}(?: and \w+)? {_UNIT}"
        rf"(?:,? (?:of|for|at|the|and|{_NAME}))*",
        r"office of the (?:spokes\w+|press secretary)",
    ),
    "stamp": (
        r"(?:(?:(?:official )?news|published|posted|created|(?:last )?(?:updated|modified)|issued|released"
        r"|(?:release |publication )?date(?: of (?:publication|issue))?)(?: on| at)?[\s:,|–—-]*)?"
        rf"{_STAMP}(?: ?[|·] ?.{{0,40}})?",
        rf"(?:[^\W\d]+[\s:,|–—-]+){{1,4}}{_DATE}[ ,T|–—-]+{_TIME}",
    ),
    "reference number": (
        r"(?:(?:ref(?:erence)?|(?:press )?release|document|doc)\.? ?)?(?:no|nr|№)\.?:? ?\d[\d/.-]*"
        rf"(?:,? (?:dated |of )?{_STAMP})?",
    ),
    "document mark": (
        r"[A-Z]{1,4}(?:/[A-Z]{0,4}\.?\d{0,4}){0,3}/\d[\d/.-]*(?: ?\(?[A-Z]?\)?)?",
        r"(?:agenda )?items? \d+[\w ()]{0,12}(?: of the (?:provisional )?agenda)?|original: ?\w+|distr\.?:? ?\w+",
        rf"(?:{_ORDINAL}|\d{{1,2}}(?:st|nd|rd|th)) (?:regular |special )?(?:session|meeting)(?: ?{_STAMP})?",
        r"(?:page ?)?\d{1,4} ?(?:/|of) ?\d{1,4}",
    ),
    "advertisement": (
        r"(?:[-–*• ]*)(?:advertis(?:ement|ing)|sponsored(?: content)?|promoted)(?: ends| continues below)?(?:[-–*• ]*)",
        r"(?:sign up|subscribe)(?: now| here| today)?(?: (?:to|for) (?:our|the|this) [^.!?]{1,60})?[.!]?",
        r"(?:enter|your) (?:your )?e-?mail(?: address)?|(?:continue|keep) reading(?: ?[.…»›>]+| below)?",
        r"you (?:may|might) (?:also )?(?:like|be interested in)(?: these?)?:?|(?:read|see|watch|learn) more ?[.…»›>:]*",
    ),
    "feed line": (
        r"the post .{1,250} (?:appeared first on|first appeared on) .{1,80}",
        r"click to (?:share|print|e-?mail) .{1,60}",
    ),
    "mail line": (
        r"sent from my [\w ]{2,30}\.?|(?:view|read) this (?:e-?mail|message|newsletter) (?:in|on) .{1,40}",
        r"(?:to )?(?:unsubscribe|be (?:added to|removed from|deleted from|added or deleted from)"
        r"(?=.*\b(?:click|e-?mail|mailings?|newsletter|reply|subscri\w+|write)\b))\b.{0,160}",
        r"you (?:can unsubscribe\b|(?:are receiving|(?:have )?received)\b"
        r"(?=.*\b(?:bulletins?|e-?mails?|list|message|newsletters?|subscri\w+)\b)).{0,160}",
    ),
    "counter": (
        r"\d[\d., ]* (?:views?|reads?|shares?|comments?|likes?)|\d+ min(?:ute)?s? read",
        r"(?:views?|reads?|comments?|shares?) ?[:(] ?\d[\d.,]*\)?",
    ),
    "tags": (
        r"(?:tags?|categor(?:y|ies)|keywords?|filed under|(?:read|see) (?:also|next)) ?:.{0,160}",
        r"(?:related|other|similar|latest|more|most (?:read|popular))"
        r" (?:news|articles?|stories|posts|releases|publications|materials|topics|links|documents) ?:?",
    ),
    "byline": (
        rf"(?:source|author|(?:written|reported|edited|translated|reporting|editing) by) ?:? ?{_NAME}"
        rf"(?:[ ,;/]+(?:and |of |the |for |by )*{_NAME}){{0,8}}",
        rf"by {_NAME} {_NAME}(?:(?:,? and|,)? {_NAME}){{0,4}}",
    ),
    "ornament": (r"[\W_]+",),
}

#: Name and pattern of each kind of furniture.
BOILERPLATE = {
    name: re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
    for name, patterns in _PATTERNS.items()
}

_PLACE = (
    r"(?!(?:On|In|At|By|As|Since|From|Until|After|Before|Late|Early|Last|This|The|An?|For|To)\b)"
    r"[A-Z][\w’'.-]*(?:[ -](?:[A-Z][\w’'.-]*|de|la|del|el|al|upon|of)){0,3}"
    r"(?:, [A-Z][\w’'.-]*(?: [A-Z][\w’'.-]*)?)?"
)
_CAPITALS = r"(?=[A-Z’'-]{5}|[A-Z’'.-]{2,} [A-Z]{2})[A-Z][A-Z .’'-]{1,28}(?:, [A-Z][\w.]+(?: [A-Z][\w.]+)?)?"
_AGENCY = r"(?:\([A-Z][^()]{1,30}\)|/[A-Z][^/]{1,30}/)"
#: What parts the dateline from the story; a hyphen without blanks is part of a word.
_DASH = r"(?: ?[–—] ?| -{1,3} )"
_HEAD = r"(?=[“„«\"'‘(]{0,2}[^\W_a-z])"

_DATELINE = re.compile(
    rf"(?:{_PLACE}[,.]|{_CAPITALS}) {_DATE}[.,]?(?: ?{_AGENCY})?[.,]?|{_CAPITALS}[,.]? ?{_AGENCY}[.,]?"
)
#: Safe anywhere: a place or an agency stands beside a date.
_DATED_PREFIX = re.compile(
    rf"(?:{_PLACE}[,.]? {_DATE}[.,]?(?: ?{_AGENCY})?|{_DATE}[.,]? ?{_AGENCY})[.,]?(?:{_DASH}| ?: ){_HEAD}"
    rf"|{_PLACE}[,.]? {_DATE}[.,]? ?{_AGENCY}[.,]? {_HEAD}"
)
#: Only at the head of the story: an agency, or a place in capitals.
_OPENING_PREFIX = re.compile(rf"(?:(?:{_PLACE},? ?)?{_AGENCY}[.,]?(?:{_DASH}|: )|{_CAPITALS}[.,]?{_DASH}){_HEAD}")


def boilerplate_name(text: str, *, first: bool = False) -> str | None:
    """Return the name of the pattern that *text* matches as a whole, or None if it may belong to the story.

    Args:
        text: A line or paragraph.
        first: The text opens the document, where what looks like a byline may be a headline.
    """
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST:
        return None
    for name, pattern in BOILERPLATE.items():
        if pattern.fullmatch(text) and not (first and name == "byline"):
            return name
    return "dateline" if _DATELINE.fullmatch(text) else None


def dateline_end(text: str, *, opening: bool) -> int:
    """Return where the dateline at the beginning of *text* ends, 0 if there is none.

    Args:
        text: A paragraph; the dateline includes the dash or colon after it.
        opening: The paragraph is the first of the story.
    """
    # Hard wrapping may break the line inside a dateline; the blank that replaces the break keeps the offsets.
    head = re.sub(r"\s", " ", text[:160])
    found = _DATED_PREFIX.match(head) or (_OPENING_PREFIX.match(head) if opening else None)
    return found.end() if found else 0
