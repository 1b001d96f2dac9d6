"""Which moments of a clip are rated: by leg angle and rest alone, never by a cue of the back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.geometry import TUCKED_KNEE_DEG
from leglift.motion.segment import segment_lifter
from leglift.params import Params
from leglift.schemas.tables import SAMPLED
from leglift.spans import Spans, in_spans

Floats = npt.NDArray[np.float64]

LIFTING_DEG = (30, 60)
LOWERING_DEG = (60, 45, 30, 15)
MOMENT_COLUMNS = list(SAMPLED.columns)
STILL_MOMENTS = 8
"""Moments of a clip in which no leg is lifted (tilts, breathing, bridges): evenly spread."""

_REST_S = 0.3
_CLOSEST_S = 0.12
_MEDIAN_SAMPLES = 9  # a leg taken for the other one for a moment is no angle to show
_AFTER_S = 0.25  # the leg may still sink a little after `end_s`


def sample_moments(table: Path, clip_id: str, spans: Spans, params: Params) -> pd.DataFrame:
    """Moments of one clip that are to be rated (`MOMENT_COLUMNS`), in order of time.

    Parameters
    ----------
    table
        The clip's landmarks.
    spans
        Seconds in which describers saw the edge of the back; no moment lies outside.
    """
    motion = segment_lifter(table, params)
    if motion is None or motion.signals.empty:
        return pd.DataFrame(columns=MOMENT_COLUMNS)
    reps = motion.reps
    reps = reps[in_spans((reps["start_s"] + reps["end_s"]) / 2, spans)]
    if reps.empty:
        rows = still_moments(motion.signals, spans)
    else:
        parts = [rep_moments(motion.signals, rep) for _, rep in reps.iterrows()]
        rows = apart(pd.concat(parts, ignore_index=True))
    rows = rows[in_spans(rows["time_s"], spans)].sort_values("time_s").reset_index(drop=True)
    return rows.assign(clip_id=clip_id, moment=rows.index + 1)[MOMENT_COLUMNS]


def rep_moments(signals: pd.DataFrame, rep: pd.Series) -> pd.DataFrame:
    """Rest before, set leg angles while lifting, top, set angles while lowering, lowest, rest.

    Angles that the rep does not pass are left out, and rests outside of its shot.
    """
    trace = leg_trace(signals, rep)
    if len(trace) < 3:
        return pd.DataFrame()
    time_s, angle = trace["time_s"].to_numpy(float), trace["angle_deg"].to_numpy(float)
    top = int(angle.argmax())
    lowest = top + int(angle[top:].argmin())
    found = {top: "top", lowest: "lowest"}
    for deg in LIFTING_DEG:
        if (i := first_reached(angle[: top + 1], deg)) is not None:
            found[i] = "lifting"
    for deg in LOWERING_DEG:
        if (i := first_reached(-angle[top : lowest + 1], -deg)) is not None:
            found[top + i] = "lowering"
    rows = [(phase, time_s[i], angle[i]) for i, phase in found.items()]
    shot_s = signals.loc[signals["shot_idx"] == rep["shot_idx"], "time_s"]
    for phase, at, deg in (
        ("rest before", rep["start_s"] - _REST_S, angle[0]),
        ("rest after", rep["end_s"] + _REST_S, angle[-1]),
    ):
        if shot_s.min() <= at <= shot_s.max():
            rows.append((phase, at, deg))
    table = pd.DataFrame(rows, columns=["phase", "time_s", "leg_angle_deg"])
    return table.assign(rep=int(rep["rep"]), shot_idx=int(rep["shot_idx"]))


def still_moments(signals: pd.DataFrame, spans: Spans) -> pd.DataFrame:
    """Evenly spread moments of a clip without leg lifts."""
    rows = signals[in_spans(signals["time_s"], spans)]
    if rows.empty:
        return pd.DataFrame(columns=MOMENT_COLUMNS)
    picked = rows.iloc[np.unique(np.linspace(0, len(rows) - 1, STILL_MOMENTS).round().astype(int))]
    own = picked[["time_s", "shot_idx"]]
    return own.assign(phase="still", leg_angle_deg=picked["near_leg_deg"], rep=0)


def apart(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop moments that show nearly the same instant as the one before."""
    ordered = rows.sort_values("time_s")
    return ordered[ordered["time_s"].diff().fillna(1.0) > _CLOSEST_S]


def leg_trace(signals: pd.DataFrame, rep: pd.Series) -> pd.DataFrame:
    """Time and angle of the rep's leg from its start to just after its end.

    Legs that stay tucked are followed by the thigh, as they are when reps are found.
    """
    rank = "far" if rep["leg"] == "far" else "near"
    shot = signals[signals["shot_idx"] == rep["shot_idx"]]
    inside = shot[shot["time_s"].between(rep["start_s"], rep["end_s"] + _AFTER_S)]
    high = inside[f"{rank}_thigh_deg"] > 45
    tucked = inside.loc[high, f"{rank}_knee_deg"].median() < TUCKED_KNEE_DEG
    column = f"{rank}_thigh_deg" if tucked else f"{rank}_leg_deg"
    trace = inside[["time_s", column]].rename(columns={column: "angle_deg"}).dropna()
    window = 2 * (min(len(trace) // 8, _MEDIAN_SAMPLES) // 2) + 1
    steady = trace["angle_deg"].rolling(window, center=True, min_periods=1).median()
    return trace.assign(angle_deg=steady)


def first_reached(way_deg: Floats, target_deg: float) -> int | None:
    """First index at which a way that comes from below has reached the angle; None if none has."""
    reached = np.flatnonzero(way_deg >= target_deg)
    return int(reached[0]) if len(reached) and way_deg[0] <= target_deg else None
