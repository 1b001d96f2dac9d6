"""`leglift judge` over one or many videos: where results, progress and failures go."""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from leglift.console import plain, quiet_libraries, say
from leglift.errors import LegliftError, ModelError, UsageError
from leglift.instrument.back import load_back
from leglift.instrument.calibrated import Span
from leglift.motion.back import BackModel, GapRule
from leglift.params import (
    FEATURE_SECTIONS,
    Params,
    feature_params_sha256,
    load_params,
    resource,
)
from leglift.verdict.judge import Document, Judged, judged, sidecar_of
from leglift.verdict.table import rep_rows, trust, verdict_text, wrapped
from leglift.verdict.watch import OnPass
from leglift.vision.extract import OnFrame
from leglift.vision.pose import PoseBundle, find_bundle
from leglift.vision.video import AS_IT_COMES, Reading, probe

if TYPE_CHECKING:
    from leglift.verdict.drawing.report import Chapter

VIDEO_SUFFIXES = (
    ".3gp", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg",
    ".mts", ".ogv", ".ts", ".webm", ".wmv",
)  # fmt: skip
"""What is taken for a video in a folder; a file that is named is always tried."""

_CONNECT_S = 10
_TRIES = 2


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


def judge_all(
    videos: Sequence[Path],
    *,
    pose: str,
    model: str,
    as_json: bool,
    csv: Path | None,
    overwrite: bool,
    verbose: bool,
    jobs: int = 1,
    scheduler: str | None = None,
    report: Path | None = None,
    annotate: Path | None = None,
    reading: Reading = AS_IT_COMES,
    calibration: Span | None = None,
) -> int:
    """Judge videos, several at a time if asked to; returns the first failure's exit code, or 0.

    Results come in the order of the videos. A bad file does not stop the others.
    """
    videos = expanded(videos)
    check_outputs(videos, overwrite, csv, report, annotate)
    params = load_params()
    bundle = find_bundle(pose)
    back = find_model(model, bundle, params)
    task = Task(bundle, back, params, report is not None, annotate, reading, calibration)
    documents: list[Document] = []
    chapters: list[Chapter] = []
    failures, code = [], 0
    with quiet_libraries(verbose) as stderr, progress_bars(stderr) as progress:
        for outcome in _outcomes(videos, task, progress, jobs, scheduler):
            for said in (*outcome.warnings, *filter(None, [outcome.failure])):
                say(progress.console, said)
            code = code or outcome.exit_code
            chapters += filter(None, [outcome.chapter])
            if outcome.document is None:
                failures.append(outcome.failure)
                continue
            documents.append(outcome.document)
            write = _json_line if as_json else verdict_text
            sys.stdout.write(write(outcome.document))
            sys.stdout.flush()
    how_far = trust(sidecar_of(back))
    known = any(said["set"]["point_of_control_deg"] is not None for said in documents)
    if known and how_far and not as_json:
        sys.stdout.write("\n".join(wrapped([how_far])) + "\n")
    if csv is not None and documents:
        write_csv(pd.DataFrame(rep_rows(documents)), csv)
    if report is not None and chapters:
        from leglift.verdict.drawing.report import report_page, write_report

        write_report(report_page(chapters, failures), report)
    return code


def find_model(spec: str, bundle: PoseBundle, params: Params) -> BackModel:
    """Load the shipped model (`shipped`), the untrained rule (`gap-rule`) or a file.

    Raises
    ------
    ModelError
        It is missing, damaged, or was trained with another pose bundle or other parameters.
    """
    if spec == "gap-rule":
        return GapRule(params)
    model = load_back(resource("models/leglift.skops") if spec == "shipped" else Path(spec))
    if model.sidecar["pose_sha256"] != bundle.sha256:
        raise ModelError(
            f"model {model.model_id}: trained with another pose bundle than {bundle.variant}; "
            "use --pose full, or --model gap-rule"
        )
    if model.sidecar["params_sha256"] != feature_params_sha256(params):
        *sections, last = FEATURE_SECTIONS
        raise ModelError(
            f"model {model.model_id}: trained with other parameters in {', '.join(sections)} or "
            f"{last} than params.yaml has; restore them, run leglift study train, or use --model "
            "gap-rule"
        )
    return model


def _json_line(document: Document) -> str:
    return json.dumps(document) + "\n"


def expanded(paths: Sequence[Path]) -> list[Path]:
    """Put the videos of folders and patterns in their place; keeps what names nothing as it is.

    A folder stands for all videos in it and below. A pattern is one that the shell left alone,
    such as `'monday/*.mp4'`. Both come in alphabetical order.
    """
    return [video for path in paths for video in _videos_of(path) or [path]]


def _videos_of(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            found = (p for p in path.rglob("*") if p.suffix.lower() in VIDEO_SUFFIXES)
        elif any(sign in str(path) for sign in "*?[") and not path.exists():
            root = Path(path.anchor) if path.is_absolute() else Path()
            found = root.glob(str(path.relative_to(path.anchor)))
        else:
            return []
        return sorted(video for video in found if video.is_file())
    except (OSError, ValueError):  # a name longer than names can be, a folder that cannot be read
        return []


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


def _outcomes(
    videos: Sequence[Path], task: Task, progress: Progress, jobs: int, scheduler: str | None
) -> Iterator[Outcome]:
    """Outcomes in the order of the videos: here, in processes beside this one, or on a cluster."""
    if scheduler is None and (jobs == 1 or len(videos) < 2):
        for video in videos:
            with watched_bars(progress, video) as on_pass:
                outcome = judge_one(video, task, on_pass)
            yield outcome
        return
    bar = progress.add_task("judging", total=len(videos))
    many = (
        _in_processes(videos, task, jobs)
        if scheduler is None
        else _on_cluster(videos, task, scheduler)
    )
    for outcome in many:
        progress.advance(bar)
        yield outcome


def _in_processes(videos: Sequence[Path], task: Task, jobs: int) -> Iterator[Outcome]:
    """Judge in processes of this machine.

    When a process dies, be it killed or out of memory, nobody knows over which video. Those that
    are left are judged one at a time then, and one that ends two more processes has failed.
    """
    from joblib import Parallel, delayed

    done = 0
    with tempfile.TemporaryDirectory(prefix="leglift-") as scratch:
        calls = (delayed(_in_worker)(video, task, scratch) for video in videos)
        try:
            for outcome in Parallel(jobs, return_as="generator", batch_size=1)(calls):
                yield outcome
                done += 1
        except BrokenProcessPool:
            yield from _one_at_a_time(videos[done:], task, scratch)


def _in_worker(video: Path, task: Task, scratch: str) -> Outcome:
    tempfile.tempdir = scratch  # swept by the parent, also after a worker that was killed
    return judge_one(video, task)


def _one_at_a_time(videos: Sequence[Path], task: Task, scratch: str) -> Iterator[Outcome]:
    """Judge in one process beside this one, in a new one after it died; twice is a failure."""
    worker = _new_worker()
    try:
        for video in videos:
            for _ in range(_TRIES):
                try:
                    yield worker.submit(_in_worker, video, task, scratch).result()
                    break
                except BrokenProcessPool:
                    worker = _new_worker()
            else:
                failure = f"{video}: the process that judged it died; is there enough memory?"
                yield Outcome(video, None, failure, LegliftError.exit_code)
    finally:
        worker.shutdown(cancel_futures=True)


def _new_worker() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, get_context("spawn"))  # starts at the first call


def _on_cluster(videos: Sequence[Path], task: Task, scheduler: str) -> Iterator[Outcome]:
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
    return replace(
        outcome,
        video=video,
        document=document,
        failure=failure,
        warnings=tuple(warnings),
        chapter=chapter,
    )


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
    """Write a table whole or not at all."""
    part = path.with_name(path.name + ".part")
    try:
        rows.to_csv(part, index=False, errors="backslashreplace")
        part.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        part.unlink(missing_ok=True)


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
