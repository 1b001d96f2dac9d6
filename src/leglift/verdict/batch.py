"""`leglift judge` over one or many videos: where results, progress and failures go."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.progress import Progress

from leglift.console import quiet_libraries, say
from leglift.errors import ModelError
from leglift.instrument.back import load_back
from leglift.instrument.calibrated import Span
from leglift.motion.back import BackModel, GapRule
from leglift.params import FEATURE_SECTIONS, Params, feature_params_sha256, load_params, resource
from leglift.verdict.judge import Document, sidecar_of
from leglift.verdict.outcome import Outcome, Task, judge_one
from leglift.verdict.outputs import check_outputs, write_csv
from leglift.verdict.progress import progress_bars, watched_bars
from leglift.verdict.table import rep_rows, trust, verdict_text, wrapped
from leglift.verdict.workers import in_processes, on_cluster
from leglift.vision.pose import PoseBundle, find_bundle
from leglift.vision.video import AS_IT_COMES, Reading

if TYPE_CHECKING:
    from leglift.verdict.drawing.report import Chapter

VIDEO_SUFFIXES = (
    ".3gp", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg",
    ".mts", ".ogv", ".ts", ".webm", ".wmv",
)  # fmt: skip
"""What is taken for a video in a folder; a file that is named is always tried."""


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
        in_processes(videos, task, jobs)
        if scheduler is None
        else on_cluster(videos, task, scheduler)
    )
    for outcome in many:
        progress.advance(bar)
        yield outcome
