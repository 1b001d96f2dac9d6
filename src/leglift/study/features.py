"""From reps and moments to the tables a classifier learns from, real and simulated alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.moments import MOMENT_COLUMNS
from leglift.motion.rep_back import KEYS, RAW_FEATURES, TILT_FEATURES, raw_features, tilt_features
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
MODEL_FEATURES = [*RAW_FEATURES, *TILT_FEATURES]
"""What the shipped model sees, in this order."""


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
    tilt = np.asarray(regressor.predict(moments[MOMENT_COLUMNS]), float)
    return _joined(reps, moments, tilt)


def _joined(reps: pd.DataFrame, moments: pd.DataFrame, tilt_deg: Floats) -> pd.DataFrame:
    back = raw_features(moments).join(tilt_features(moments, tilt_deg))
    return reps.merge(back.reset_index(), on=KEYS, how="inner", validate="one_to_one")
