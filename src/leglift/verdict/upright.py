"""Is the picture the right way up? Somebody who lies on the back shows it by the belly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.vision.table import read_frames

Floats = npt.NDArray[np.float64]

_PARTS = ("ear", "shoulder", "hip", "ankle")
_COLUMNS = [
    *(f"{side}_{part}_{axis}_px" for side in ("left", "right") for part in _PARTS for axis in "xy"),
    "nose_x_px",
    "nose_y_px",
]
_FACE_WEIGHT = 3.0  # a nose is a fifth of a trunk before the ears, a leg reaches far
_CLEAR_NORM = 0.3
_CLEAR_FRAC = 0.7
_NEAR_DEG = 40.0

WORDS = {
    90: "the trunk is upright in the picture; lie down on the back, or, if you do lie, turn the "
    "picture: add --rotate 90",
    180: "the front of the body faces down; lie on the back, or, if you do, the picture is upside "
    "down: add --rotate 180",
    270: "the trunk is upright in the picture; lie down on the back, or, if you do lie, turn the "
    "picture: add --rotate 270",
}
"""What to say of a picture that had to be turned by so many degrees clockwise."""


def turn_deg(table: Path, track_idx: int = 0) -> int:
    """By how much to turn a clip's picture clockwise, for the person to lie on the back in it.

    0, 90, 180 or 270; 0 also where nothing can be said.
    """
    return front_turn_deg(read_frames(table, _COLUMNS, track_idx))


def front_turn_deg(frames: pd.DataFrame) -> int:
    """`turn_deg` of frames with the landmarks of `_COLUMNS`.

    The front is the side of the trunk on which the nose is, and to which the legs go.
    """
    ear, shoulder, hip, ankle = (_middle(frames, part) for part in _PARTS)
    nose = frames[["nose_x_px", "nose_y_px"]].to_numpy(float)
    trunk = hip - shoulder
    length = np.linalg.norm(trunk, axis=1, keepdims=True)
    across = np.column_stack([trunk[:, 1], -trunk[:, 0]]) / np.maximum(length, 1.0)
    lead = _FACE_WEIGHT * ((nose - ear) * across).sum(axis=1) + ((ankle - hip) * across).sum(axis=1)
    lead = lead / np.maximum(length[:, 0], 1.0)
    known = np.isfinite(lead)
    if not known.any() or abs(np.median(lead[known])) < _CLEAR_NORM:
        return 0
    front = (across * np.sign(np.median(lead[known])))[known].mean(axis=0)
    return _quarter_deg(front) if np.hypot(*front) > _CLEAR_FRAC else 0


def _quarter_deg(front: Floats) -> int:
    """Quarter turn (clockwise) that brings a direction in the picture (y down) to the top."""
    from_top_deg = np.degrees(np.arctan2(front[0], -front[1]))  # clockwise
    quarter = round(-from_top_deg / 90)
    off_deg = abs(-from_top_deg - 90 * quarter)
    return 90 * (quarter % 4) if off_deg <= _NEAR_DEG else 0


def _middle(frames: pd.DataFrame, part: str) -> Floats:
    left, right = (
        frames[[f"{side}_{part}_{axis}_px" for axis in "xy"]].to_numpy(float)
        for side in ("left", "right")
    )
    return np.asarray((left + right) / 2)
