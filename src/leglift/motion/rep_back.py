"""A rep's back in a few numbers: its moments summed up, with or without an estimated tilt.

A row a rep. *Low* means the lowest quarter of the leg's way, *high* the highest, *held* the level
that is kept for three moments in a row (0.2 s), so that one bad outline makes no arch.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.lumbar import TURNED_COLUMNS
from leglift.motion.moments import legs_high

Floats = npt.NDArray[np.float64]

KEYS = ["clip_id", "rep"]
HELD = 3

CUES = {
    "gap_norm": "widest place of the gap under the mask's outline",
    "gap_mean_norm": "mean gap under the mask's outline in the lumbar window",
    "height_+050_norm": "refined dorsal edge over the chord of upper back and buttocks at u = 0.5",
    "height_+060_norm": "the same at u = 0.6",
    "height_+070_norm": "the same at u = 0.7",
    "height_+080_norm": "the same at u = 0.8",
    "belly_norm": "height of the belly over the shoulder-hip line",
    "hip_norm": "height of the near hip over the near shoulder",
    "trunk_norm": "length of the near shoulder-hip line in its own median",
    "tilt_deg": "trunk against the picture's horizontal",
    **dict.fromkeys(TURNED_COLUMNS, "turn of that part against the chest, anterior tilt positive"),
}
"""What is followed through a rep; always as the change since the legs were high."""

CUE_FEATURES = [f"{name}_{kind}" for name in CUES for kind in ("low", "held")]
LEVEL_FEATURES = ["gap_norm_level", "height_+070_norm_level"]
"""Levels with the legs low, for a back that is arched all the time."""

RAW_FEATURES = [*CUE_FEATURES, *LEVEL_FEATURES, "edge_norm_held"]
"""Features that need no simulated body."""

TILT_FEATURES = {
    "tilt_held_deg": "highest tilt estimate that is held, against a flat back",
    "tilt_low_deg": "mean tilt estimate with the legs low",
    "tilt_high_deg": "mean tilt estimate with the legs high",
    "tilt_rise_deg": "held tilt estimate over that with the legs high",
    "tilt_over_flat_deg": "held tilt estimate over the set's own flattest tenth",
    "tilt_low_share": "share of the moments with the legs low at more than 8 deg",
}
"""Features made of the tilt that a model of simulated bodies estimates."""

EDGE_NAMES = [f"height_+0{at}_norm_held" for at in (50, 60, 70, 80)]

BACK_FEATURES = {
    "gap_rise_norm": "gap under the mask's outline over the person's own flattest moment, held",
    "edge_norm_held": "refined dorsal edge over its level with the legs high, mean of u 0.5 to 0.8",
    "belly_norm_held": "height of the belly over its level with the legs high",
    "pelvis_turned_deg_held": "turn of the pelvis against the chest since the legs were high",
    "hip_turned_deg_held": "turn of the hip against the chest since the legs were high",
    "tilt_over_flat_deg": "held tilt estimate over the set's own flattest tenth",
}
"""What the shipped classifier sees: one cue of each source, each of which an arch makes larger.

Chosen by where they come from, not by how well they do: with some thirty people, a model of many
features learns the people.
"""

ARCHED_TILT_DEG = 8.0


def raw_features(moments: pd.DataFrame) -> pd.DataFrame:
    """`RAW_FEATURES` of every rep, indexed by `KEYS`."""
    return moments.groupby(KEYS, sort=False).apply(_raw_row, include_groups=False)


def _raw_row(rep: pd.DataFrame) -> pd.Series:
    low = legs_low(rep["leg_angle_deg"].to_numpy(float))
    row: dict[str, float] = {}
    for name in CUES:
        change = rep[f"{name}_change"].to_numpy(float)
        row[f"{name}_low"] = _mean(change[low])
        row[f"{name}_held"] = held(change)
    for name in ("gap_norm", "height_+070_norm"):
        row[f"{name}_level"] = _mean(rep[name].to_numpy(float)[low])
    row["edge_norm_held"] = _mean(np.array([row[name] for name in EDGE_NAMES]))
    return pd.Series(row)


def tilt_features(moments: pd.DataFrame, tilt_deg: Floats) -> pd.DataFrame:
    """`TILT_FEATURES` of every rep, indexed by `KEYS`; `tilt_deg` (n,) is a moment's estimate."""
    with_tilt = moments[[*KEYS, "shot_idx", "leg_angle_deg"]].assign(tilt=tilt_deg)
    flat = with_tilt.groupby(["clip_id", "shot_idx"])["tilt"].transform(lambda t: t.quantile(0.1))
    with_tilt["flat"] = flat
    return with_tilt.groupby(KEYS, sort=False).apply(_tilt_row, include_groups=False)


def _tilt_row(rep: pd.DataFrame) -> pd.Series:
    angle, tilt = (rep[name].to_numpy(float) for name in ("leg_angle_deg", "tilt"))
    low, high = legs_low(angle), legs_high(angle)
    top = _mean(tilt[high])
    peak = held(tilt)
    return pd.Series(
        {
            "tilt_held_deg": peak,
            "tilt_low_deg": _mean(tilt[low]),
            "tilt_high_deg": top,
            "tilt_rise_deg": peak - top,
            "tilt_over_flat_deg": peak - float(rep["flat"].iloc[0]),
            "tilt_low_share": _mean((tilt[low] > ARCHED_TILT_DEG).astype(float)),
        }
    )


def lift_angle(rep: pd.DataFrame, tilt_deg: Floats) -> float:
    """Leg angle at which, while lowering, the tilt comes half-way up to its peak.

    The last time before the peak counts. NaN where the tilt does not change or the lowering is too
    short to tell. Of the ways tried, no other was off by less on simulated bodies and on people.
    """
    down = np.flatnonzero((rep["phase"] == "lowering").to_numpy())
    if len(down) < HELD or np.ptp(tilt_deg[down]) == 0:
        return float("nan")
    angle = rep["leg_angle_deg"].to_numpy(float)[down]
    tilt = pd.Series(tilt_deg[down]).rolling(5, center=True, min_periods=1).median().to_numpy()
    peak = int(np.argmax(tilt))
    half = (tilt.min() + held(tilt)) / 2
    below = np.flatnonzero(tilt[: peak + 1] < half)
    return float(angle[min(below[-1] + 1, len(angle) - 1)] if len(below) else angle[0])


def legs_low(angle_deg: Floats) -> npt.NDArray[np.bool_]:
    """Whether the leg is in the lowest quarter of its way in this rep."""
    low, high = np.nanmin(angle_deg), np.nanmax(angle_deg)
    return np.asarray(angle_deg <= low + 0.25 * (high - low))


def held(values: Floats) -> float:
    """Highest level that is kept for `HELD` values in a row; NaN where there are not so many."""
    if len(values) < HELD:
        return float("nan")
    levels = np.lib.stride_tricks.sliding_window_view(values, HELD).min(axis=1)
    return float(np.nanmax(levels)) if np.isfinite(levels).any() else float("nan")


def _mean(values: Floats) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
