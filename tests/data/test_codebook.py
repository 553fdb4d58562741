"""Codebooks: what is read, and how each mistake is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterframe.data.codebook import Codebook, load_codebook, parse_codebook
from counterframe.errors import CodebookError

GOOD = """\
name: harbour
frames:
  closing: {title: Closing, definition: the quay is shut, not: a slow crane}
  opening: {title: Opening, definition: the quay is open}
stances:
  affirms: told as real
  denies: told as unreal
"""


def test_frames_and_stances_keep_the_order_of_the_file() -> None:
    book = parse_codebook(GOOD)
    assert book.frame_ids == ("closing", "opening")
    assert book.stance_ids == ("affirms", "denies")
    assert book.descriptions() == ["Closing: the quay is shut", "Opening: the quay is open"]
    assert book.frames["closing"].not_ == "a slow crane"
    assert book.frames["opening"].not_ is None
    assert (book.version, book.language) == (1, "en")


def test_what_is_written_is_read_back_the_same() -> None:
    book = parse_codebook(GOOD.replace("title: Closing", 'title: "Fermé: à côté #1"'))
    again = parse_codebook(book.to_yaml())
    assert again == book
    assert again.digest == book.digest
    assert "à côté" in book.to_yaml()


@pytest.mark.parametrize(
    "change",
    [
        ("the quay is shut", "the quay is closed"),
        ("a slow crane", "a slow ship"),
        ("closing:", "shutting:"),
        ("told as real", "told as true"),
        ("name: harbour", "name: port"),
    ],
)
def test_the_digest_changes_with_the_content(change: tuple[str, str]) -> None:
    assert parse_codebook(GOOD.replace(*change)).digest != parse_codebook(GOOD).digest


def test_the_digest_changes_with_the_order_but_not_with_the_layout() -> None:
    book = parse_codebook(GOOD)
    turned = book.model_copy(update={"frames": dict(reversed(book.frames.items()))})
    assert Codebook.model_validate(turned.to_dict()).digest != book.digest
    assert parse_codebook("# a remark\n" + GOOD).digest == book.digest


def test_one_frame_and_one_stance_are_enough() -> None:
    book = parse_codebook("name: x\nframes: {a: {title: A, definition: b}}\nstances: {only: yes it is}")
    assert (book.frame_ids, book.stance_ids) == (("a",), ("only",))


def test_words_that_yaml_takes_for_truth_values_are_ids_when_quoted() -> None:
    book = parse_codebook(GOOD.replace("affirms:", "'yes':").replace("denies:", "'no':"))
    assert book.stance_ids == ("yes", "no")
    assert parse_codebook(book.to_yaml()) == book


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (
            "  affirms:",
            "  yes:",
            ["field 'stances'", "True is not a valid id", "quote words like yes and no"],
        ),
        ("  closing:", "  7:", ["field 'frames'", "7 is not a valid id"]),
        ("  closing:", "  a b:", ["field 'frames'", "'a b' is not a valid id"]),
        ("  closing:", '  "closing\\n":', ["field 'frames'", "is not a valid id"]),
        ("  opening:", "  closing:", [":4:", "the key 'closing' stands twice"]),
        ("stances:", "frames:", [":5:", "the key 'frames' stands twice"]),
        ("definition: the quay is open", "definiton: x", ["frames.opening", "did you mean 'definition'?"]),
        ("definition: the quay is open", "definition: yes", ["frames.opening.definition", "valid string"]),
        ("definition: the quay is open", "definition: ' '", ["frames.opening.definition"]),
        ("title: Opening, ", "", ["frames.opening.title", "required"]),
        ("told as real", "[told, real]", ["stances.affirms", "valid string"]),
        ("name: harbour\n", "", ["field 'name'", "required"]),
        ("name: harbour", "name: harbour\nframe: {}", ["field 'frame'", "did you mean 'frames'?"]),
        ("name: harbour", "name: harbour\nversion: one", ["field 'version'", "valid integer"]),
        ("  closing: {", "  closing: [", [":3:", "is not valid YAML"]),
        ("name: harbour", "? [harbour]\n: name", [":1:", "a key must be a word"]),
        ("name: harbour", "name: !!python/object:os.system x", [":1:", "is not valid YAML"]),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, parts: list[str]) -> None:
    with pytest.raises(CodebookError) as caught:
        parse_codebook(GOOD.replace(old, new, 1), "books/mine.yaml")
    assert str(caught.value).startswith("books/mine.yaml")
    for part in parts:
        assert part in str(caught.value)


@pytest.mark.parametrize("section", ["frames", "stances"])
@pytest.mark.parametrize("value", ["5", "true", "[a, b]", "word", "{}", ""])
def test_a_section_that_is_no_mapping_is_named(section: str, value: str) -> None:
    content = {"frames": "{a: {title: A, definition: b}}", "stances": "{x: y}"} | {section: value}
    text = "name: n\n" + "".join(f"{key}: {held}\n" for key, held in content.items())
    with pytest.raises(CodebookError, match=f"field '{section}'"):
        parse_codebook(text)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words", "5"])
def test_what_is_no_mapping_is_no_codebook(text: str) -> None:
    with pytest.raises(CodebookError, match="expected the fields name, frames, stances"):
        parse_codebook(text)


def test_an_unknown_label_is_answered_with_the_nearest() -> None:
    book = parse_codebook(GOOD)
    assert book.check_frame("closing") == "closing"
    assert book.check_stance("denies") == "denies"
    with pytest.raises(CodebookError, match=r"a\.csv:3: field 'frame'.*no frame 'closin' .*'closing'"):
        book.check_frame("closin", path="a.csv", line=3, field="frame")
    with pytest.raises(CodebookError, match=r"no stance 'zzz' \(known: affirms, denies\)"):
        book.check_stance("zzz")


def test_the_shipped_codebook_is_the_default() -> None:
    book = load_codebook()
    assert book == load_codebook("access_dispute")
    assert book.stance_ids == ("asserts", "rejects", "relays")
    assert all(frame.not_ for frame in book.frames.values())
    assert not any("\n" in text for text in book.descriptions())


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD, encoding="utf-8-sig")
    assert load_codebook(file) == load_codebook(str(file)) == parse_codebook(GOOD)


def test_a_file_comes_before_a_shipped_codebook_and_a_folder_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("access_dispute").mkdir()
    assert load_codebook("access_dispute").name == "access_dispute"
    Path("access_dispute").rmdir()
    Path("access_dispute").write_text(GOOD, encoding="utf-8")
    assert load_codebook("access_dispute").name == "harbour"


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(CodebookError, match="no such codebook file; shipped codebooks: access_dispute"):
        load_codebook(tmp_path / "none.yaml")
    with pytest.raises(CodebookError, match="cannot be read as UTF-8 text"):
        load_codebook(tmp_path)
    with pytest.raises(CodebookError, match="cannot be read as UTF-8 text"):
        load_codebook("x" * 5000)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(GOOD.replace("Closing", "Fermé").encode("latin-1"))
    with pytest.raises(CodebookError, match=r"latin\.yaml: cannot be read as UTF-8 text"):
        load_codebook(latin)
