"""The annotated reading: releases as they were written, with what the model found marked in place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TextIO

from ..data.codebook import Codebook
from .legend import Legend, Tally
from .marking import Document, gather
from .pages import page_environment

__all__ = ["write_annotated_page"]


def write_annotated_page(
    results: Iterable[Mapping[str, Any]] | Callable[[], Iterable[Mapping[str, Any]]],
    handle: TextIO,
    *,
    codebook: Codebook,
    title: str = "Annotated reading",
    model: str = "",
) -> None:
    """Write one HTML page with all releases, marked in place. The page needs no network and no script.

    Nothing is written before every result has been checked; then the page is written document by document.

    Args:
        results: Objects as of ``Result.to_dict``, in reading order. Where there are many, what returns them as often as
            it is called: then one document is held at a time.
        handle: Text file (UTF-8) to write to.
        codebook: The codebook with which the results were made.
        title: Title of the page.
        model: Name of the model; by default the names that stand in the results.

    Raises:
        CodebookError: A result names a frame or stance that the codebook lacks.
        InputError: A result is of another schema, lacks a field, or its offsets do not fit its text.
    """
    held = None if callable(results) else list(results)

    def documents() -> Iterator[Document]:
        return gather(results() if callable(results) else held or (), codebook)

    count, tally, names = 0, Tally(), dict[str, None]()
    for document in documents():
        count += 1
        for row in document.results:
            tally.add(row)
            names[str(row.get("model") or "")] = None
    stream = (
        page_environment()
        .get_template("annotated.html")
        .stream(
            title=title,
            model=model or ", ".join(name for name in names if name),
            codebook=codebook,
            legend=Legend(codebook, tally),
            count=count,
            # Once for the contents, once for the texts.
            contents=documents(),
            documents=documents(),
        )
    )
    stream.enable_buffering(200)
    handle.writelines(stream)
