"""The back along time: what was measured at every moment, and what pictures show of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.ndimage import binary_opening

from leglift.instrument.back import EdgeBack
from leglift.instrument.calibrated import Span, calibrated, own_span
from leglift.instrument.control import HELD
from leglift.instrument.edge import edge_moments, with_reps
from leglift.instrument.gate import back_visible
from leglift.motion.back import BackModel
from leglift.motion.segment import Motion
from leglift.params import Params

FLAT, LIFTED, UNSURE, UNSEEN = "flat", "lifted", "unsure", "unseen"

COLUMNS = [
    "time_s", "shot_idx", "rep", "leg_angle_deg", "p_lifted", "back_visible", "height_norm",
    "state",
]  # fmt: skip

_STALE_S = 0.25


def measured_edge(
    motion: Motion, model: BackModel | None, params: Params, asked: Span | None = None
) -> tuple[pd.DataFrame, Span | None]:
    """Moments of the whole motion with `rep`, `phase`, `back_visible`, `height_norm`, `p_lifted`.

    Beside them the seconds in which the person's own flat and arch are the scale: those asked for,
    else those that are found before the set (`calibrated.find_span`), None without any. The gap
    rule, or no model at all, gives no probability and knows no scale: `p_lifted` is NaN.
    """
    edge = with_reps(edge_moments(motion), motion)
    if isinstance(model, EdgeBack) and len(edge):
        edge = model.measure(edge)
        span = own_span(edge, asked)
        return (edge if span is None else calibrated(edge, model.model, span)), span
    seen = back_visible(edge, params.gate)
    return edge.assign(back_visible=seen, height_norm=edge["gap_norm"], p_lifted=np.nan), None


def course_of(
    edge: pd.DataFrame, reps: pd.DataFrame, model: BackModel, params: Params
) -> pd.DataFrame:
    """Measured moments as pictures show them (`COLUMNS`): `state` is flat, lifted, unsure, unseen.

    A moment is lifted only within a rep that is arched, or between reps; where the verdict says
    can't tell, nothing is shown as flat or lifted.
    """
    known = reps.set_index("rep")
    verdict = edge["rep"].map(known["verdict"]).fillna("").to_numpy()
    if isinstance(model, EdgeBack):
        p = edge["p_lifted"].to_numpy(float)
        # only what lasts as long as the instrument asks for
        up = binary_opening(np.nan_to_num(p) >= model.model.lifted_at, np.ones(HELD))
        flat = np.nan_to_num(p, nan=1.0) < model.flat_at
        state = np.select([np.isnan(p), up, flat], [UNSEEN, LIFTED, FLAT], UNSURE)
    else:  # the gap rule: within reps, where the gap has risen over its flattest moment
        rise = (edge["gap_norm"] - edge["rep"].map(known["gap_flattest_norm"])).to_numpy(float)
        up = (np.nan_to_num(rise) >= params.back.gap_rise_norm) & (verdict == "arched")
        state = np.select([np.isnan(rise), up], [UNSEEN, LIFTED], FLAT)
    state = np.where((verdict == "good") & (state == LIFTED), UNSURE, state)
    unknown = (verdict == "cant_tell") & np.isin(state, (FLAT, LIFTED))
    state = np.where(unknown, UNSURE, state)
    return edge.assign(state=state.astype(object))[COLUMNS].reset_index(drop=True)


def state_at(course: pd.DataFrame, time_s: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """State that holds at each time: that of the last moment before it, unseen without one."""
    wanted = np.asarray(time_s, float)
    grid = course["time_s"].to_numpy(float)
    if not len(grid):
        return np.full(len(wanted), UNSEEN, object)
    row = np.searchsorted(grid, wanted + 1e-6, side="right") - 1
    known = (row >= 0) & (wanted - grid[row.clip(0)] < _STALE_S)
    return np.where(known, course["state"].to_numpy(object)[row.clip(0)], UNSEEN)
