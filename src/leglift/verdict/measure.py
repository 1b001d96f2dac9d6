"""The instrument's curve of a video: a row a moment, with or without any leg lift in it."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pandas as pd

from leglift.console import heard, quiet_libraries, say
from leglift.errors import ModelError
from leglift.instrument.back import EdgeBack
from leglift.verdict.course import measured_edge
from leglift.verdict.judge import Task
from leglift.verdict.outputs import write_csv
from leglift.verdict.progress import progress_bars, watched_bars
from leglift.verdict.watch import OnPass, watched

DIGITS = {"time_s": 3, "leg_angle_deg": 1, "back_visible": 2, "gap_norm": 4, "p_lifted": 3}
"""Columns of the curve, and to what they are rounded."""

_log = logging.getLogger(__name__)


def measure_video(video: Path, task: Task, on_pass: OnPass = lambda _: None) -> pd.DataFrame:
    """Measure one video: columns of `DIGITS`, ten rows a second.

    `gap_norm` is the height of the back's edge over the line on which the body rests, in trunk
    lengths, NaN where unknown; `p_lifted` is NaN where the back is not visible.

    Raises what `watched` raises, `ModelError` of the gap rule, which measures nothing, and
    `UsageError` of a calibration that shows no back, or one that does not move.
    """
    if not isinstance(task.model, EdgeBack):
        raise ModelError("--model gap-rule: measures nothing; name a .skops file")
    with watched(video, task.bundle, task.params, on_pass, task.reading) as seen:
        edge, _ = measured_edge(seen.motion, task.model, task.params, task.calibration)
        for complaint in seen.meta.complaints:
            _log.warning("%s: %s", video, complaint)
    edge = edge.assign(gap_norm=edge["height_norm"]).sort_values("time_s")
    return edge[list(DIGITS)].round(DIGITS).reset_index(drop=True)


def run_measure(video: Path, task: Task, csv: Path | None, verbose: bool) -> None:
    """Measure a video into a file, or onto stdout."""
    with (
        quiet_libraries(verbose) as stderr,
        progress_bars(stderr) as bars,
        watched_bars(bars, video) as on_pass,
        heard() as warnings,
    ):
        try:
            table = measure_video(video, task, on_pass)
        finally:
            for record in warnings:
                say(bars.console, record.getMessage())
    if csv is None:
        sys.stdout.write(table.to_csv(index=False))
    else:
        write_csv(table, csv)
