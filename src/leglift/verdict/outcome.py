"""One video judged: a document with what else was asked for, or the line why there is none."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leglift.errors import LegliftError
from leglift.instrument.calibrated import Span
from leglift.motion.back import BackModel
from leglift.params import Params
from leglift.verdict.judge import Judged, judged
from leglift.verdict.sections import Document
from leglift.verdict.watch import OnPass
from leglift.vision.pose import PoseBundle
from leglift.vision.video import AS_IT_COMES, Reading

if TYPE_CHECKING:
    from leglift.verdict.drawing.report import Chapter


@dataclass(frozen=True)
class Task:
    """What judges a video and what else to make of it; travels to other processes and machines."""

    bundle: PoseBundle
    model: BackModel
    params: Params
    report: bool = False
    annotate: Path | None = None
    reading: Reading = AS_IT_COMES
    calibration: Span | None = None


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
    document, chapter = None, None
    with _heard() as warnings:
        try:
            with judged(
                video, task.bundle, task.model, task.params, on_pass, task.reading, task.calibration
            ) as seen:
                document = seen.document
                chapter = _chapter(seen, task)
                _annotate(seen, task, on_pass)
        except LegliftError as error:
            return Outcome(video, document, str(error), error.exit_code, tuple(warnings), chapter)
    return Outcome(video, document, warnings=tuple(warnings), chapter=chapter)


def _chapter(seen: Judged, task: Task) -> Chapter | None:
    if not task.report:
        return None
    from leglift.verdict.drawing.report import chapter

    return chapter(seen, task.params)


def _annotate(seen: Judged, task: Task, on_pass: OnPass) -> None:
    if task.annotate is not None:
        from leglift.verdict.drawing.annotate import annotate_video

        annotate_video(seen, task.annotate, task.params, on_pass("drawing"))


class _Heard(logging.Handler):
    """Keeps warnings, so that they come out together with their video's result."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._thread = threading.get_ident()  # a cluster's worker may judge in several threads

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.lines.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    logger, handler = logging.getLogger("leglift"), _Heard()
    logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        logger.removeHandler(handler)
