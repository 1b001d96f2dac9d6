"""`leglift judge` over one or many videos: where results, progress and failures go."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from leglift.console import quiet_libraries
from leglift.errors import LegliftError, UsageError
from leglift.motion.back import GapRule
from leglift.params import load_params
from leglift.verdict.judge import OnPass, judge_video
from leglift.verdict.table import rep_rows, verdict_text
from leglift.vision.extract import OnFrame
from leglift.vision.pose import find_bundle
from leglift.vision.video import probe


def judge_all(
    videos: Sequence[Path],
    *,
    pose: str,
    as_json: bool,
    csv: Path | None,
    overwrite: bool,
    verbose: bool,
) -> int:
    """Judge videos one after the other; returns the exit code of the first failure, or 0."""
    if csv is not None:
        check_output(csv, overwrite)
        if any(_same_file(csv, video) for video in videos):
            raise UsageError(f"{csv}: is one of the videos; choose another name")
    params = load_params()
    bundle = find_bundle(pose)
    model = GapRule(params)
    documents, code = [], 0
    with quiet_libraries(verbose) as stderr, _progress(stderr) as progress, _logged(progress):
        for video in videos:
            try:
                with _watched(progress, video) as on_pass:
                    result = judge_video(video, bundle, model, params, on_pass)
            except LegliftError as error:
                progress.console.print(f"leglift: {error}", markup=False, soft_wrap=True)
                code = code or error.exit_code
                continue
            documents.append(result)
            sys.stdout.write(json.dumps(result) + "\n" if as_json else verdict_text(result))
            sys.stdout.flush()
    if csv is not None and documents:
        write_csv(pd.DataFrame(rep_rows(documents)), csv)
    return code


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
    """Write a table whole or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        rows.to_csv(part, index=False)
        part.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        part.unlink(missing_ok=True)


class _ToConsole(logging.Handler):
    """Shows log records above a progress bar."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.print(f"leglift: {record.getMessage()}", markup=False, soft_wrap=True)


@contextmanager
def _logged(progress: Progress) -> Iterator[None]:
    logger, handler = logging.getLogger("leglift"), _ToConsole(progress.console)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


@contextmanager
def _watched(progress: Progress, video: Path) -> Iterator[OnPass]:
    """Give `judge_video` a bar per pass over the video, measured in seconds of video."""
    tasks: list[TaskID] = []

    def on_pass(what: str) -> OnFrame:
        task = progress.add_task(f"{video.name}: {what}", total=probe(video).duration_s)
        tasks.append(task)
        return lambda _, time_s: progress.update(task, completed=time_s)

    try:
        yield on_pass
    finally:
        for task in tasks:
            progress.remove_task(task)
