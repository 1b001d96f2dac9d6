"""One way to write a file: whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a file beside the target to be filled, then put it in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill the file."""
    with whole(path) as part:
        write(part)


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8."""
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8"))


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV without its index."""
    write_whole(path, lambda part: table.to_csv(part, index=False, lineterminator="\n"))
