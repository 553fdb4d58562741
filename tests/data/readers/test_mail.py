"""E-mails and pages saved as MIME."""

from __future__ import annotations

import base64
import gzip
import time
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterframe.data.readers.document import read_bytes
from counterframe.data.readers.source import Limits
from counterframe.data.types import Release
from counterframe.errors import InputError, LeftOut

HEAD = "From: Press Office <press@roads.example>\nSubject: The road is open\nMIME-Version: 1.0\n"
TEXT = "The road to Port Ilva is open again, the minister said on Monday.\n"


def read(message: bytes | str) -> list[Release | InputError]:
    return list(read_bytes(message.encode() if isinstance(message, str) else message, "email", "m", Limits()))


def one(message: bytes | str) -> Release:
    (release,) = read(message)
    assert isinstance(release, Release)
    return release


def multipart(kind: str, *parts: str) -> str:
    body = "".join(f"--edge\n{part}\n" for part in parts)
    return f'{HEAD}Content-Type: multipart/{kind}; boundary="edge"\n\n{body}--edge--\n'


def furniture(release: Release) -> str:
    return "".join(release.text[start:end] for start, end in release.furniture)


def test_a_message_has_its_subject_as_headline_and_its_fields_as_meta() -> None:
    release = one(HEAD + "Date: Tue, 25 Mar 2031 09:30:00 +0400\nContent-Language: en\n\n" + TEXT)
    assert release.text == "The road is open\n\n" + TEXT
    assert release.title == (0, 16)
    assert release.meta == {
        "title": "The road is open",
        "publisher": "Press Office",
        "date": "2031-03-25T09:30:00+04:00",
        "language": "en",
    }


def test_of_two_forms_of_one_text_one_is_read() -> None:
    message = EmailMessage()
    message["Subject"] = "The road is open"
    message.set_content(TEXT)
    message.add_alternative(f"<p>{TEXT}</p>", subtype="html")
    assert one(message.as_bytes()).text.count("Port Ilva") == 1


def test_a_note_that_the_mail_is_a_page_does_not_stand_for_the_page() -> None:
    message = EmailMessage()
    message.set_content("Open this in a browser.")
    message.add_alternative(f"<p>{TEXT * 5}</p>", subtype="html")
    assert "Port Ilva" in one(message.as_bytes()).text


def test_html_alone_and_quoted_printable() -> None:
    release = one(
        HEAD + "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
        "<p>The stra=C3=9Fe is o=\npen now, the minister of roads said.</p>"
    )
    assert "The straße is open now" in release.text


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("utf-8", "utf-8"), ("iso-8859-1", "cp1252"), ("us-ascii", "utf-8"), ("x-none", "utf-8"), ("utf-8", "cp1252")],
)
def test_character_sets_may_be_wrong(declared: str, encoding: str) -> None:
    text = "Die Straße nach Ilva ist geöffnet, sagte der Minister für Verkehr am Montag."
    head = f"{HEAD}Content-Type: text/plain; charset={declared}\nContent-Transfer-Encoding: 8bit\n\n"
    assert text in one(head.encode() + text.encode(encoding)).text


def test_japanese_mail_is_read() -> None:
    head = HEAD + "Content-Type: text/plain; charset=iso-2022-jp\n\n"
    assert "東京で会議" in one(head.encode() + "東京で会議".encode("iso2022_jp")).text


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_subject_may_hold_raw_bytes(encoding: str) -> None:
    assert one(HEAD.replace("road", "Straße").encode(encoding) + b"\nText.").meta["title"] == "The Straße is open"


@pytest.mark.parametrize("sender", ["<", '"', "a b <", '"a" <b@', "(((", "Group: a@b;"])
@pytest.mark.parametrize(
    "date", ["Mon, 99 Foo 2031", "Mon, 01 Jan 99999999999 00:00:00", "Mon, 1 Jan 2031 0:0 +99999999"]
)
def test_a_broken_field_does_not_cost_the_message(sender: str, date: str) -> None:
    release = one(f"From: {sender}\nDate: {date}\nSubject: Open\n\n{TEXT}")
    assert release.text.endswith(TEXT)
    assert release.meta["date"] == date


@pytest.mark.parametrize(
    "above",
    [
        "---------- Forwarded message ---------\nFrom: A <a@b.example>\nDate: Monday\nSubject: Y\nTo: C\n",
        "Begin forwarded message:\n\n> From: A\n> Subject: Y\n> Date: Monday\n",
        "-----Original Message-----\nFrom: A\nSent: Monday\nTo: B\nSubject: Y\n",
        "________________________________\nFrom: A <a@b.example>\nSent: Monday\nTo: B\nSubject: Y\n",
        "From: A <a@b.example>\nSent: Monday\nTo: B\n\tand C\nSubject: Y\n",
    ],
)
def test_the_lines_above_a_forwarded_message_are_furniture(above: str) -> None:
    release = one(f"{HEAD}\nSee below.\n\n{above}\n{TEXT}")
    assert furniture(release) == above
    assert release.text.endswith(TEXT)


def test_a_signature_is_furniture_and_what_is_forwarded_below_it_is_not() -> None:
    assert furniture(one(f"{HEAD}\n{TEXT}-- \nOrla Venn\nPress Office\n")) == "-- \nOrla Venn\nPress Office\n"
    forward = "---------- Forwarded message ---------\nFrom: A\nSubject: Y\n"
    release = one(f"{HEAD}\nSee below.\n-- \nOrla Venn\n\n{forward}\n{TEXT}")
    assert furniture(release) == f"-- \nOrla Venn\n\n{forward}"
    assert TEXT not in furniture(one(f"{HEAD}\nA.\n--\nOrla Venn\n\n" + TEXT * 40)), "a rule between two parts"


def test_each_attachment_is_a_release_a_failure_or_left_out() -> None:
    message = EmailMessage()
    message["Subject"] = "The road is open"
    message.set_content("See the attachments.")
    message.add_attachment(TEXT, filename="a.txt")
    message.add_attachment(f"<p>{TEXT}</p>", subtype="html", filename="b.html")
    message.add_attachment(b"\x89PNG\r\n", maintype="image", subtype="png", filename="c.png")
    message.add_attachment(b"PK\x03\x04 no archive", maintype="application", subtype="octet-stream", filename="d.docx")
    message.add_attachment(b"%PDF-1.4 no more", maintype="application", subtype="pdf", filename="e.pdf")
    message.add_attachment(b'{"text": "x"}', maintype="application", subtype="json", filename="f.jsonl")
    message.add_attachment(b"\x7fELF\x00\x01", maintype="application", subtype="octet-stream", filename="g")
    inner = EmailMessage()
    inner["Subject"] = "Inner"
    inner.set_content(TEXT)
    message.add_attachment(inner)
    message.add_attachment(TEXT, filename="z.txt")
    items = read(message.as_bytes())
    assert [item.doc for item in items if isinstance(item, Release)] == [
        "m",
        "m/a.txt",
        "m/b.html",
        "m/part 8",
        "m/z.txt",
    ]
    assert [item.field for item in items if isinstance(item, LeftOut)] == ["c.png", "g"]
    failed = [item.field for item in items if isinstance(item, InputError) and not isinstance(item, LeftOut)]
    assert failed == ["d.docx", "e.pdf", "f.jsonl"]


def test_text_behind_an_attachment_is_not_lost() -> None:
    items = read(
        multipart(
            "mixed",
            "Content-Type: text/plain\n\nThe first half.",
            "Content-Type: image/png\n\nx",
            "Content-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: base64\n\n"
            + base64.b64encode("<p>Дорога открыта, сказал министр.</p>".encode("koi8-r")).decode(),
            "Content-Type: text/plain\n\nThe second half.",
        )
    )
    texts = " ".join(item.text for item in items if isinstance(item, Release))
    assert all(part in texts for part in ("The first half.", "Дорога открыта, сказал министр.", "The second half."))


def test_a_message_may_be_one_file() -> None:
    encoded = base64.b64encode(f"<!doctype html><p>{TEXT}".encode()).decode()
    release = one(
        f"{HEAD}Content-Type: application/octet-stream; name=a.html\nContent-Transfer-Encoding: base64\n\n{encoded}"
    )
    assert release.text == TEXT.strip()


def test_text_that_is_binary_does_not_cost_the_attachments() -> None:
    items = read(
        multipart(
            "mixed",
            "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode(bytes(256)).decode(),
            f"Content-Type: text/plain\nContent-Disposition: attachment\n\n{TEXT}",
        )
    )
    assert [type(item) for item in items] == [InputError, Release]


def test_an_attached_message_may_be_encoded() -> None:
    inner = base64.b64encode(f"Subject: Inner\n\n{TEXT}".encode()).decode()
    items = read(
        multipart(
            "mixed",
            "Content-Type: text/plain\n\nSee below.",
            f"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{inner}",
        )
    )
    assert isinstance(items[1], Release)
    assert items[1].text == f"Inner\n\n{TEXT}"


def test_messages_within_messages_end_somewhere() -> None:
    for levels, fails in ((4, False), (50, True)):
        message = TEXT
        for _ in range(levels):
            message = f"Subject: s\nContent-Type: message/rfc822\n\n{message}"
        (item,) = read(message)
        assert isinstance(item, InputError) is fails


@pytest.mark.parametrize(
    "message",
    [
        "",
        HEAD,
        HEAD + "\n \n",
        HEAD + "Content-Type: multipart/mixed\n\n",
        HEAD + "Content-Type: text/html\n\n<p hidden>x</p>",
        HEAD + "Content-Type: image/png\n\nx",
    ],
)
def test_a_message_without_text_is_an_error(message: str) -> None:
    with pytest.raises(InputError, match="no text"):
        read(message)


def test_a_saved_page_is_read_without_its_pictures_and_styles() -> None:
    page = (
        f"Content-Type: text/html\nContent-Location: https://roads.example/a\n\n<h1>The road is open</h1><p>{TEXT}</p>"
    )
    style = "Content-Type: text/css\nContent-Location: a.css\n\np { color: red }"
    image = "Content-Type: image/png\nContent-Location: a.png\n\nx"
    saved = multipart("related", page, style, image)
    release = one(f"Snapshot-Content-Location: https://roads.example/a\n{saved}")
    assert release.text == f"The road is open\n\n{TEXT.strip()}"
    assert release.meta["url"] == "https://roads.example/a"


@pytest.mark.parametrize(
    "line", ["-" * 100_000, "> " * 50_000, "\n" * 100_000, "From:\nSent:\n" * 9000, "-- \n" * 9000, " " * 99_999]
)
def test_no_text_takes_long(line: str) -> None:
    started = time.monotonic()
    read(f"{HEAD}\nx\n{line}\n")
    assert time.monotonic() - started < 3


def lines() -> Iterator[st.SearchStrategy[str]]:
    yield st.sampled_from(
        ["From: ", "Subject: ", "Date: ", "Content-Type: multipart/mixed; boundary=b", "--b", "--b--", ""]
    )
    yield st.sampled_from(
        ["Content-Type: message/rfc822", "Content-Type: text/html", "Content-Transfer-Encoding: base64"]
    )
    yield st.text(max_size=30)


@settings(max_examples=150)
@given(st.lists(st.one_of(*lines()), max_size=12))
def test_any_lines_are_read_or_an_error(message: list[str]) -> None:
    try:
        items = read("\n".join(message).encode("utf-8", "surrogatepass"))
    except InputError:
        return
    except (IndexError, TypeError, ValueError, AttributeError, LookupError):
        return  # from the library; the worker reports it
    for item in items:
        if isinstance(item, Release):
            item.text.encode()
            str(item.meta).encode()


def test_a_document_is_attached_though_it_has_an_id() -> None:
    page = base64.b64encode(b"<p>The road is closed.</p>").decode()
    inline = (
        f"Content-Type: text/html; name=a.html\nContent-Disposition: inline; filename=a.html\nContent-ID: <1@a>\n"
        f"Content-Transfer-Encoding: base64\n\n{page}"
    )
    picture = "Content-Type: image/png\nContent-ID: <2@a>\nContent-Disposition: inline; filename=a.png\n\nx"
    binary = inline.replace("text/html", "application/octet-stream").replace("<1@a>", "<3@a>")
    items = read(multipart("mixed", f"Content-Type: text/plain\n\n{TEXT}", binary, picture))
    assert [item.text for item in items if isinstance(item, Release)][1:] == ["The road is closed."]


def test_an_attachment_may_be_compressed() -> None:
    packed = base64.b64encode(gzip.compress(b"The road is closed.")).decode()
    part = (
        "Content-Type: application/gzip\nContent-Disposition: attachment; filename=a.txt.gz\n"
        f"Content-Transfer-Encoding: base64\n\n{packed}"
    )
    _, attached = read(multipart("mixed", f"Content-Type: text/plain\n\n{TEXT}", part))
    assert isinstance(attached, Release)
    assert (attached.doc, attached.text) == ("m/a.txt.gz", "The road is closed.")
