"""The terminal: whose words reach it."""

from __future__ import annotations

import logging
import os
import sys
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import BufferingHandler
from pathlib import Path

from rich.console import Console


def plain(text: str) -> str:
    """Text as one line that moves nothing on a terminal: what does not show is written out.

    File names may hold escape codes, line breaks, letters that turn the direction of writing, and
    bytes that are no text.
    """
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else repr(c)[1:-1] for c in text
    )


def say(console: Console, text: str) -> None:
    """Print one of our own lines, whatever is in it."""
    console.print(f"leglift: {plain(text)}", markup=False, soft_wrap=True)


@contextmanager
def quiet_libraries(verbose: bool) -> Iterator[Console]:
    """Keep native libraries' logs off the terminal; yields a console on the real stderr.

    MediaPipe writes to file descriptor 2 from C++, out of reach of Python's logging.
    """
    if verbose:
        yield Console(stderr=True)
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with (
        Path(os.devnull).open("w") as sink,
        os.fdopen(kept, "w", errors="backslashreplace", closefd=False) as real,
    ):
        os.dup2(sink.fileno(), 2)
        try:
            yield Console(file=real)
        finally:
            real.flush()
            os.dup2(kept, 2)
            os.close(kept)


@contextmanager
def heard() -> Iterator[list[logging.LogRecord]]:
    """Keep this thread's warnings, so that they come out together with a video's result."""
    thread = threading.get_ident()  # a cluster's worker may judge in several threads
    logger, kept = logging.getLogger("leglift"), BufferingHandler(sys.maxsize)
    kept.setLevel(logging.WARNING)
    kept.addFilter(lambda record: record.thread == thread)
    logger.addHandler(kept)
    try:
        yield kept.buffer
    finally:
        logger.removeHandler(kept)
