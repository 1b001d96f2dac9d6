"""Moments of a rep: what the trunk looks like at one leg angle, against the same rep's legs-high.

A rep is sampled ten times a second. Each moment holds the trunk's outline, the refined dorsal edge,
the brightness steps across it and the turn of the pelvis, once as they are and once as the change
since the legs were high. Leg angle and time stand beside them, to say when; a model of the back
never sees them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.lumbar import KEPT_HEIGHTS, STEP_COLUMNS, TURNED_COLUMNS
from leglift.motion.profile import DORSAL_COLUMNS, KEPT, VENTRAL_COLUMNS
from leglift.motion.segment import Motion
from leglift.params import Params

Floats = npt.NDArray[np.float64]

MOMENTS_HZ = 10.0

GROUPS: dict[str, list[str]] = {
    "silhouette": [
        *np.array(DORSAL_COLUMNS)[KEPT],
        *np.array(VENTRAL_COLUMNS)[KEPT],
        "gap_norm",
        "gap_mean_norm",
        "belly_norm",
    ],
    "edge": list(KEPT_HEIGHTS),
    "steps": list(STEP_COLUMNS),
    "landmarks": ["hip_norm", "trunk_norm", "tilt_deg"],
}
"""Columns of a moment by where they come from; each also as a change since the legs were high."""

TURNS = [f"{name}_change" for name in TURNED_COLUMNS]
"""Turns have no meaning of their own: only their change counts."""

MOMENT_ID = ["rep", "shot_idx", "time_s", "phase", "leg_angle_deg"]


def group_columns(group: str) -> list[str]:
    """Columns of moments that belong to one of `GROUPS`, or to `turns`."""
    if group == "turns":
        return TURNS
    return [*GROUPS[group], *(f"{name}_change" for name in GROUPS[group])]


MOMENT_COLUMNS = [name for group in (*GROUPS, "turns") for name in group_columns(group)]
"""What is kept of a moment."""

CHANGE_COLUMNS = [name for name in MOMENT_COLUMNS if name.endswith("_change")]
"""What a model of the back may see of a moment: only the change since the legs were high.

Levels differ between bodies, clothes and renderings, so that what is learned from simulated levels
does not hold for people; changes of one and the same body do (docs/decisions/0007).
"""


def moments(motion: Motion, params: Params) -> pd.DataFrame:
    """Moments of every rep: `MOMENT_ID` and `MOMENT_COLUMNS`, a row a moment, in order."""
    parts = [_rep_moments(motion, rep, params) for _, rep in motion.reps.iterrows()]
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=[*MOMENT_ID, *MOMENT_COLUMNS])
    return pd.concat(filled, ignore_index=True)


def _rep_moments(motion: Motion, rep: pd.Series, params: Params) -> pd.DataFrame:
    signals = motion.signals
    inside = signals[
        (signals["shot_idx"] == rep["shot_idx"])
        & signals["time_s"].between(rep["start_s"], rep["end_s"])
    ].iloc[:: max(round(params.motion.grid_hz / MOMENTS_HZ), 1)]
    leg = "far" if rep["leg"] == "far" else "near"
    angle = inside[f"{leg}_leg_deg"].to_numpy(float)
    if not np.isfinite(angle).any():
        return pd.DataFrame()
    own = inside[[name for names in GROUPS.values() for name in names]]
    turns = inside[TURNED_COLUMNS]
    high = legs_high(angle)
    changes = pd.concat([own, turns], axis=1)
    changes = (changes - changes[high].mean()).add_suffix("_change")
    ids = {
        "rep": int(rep["rep"]),
        "shot_idx": int(rep["shot_idx"]),
        "time_s": inside["time_s"],
        "phase": _phase(inside["time_s"].to_numpy(float), rep),
        "leg_angle_deg": angle,
    }
    found = pd.concat([pd.DataFrame(ids, index=inside.index), own, changes], axis=1)
    return found[[*MOMENT_ID, *MOMENT_COLUMNS]].copy()  # in one piece


def legs_high(angle_deg: Floats) -> npt.NDArray[np.bool_]:
    """Whether the leg is in the upper quarter of its way in this rep."""
    low, high = np.nanmin(angle_deg), np.nanmax(angle_deg)
    return np.asarray(angle_deg >= high - 0.25 * (high - low))


def _phase(time_s: Floats, rep: pd.Series) -> npt.NDArray[np.str_]:
    return np.select(
        [time_s < rep["hold_start_s"], time_s < rep["hold_end_s"]], ["lift", "hold"], "lowering"
    )
