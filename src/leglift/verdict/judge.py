"""One video in, one verdict out."""

from __future__ import annotations

import logging
import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from leglift import __version__
from leglift.errors import NoLegLiftError
from leglift.motion.back import BackModel, judge_back, unusable_view
from leglift.motion.features import leg_length_norm, rep_features
from leglift.motion.geometry import ShotView
from leglift.motion.moments import moments
from leglift.motion.segment import Motion, segment_lifter
from leglift.params import Params
from leglift.verdict.check import main_shot, view_notes
from leglift.verdict.cues import heel_height_cm, rep_cues, set_cues, stop_angle_deg
from leglift.vision.extract import MAX_PEOPLE, ClipMeta, OnFrame, extract_clip
from leglift.vision.pose import PoseBundle

SCHEMA_VERSION = 1

Document = dict[str, Any]

_log = logging.getLogger(__name__)
OnPass = Callable[[str], OnFrame | None]


@dataclass(frozen=True)
class Judged:
    """A judged video and what its verdict was read from.

    `reps` are the judged reps with all features, unrounded. `table` is the clip's table of
    landmarks and silhouettes; it is gone once the context of `judged` ends.
    """

    video: Path
    document: Document
    meta: ClipMeta
    motion: Motion
    reps: pd.DataFrame
    table: Path


def judge_video(
    video: Path,
    bundle: PoseBundle,
    model: BackModel,
    params: Params,
    on_pass: OnPass = lambda _: None,
) -> Document:
    """Judge one video; the result is the JSON document of DESIGN, unknown values are None.

    Raises what `judged` raises.
    """
    with judged(video, bundle, model, params, on_pass) as seen:
        return seen.document


@contextmanager
def judged(
    video: Path,
    bundle: PoseBundle,
    model: BackModel,
    params: Params,
    on_pass: OnPass = lambda _: None,
) -> Iterator[Judged]:
    """Judge one video and keep its table for as long as the context lasts.

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
        meta, motion = _watch(video, table, bundle, params, on_pass)
        if motion is None or motion.reps.empty:
            raise NoLegLiftError(f"{video}: {_why_nothing(motion)}")
        reps = judge_back(rep_features(motion, params), moments(motion, params), model, params)
        said = document(video, meta, motion, reps, model, params)
        yield Judged(video, said, meta, motion, reps, table)


def _watch(
    video: Path, table: Path, bundle: PoseBundle, params: Params, on_pass: OnPass
) -> tuple[ClipMeta, Motion | None]:
    """Write the clip's table and find the one who lifts.

    The landmarker follows one person. If that person does no leg lift, somebody else may: the
    video is read once more with up to `MAX_PEOPLE`, and the one who lifts is judged.
    """
    meta = extract_clip(video, table, bundle, params.vision, 1, on_pass("watching"))
    if meta.damaged_at_s is not None:
        _log.warning("%s: damaged after %.1f s; judged up to there", video, meta.damaged_at_s)
    motion = segment_lifter(table, params)
    if motion is not None and motion.reps.empty:
        again = on_pass("looking for others")
        extract_clip(video, table, bundle, params.vision, MAX_PEOPLE, again)
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
        "view": {**view_section(motion, params), "notes": view_notes(motion, reps, params)},
        "set": set_section(reps, leg_length_norm(motion), params),
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


def set_section(reps: pd.DataFrame, leg_norm: float, params: Params) -> Document:
    """Sum up the set: counts, where it is over, the point of control, and where to stop."""
    arched = reps[reps["verdict"] == "arched"]
    stop_deg = stop_angle_deg(arched, params.cues)
    return {
        "exercise": f"{reps['posture'].mode().iloc[0]}_leg_raise",
        "n_reps": len(reps),
        "n_good": int((reps["verdict"] == "good").sum()),
        "n_arched": len(arched),
        "n_cant_tell": int((reps["verdict"] == "cant_tell").sum()),
        "set_over_at_rep": set_over_at_rep(reps),
        "point_of_control_deg": _rounded(arched["back_lift_angle_deg"].median(), 1),
        "stop_height_cm": _rounded(heel_height_cm(stop_deg, leg_norm, params.cues), 0),
        "cues": set_cues(reps, leg_norm, params.cues),
    }


def rep_section(rep: dict[str, Any], params: Params, over_at_rep: int | None) -> Document:
    """One rep, rounded to what can be known."""
    arched = rep["verdict"] == "arched"
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
        "cues": rep_cues(rep, params.cues, over_at_rep),
    }


def _rounded(value: float, digits: int) -> float | None:
    return None if value is None or not math.isfinite(value) else round(float(value), digits)
