"""One video in, one verdict out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leglift.errors import NoLegLiftError
from leglift.instrument.back import EdgeBack
from leglift.instrument.calibrated import Span
from leglift.instrument.control import Lift, PointOfControl, point_of_control
from leglift.memory import give_back
from leglift.motion.back import BackModel, judge_back, unusable_view
from leglift.motion.features import leg_length_norm
from leglift.motion.plausible import known_leg_norm
from leglift.motion.segment import Motion
from leglift.params import Params
from leglift.verdict.check import main_shot, must_be_turned, view_notes
from leglift.verdict.course import course_of, measured_edge, rep_visible
from leglift.verdict.cues import heel_height_cm, rep_cues, set_cues
from leglift.verdict.sections import Document, origin, rounded, view_section
from leglift.verdict.tilts import Tilts, tilt_document, tilts_of
from leglift.verdict.upright import WORDS
from leglift.verdict.watch import OnPass, Watched, watched
from leglift.vision.pose import PoseBundle
from leglift.vision.table import ClipMeta
from leglift.vision.video import AS_IT_COMES, Reading

_MOST_BOTH = 0.5

SHOWN_SIGNALS = ["time_s", "shot_idx", "near_leg_deg", "far_leg_deg", "gap_norm"]
"""Signals that pictures are drawn from; all of them take 70 MiB of an hour."""


@dataclass(frozen=True)
class Judged:
    """A judged video and what its verdict was read from.

    `motion` is the one who lifts, with `SHOWN_SIGNALS` alone. `reps` are the judged reps with all
    features, unrounded. `course` is what was measured at every moment (`verdict.course`).
    `measured` is a trained model's sidecar, empty without one. `table` is the clip's table of
    landmarks and silhouettes; it is gone once the context of `judged` ends.
    """

    video: Path
    document: Document
    meta: ClipMeta
    motion: Motion
    reps: pd.DataFrame
    course: pd.DataFrame
    measured: dict[str, Any]
    table: Path
    reading: Reading = AS_IT_COMES


def judge_video(
    video: Path,
    bundle: PoseBundle,
    model: BackModel,
    params: Params,
    on_pass: OnPass = lambda _: None,
    reading: Reading = AS_IT_COMES,
    calibration: Span | None = None,
) -> Document:
    """Judge one video; the result is a document of `judge.schema.json`, unknown values are None.

    Raises what `judged` raises.
    """
    with judged(video, bundle, model, params, on_pass, reading, calibration) as seen:
        return seen.document


@contextmanager
def judged(
    video: Path,
    bundle: PoseBundle,
    model: BackModel,
    params: Params,
    on_pass: OnPass = lambda _: None,
    reading: Reading = AS_IT_COMES,
    calibration: Span | None = None,
) -> Iterator[Judged]:
    """Judge one video and keep its table for as long as the context lasts.

    With `reading.max_fps` only about so many frames of each second are looked at. `calibration` is
    when the person shows the own flat and the own arch; it is looked for where nothing is asked.

    Raises
    ------
    VideoError
        The video is missing or cannot be read.
    NoLegLiftError
        It shows no person, or nobody who does a leg lift.
    ModelError
        The pose bundle does not load.
    UsageError
        The calibration's seconds show no back, or one that does not move.
    """
    with watched(video, bundle, params, on_pass, reading) as seen:
        motion = seen.motion
        if motion.reps.empty or must_be_turned(seen):
            tilts = None if seen.turn_deg else tilts_of(motion, model, params)
            if not tilts:
                raise NoLegLiftError(f"{video}: {_why_nothing(seen, tilts, params)}")
            yield _tilted(video, seen, tilts, model, params, reading)
            return
        give_back()
        edge, own = measured_edge(motion, model, params, calibration)
        reps = judged_reps(seen.features(params), edge, model, params)
        said = document(video, seen.meta, motion, reps, edge, model, params, own)
        course = course_of(edge, reps, model, params)
        motion = replace(motion, signals=motion.signals[SHOWN_SIGNALS].copy())
        give_back()
        yield Judged(
            video, said, seen.meta, motion, reps, course, sidecar_of(model), seen.table, reading
        )


def judged_reps(
    features: pd.DataFrame, edge: pd.DataFrame, model: BackModel, params: Params
) -> pd.DataFrame:
    """Judged reps with `back_visible`, the share of their moments that show the back."""
    reps = judge_back(features, edge, model, params)
    return reps.assign(back_visible=rep_visible(edge, reps))


def _tilted(
    video: Path,
    seen: Watched,
    tilts: Tilts,
    model: BackModel,
    params: Params,
    reading: Reading,
) -> Judged:
    """Judge a body that tilts the pelvis with still legs: there are no reps."""
    said = tilt_document(video, seen.meta, seen.motion, tilts, model, params)
    motion = replace(seen.motion, signals=seen.motion.signals[SHOWN_SIGNALS].copy())
    reps = seen.features(params).assign(verdict="", back_visible=np.nan)
    course = course_of(tilts.edge, reps, model, params)
    return Judged(
        video, said, seen.meta, motion, reps, course, sidecar_of(model), seen.table, reading
    )


def _why_nothing(seen: Watched, tilts: Tilts | None, params: Params) -> str:
    if seen.turn_deg:
        return f"no leg lift found; {WORDS[seen.turn_deg]}"
    motion = seen.motion
    reasons = motion.movements["reason"]
    if reasons.empty:
        view = motion.views.get(main_shot(motion)) if len(motion.signals) else None
        lies = view.lies_otherwise(params.reps) if view else ""
        still = "the legs do not go up and down"
        back = "" if tilts is None else "; the back is seen and hardly moves"
        return f"no leg lift found; {lies or still + back}"
    return f"no leg lift found; {reasons.mode().iloc[0]}"


def document(
    video: Path,
    meta: ClipMeta,
    motion: Motion,
    reps: pd.DataFrame,
    edge: pd.DataFrame,
    model: BackModel,
    params: Params,
    own: Span | None = None,
) -> Document:
    """Put judged reps into the JSON document that other programs read.

    `own` are the seconds of the person's own scale.
    """
    leg_norm = known_leg_norm(leg_length_norm(motion), params.plausible)
    over = set_over_at_rep(reps)
    gated = edge if model.own_gate else None
    return {
        **origin(video, meta, model),
        "view": {
            **view_section(motion, reps, params, gated),
            "notes": [*view_notes(motion, reps, params, gated), *meta.complaints],
        },
        "set": {
            **set_section(reps, leg_norm, error_sd_deg(model), params),
            "own_scale_s": None if own is None else [own.start_s, own.end_s],
            "tilts": [],
        },
        "reps": [rep_section(rep, params, over) for rep in reps.to_dict("records")],
    }


def set_over_at_rep(reps: pd.DataFrame) -> int | None:
    """Return the number of the first arched rep, None without any."""
    arched = reps.loc[reps["verdict"] == "arched", "rep"]
    return int(arched.iloc[0]) if len(arched) else None


def error_sd_deg(model: BackModel) -> float | None:
    """Spread of the error in a point of control, on people left out; None of a rule."""
    return model.model.error_sd_deg if isinstance(model, EdgeBack) else None


def sidecar_of(model: BackModel) -> dict[str, Any]:
    """Return what is known of a trained model, its measured figures too; nothing of a rule."""
    return model.sidecar if isinstance(model, EdgeBack) else {}


def control_of(reps: pd.DataFrame, error_deg: float | None) -> PointOfControl:
    """Point of control of a set. A rule knows no interval, and nothing of backs that stay down."""
    if error_deg is None:
        lifts = reps.loc[reps["verdict"] == "arched", "back_lift_angle_deg"].dropna()
        known = float(lifts.median()) if len(lifts) else None
        return PointOfControl(known, None, None, None if known is None else False)
    return point_of_control(rep_lifts(reps), error_deg)


def rep_lifts(reps: pd.DataFrame) -> list[Lift]:
    """Where the back lifted in the arched reps, and how far down it stayed in the good ones."""
    arched = reps[(reps["verdict"] == "arched") & reps["back_lift_angle_deg"].notna()]
    lifted = [
        Lift(float(np.fmax(flat, lift)), float(lift), float(lift))
        for flat, lift in zip(arched["flat_to_deg"], arched["back_lift_angle_deg"], strict=True)
    ]
    nothing = float("nan")
    good = reps.loc[reps["verdict"] == "good", "flat_to_deg"].dropna()
    return lifted + [Lift(float(flat), nothing, nothing) for flat in good]


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


def set_section(
    reps: pd.DataFrame, leg_norm: float, error_deg: float | None, params: Params
) -> Document:
    """Sum up the set: counts, where it is over, the point of control, and where to stop."""
    arched = reps[reps["verdict"] == "arched"]
    lifts = arched["back_lift_angle_deg"].dropna()
    control = control_of(reps, error_deg)
    spread = None if lifts.empty else [rounded(lifts.min(), 1), rounded(lifts.max(), 1)]
    stop_deg = stop_angle_deg(control, lifts, params)
    return {
        "exercise": f"{reps['posture'].mode().iloc[0]}_leg_raise",
        "legs": "both" if (reps["leg"] == "both").mean() > _MOST_BOTH else "one",
        "n_reps": len(reps),
        "n_good": int((reps["verdict"] == "good").sum()),
        "n_arched": len(arched),
        "n_cant_tell": int((reps["verdict"] == "cant_tell").sum()),
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
        "cues": rep_cues(rep, params.cues, over_at_rep, angles_hold=from_the_side)
        if not rep.get("doubt")
        else [],
    }
