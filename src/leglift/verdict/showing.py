"""The report page in the browser, kept or for now only."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path

from rich.console import Console

from leglift.console import say
from leglift.errors import UsageError


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
