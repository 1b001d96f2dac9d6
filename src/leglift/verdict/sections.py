"""Sections that every document of `leglift judge` has, whatever the video shows."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd

from leglift import __version__
from leglift.motion.back import BackModel
from leglift.motion.geometry import ShotView
from leglift.motion.segment import Motion
from leglift.params import Params
from leglift.verdict.check import main_shot, obstacles
from leglift.vision.table import ClipMeta

SCHEMA_VERSION = 2

Document = dict[str, Any]


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
    motion: Motion, reps: pd.DataFrame, params: Params, edge: pd.DataFrame | None
) -> Document:
    """View of the shot that holds most reps; `leglift check` says the same of it."""
    view: ShotView = motion.views[main_shot(motion)]
    hinders = obstacles(motion, reps, params, edge)
    return {
        "side": view.near_side if view.side_known else "unknown",
        "off_axis_deg": rounded(view.off_axis_deg, 1),
        "usable": not hinders,
        "reason": hinders[0] if hinders else None,
    }


def rounded(value: float | None, digits: int) -> float | None:
    """Round what is known; unknown is None."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)
