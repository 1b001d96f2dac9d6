"""What one rep says: its course, its back, and how well the back could be seen. A row a rep."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from leglift.motion.segment import Motion
from leglift.motion.signals import true_runs
from leglift.params import Params

Floats = npt.NDArray[np.float64]

FEATURES = {
    "lowest_leg_angle_deg": "lowest angle of the leg above the floor within the rep",
    "top_leg_angle_deg": "highest angle of the leg above the floor within the rep",
    "lift_s": "time from leaving the bottom to the top; NaN if the clip began legs up",
    "lowering_s": "time from leaving the top to the bottom (eccentric); NaN if cut short",
    "knee_angle_min_deg": "most bent the knee gets, 180 straight",
    "peak_speed_deg_s": "fastest turning of the leg",
    "shake_norm": "trembling of the near ankle, RMS above 2 Hz, in trunk lengths",
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
}
"""What the gate looks at; never given to a classifier."""

_LOW_LEG_SHARE = 0.5
_TREMOR_HZ = 2.0


def rep_features(motion: Motion, params: Params) -> pd.DataFrame:
    """Features and quality of every leg lift: `Motion.reps` with columns added."""
    rows = [
        {**rep, **_rep_row(motion, pd.Series(rep), params)}
        for rep in motion.reps.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=[*motion.reps.columns, *FEATURES, *QUALITY])


def _rep_row(motion: Motion, rep: pd.Series, params: Params) -> dict[str, float]:
    shot = motion.signals[motion.signals["shot_idx"] == rep["shot_idx"]]
    inside = _within(shot, rep)
    same_shot = motion.reps[motion.reps["shot_idx"] == rep["shot_idx"]]
    lifting = pd.concat([_within(shot, other) for _, other in same_shot.iterrows()])
    leg = "far" if rep["leg"] == "far" else "near"
    view = motion.views[int(rep["shot_idx"])]
    angle = inside[f"{leg}_leg_deg"].to_numpy(float)
    return {
        **_course(rep, inside, leg, params),
        **_back(lifting, inside, angle, rep, params),
        "off_axis_deg": view.off_axis_deg,
        "trunk_px": view.trunk_px,
        "arm_cover_frac": _low_leg_mean(inside["arm_cover_frac"].to_numpy(float), angle),
        "outline_frac": float(inside["gap_norm"].notna().mean()),
    }


def _within(signals: pd.DataFrame, rep: pd.Series) -> pd.DataFrame:
    return signals[signals["time_s"].between(rep["start_s"], rep["end_s"])]


def _course(rep: pd.Series, inside: pd.DataFrame, leg: str, params: Params) -> dict[str, float]:
    angle = inside[f"{leg}_leg_deg"].to_numpy(float)
    speed = np.abs(np.gradient(angle)) * params.motion.grid_hz if len(angle) > 1 else angle * 0
    return {
        "lowest_leg_angle_deg": float(np.nanmin(angle)),
        "top_leg_angle_deg": float(np.nanmax(angle)),
        "lift_s": rep["hold_start_s"] - rep["start_s"] if rep["lift_seen"] else np.nan,
        "lowering_s": rep["end_s"] - rep["hold_end_s"] if rep["lowering_seen"] else np.nan,
        "knee_angle_min_deg": float(inside[f"{leg}_knee_deg"].min()),
        "peak_speed_deg_s": float(np.nanmax(speed)),
        "shake_norm": _shake(inside[["ankle_x_norm", "ankle_y_norm"]].to_numpy(float), params),
    }


def _shake(ankle: Floats, params: Params) -> float:
    """RMS distance of the ankle from its own path below 2 Hz."""
    if not np.isfinite(ankle).all() or len(ankle) < 3:
        return float("nan")
    sigma = 0.1325 / _TREMOR_HZ * params.motion.grid_hz
    rough = ankle - gaussian_filter1d(ankle, sigma, axis=0, mode="nearest")
    return float(np.sqrt((rough**2).sum(axis=1).mean()))


def _back(
    lifting: pd.DataFrame, inside: pd.DataFrame, angle: Floats, rep: pd.Series, params: Params
) -> dict[str, float]:
    flattest = float(lifting["gap_norm"].quantile(params.back.flattest_quantile))
    rise = inside["gap_norm"].to_numpy(float) - flattest
    hold = max(round(params.back.min_hold_s * params.motion.grid_hz), 1)
    highest = held_maximum(rise, hold)
    return {
        "gap_flattest_norm": flattest,
        "lumbar_gap_norm": flattest + highest,
        "gap_rise_norm": highest,
        "back_lift_angle_deg": _lift_angle(rise, angle, inside, rep, hold, params),
    }


def held_maximum(values: Floats, hold: int) -> float:
    """Highest level that `values` keep for `hold` samples in a row; NaN breaks a run."""
    if len(values) < hold or not np.isfinite(values).any():
        return float("nan")
    floor = np.where(np.isfinite(values), values, -np.inf)
    held = minimum_filter1d(floor, hold, mode="constant", cval=-np.inf)
    best = float(held.max())
    return best if np.isfinite(best) else float("nan")


def _lift_angle(
    rise: Floats, angle: Floats, inside: pd.DataFrame, rep: pd.Series, hold: int, params: Params
) -> float:
    """Leg angle where the back leaves the floor: on the way down if it does so there."""
    lifted = np.nan_to_num(rise, nan=-np.inf) >= params.back.gap_rise_norm
    runs = [(a, b) for a, b in true_runs(lifted) if b - a >= hold]
    lowering = inside["time_s"].to_numpy(float) >= rep["hold_end_s"]
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
