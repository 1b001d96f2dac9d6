"""A command's way through its files: bars on a terminal, results and failures one by one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from leglift.console import heard, plain, quiet_libraries, say
from leglift.errors import LegliftError
from leglift.verdict.watch import OnPass
from leglift.vision.extract import OnFrame
from leglift.vision.video import probe


def progress_bars(console: Console) -> Progress:
    """Bars on a terminal, nothing elsewhere."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),  # a file or a pipe gets the results, not the terminal
        disable=not console.is_terminal,
    )


@contextmanager
def watched_bars(progress: Progress, video: Path) -> Iterator[OnPass]:
    """Give `judge_video` a bar per pass over the video, measured in seconds of video."""
    tasks: list[TaskID] = []

    def on_pass(what: str) -> OnFrame:
        task = progress.add_task(
            escape(f"{plain(video.name)}: {what}"), total=probe(video).duration_s
        )
        tasks.append(task)
        return lambda _, time_s: progress.update(task, completed=time_s)

    try:
        yield on_pass
    finally:
        for task in tasks:
            progress.remove_task(task)


def each_file(
    files: Sequence[Path], do: Callable[[Path, OnPass], str], *, verbose: bool = False
) -> int:
    """Print what is done with each file; returns the exit code of the first failure, or 0.

    A file that cannot be read does not keep the others from their turn.
    """
    code = 0
    with quiet_libraries(verbose) as stderr, progress_bars(stderr) as bars:
        for path in files:
            said, failed = "", None
            with heard() as warnings:
                try:
                    with watched_bars(bars, path) as on_pass:
                        said = do(path, on_pass)
                except LegliftError as error:
                    failed = error
            for record in warnings:
                say(bars.console, record.getMessage())
            if failed:
                say(bars.console, str(failed))
                code = code or failed.exit_code
            sys.stdout.write(said)
            sys.stdout.flush()
    return code
