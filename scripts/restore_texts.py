"""Restore the texts of labels that are kept as addresses, from the public place that each address names.

Reads JSON Lines with ``repo``, ``commit``, ``path``, ``record``, ``start``, ``end`` and ``sha1``, fetches each document
once, normalises it as the addresses expect, cuts out the sentence, and writes ``{"sha1", "text"}`` for each whose sha1
fits. The result is what ``--texts`` takes. This is the only part of the project that uses the network, and only when
called; ``--documents FOLDER`` reads from a folder laid out as ``owner/name/commit/path`` instead.

Usage::

    python scripts/restore_texts.py data/corpus/real.jsonl --out texts.jsonl
    counterframe train --data data/corpus --texts texts.jsonl --out models/mine
"""

from __future__ import annotations

import argparse
import hashlib
import html
import json
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lxml import etree

SERVER = "https://raw.githubusercontent.com"
FEEDS = (".rss", ".xml", ".atom")
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
        IndexError: The feed has fewer items.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    items = etree.fromstring(content, parser).findall(".//{*}item")
    encoded = "{http://purl.org/rss/1.0/modules/content/}encoded"
    body = items[number].findtext(encoded) or items[number].findtext("{*}description") or ""
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def restore(addresses: Iterable[Address], fetch: Callable[[str, str, str], bytes]) -> tuple[dict[str, str], list[str]]:
    """Return the texts by sha1, and a line for each address that gave none.

    Args:
        addresses: Addresses of sentences.
        fetch: From repository, commit and path to the content of the document; raises OSError where there is none.
    """
    by_document: dict[tuple[str, str, str], list[Address]] = defaultdict(list)
    for address in addresses:
        by_document[address["repo"], address["commit"], address["path"]].append(address)
    texts: dict[str, str] = {}
    failures: list[str] = []
    for (repository, commit, path), inside in by_document.items():
        try:
            content = fetch(repository, commit, path)
        except OSError as error:
            failures += [f"{address['id']}: {repository} {path}: {error}" for address in inside]
            continue
        for address in inside:
            try:
                raw = feed_item(content, address["record"]) if path.endswith(FEEDS) else content.decode("utf-8-sig")
            except (etree.XMLSyntaxError, IndexError, UnicodeDecodeError) as error:
                failures.append(f"{address['id']}: {repository} {path}: {error}")
                continue
            text = normalise(raw)[address["start"] : address["end"]]
            if hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest() == address["sha1"]:
                texts[address["sha1"]] = text
            else:
                failures.append(f"{address['id']}: {repository} {path}: the text there has another sha1")
    return texts, failures


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
    lines = arguments.addresses.read_text(encoding="utf-8").splitlines()
    fetch = from_folder(arguments.documents) if arguments.documents else from_network
    texts, failures = restore((json.loads(line) for line in lines if line.strip()), fetch)
    with arguments.out.open("w", encoding="utf-8") as handle:
        for sha1, text in texts.items():
            handle.write(json.dumps({"sha1": sha1, "text": text}, ensure_ascii=False) + "\n")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(texts)} texts restored and verified, {len(failures)} not")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
