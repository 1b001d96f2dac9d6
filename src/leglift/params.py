"""One file of knobs, `params.yaml`, read into frozen models that refuse unknown keys."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

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


class MotionParams(_Frozen):
    """How landmarks become even, clean signals."""

    grid_hz: float
    max_gap_s: float
    smooth_hz: float
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
    min_top_deg: float
    min_knee_deg: float


class Params(_Frozen):
    """All of `params.yaml`."""

    vision: VisionParams
    motion: MotionParams
    reps: RepParams
    view: ViewParams
    back: BackParams
    cues: CueParams


def resource(name: str) -> Path:
    """Path of a file that ships with leglift, in a wheel or in a checkout."""
    packaged = _PACKAGE / "resources" / name
    return packaged if packaged.exists() else _CHECKOUT / name


@cache
def load_params(path: Path | None = None) -> Params:
    """Read `params.yaml`; raises `pydantic.ValidationError` on unknown or missing keys."""
    text = (path or resource("params.yaml")).read_text(encoding="utf-8")
    return Params.model_validate(yaml.safe_load(text))


def params_sha256(params: BaseModel) -> str:
    """Hash of the values, whatever the file's comments and order."""
    return hashlib.sha256(json.dumps(params.model_dump(), sort_keys=True).encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()
