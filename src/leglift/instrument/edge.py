"""Signals to moments: what the edge of the lower back looks like, ten times a second.

A moment needs no rep: pelvic tilts with still legs are read as lifts are. Heights are over the line
on which the body rests (buttocks to upper back), so they are absolute; beside them stands what they
are over the person's own flattest moments of the same shot.
"""

from __future__ import annotations

import pandas as pd

from leglift.motion.geometry import ShotView
from leglift.motion.lumbar import EDGE_STEPS, LUMBAR_HEIGHTS
from leglift.motion.segment import Motion

EDGE_HZ = 10.0

LEVELS = ["gap_norm", "gap_mean_norm", "edge_norm"]
"""Heights of the back's edge: widest place and mean under the mask, and of the refined edge."""

OVER_FLAT = [f"{name}_over_flat" for name in LEVELS]
QUALITY = [
    "arm_cover_frac", "off_axis_deg", "trunk_px", "outline_frac", "contrast", "jitter_norm",
    "raised_deg", "tilt_deg", "curl_norm", "belly_norm",
]  # fmt: skip
COLUMNS = ["time_s", "shot_idx", "leg_angle_deg", "knee_deg", *LEVELS, *OVER_FLAT, *QUALITY]

_FLAT_QUANTILE = 0.1  # of a shot: the person's own flattest moments
_JITTER_S = 0.5


def edge_moments(motion: Motion) -> pd.DataFrame:
    """Moments of all shots (`COLUMNS`), `EDGE_HZ` a second, in order of time.

    NaN where the outline of the trunk is not whole. `leg_angle_deg` is the near leg's; over a rep
    of the far leg it is that leg's. Nobody who hangs lies on anything: such shots have no moments.
    """
    parts = [
        _shot_moments(rows, motion.views[int(shot)])
        for shot, rows in motion.signals.groupby("shot_idx")
        if int(shot) in motion.views and not motion.views[int(shot)].hanging
    ]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(parts, ignore_index=True)
    for rep in motion.reps[motion.reps["leg"] == "far"].itertuples():
        inside = table["time_s"].between(rep.start_s, rep.end_s)
        table.loc[inside, "leg_angle_deg"] = table.loc[inside, "far_leg_deg"]
        table.loc[inside, "knee_deg"] = table.loc[inside, "far_knee_deg"]
    return table[COLUMNS]


def _shot_moments(rows: pd.DataFrame, view: ShotView) -> pd.DataFrame:
    rows = rows.assign(edge_norm=rows[LUMBAR_HEIGHTS].mean(axis=1))
    step_s = float(rows["time_s"].diff().median()) if len(rows) > 1 else 1 / EDGE_HZ
    every = max(round(1 / (EDGE_HZ * step_s)), 1)
    quality = {
        "off_axis_deg": view.off_axis_deg,
        "trunk_px": view.trunk_px,
        "raised_deg": view.raised_deg,
        "curl_norm": -rows["hip_norm"],
        "outline_frac": rows["gap_norm"].notna().rolling(15, center=True, min_periods=1).mean(),
        "contrast": rows[EDGE_STEPS].abs().mean(axis=1),
        "jitter_norm": jitter(rows["gap_norm"], step_s),
    }
    flat = {
        f"{name}_over_flat": rows[name] - rows[name].quantile(_FLAT_QUANTILE) for name in LEVELS
    }
    table = rows.assign(
        leg_angle_deg=rows["near_leg_deg"], knee_deg=rows["near_knee_deg"], **flat, **quality
    )
    return table.iloc[::every]


def jitter(gap: pd.Series, step_s: float) -> pd.Series:
    """How much the gap trembles about its own course, RMS over half a second, trunk lengths."""
    window = max(round(_JITTER_S / step_s), 3)
    course = gap.rolling(window, center=True, min_periods=3).median()
    return ((gap - course) ** 2).rolling(window, center=True, min_periods=3).mean() ** 0.5


def with_reps(edge: pd.DataFrame, motion: Motion) -> pd.DataFrame:
    """Add `rep` (0 between reps) and `phase`: lift, hold, lowering, or rest."""
    edge = edge.assign(rep=0, phase="rest")
    for rep in motion.reps.itertuples():
        for phase, first, last in (
            ("lift", rep.start_s, rep.hold_start_s),
            ("hold", rep.hold_start_s, rep.hold_end_s),
            ("lowering", rep.hold_end_s, rep.end_s),
        ):
            inside = edge["time_s"].between(first, last) & (edge["shot_idx"] == rep.shot_idx)
            edge.loc[inside, "rep"] = int(rep.rep)
            edge.loc[inside, "phase"] = phase
    return edge
