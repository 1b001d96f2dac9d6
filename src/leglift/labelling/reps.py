"""What follows for a rep from its moments, by the rule of docs/decisions/0014."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leglift.schemas.tables import REP_LABELS

LOW_DEG = 30.0
"""A good rep is seen at this leg angle or lower on the way down, or at its lowest."""

_MOVING = ("lifting", "top", "lowering", "lowest")
_DOWN = ("top", "lowering", "lowest")
_MIN_DOWN = 2


def rep_labels(moments: pd.DataFrame) -> pd.DataFrame:
    """One row a rep (`REP_LABELS`): arched, good or cant_tell, and where the back leaves the floor.

    The back leaves between `flat_deg`, the lowest angle on the way down that is still flat above
    the first lifted one, and `lifted_deg`, that one (NaN: never seen lifted, so censored at
    `flat_deg`). `flat_deg` is infinite where the first is lifted already; both are NaN with fewer
    than two known moments on the way down.
    """
    moving = moments[(moments["rep"] > 0) & moments["phase"].isin(_MOVING)]
    rows = []
    for (clip_id, rep), own in moving.groupby(["clip_id", "rep"]):
        seen = own[own["visible"]].sort_values("time_s")
        down = seen[seen["phase"].isin(_DOWN)]
        flat, lifted = _leaves_between(down[down["lifted"].isin(["yes", "no"])])
        label = _label(seen, down[down["phase"] != "top"])
        rows.append((clip_id, int(rep), label, len(seen), flat, lifted))
    return pd.DataFrame(rows, columns=list(REP_LABELS.columns))


def _label(seen: pd.DataFrame, down: pd.DataFrame) -> str:
    if (seen["lifted"] == "yes").any():
        return "arched"
    low = (down["phase"] == "lowest") | (down["leg_angle_deg"] <= LOW_DEG)
    enough = len(down) >= _MIN_DOWN and bool(low.any())
    return "good" if enough and (seen["lifted"] == "no").all() else "cant_tell"


def _leaves_between(known: pd.DataFrame) -> tuple[float, float]:
    if len(known) < _MIN_DOWN:
        return float("nan"), float("nan")
    angle = known["leg_angle_deg"].to_numpy(float)
    up = np.flatnonzero(known["lifted"] == "yes")
    if not len(up):
        return float(angle[-1]), float("nan")
    return float(angle[up[0] - 1]) if up[0] else float("inf"), float(angle[up[0]])
