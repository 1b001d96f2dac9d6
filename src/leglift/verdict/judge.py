"""One video in, one verdict out."""

from __future__ import annotations

import logging
import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from leglift import __version__
from leglift.errors import NoLegLiftError
from leglift.memory import give_back
from leglift.motion.back import BackModel, judge_back, unusable_view
from leglift.motion.features import leg_length_norm, rep_features
from leglift.motion.geometry import ShotView
from leglift.motion.moments import moments
from leglift.motion.segment import Motion, segment_lifter
from leglift.motion.trained import TrainedBack
from leglift.params import Params
from leglift.verdict.check import main_shot, view_notes
from leglift.verdict.cues import heel_height_cm, rep_cues, set_cues, stop_angle_deg
from leglift.vision.extract import MAX_PEOPLE, ClipMeta, OnFrame, extract_clip
from leglift.vision.pose import PoseBundle

SCHEMA_VERSION = 1

SHOWN_SIGNALS = ["time_s", "shot_idx", "near_leg_deg", "far_leg_deg", "gap_norm"]
"""Signals that pictures are drawn from; all of them take 70 MiB of an hour."""

Document = dict[str, Any]

_log = logging.getLogger(__name__)
OnPass = Callable[[str], OnFrame | None]


@dataclass(frozen=True)
class Judged:
    """A judged video and what its verdict was read from.

    `motion` is the one who lifts, with `SHOWN_SIGNALS` alone. `reps` are the judged reps with all
    features, unrounded. `tilt` is what the model took for the pelvis's tilt within them (see
    `tilt_course`), None of a model that estimates none. `measured` is a trained model's sidecar,
    empty without one. `table` is the clip's table of landmarks and silhouettes; it is gone once the
    context of `judged` ends.
    """

    video: Path
    document: Document
    meta: ClipMeta
    motion: Motion
    reps: pd.DataFrame
    tilt: pd.DataFrame | None
    measured: dict[str, Any]
    table: Path


def judge_video(
    video: Path,
    bundle: PoseBundle,
    model: BackModel,
    params: Params,
    on_pass: OnPass = lambda _: None,
    max_fps: float | None = None,
) -> Document:
    """Judge one video; the result is the JSON document of DESIGN, unknown values are None.

    Raises what `judged` raises.
    """
    with judged(video, bundle, model, params, on_pass, max_fps) as seen:
        return seen.document


@contextmanager
def judged(
    video: Path,
    bundle: PoseBundle,
    model: BackModel,
    params: Params,
    on_pass: OnPass = lambda _: None,
    max_fps: float | None = None,
) -> Iterator[Judged]:
    """Judge one video and keep its table for as long as the context lasts.

    With `max_fps` only about so many frames of each second are looked at.

    Raises
    ------
    VideoError
        The video is missing or cannot be read.
    NoLegLiftError
        It shows no person, or nobody who does a leg lift.
    ModelError
        The pose bundle does not load.
    """
    with tempfile.TemporaryDirectory(prefix="leglift-") as folder:
        table = Path(folder) / "clip.parquet"
        meta, motion = _watch(video, table, bundle, params, on_pass, max_fps)
        if motion is None or motion.reps.empty:
            raise NoLegLiftError(f"{video}: {_why_nothing(motion)}")
        give_back()
        reps, tilt = _judged_reps(motion, model, params)
        said = document(video, meta, motion, reps, model, params)
        motion = replace(motion, signals=motion.signals[SHOWN_SIGNALS].copy())
        give_back()
        yield Judged(video, said, meta, motion, reps, tilt, sidecar_of(model), table)


def _judged_reps(
    motion: Motion, model: BackModel, params: Params
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Judged reps, and the model's course of the pelvis's tilt; the moments they need are large."""
    seen = moments(motion, params)
    return judge_back(rep_features(motion, params), seen, model, params), tilt_course(seen, model)


def tilt_course(seen: pd.DataFrame, model: BackModel) -> pd.DataFrame | None:
    """Estimated tilt of the pelvis at every moment of `seen`; None of a model without estimates.

    Columns `rep`, `shot_idx`, `time_s` and `tilt_deg`: over the shot's flattest tenth, and the
    middle of three neighbours, as one bad outline makes no arch.
    """
    if not isinstance(model, TrainedBack) or seen.empty:
        return None
    course = seen[["rep", "shot_idx", "time_s"]].assign(tilt_deg=model.tilt_deg(seen))
    flat = course.groupby("shot_idx")["tilt_deg"].transform(lambda tilt: tilt.quantile(0.1))
    course["tilt_deg"] -= flat
    smooth = course.groupby("rep")["tilt_deg"].rolling(3, center=True, min_periods=1).median()
    return course.assign(tilt_deg=smooth.droplevel("rep"))


def _watch(
    video: Path,
    table: Path,
    bundle: PoseBundle,
    params: Params,
    on_pass: OnPass,
    max_fps: float | None,
) -> tuple[ClipMeta, Motion | None]:
    """Write the clip's table and find the one who lifts.

    The landmarker follows one person. If that person does no leg lift, somebody else may: the
    video is read once more with up to `MAX_PEOPLE`, and the one who lifts is judged.
    """
    meta = extract_clip(video, table, bundle, params.vision, 1, on_pass("watching"), max_fps)
    if meta.damaged_at_s is not None:
        _log.warning("%s: damaged after %.1f s; judged up to there", video, meta.damaged_at_s)
    motion = segment_lifter(table, params)
    if motion is not None and motion.reps.empty:
        again = on_pass("looking for others")
        extract_clip(video, table, bundle, params.vision, MAX_PEOPLE, again, max_fps)
        motion = segment_lifter(table, params) or motion
    return meta, motion


def _why_nothing(motion: Motion | None) -> str:
    if motion is None:
        return "no person found; film the whole body from the side, in good light"
    reasons = motion.movements["reason"]
    if reasons.empty:
        return "no leg lift found; the legs do not go up and down"
    return f"no leg lift found; {reasons.mode().iloc[0]}"


def document(
    video: Path,
    meta: ClipMeta,
    motion: Motion,
    reps: pd.DataFrame,
    model: BackModel,
    params: Params,
) -> Document:
    """Put judged reps into the JSON document that other programs read."""
    over = set_over_at_rep(reps)
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
        "view": {
            **view_section(motion, params),
            "notes": view_notes(motion, reps, params, model.needs_bare_waist),
        },
        "set": set_section(reps, leg_length_norm(motion), onset_error_deg(model), params),
        "reps": [rep_section(rep, params, over) for rep in reps.to_dict("records")],
    }


def view_section(motion: Motion, params: Params) -> Document:
    """View of the shot that holds most reps."""
    view: ShotView = motion.views[main_shot(motion)]
    reason = unusable_view(view.off_axis_deg, view.trunk_px, params.view)
    return {
        "side": view.near_side if view.side_known else "unknown",
        "off_axis_deg": _rounded(view.off_axis_deg, 1),
        "usable": not reason,
        "reason": reason or None,
    }


def set_over_at_rep(reps: pd.DataFrame) -> int | None:
    """Return the number of the first arched rep, None without any."""
    arched = reps.loc[reps["verdict"] == "arched", "rep"]
    return int(arched.iloc[0]) if len(arched) else None


def onset_error_deg(model: BackModel) -> float | None:
    """How far off the model's lift angles were on people of the study: the median, in degrees.

    Against the leg angle at which raters saw the back lift, on people who were in no part of
    training. None where that was not measured.
    """
    onset = sidecar_of(model).get("onset") or {}
    return (onset.get("median_error_deg") or {}).get("value")


def sidecar_of(model: BackModel) -> dict[str, Any]:
    """Return what is known of a trained model, its measured figures too; nothing of a rule."""
    return model.sidecar if isinstance(model, TrainedBack) else {}


def set_section(
    reps: pd.DataFrame, leg_norm: float, error_deg: float | None, params: Params
) -> Document:
    """Sum up the set: counts, where it is over, the point of control, and where to stop."""
    arched = reps[reps["verdict"] == "arched"]
    lifts = arched["back_lift_angle_deg"].dropna()
    control = None if lifts.empty else [_rounded(lifts.min(), 1), _rounded(lifts.max(), 1)]
    stop_deg = stop_angle_deg(arched, params.cues)
    return {
        "exercise": f"{reps['posture'].mode().iloc[0]}_leg_raise",
        "n_reps": len(reps),
        "n_good": int((reps["verdict"] == "good").sum()),
        "n_arched": len(arched),
        "n_cant_tell": int((reps["verdict"] == "cant_tell").sum()),
        "set_over_at_rep": set_over_at_rep(reps),
        "point_of_control_deg": _rounded(lifts.median(), 1),
        "point_of_control_range_deg": control,
        "point_of_control_error_deg": _rounded(error_deg, 1) if control else None,
        "stop_height_cm": _rounded(heel_height_cm(stop_deg, leg_norm, params.cues), 0),
        "cues": set_cues(reps, leg_norm, params.cues),
    }


def rep_section(rep: dict[str, Any], params: Params, over_at_rep: int | None) -> Document:
    """One rep, rounded to what can be known."""
    arched = rep["verdict"] == "arched"
    from_the_side = not unusable_view(rep["off_axis_deg"], rep["trunk_px"], params.view)
    return {
        "rep": int(rep["rep"]),
        "start_s": _rounded(rep["start_s"], 2),
        "top_s": _rounded(rep["top_s"], 2),
        "end_s": _rounded(rep["end_s"], 2),
        "verdict": rep["verdict"],
        "p_arched": _rounded(rep["p_arched"], 3),
        "reason": rep["reason"],
        "back_lift_angle_deg": _rounded(rep["back_lift_angle_deg"], 1) if arched else None,
        "lumbar_gap_norm": _rounded(rep["lumbar_gap_norm"], 4),
        "lowest_leg_angle_deg": _rounded(rep["lowest_leg_angle_deg"], 1),
        "top_leg_angle_deg": _rounded(rep["top_leg_angle_deg"], 1),
        "lift_s": _rounded(rep["lift_s"], 2),
        "lowering_s": _rounded(rep["lowering_s"], 2),
        "knee_angle_min_deg": _rounded(rep["knee_angle_min_deg"], 1),
        "peak_speed_deg_s": _rounded(rep["peak_speed_deg_s"], 1),
        "swing_deg": _rounded(rep["swing_deg"], 1),
        "momentum_frac": _rounded(rep["momentum_frac"], 2),
        "shake_norm": _rounded(rep["shake_norm"], 4),
        "cues": rep_cues(rep, params.cues, over_at_rep, angles_hold=from_the_side),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), digits)
