"""The terminal: whose words reach it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console


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
