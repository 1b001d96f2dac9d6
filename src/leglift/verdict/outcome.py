"""One video judged: a document with what else was asked for, or the line why there is none."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging.handlers import BufferingHandler
from pathlib import Path
from typing import TYPE_CHECKING

from leglift.errors import LegliftError
from leglift.verdict.judge import Task, judged
from leglift.verdict.sections import Document
from leglift.verdict.watch import OnPass

if TYPE_CHECKING:
    from leglift.verdict.drawing.report import Chapter


@dataclass(frozen=True)
class Outcome:
    """How judging one video ended: a document, or the line that says why there is none.

    Both where the verdict is there but its picture could not be written.
    """

    video: Path
    document: Document | None = None
    failure: str = ""
    exit_code: int = 0
    warnings: tuple[str, ...] = ()
    chapter: Chapter | None = None


def judge_one(video: Path, task: Task, on_pass: OnPass = lambda _: None) -> Outcome:
    """Judge one video; an expected failure is an outcome like any other."""
    document, made, failure, code = None, None, "", 0
    with heard() as warnings:
        try:
            with judged(video, task, on_pass) as seen:
                document = seen.document
                if task.report:
                    from leglift.verdict.drawing.report import chapter

                    made = chapter(seen, task.params)
                if task.annotate is not None:
                    from leglift.verdict.drawing.annotate import annotate_video

                    annotate_video(seen, task.annotate, task.params, on_pass("drawing"))
        except LegliftError as error:
            failure, code = str(error), error.exit_code
    said = tuple(record.getMessage() for record in warnings)
    return Outcome(video, document, failure, code, said, made)


@contextmanager
def heard() -> Iterator[list[logging.LogRecord]]:
    """Keep this thread's warnings, so that they come out together with their video's result."""
    thread = threading.get_ident()  # a cluster's worker may judge in several threads
    logger, kept = logging.getLogger("leglift"), BufferingHandler(sys.maxsize)
    kept.setLevel(logging.WARNING)
    kept.addFilter(lambda record: record.thread == thread)
    logger.addHandler(kept)
    try:
        yield kept.buffer
    finally:
        logger.removeHandler(kept)
