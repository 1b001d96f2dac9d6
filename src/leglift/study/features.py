"""From reps and moments to the tables a classifier learns from, real and simulated alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.moments import CHANGE_COLUMNS
from leglift.motion.rep_back import (
    BACK_FEATURES,
    KEYS,
    RAW_FEATURES,
    lift_angle,
    raw_features,
    tilt_features,
)
from leglift.study.model import fit_tilt, tilt_out_of_body

Floats = npt.NDArray[np.float64]

LEG_FEATURES = [
    "lowest_leg_angle_deg", "top_leg_angle_deg", "lift_s", "lowering_s", "knee_angle_min_deg",
    "peak_speed_deg_s",
]  # fmt: skip
"""What the legs do: never in the model, always beside it as a baseline."""

LANDMARK_FEATURES = [
    name for name in RAW_FEATURES if name.startswith(("hip_norm", "trunk_norm", "tilt_deg"))
]
TURN_FEATURES = [name for name in RAW_FEATURES if "_turned_" in name]
SILHOUETTE_FEATURES = [
    name for name in RAW_FEATURES if name not in (*LANDMARK_FEATURES, *TURN_FEATURES)
]
MODEL_FEATURES = list(BACK_FEATURES)
"""What the shipped model sees, in this order."""

PEOPLE_FEATURES = [name for name in MODEL_FEATURES if name != "tilt_over_flat_deg"]
"""The same without the estimate that needs simulated bodies."""


def simulated_features(reps: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
    """Features of simulated reps; each tilt estimate is by a regressor that never saw the body.

    Reps that overlap no true rep are left out. `arched` is the truth.
    """
    known = reps[reps["true_label"].notna()]
    body = moments[["clip_id"]].merge(
        reps[["clip_id", "person_id"]].drop_duplicates(), on="clip_id", how="left"
    )["person_id"]
    tilt = tilt_out_of_body(moments, body)
    return _joined(known, moments, tilt).assign(arched=lambda t: t["true_label"] == "arched")


def real_features(
    reps: pd.DataFrame, moments: pd.DataFrame, simulated_moments: pd.DataFrame
) -> pd.DataFrame:
    """Features of real reps; the tilt is estimated by a regressor fitted on simulated bodies."""
    regressor = fit_tilt(simulated_moments)
    tilt = np.asarray(regressor.predict(moments[CHANGE_COLUMNS]), float)
    return _joined(reps, moments, tilt)


def _joined(reps: pd.DataFrame, moments: pd.DataFrame, tilt_deg: Floats) -> pd.DataFrame:
    angles = {
        key: lift_angle(rows, tilt_deg[rows.index.to_numpy()])
        for key, rows in moments.reset_index(drop=True).groupby(KEYS, sort=False)
    }
    lifts = pd.Series(angles, name="lift_deg", dtype=float).rename_axis(KEYS)
    back = raw_features(moments).join(tilt_features(moments, tilt_deg)).join(lifts)
    return reps.merge(back.reset_index(), on=KEYS, how="inner", validate="one_to_one")
