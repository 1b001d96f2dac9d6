"""What follows for a rep from its moments, by the rule of docs/decisions/0014."""

from __future__ import annotations

import numpy as np
import pandas as pd

REP_LABELS = ["clip_id", "rep", "label", "n_visible", "flat_deg", "lifted_deg"]
LOW_DEG = 30.0
"""A good rep is seen at this leg angle or lower on the way down, or at its lowest."""

_MOVING = ("lifting", "top", "lowering", "lowest")
_DOWN = ("top", "lowering", "lowest")
_MIN_DOWN = 2


def rep_labels(moments: pd.DataFrame) -> pd.DataFrame:
    """One row a rep (`REP_LABELS`): arched, good or cant_tell, and where the back leaves the floor.

    The back leaves between `flat_deg`, the lowest angle on the way down that is still flat above
    the first lifted one, and `lifted_deg`, that one (NaN: never seen lifted, so censored at
    `flat_deg`).
    """
    moving = moments[(moments["rep"] > 0) & moments["phase"].isin(_MOVING)]
    rows = [_row(own.sort_values("time_s")) for _, own in moving.groupby(["clip_id", "rep"])]
    return pd.DataFrame(rows, columns=REP_LABELS)


def _row(own: pd.DataFrame) -> dict[str, object]:
    seen = own[own["visible"]]
    down = seen[seen["phase"].isin(_DOWN)]
    flat, lifted = leaves_between(down[down["lifted"].isin(["yes", "no"])])
    return {
        "clip_id": own["clip_id"].iloc[0],
        "rep": int(own["rep"].iloc[0]),
        "label": _label(seen, down[down["phase"] != "top"]),
        "n_visible": len(seen),
        "flat_deg": flat,
        "lifted_deg": lifted,
    }


def _label(seen: pd.DataFrame, down: pd.DataFrame) -> str:
    if (seen["lifted"] == "yes").any():
        return "arched"
    low = (down["phase"] == "lowest") | (down["leg_angle_deg"] <= LOW_DEG)
    enough = len(down) >= _MIN_DOWN and bool(low.any())
    return "good" if enough and (seen["lifted"] == "no").all() else "cant_tell"


def leaves_between(known: pd.DataFrame) -> tuple[float, float]:
    """Leg angles between which the back leaves, of known moments on the way down in order of time.

    NaN twice with fewer than two; infinite `flat` where the first is lifted already.
    """
    if len(known) < _MIN_DOWN:
        return float("nan"), float("nan")
    up = (known["lifted"] == "yes").to_numpy()
    angle = known["leg_angle_deg"].to_numpy(float)
    first = int(up.argmax()) if up.any() else len(up)
    flat = float(angle[first - 1]) if first else float(np.inf)
    return flat, float(angle[first]) if up.any() else float("nan")
