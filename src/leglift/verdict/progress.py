"""Bars on a terminal: one a pass over a video."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from leglift.console import plain
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
