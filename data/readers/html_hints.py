"""What the names and headings of a page's elements say: that they hold furniture, and when not to believe them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

__all__ = ["hinted"]

#: Elements that hold this share of the text found are no furniture, whatever the word in their names.
_MOST_STORY = 0.3
#: Links to other stories may outweigh a short story beside them that has the title and so many words.
_MOST_STORIES, _SHORT_STORY = 0.7, 20

#: Words in the names (class, id; in lower case) of elements that hold links to other stories.
_STORIES = (
    r"also|also-?read|earlier|latest|more|most|next|popular|prev|previous|read-?(?:also|more|next)|recirc\w*"
    r"|recommend\w*|rel|related|see-?also|side|sidebar|teasers?|trending"
)
#: And of those that hold other furniture.
_REST = (
    r"ad|ads|advert\w*|alert|author-?(?:bio|box|info)|banner|bio|breadcrumbs?|byline-?box|calendar|comments?"
    r"|comment-?list|contacts?|cookies?|copyright|counter|crumbs?|disclaimer|donat\w+|feedback|footer|gdpr|hatnote|hdr"
    r"|helpful|hidden|langs?|languages?|legal|listen|login|masthead|menu|meta|nav|navbar|navigation|newsletter|noprint"
    r"|pagination|pager|path|paywall|poll|print|promo\w*|push|rating|reactions|register|search|share|sharing"
    r"|site-?(?:header|footer|notice)|skip|social|sponsor\w*|subscri\w*|support|tags?|toc|toolbar|tools|topics"
    r"|widgets?"
)
_WORD = re.compile(rf"(?:^|[-_\s])({_STORIES}|{_REST})(?=$|[-_\s])")
_STORIES_WORD = re.compile(_STORIES)
#: Words in such names that prove that they hold the story.
_STORY_NAME = re.compile(r"(?:article|entry|main|news|page|post|story)-?(?:body|content|text)")

#: Headings of what is not the story.
_HEADING = re.compile(
    r"(?:see|read|watch|also|more)(?: also| next| more)*(?: (?:in|on|from|about|for) [^.!?]{1,40})?:?"
    r"|(?:also|elsewhere) (?:in|on) (?:this|the|our) [\w ]{1,30}:?|(?:on|about) the same (?:subject|topic|matter):?"
    r"|(?:related|similar|other|earlier|previous|recent|latest|more|most|top|popular|recommended|trending)"
    r" (?:articles?|communiqu[eé]s?|content|documents?|events|headlines|links|materials|news|pages|posts|press releases"
    r"|publications|read|releases|reports?|statements?|stories|topics|viewed|videos?|commented):?"
    r"|related:?|you (?:may|might) also (?:like|be interested in):?"
    r"|(?:notes|footnotes|references|sources)(?:\[edit\])?:?"
    r"|about (?:us|the author|this (?:site|page))|how we work|editors?[’'] picks?|don[’']t miss:?",
    re.IGNORECASE,
)
#: Stands for the element around such a heading among the words of its blocks.
_Headed = tuple[str, Any]


class _Block(Protocol):
    text: str
    element: Any


def hinted(blocks: Sequence[_Block], found: Sequence[bool], title: _Block | None) -> list[bool]:
    """Return which blocks stand in an element that by its name or heading holds furniture.

    A word that names much of the story is not believed anywhere on the page: page builders put each paragraph
    into a "widget" of its own. Where a short story stands beside many teasers, these may be much of the text.

    Args:
        blocks: Blocks of the page in order.
        found: Which of them are main text.
        title: The block that shows the title.
    """
    headed = {
        block.element.getparent()
        for block in blocks
        if block is not title and _HEADING.fullmatch(" ".join(block.text.split()))
    }
    hints = _hints(blocks, headed)
    inside: Counter[str | _Headed] = Counter()
    outside = total = 0
    for block, hit, words in zip(blocks, found, hints, strict=True):
        length = len(block.text.split()) if hit else 0
        total += length
        outside += 0 if any(_of_stories(word) for word in words) else length
        inside.update(dict.fromkeys(words, length))
    titled = next((words for block, words in zip(blocks, hints, strict=True) if block is title), frozenset())

    def believed(word: str | _Headed) -> bool:
        if inside[word] < _MOST_STORY * total:
            return True
        beside = outside >= _SHORT_STORY and word not in titled and _of_stories(word)
        return beside and inside[word] < _MOST_STORIES * total

    return [any(believed(word) for word in words) for words in hints]


def _of_stories(word: str | _Headed) -> bool:
    return not isinstance(word, str) or _STORIES_WORD.fullmatch(word) is not None


def _hints(blocks: Sequence[_Block], headed: set[Any]) -> list[frozenset[str | _Headed]]:
    """Return for each block the words in the names of the elements around it, and the elements with a heading."""
    # By the elements, not by their ids: lxml makes them anew as soon as nobody holds them.
    known: dict[Any, frozenset[str | _Headed]] = {}
    for block in blocks:
        new = []
        words = frozenset[str | _Headed]()
        for element in (block.element, *block.element.iterancestors()):
            if element in known:
                words = known[element]
                break
            new.append(element)
        for element in reversed(new):
            words = words | _words(element)
            if element in headed:
                words = words | {("headed", element)}
            known[element] = words
    return [known[block.element] for block in blocks]


def _words(element: Any) -> frozenset[str]:
    if element.tag in ("html", "body", "article", "main"):
        return frozenset()
    name = f"{element.get('class', '')} {element.get('id', '')}".lower()
    return frozenset() if _STORY_NAME.search(name) else frozenset(_WORD.findall(name))
