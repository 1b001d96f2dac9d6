"""Videos judged, each a document with what else was asked for, or the line why there is none.

One here, or many at a time: in processes beside this one, or on a cluster of machines.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

from leglift.console import heard
from leglift.errors import LegliftError, UsageError
from leglift.verdict.judge import Task, judged
from leglift.verdict.sections import Document
from leglift.verdict.watch import OnPass, scratch_folder

if TYPE_CHECKING:
    from leglift.verdict.drawing.report import Chapter

_CONNECT_S = 10


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


def in_processes(videos: Sequence[Path], task: Task, jobs: int) -> Iterator[Outcome]:
    """Judge in processes of this machine.

    When a process dies, be it killed or out of memory, nobody knows over which video. Those that
    are left are judged one at a time then, each in a new process, and one that ends its own has
    failed.
    """
    from joblib import Parallel, delayed

    done = 0
    with scratch_folder() as scratch:
        calls = (delayed(_in_worker)(video, task, str(scratch)) for video in videos)
        try:
            for outcome in Parallel(jobs, return_as="generator", batch_size=1)(calls):
                yield outcome
                done += 1
        except BrokenProcessPool:
            for video in videos[done:]:
                with ProcessPoolExecutor(1, get_context("spawn")) as worker:
                    try:
                        yield worker.submit(_in_worker, video, task, str(scratch)).result()
                    except BrokenProcessPool:
                        said = f"{video}: the process that judged it died; is there enough memory?"
                        yield Outcome(video, None, said, LegliftError.exit_code)


def _in_worker(video: Path, task: Task, scratch: str) -> Outcome:
    tempfile.tempdir = scratch  # swept by the parent, also after a worker that was killed
    return judge_one(video, task)


def on_cluster(videos: Sequence[Path], task: Task, scheduler: str) -> Iterator[Outcome]:
    """Judge on a Dask cluster, whose workers must see the same files under the same paths.

    The scheduler gives a dead worker's videos to another one.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--scheduler needs the extra: pip install leglift[cluster]") from error
    from joblib import Parallel, delayed, parallel_config

    try:
        client = Client(scheduler, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(f"--scheduler {scheduler}: no Dask scheduler answers there") from error
    task = replace(
        task,
        bundle=replace(task.bundle, path=task.bundle.path.absolute()),
        annotate=task.annotate and task.annotate.absolute(),
    )
    with client, parallel_config(backend="dask", client=client):
        calls = (delayed(judge_one)(video.absolute(), task) for video in videos)
        found = Parallel(return_as="generator", batch_size=1)(calls)
        for video, outcome in zip(videos, found, strict=True):
            yield _as_given(outcome, video)


def _as_given(outcome: Outcome, video: Path) -> Outcome:
    """Name a video as the user did, whatever it was called on the cluster."""
    document, chapter = outcome.document, outcome.chapter
    if document is not None:
        document = {**document, "clip": {**document["clip"], "path": str(video)}}
        chapter = chapter and replace(chapter, document=document)
    failure, *warnings = (
        said.replace(str(outcome.video), str(video), 1)
        for said in (outcome.failure, *outcome.warnings)
    )
    return Outcome(video, document, failure, outcome.exit_code, tuple(warnings), chapter)
