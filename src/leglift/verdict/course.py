"""The back along time: what was measured at every moment, and what pictures show of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.ndimage import binary_opening

from leglift.instrument.back import EdgeBack
from leglift.instrument.calibrated import Span, calibrated, own_scale, own_span, rises
from leglift.instrument.control import HELD
from leglift.instrument.edge import edge_moments, with_reps
from leglift.instrument.gate import SEEN_AT, back_visible
from leglift.motion.back import BackModel
from leglift.motion.segment import Motion
from leglift.params import Params
from leglift.verdict.check import main_shot

FLAT, LIFTED, UNSURE, UNSEEN = "flat", "lifted", "unsure", "unseen"

COLUMNS = [
    "time_s", "shot_idx", "rep", "leg_angle_deg", "p_lifted", "back_visible", "height_norm",
    "state",
]  # fmt: skip

SAME_S = 1e-6
"""Times that differ by less are the same."""

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
    """State that holds at each time, in order: that of the last moment before it, else unseen."""
    asked = pd.DataFrame({"time_s": np.asarray(time_s, float) + SAME_S})
    moments = course[["time_s", "state"]].astype({"time_s": float})  # without any row it is none
    found = pd.merge_asof(asked, moments, on="time_s", tolerance=_STALE_S)
    return np.asarray(found["state"].fillna(UNSEEN), object)


@dataclass(frozen=True)
class Tilts:
    """Pelvic tilts: with the legs still the back comes up and lies down again; there is no rep.

    When the back is up, how far (trunk lengths), and the moments that say so, in the range that
    this person shows: flat is 0 and arch is 1.
    """

    up: list[Span]
    rise_norm: float
    scale: Span
    edge: pd.DataFrame


def tilts_of(motion: Motion, model: BackModel, params: Params) -> Tilts | None:
    """Pelvic tilts of a body whose legs and trunk keep still; None else, or if nothing is seen.

    Parameters
    ----------
    motion
        Without reps. Legs that move, though not as in a leg lift, make another exercise of it, and
        so do shoulders that come up or hips that leave the floor: a crunch, a bridge.
    """
    if not isinstance(model, EdgeBack) or len(motion.movements):
        return None
    if motion.views[main_shot(motion)].lies_otherwise(params.reps):
        return None
    edge, _ = measured_edge(motion, model, params)
    up = rises(edge)
    if up is None or trunk_moves_norm(edge) > params.gate.max_curl_norm:
        return None
    scale = Span(float(edge["time_s"].min()), float(edge["time_s"].max()))
    if not up:
        return Tilts(up, 0.0, scale, edge)
    flat, arch = own_scale(edge, scale)
    return Tilts(up, arch - flat, scale, calibrated(edge, model.model, scale))


def trunk_moves_norm(edge: pd.DataFrame) -> float:
    """How far shoulder and hip go up and down against each other where the back is seen.

    Trunk lengths, from the 5th to the 95th percentile of a shot.
    """
    seen = edge[edge["back_visible"] >= SEEN_AT].groupby("shot_idx")["curl_norm"]
    return float((seen.quantile(0.95) - seen.quantile(0.05)).max())
