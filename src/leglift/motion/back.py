"""The back of a rep: can it be judged, and the gap rule's answer.

The rule is the baseline that a trained model has to beat: a rep is arched when the lumbar gap
rises by `gap_rise_norm` trunk lengths over the person's own flattest moment and stays there for
`min_hold_s`. Both numbers stand in `params.yaml`; they come from the resolution of the mask and
were checked on the rendered demo clip, not fitted to people.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd

from leglift.motion.plausible import no_good_unseen, with_doubt
from leglift.params import Params, ViewParams, params_sha256

ARM_OVER_WAIST = (
    "an arm lies over the waist, the back is not visible; fold the arms across the chest"
)
HANGING = "hanging from a bar, there is no floor under the back: the back is not judged"


class BackModel(Protocol):
    """Anything that tells arched reps from good ones."""

    @property
    def model_id(self) -> str:
        """Name of the model."""

    @property
    def sha256(self) -> str:
        """Checksum of what it is made of."""

    @property
    def own_gate(self) -> bool:
        """Whether it says itself, moment by moment, if the back can be seen."""

    def predict(self, features: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
        """Judge every rep of a clip, a row a rep.

        Returns `p_arched` (0..1 or NaN), `arched` (True, False or NA), `lift_deg`, the leg angle
        at which the back lifts (NaN where it does not), and `found`, what was seen in words; where
        the model knows it also `flat_to_deg`, how far down the back was seen to stay.
        """


class GapRule:
    """Arched when the lumbar gap rises over the person's own flattest moment."""

    model_id = "gap-rule-1"
    own_gate = False

    def __init__(self, params: Params) -> None:
        self._params = params.back
        self.sha256 = params_sha256(params.back)

    def predict(self, features: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
        """Compare `gap_rise_norm` with the threshold; a rule has no probability to give."""
        rise = features["gap_rise_norm"]
        arched = (rise >= self._params.gap_rise_norm).astype("boolean").mask(rise.isna())
        lift = features["back_lift_angle_deg"]
        found = [
            f"the lower back rises {r * 100:.1f} % of the trunk's length over its flattest moment"
            if a
            else "the lower back stays where it is flattest"
            for a, r in zip(arched.fillna(False), rise, strict=True)
        ]
        return pd.DataFrame(
            {"p_arched": np.nan, "arched": arched, "lift_deg": lift, "found": found},
            index=features.index,
        )


def unusable_view(off_axis_deg: float, trunk_px: float, params: ViewParams) -> str:
    """Why a view does not allow to judge the back; empty if it does."""
    if off_axis_deg > params.max_off_axis_deg:
        return (
            f"the camera stands about {off_axis_deg:.0f} deg off side-on; "
            "film from the side at mat height"
        )
    if trunk_px < params.min_trunk_px:
        return f"the trunk is only {trunk_px:.0f} pixels long; film closer or larger"
    return ""


def cannot_tell(rep: pd.Series, params: Params, own_gate: bool = False) -> str:
    """Why the back of this rep cannot be judged; empty if it can.

    `rep` has its features and, from `with_doubt`, whether a body can have done it at all. A model
    with a gate of its own (`own_gate`) answers itself for view, outline and arms.
    """
    if rep.get("posture") == "hanging":
        return HANGING
    doubt = str(rep.get("doubt") or "")
    if own_gate:
        return doubt
    if why := unusable_view(rep["off_axis_deg"], rep["trunk_px"], params.view) or doubt:
        return why
    if rep["outline_frac"] < params.view.min_outline_frac or np.isnan(rep["gap_rise_norm"]):
        return "the outline of the lower back is not seen; keep the whole body in the frame"
    return ARM_OVER_WAIST if rep["arm_cover_frac"] > params.view.max_arm_cover_frac else ""


def judge_back(
    features: pd.DataFrame, moments: pd.DataFrame, model: BackModel, params: Params
) -> pd.DataFrame:
    """Add `verdict` (good, arched, cant_tell), `p_arched`, `flat_to_deg` and `reason` to every rep.

    `back_lift_angle_deg` becomes the model's.
    """
    said = model.predict(features, moments)
    features = with_doubt(features, params.plausible)
    why_not = pd.Series(
        [cannot_tell(rep, params, model.own_gate) for _, rep in features.iterrows()],
        features.index,
        dtype=object,
    )
    unsure = (why_not != "") | said["arched"].isna()
    arched = said["arched"].fillna(False).astype(bool)
    judged = features.assign(
        verdict=np.select([unsure, arched], ["cant_tell", "arched"], "good"),
        p_arched=said["p_arched"],
        back_lift_angle_deg=said["lift_deg"],
        flat_to_deg=said.get("flat_to_deg", np.nan),
        reason=np.where(why_not != "", why_not, said["found"]),
    )
    return no_good_unseen(judged, params.plausible)
