"""Many videos at a time: in processes beside this one, or on a cluster of machines."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from leglift.errors import LegliftError, UsageError
from leglift.verdict.judge import Task
from leglift.verdict.outcome import Outcome, judge_one
from leglift.verdict.watch import scratch_folder

_CONNECT_S = 10


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
