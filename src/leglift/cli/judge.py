"""`leglift judge`, `check` and `measure`: what a user is told of a video."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from leglift.cli.options import (
    BodyHeight,
    Calibration,
    JsonLines,
    Model,
    Overwrite,
    Pose,
    Rotate,
    SourceFps,
    Verbose,
    Videos,
)

Csv = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Also write a row per rep.")
]
Report = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE.html", help="Also write a page with pictures."),
]
Annotate = Annotated[
    Path | None,
    typer.Option(
        "--annotate",
        metavar="FILE.mp4",
        help="Also write the video (one only) with the verdict drawn on it.",
    ),
]
Jobs = Annotated[int, typer.Option("--jobs", min=1, help="Videos at a time.")]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="Judge on this Dask cluster."),
]
Fps = Annotated[
    float | None,
    typer.Option(
        "--fps",
        metavar="N",
        min=5,
        max=1000,
        help="Look at about N frames of each second only: quicker, less exact.",
    ),
]


def judge(
    videos: Videos,
    as_json: JsonLines = False,
    csv: Csv = None,
    report: Report = None,
    annotate: Annotate = None,
    model: Model = "shipped",
    pose: Pose = "full",
    jobs: Jobs = 1,
    scheduler: Scheduler = None,
    fps: Fps = None,
    calibration: Calibration = None,
    rotate: Rotate = "0",
    source_fps: SourceFps = None,
    body_height_cm: BodyHeight = None,
    open_: Annotated[
        bool,
        typer.Option("--open", help="Show the page of --report in the browser, or one for now."),
    ] = False,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
) -> None:
    """Say how far down the legs may go before the lower back lifts, and how every rep was done.

    Exit codes: 0 judged, 2 usage or no room to write, 3 video missing or unreadable, 4 no person
    or no leg lift found, 5 pose bundle or model missing or mismatched. With several videos one
    bad file does not stop the others; the exit code is the first failure's.
    """
    from leglift.instrument.calibrated import span_of
    from leglift.verdict import batch
    from leglift.verdict.inputs import taken
    from leglift.verdict.outputs import check_outputs
    from leglift.vision.video import Reading

    videos, paged = taken(videos), report is not None or open_
    check_outputs(videos, overwrite, csv, report, annotate)
    reading, span = Reading(fps, int(rotate), source_fps), span_of(calibration)
    task = batch.task_of(pose, model, reading, span, body_height_cm)
    task = replace(task, report=paged, annotate=annotate)
    found = batch.judge_all(
        videos, task, as_json=as_json, verbose=verbose, jobs=jobs, scheduler=scheduler
    )
    if csv is not None:
        batch.write_rows(found, csv)
    if paged:
        batch.write_report(found, report, open_)
    raise typer.Exit(batch.first_failure(found))


def measure(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="A video file.", readable=False)],
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write the table there, not to stdout."),
    ] = None,
    model: Model = "shipped",
    pose: Pose = "full",
    calibration: Calibration = None,
    rotate: Rotate = "0",
    source_fps: SourceFps = None,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
) -> None:
    """Measure the lower back ten times a second, in leg lifts, pelvic tilts or lying still.

    Columns: time_s, leg_angle_deg, back_visible (0 to 1), gap_norm (height of the back's edge over
    what the body rests on, in trunk lengths), p_lifted (empty where the back is not visible).
    """
    from leglift.instrument.calibrated import span_of
    from leglift.verdict.batch import task_of
    from leglift.verdict.measure import run_measure
    from leglift.verdict.outputs import check_output
    from leglift.vision.video import Reading

    if csv is not None:
        check_output(csv, overwrite)
    reading, span = Reading(None, int(rotate), source_fps), span_of(calibration)
    run_measure(video, task_of(pose, model, reading, span), csv, verbose)


def check(
    videos: Videos,
    as_json: JsonLines = False,
    pose: Pose = "full",
    rotate: Rotate = "0",
    source_fps: SourceFps = None,
    verbose: Verbose = False,
) -> None:
    """Say whether the back is visible in a trial clip, and what to film differently."""
    from leglift.verdict.inputs import taken
    from leglift.verdict.trial import check_all
    from leglift.vision.video import Reading

    reading = Reading(None, int(rotate), source_fps)
    code = check_all(taken(videos), pose=pose, as_json=as_json, verbose=verbose, reading=reading)
    raise typer.Exit(code)
