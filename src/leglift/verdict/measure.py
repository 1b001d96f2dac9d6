"""The instrument's curve of a video: a row a moment, with or without any leg lift in it."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from leglift.console import quiet_libraries
from leglift.errors import ModelError
from leglift.instrument.back import EdgeBack
from leglift.instrument.calibrated import Span
from leglift.params import Params, load_params
from leglift.verdict.batch import find_model
from leglift.verdict.course import measured_edge
from leglift.verdict.outputs import check_output, write_csv
from leglift.verdict.progress import progress_bars, watched_bars
from leglift.verdict.watch import OnPass, watched
from leglift.vision.pose import PoseBundle, find_bundle
from leglift.vision.video import AS_IT_COMES, Reading

COLUMNS = ["time_s", "leg_angle_deg", "back_visible", "gap_norm", "p_lifted"]
_DIGITS = {"time_s": 3, "leg_angle_deg": 1, "back_visible": 2, "gap_norm": 4, "p_lifted": 3}


def measure_video(
    video: Path,
    bundle: PoseBundle,
    model: EdgeBack,
    params: Params,
    on_pass: OnPass = lambda _: None,
    reading: Reading = AS_IT_COMES,
    calibration: Span | None = None,
) -> pd.DataFrame:
    """Measure one video: `COLUMNS`, ten rows a second.

    `gap_norm` is the height of the back's edge over the line on which the body rests, in trunk
    lengths, NaN where unknown; `p_lifted` is NaN where the back is not visible.

    Raises
    ------
    VideoError
        The video is missing or cannot be read.
    NoLegLiftError
        It shows no person.
    UsageError
        The calibration's seconds show no back, or one that does not move.
    """
    with watched(video, bundle, params, on_pass, reading) as seen:
        edge, _ = measured_edge(seen.motion, model, params, calibration)
    edge = edge.assign(gap_norm=edge["height_norm"])
    return edge.sort_values("time_s")[COLUMNS].round(_DIGITS).reset_index(drop=True)


def shipped_edge(spec: str, bundle: PoseBundle, params: Params) -> EdgeBack:
    """Load the instrument; the gap rule measures nothing."""
    model = find_model(spec, bundle, params)
    if not isinstance(model, EdgeBack):
        raise ModelError(f"--model {spec}: measures nothing; name a .skops file")
    return model


def run_measure(
    video: Path,
    csv: Path | None,
    *,
    pose: str,
    model: str,
    overwrite: bool,
    verbose: bool,
    reading: Reading = AS_IT_COMES,
    calibration: Span | None = None,
) -> int:
    """Measure a video into a file, or onto stdout; returns the exit code."""
    if csv is not None:
        check_output(csv, overwrite)
    params, bundle = load_params(), find_bundle(pose)
    edge = shipped_edge(model, bundle, params)
    with (
        quiet_libraries(verbose) as stderr,
        progress_bars(stderr) as bars,
        watched_bars(bars, video) as on_pass,
    ):
        table = measure_video(video, bundle, edge, params, on_pass, reading, calibration)
    if csv is None:
        sys.stdout.write(table.to_csv(index=False))
    else:
        write_csv(table, csv)
    return 0
