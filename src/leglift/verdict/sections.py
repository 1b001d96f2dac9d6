"""The document of `leglift judge`, section by section; unknown values are None."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leglift import __version__
from leglift.instrument.back import EdgeBack
from leglift.instrument.calibrated import Span
from leglift.instrument.control import Lift, PointOfControl, point_of_control
from leglift.motion.back import BackModel, unusable_view
from leglift.motion.features import leg_length_norm
from leglift.motion.plausible import known_leg_norm
from leglift.motion.segment import Motion
from leglift.params import Params
from leglift.verdict.check import main_shot, obstacles, with_advice
from leglift.verdict.course import Tilts
from leglift.verdict.cues import heel_height_cm, rep_cues, set_cues
from leglift.vision.table import ClipMeta

SCHEMA_VERSION = 2

Document = dict[str, Any]

_MOST_BOTH = 0.5


def document(
    video: Path,
    meta: ClipMeta,
    motion: Motion,
    reps: pd.DataFrame,
    edge: pd.DataFrame,
    model: BackModel,
    params: Params,
    own: Span | None = None,
    tilts: Tilts | None = None,
) -> Document:
    """Put judged reps, or pelvic tilts, into the JSON document that other programs read.

    `own` are the seconds of the person's own scale.
    """
    if tilts:
        whole = tilt_section(tilts, params)
    else:
        leg_norm = known_leg_norm(leg_length_norm(motion), params.plausible)
        error_deg = model.model.error_sd_deg if isinstance(model, EdgeBack) else None
        whole = {
            **set_section(reps, leg_norm, error_deg, params),
            "own_scale_s": None if own is None else [own.start_s, own.end_s],
            "tilts": [],
        }
    over = set_over_at_rep(reps)
    return {
        **origin(video, meta, model),
        "view": view_section(meta, motion, reps, params, edge if model.own_gate else None),
        "set": whole,
        "reps": [rep_section(rep, params, over) for rep in reps.to_dict("records")],
    }


def origin(video: Path, meta: ClipMeta, model: BackModel) -> Document:
    """Say what was judged, with what."""
    return {
        "schema_version": SCHEMA_VERSION,
        "leglift_version": __version__,
        "model": {"id": model.model_id, "sha256": model.sha256},
        "pose_bundle": {"variant": meta.pose_variant, "sha256": meta.pose_sha256},
        "clip": {
            "path": str(video),
            "sha256": meta.source_sha256,
            "duration_s": meta.duration_s,
            "fps": meta.fps,
            "n_frames": meta.n_frames,
            "detected_frac": round(meta.detected_frac, 4),
        },
    }


def view_section(
    meta: ClipMeta, motion: Motion, reps: pd.DataFrame, params: Params, edge: pd.DataFrame | None
) -> Document:
    """View of the shot that holds most reps; `leglift check` says the same of it."""
    view = motion.views[main_shot(motion)]
    hinders = obstacles(motion, reps, params, edge)
    return {
        "side": view.near_side if view.side_known else "unknown",
        "off_axis_deg": rounded(view.off_axis_deg, 1),
        "usable": not hinders,
        "reason": hinders[0] if hinders else None,
        "notes": [*with_advice(hinders, motion, params), *meta.complaints],
    }


def set_over_at_rep(reps: pd.DataFrame) -> int | None:
    """Return the number of the first arched rep, None without any."""
    arched = reps.loc[reps["verdict"] == "arched", "rep"]
    return int(arched.iloc[0]) if len(arched) else None


def set_section(
    reps: pd.DataFrame, leg_norm: float, error_deg: float | None, params: Params
) -> Document:
    """Sum up the set: counts, where it is over, the point of control, and where to stop.

    `error_deg` is the spread of a model's error on people left out; a rule knows none.
    """
    verdict = reps["verdict"]
    lifts = reps.loc[verdict == "arched", "back_lift_angle_deg"].dropna()
    control = control_of(reps, error_deg)
    spread = None if lifts.empty else [rounded(lifts.min(), 1), rounded(lifts.max(), 1)]
    stop_deg = stop_angle_deg(control, lifts, params)
    return {
        "exercise": f"{reps['posture'].mode().iloc[0]}_leg_raise",
        "legs": "both" if (reps["leg"] == "both").mean() > _MOST_BOTH else "one",
        "n_reps": len(reps),
        **{f"n_{said}": int((verdict == said).sum()) for said in ("good", "arched", "cant_tell")},
        "set_over_at_rep": set_over_at_rep(reps),
        "point_of_control_deg": rounded(control.deg, 1),
        "point_of_control_low_deg": rounded(control.low_deg, 1),
        "point_of_control_high_deg": rounded(control.high_deg, 1),
        "point_of_control_censored": control.censored,
        "point_of_control_range_deg": spread,
        "point_of_control_error_deg": rounded(error_deg, 1) if control.deg else None,
        "stop_height_cm": rounded(heel_height_cm(stop_deg, leg_norm, params.cues), 0),
        "cues": set_cues(reps, leg_norm, stop_deg, params.cues),
    }


def control_of(reps: pd.DataFrame, error_deg: float | None) -> PointOfControl:
    """Point of control: where the back lifted in arched reps, how far down it stayed in good ones.

    A rule knows no interval, and nothing of backs that stay down.
    """
    arched = reps[(reps["verdict"] == "arched") & reps["back_lift_angle_deg"].notna()]
    if error_deg is None:
        known = float(arched["back_lift_angle_deg"].median()) if len(arched) else None
        return PointOfControl(known, None, None, None if known is None else False)
    lifted = [
        Lift(float(np.fmax(flat, lift)), float(lift), float(lift))
        for flat, lift in zip(arched["flat_to_deg"], arched["back_lift_angle_deg"], strict=True)
    ]
    good = reps.loc[reps["verdict"] == "good", "flat_to_deg"].dropna()
    stayed = [Lift(float(flat), math.nan, math.nan) for flat in good]
    return point_of_control(lifted + stayed, error_deg)


def stop_angle_deg(control: PointOfControl, lifts: pd.Series, params: Params) -> float:
    """Leg angle at which to turn round; NaN if unknown.

    The upper end of the interval, so that the margin is larger than the instrument's own error. A
    rule has no interval: the highest lift and a margin.
    """
    if control.deg is None:
        return math.nan
    if control.high_deg is not None:
        return control.high_deg
    return float(lifts.max() + params.cues.stop_margin_deg)


def tilt_section(tilts: Tilts, params: Params) -> Document:
    """Say what the back does while the legs keep still, in the form of every set; no reps."""
    unknown = (
        "set_over_at_rep", "point_of_control_deg", "point_of_control_low_deg",
        "point_of_control_high_deg", "point_of_control_censored", "point_of_control_range_deg",
        "point_of_control_error_deg", "stop_height_cm",
    )  # fmt: skip
    rise_cm = rounded(tilts.rise_norm * params.cues.trunk_cm, 1)
    return {
        "exercise": "pelvic_tilt",
        "legs": None,
        **dict.fromkeys(("n_reps", "n_good", "n_arched", "n_cant_tell"), 0),
        **dict.fromkeys(unknown),
        "cues": [],
        "own_scale_s": [rounded(tilts.scale.start_s, 2), rounded(tilts.scale.end_s, 2)],
        "tilts": [
            {
                "up_from_s": rounded(span.start_s, 2),
                "up_to_s": rounded(span.end_s, 2),
                "rise_cm": rise_cm,
            }
            for span in tilts.up
        ],
    }


def rep_section(rep: dict[str, Any], params: Params, over_at_rep: int | None) -> Document:
    """One rep, rounded to what can be known."""
    arched = rep["verdict"] == "arched"
    from_the_side = not unusable_view(rep["off_axis_deg"], rep["trunk_px"], params.view)
    return {
        "rep": int(rep["rep"]),
        "start_s": rounded(rep["start_s"], 2),
        "top_s": rounded(rep["top_s"], 2),
        "end_s": rounded(rep["end_s"], 2),
        "verdict": rep["verdict"],
        "p_arched": rounded(rep["p_arched"], 3),
        "back_visible": rounded(rep["back_visible"], 2),
        "reason": rep["reason"],
        "back_lift_angle_deg": rounded(rep["back_lift_angle_deg"], 1) if arched else None,
        "lumbar_gap_norm": rounded(rep["lumbar_gap_norm"], 4),
        "lowest_leg_angle_deg": rounded(rep["lowest_leg_angle_deg"], 1),
        "top_leg_angle_deg": rounded(rep["top_leg_angle_deg"], 1),
        "lift_s": rounded(rep["lift_s"], 2),
        "lowering_s": rounded(rep["lowering_s"], 2),
        "knee_angle_min_deg": rounded(rep["knee_angle_min_deg"], 1),
        "peak_speed_deg_s": rounded(rep["peak_speed_deg_s"], 1),
        "swing_deg": rounded(rep["swing_deg"], 1),
        "momentum_frac": rounded(rep["momentum_frac"], 2),
        "shake_norm": rounded(rep["shake_norm"], 4),
        "cues": []
        if rep.get("doubt")
        else rep_cues(rep, params.cues, over_at_rep, angles_hold=from_the_side),
    }


def rounded(value: float | None, digits: int) -> float | None:
    """Round what is known; unknown is None."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)
