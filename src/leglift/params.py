"""One file of knobs, `params.yaml`, read into frozen models that refuse unknown keys."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from leglift.errors import UsageError

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parents[1]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VisionParams(_Frozen):
    """How a video becomes landmarks and silhouettes."""

    max_side_px: int
    queue_mib: int
    min_detection_confidence: float
    min_presence_confidence: float
    min_tracking_confidence: float
    contour_tolerance_px: float
    min_ring_px: float
    rows_per_group: int
    guide_radius_px: int
    guide_eps: float
    min_found_frac: float
    border_frac: float


class GateParams(_Frozen):
    """When the edge of the lower back counts as seen; every limit is where it counts half."""

    max_arm_frac: float
    max_trunk_tilt_deg: float
    max_curl_norm: float
    max_off_axis_deg: float
    max_raised_deg: float
    min_trunk_px: float
    min_contrast: float
    min_outline_frac: float


class MotionParams(_Frozen):
    """How landmarks become even, clean signals."""

    grid_hz: float
    max_gap_s: float
    smooth_hz: float
    shake_from_hz: float
    shake_to_hz: float
    shake_window_s: float
    leg_m: float
    cut_thumb_diff: float
    cut_jump_norm: float


class RepParams(_Frozen):
    """What counts as one leg lift."""

    min_range_deg: float
    min_range_frac: float
    min_top_deg: float
    edge_frac: float
    hold_frac: float
    min_lowering_frac: float
    min_rep_s: float
    max_trunk_tilt_deg: float
    min_grip_norm: float
    min_hanging_frac: float
    max_hand_path_norm: float
    max_pull_up_norm: float
    max_shoulder_rise_norm: float
    min_foot_path_norm: float
    max_stacked_norm: float
    stacked_off_axis_deg: float
    same_inside_frac: float
    same_top_frac: float


class ViewParams(_Frozen):
    """When the back can be judged at all."""

    max_off_axis_deg: float
    min_trunk_px: float
    breadth_to_trunk: float
    min_outline_frac: float
    max_arm_cover_frac: float


class PostureParams(_Frozen):
    """How a body lies, and when it has turned round."""

    lying_tilt_deg: float
    front_frac: float
    side_frac: float
    min_length_frac: float
    calm_s: float
    min_stretch_s: float


class PlausibleParams(_Frozen):
    """What no body does, and what was not seen to its end."""

    min_leg_deg: float
    max_leg_deg: float
    min_knee_deg: float
    min_both_s: float
    max_pace_deg_s: float
    max_peak_deg_s: float
    max_way_s: float
    min_leg_norm: float
    max_leg_norm: float
    max_stretch_frac: float
    max_jump_norm: float
    max_neighbour_frac: float
    max_impossible_frac: float
    min_after_s: float
    min_lowered_frac: float
    max_end_speed_deg_s: float


class BackParams(_Frozen):
    """The gap rule: the baseline that a trained model must beat."""

    lumbar_from: float
    lumbar_to: float
    gap_rise_norm: float
    min_hold_s: float
    flattest_quantile: float


class CueParams(_Frozen):
    """The article's rules as thresholds."""

    asked_lowering_s: float
    min_lowering_s: float
    max_swing_deg: float
    max_momentum_frac: float
    max_sway_norm: float
    min_top_deg: float
    min_knee_deg: float
    past_control_deg: float
    early_rep: int
    early_arch_deg: float
    stop_margin_deg: float
    shake_norm: float
    trunk_cm: float
    body_cm: float


class CheckParams(_Frozen):
    """When the camera help has something to say."""

    note_off_axis_deg: float
    note_camera_deg: float
    note_trunk_px: float
    max_outside_frac: float
    max_lost_frac: float
    max_gap_jitter_norm: float


class HistoryParams(_Frozen):
    """The article's plan for a week, and when there is a trend."""

    least_sessions: int
    most_sessions: int
    rest_days: int
    least_trend_sets: int


class Params(_Frozen):
    """All of `params.yaml`."""

    vision: VisionParams
    motion: MotionParams
    reps: RepParams
    view: ViewParams
    posture: PostureParams
    plausible: PlausibleParams
    back: BackParams
    gate: GateParams
    cues: CueParams
    check: CheckParams
    history: HistoryParams


def resource(name: str) -> Path:
    """Path of a file that ships with leglift, in a wheel or in a checkout."""
    packaged = _PACKAGE / "resources" / name
    return packaged if packaged.exists() else _CHECKOUT / name


@cache
def load_params(path: Path | None = None) -> Params:
    """Read `params.yaml`.

    Raises
    ------
    UsageError
        The file is missing or damaged, or keys are unknown or missing.
    """
    file = path or resource("params.yaml")
    try:
        return Params.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(
            f"{file}: not the parameters of this version ({_what_is_wrong(error)}); "
            "restore the file, or install leglift again"
        ) from error


def _what_is_wrong(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc'])) or 'all of it'}: {first['msg']}"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:100]


FEATURE_SECTIONS = ("vision", "motion", "reps", "posture", "back", "gate")
"""Sections that decide what a model of the back sees of a video. The others word, warn or gate."""


def feature_params_sha256(params: Params) -> str:
    """Hash of `FEATURE_SECTIONS`: a model fits only the features it was trained on."""
    return params_sha256(params, set(FEATURE_SECTIONS))


def params_sha256(params: BaseModel, sections: set[str] | None = None) -> str:
    """Hash of the values (of some sections), whatever the file's comments and order."""
    values = params.model_dump(include=sections)
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()
