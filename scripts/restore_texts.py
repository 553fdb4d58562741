"""Restore the texts of labels that are kept as addresses, from the public place that each address names.

Reads JSON Lines with ``repo``, ``commit``, ``path``, ``record``, ``start``, ``end`` and ``sha1``, fetches each document
once, normalises it as the addresses expect, cuts out the sentence, and writes ``{"sha1", "text"}`` for each whose sha1
fits. The result is what ``--texts`` takes. It uses the network, since it is called for that; ``--documents FOLDER``
reads from a folder laid out as ``owner/name/commit/path`` instead. Texts are written as they come.

Usage::

    python scripts/restore_texts.py data/corpus/real.jsonl --out texts.jsonl
    counterframe train --data data/corpus --texts texts.jsonl --out models/mine
"""

from __future__ import annotations

import argparse
import hashlib
import html
import http.client
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from lxml import etree

SERVER = "https://raw.githubusercontent.com"
FEEDS = (".rss", ".xml")
FIELDS = ("id", "sha1", "repo", "commit", "path", "record", "start", "end")
_LARGEST = 50_000_000

Address = dict[str, Any]


def normalise(text: str) -> str:
    """Return a document in the form in which its addresses count characters.

    Lines broken before a lower-case letter are joined, paragraph numbers at line starts are dropped, and every run of
    white space becomes one blank.
    """
    joined = re.sub(r"[ \t]*\n[ \t]*(?=[a-z])", " ", text)
    return re.sub(r"\s+", " ", re.sub(r"(?m)^\d{1,3}\.\s+", "", joined))


def feed_item(content: bytes, number: int) -> str:
    """Return the text of one item of a feed, without markup.

    Raises:
        ValueError: It is no feed.
        IndexError: The feed has fewer items.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    root = etree.fromstring(content, parser)
    if root is None:
        raise ValueError("is not XML")
    items = root.findall(".//{*}item")
    encoded = "{http://purl.org/rss/1.0/modules/content/}encoded"
    body = items[number].findtext(encoded) or items[number].findtext("{*}description") or ""
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def restore(
    addresses: Iterable[Address], fetch: Callable[[str, str, str], bytes]
) -> Iterator[tuple[Address, str, str]]:
    """Yield each address with its text and an empty reason, or an empty text and the reason why there is none.

    Args:
        addresses: Addresses of sentences.
        fetch: From repository, commit and path to the content of the document; raises OSError where there is none.
    """
    by_document: dict[tuple[str, str, str, int], list[Address]] = defaultdict(list)
    for address in addresses:
        by_document[address["repo"], address["commit"], address["path"], address["record"]].append(address)
    for (repository, commit, path, record), inside in by_document.items():
        reason, whole = "", ""
        try:
            content = fetch(repository, commit, path)
            whole = normalise(feed_item(content, record) if path.endswith(FEEDS) else content.decode("utf-8-sig"))
        except (OSError, http.client.HTTPException, etree.XMLSyntaxError, IndexError, ValueError) as error:
            reason = f"{repository} {path}: {error or type(error).__name__}"
        for address in inside:
            text = whole[address["start"] : address["end"]]
            fits = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() == address["sha1"]
            if reason or not fits:
                yield address, "", reason or f"{repository} {path}: the text there has another sha1"
            else:
                yield address, text, ""


def read_addresses(path: Path) -> list[Address]:
    """Return the addresses of a file; ends with a message that names file, line and field if one is wrong."""
    addresses = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"{path} cannot be read: {error}")
    for number, line in enumerate(lines, 1):
        try:
            address = json.loads(line) if line.strip() else None
        except ValueError as error:
            sys.exit(f"{path}:{number}: is not JSON: {error}")
        if address is not None:
            lacking = [field for field in FIELDS if field not in address]
            if lacking:
                sys.exit(f"{path}:{number}: field {lacking[0]!r} is missing; these are not labels kept as addresses")
            addresses.append(address)
    return addresses


def from_network(repository: str, commit: str, path: str) -> bytes:
    """Fetch a document from the public server."""
    url = f"{SERVER}/{repository}/{commit}/{urllib.parse.quote(path)}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return bytes(answer.read(_LARGEST))


def from_folder(folder: Path) -> Callable[[str, str, str], bytes]:
    """Return a fetcher that reads ``folder/owner/name/commit/path`` and never leaves the folder."""
    root = folder.resolve()

    def fetch(repository: str, commit: str, path: str) -> bytes:
        file = (root / repository / commit / path).resolve()
        if not file.is_relative_to(root):
            raise OSError(f"{path} leads out of {folder}")
        return file.read_bytes()

    return fetch


def main() -> None:
    """Restore what can be restored; end with 1 if anything is left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("addresses", type=Path, help="JSON Lines with addresses")
    parser.add_argument("--out", type=Path, required=True, help="JSON Lines to write: sha1 and text")
    parser.add_argument("--documents", type=Path, help="folder with the documents, in place of the network")
    arguments = parser.parse_args()
    fetch = from_folder(arguments.documents) if arguments.documents else from_network
    addresses = read_addresses(arguments.addresses)
    good = failed = 0
    with arguments.out.open("w", encoding="utf-8") as handle:
        for address, text, reason in restore(addresses, fetch):
            if reason:
                failed += 1
                print(f"{address['id']}: {reason}", file=sys.stderr)
            else:
                good += 1
                handle.write(json.dumps({"sha1": address["sha1"], "text": text}, ensure_ascii=False) + "\n")
    print(f"{good} texts restored and verified, {failed} not")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
