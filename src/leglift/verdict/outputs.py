"""Files that a command writes: refused before any work is done, written whole or not at all.

A page may be shown in the browser too, kept or for now only.
"""

from __future__ import annotations

import os
import tempfile
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from av.error import FFmpegError
from rich.console import Console

from leglift.console import say
from leglift.errors import UsageError
from leglift.files import whole


def check_outputs(
    videos: Sequence[Path],
    overwrite: bool,
    csv: Path | None,
    report: Path | None,
    annotate: Path | None,
) -> None:
    """Refuse outputs that cannot be meant or written, before any work is done."""
    if annotate is not None and len(videos) > 1:
        raise UsageError(
            f"--annotate draws on one video, not {len(videos)}; call leglift once for each"
        )
    for path, suffixes in ((csv, ()), (report, (".html", ".htm")), (annotate, (".mp4",))):
        if path is None:
            continue
        if str(path) == "-":
            raise UsageError("-: name a file; --json prints to the terminal")
        if suffixes and path.suffix.lower() not in suffixes:
            raise UsageError(f"{path}: name a file that ends in {suffixes[0]}")
        check_output(path, overwrite)
        if any(_same_file(path, video) for video in videos):
            raise UsageError(f"{path}: is one of the videos; choose another name")


def check_output(path: Path, overwrite: bool) -> None:
    """Refuse an output that exists or cannot be written, before any work is done.

    Raises
    ------
    UsageError
        The file exists (and `overwrite` is not given), or its folder cannot be written.
    """
    if path.exists() and not path.is_file():
        raise UsageError(f"{path}: is a folder or device; name a file")
    if path.exists() and not overwrite:
        raise UsageError(f"{path}: exists; choose another name or add --overwrite")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: the folder {path.parent} does not exist")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"{path}: cannot be written (no permission)")


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def write_csv(rows: pd.DataFrame, path: Path) -> None:
    """Write a table whole or not at all; raises `UsageError` if it cannot be written."""
    with kept(path) as part:
        rows.to_csv(part, index=False, errors="backslashreplace")


def write_page(page: str, path: Path) -> None:
    """Write a page whole or not at all; raises `UsageError` if it cannot be written."""
    with kept(path) as part:
        part.write_text(page, "utf-8", errors="backslashreplace")


@contextmanager
def kept(path: Path) -> Iterator[Path]:
    """Give a file to be filled, which is there whole or not at all; else raises `UsageError`."""
    try:
        with whole(path) as part:
            yield part
    except (FFmpegError, OSError) as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror or error})") from error


def temporary_page(video: Path) -> Path:
    """Return a name for a page that nobody asked to keep; its folder is new and stays.

    The browser reads the page when this process has ended already, so it cannot be taken away.
    """
    try:
        return Path(tempfile.mkdtemp(prefix="leglift-")) / f"{video.stem}.html"
    except OSError as error:
        raise UsageError(
            f"--open: no page can be written ({error.strerror}); name one with --report FILE.html"
        ) from error


def show_page(page: Path, *, keep: bool) -> None:
    """Open a page in the browser, and say where it lies if it was not named or does not open."""
    console = Console(stderr=True)
    try:
        opened = webbrowser.open(page.absolute().as_uri())
    except webbrowser.Error:
        opened = False
    if not opened:
        say(console, f"no browser could be opened; the page is {page}")
    elif not keep:
        say(console, f"the page is {page}; --report FILE.html keeps it where you like")
