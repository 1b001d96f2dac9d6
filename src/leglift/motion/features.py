"""What one rep says: its tempo, its back, and how well the back could be seen. A row a rep."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import minimum_filter1d

from leglift.motion.plausible import BODY_COLUMNS, body_measures, ends_unseen
from leglift.motion.segment import Motion
from leglift.motion.signals import Flags, Floats, true_runs
from leglift.motion.tempo import momentum_frac, swing_deg, way_s
from leglift.params import Params

FEATURES = {
    "lowest_leg_angle_deg": "lowest angle of the leg above the floor within the rep",
    "top_leg_angle_deg": "highest angle of the leg above the floor within the rep",
    "lift_s": "duration of the whole way up, slow ends included; NaN if the clip began legs up",
    "lowering_s": "duration of the whole way down (eccentric); NaN if cut short",
    "knee_angle_min_deg": "most bent the knee gets, 180 straight",
    "peak_speed_deg_s": "fastest turning of the leg",
    "swing_deg": "how far the leg swings about its own smooth course while it comes up and holds",
    "momentum_frac": "share of the upper half of the lift that the leg's own speed would carry it",
    "sway_norm": "how far the near shoulder goes up and down, to and fro for somebody who hangs",
    "shake_norm": "trembling of the moving ankle, RMS within the tremor band, in trunk lengths",
    "gap_flattest_norm": "lumbar gap at the person's own flattest moment within the shot's reps",
    "lumbar_gap_norm": "highest lumbar gap that is held, in trunk lengths",
    "gap_rise_norm": "highest rise of the lumbar gap over the flattest moment that is held",
    "back_lift_angle_deg": "leg angle where the gap passes the rule's threshold on the way down "
    "(at the latest: a back starts to lift before that)",
}
"""Features of a rep and their meaning; units are in the names."""

QUALITY = {
    "off_axis_deg": "camera's angle off the perpendicular to the trunk",
    "trunk_px": "length of the trunk in the picture",
    "arm_cover_frac": "share of the lumbar window that an arm hides with the legs low",
    "outline_frac": "share of the rep with an unbroken outline of the lower back",
    **BODY_COLUMNS,
}
"""What the gate looks at; never given to a classifier."""

_LOW_LEG_SHARE = 0.5


def rep_features(motion: Motion, params: Params) -> pd.DataFrame:
    """Features and quality of every leg lift: `Motion.reps` with columns added."""
    reps = motion.reps
    rows = []
    for shot, own in reps.groupby("shot_idx"):
        signals, view = motion.signals[motion.signals["shot_idx"] == shot], motion.views[int(shot)]
        known = own.to_dict("records")
        insides = [
            signals[signals["time_s"].between(rep["start_s"], rep["end_s"])] for rep in known
        ]
        gaps = pd.concat([inside["gap_norm"] for inside in insides])
        flattest = float(gaps.quantile(params.back.flattest_quantile))
        for rep, inside in zip(known, insides, strict=True):
            row = _rep_row(rep, inside, flattest, params)
            seen = {"off_axis_deg": view.off_axis_deg, "trunk_px": view.trunk_px}
            rows.append({**rep, **row, **seen})
    return pd.DataFrame(rows, columns=[*reps.columns, *FEATURES, *QUALITY])


def _rep_row(
    rep: dict[str, Any], inside: pd.DataFrame, flattest: float, params: Params
) -> dict[str, float]:
    leg = "far" if rep["leg"] == "far" else "near"
    angle = inside[f"{leg}_leg_deg"].to_numpy(float)
    shake = inside[f"{leg}_shake_norm"].dropna().to_numpy(float)
    speed = np.abs(np.gradient(angle)) * params.motion.grid_hz if len(angle) > 1 else angle * 0
    rise = inside["gap_norm"].to_numpy(float) - flattest
    hold = max(round(params.back.min_hold_s * params.motion.grid_hz), 1)
    highest = held_maximum(rise, hold)
    lowering = inside["time_s"].to_numpy(float) >= rep["hold_end_s"]
    lifted = np.nan_to_num(rise, nan=-np.inf) >= params.back.gap_rise_norm
    return {
        "lowest_leg_angle_deg": float(np.nanmin(angle)),
        "top_leg_angle_deg": float(np.nanmax(angle)),
        **_tempo(rep, inside["time_s"].to_numpy(float), inside[f"{leg}_followed_deg"], params),
        "knee_angle_min_deg": float(inside[f"{leg}_knee_deg"].min()),
        "peak_speed_deg_s": float(np.nanmax(speed)),
        "sway_norm": float(np.ptp(inside["shoulder_norm"])),
        "shake_norm": float(np.sqrt((shake**2).mean())) if len(shake) else float("nan"),
        "gap_flattest_norm": flattest,
        "lumbar_gap_norm": flattest + highest,
        "gap_rise_norm": highest,
        "back_lift_angle_deg": _lift_angle(lifted, angle, lowering, hold),
        "arm_cover_frac": _low_leg_mean(inside["arm_cover_frac"].to_numpy(float), angle),
        "outline_frac": float(inside["gap_norm"].notna().mean()),
        **body_measures(inside, leg, params.motion.grid_hz),
    }


def _tempo(
    rep: dict[str, Any], time_s: Floats, followed_deg: pd.Series, params: Params
) -> dict[str, float]:
    """How the leg goes up and down; NaN for a way that is not seen.

    The course is that of the angle which the rep was found on.
    """
    said = dict.fromkeys(("lift_s", "lowering_s", "swing_deg", "momentum_frac"), np.nan)
    angle = followed_deg.to_numpy(float)
    top = int(np.argmax(angle))
    up, down = slice(None, top + 1), slice(top, None)
    level_deg = 90.0 if rep["posture"] == "hanging" else 0.0
    lowered = rep["lowering_seen"] and not ends_unseen(rep, params.plausible)
    if rep["lift_seen"]:
        said["lift_s"] = way_s(time_s[up], angle[up])
        said["momentum_frac"] = momentum_frac(angle[up], level_deg, params.motion)
    if lowered:
        said["lowering_s"] = way_s(time_s[down], angle[down])
    if rep["lift_seen"] and lowered:
        said["swing_deg"] = swing_deg(time_s, angle, top)
    return said


def held_maximum(values: Floats, hold: int) -> float:
    """Highest level that `values` keep for `hold` samples in a row; NaN breaks a run."""
    floor = np.where(np.isfinite(values), values, -np.inf)
    held = minimum_filter1d(floor, hold, mode="constant", cval=-np.inf)
    best = float(held.max(initial=-np.inf))
    return best if np.isfinite(best) else float("nan")


def _lift_angle(lifted: Flags, angle: Floats, lowering: Flags, hold: int) -> float:
    """Leg angle where the back leaves the floor: on the way down if it does so there."""
    runs = [(a, b) for a, b in true_runs(lifted) if b - a >= hold]
    for start, stop in runs:
        if lowering[stop - 1]:
            first = start if lowering[start] else int(np.flatnonzero(lowering)[0])
            return float(angle[first])
    return float(angle[runs[0][1] - 1]) if runs else float("nan")


def _low_leg_mean(values: Floats, angle: Floats) -> float:
    """Mean of values over the lower half of the leg's way, where arching happens."""
    middle = np.nanmin(angle) + _LOW_LEG_SHARE * np.ptp(angle[np.isfinite(angle)])
    low = values[angle <= middle]
    return float(np.nanmean(low)) if np.isfinite(low).any() else float("nan")


def leg_length_norm(motion: Motion) -> float:
    """Length of the near leg from hip to ankle in trunk lengths; bent moments do not shorten it.

    The 90 % quantile over all signals. NaN if it is never seen.
    """
    length = motion.signals["hip_to_ankle_norm"].to_numpy(float)
    return float(np.nanquantile(length, 0.9)) if np.isfinite(length).any() else float("nan")
