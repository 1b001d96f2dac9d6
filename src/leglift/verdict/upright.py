"""Is the picture the right way up? Somebody who lies on the back shows it by the belly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

_PARTS = ("ear", "shoulder", "hip", "ankle")
COLUMNS = [
    *(f"{side}_{part}_{axis}_px" for side in ("left", "right") for part in _PARTS for axis in "xy"),
    "nose_x_px",
    "nose_y_px",
]
_FACE_WEIGHT = 3.0  # a nose is a fifth of a trunk before the ears, a leg reaches far
_CLEAR_NORM = 0.3
_CLEAR_FRAC = 0.7
_NEAR_DEG = 40.0


def turn_words(deg: int) -> str:
    """Say what to do about a picture that had to be turned by so many degrees clockwise."""
    if deg == 180:
        facing = "the front of the body faces down; lie on the back, or, if you do, the picture is"
        return f"{facing} upside down: add --rotate 180"
    facing = "the trunk is upright in the picture; lie down on the back, or, if you do lie, turn"
    return f"{facing} the picture: add --rotate {deg}"


def turn_deg(frames: pd.DataFrame) -> int:
    """By how much to turn a clip's picture clockwise, for the person to lie on the back in it.

    0, 90, 180 or 270; 0 also where nothing can be said. `frames` have the landmarks of `COLUMNS`.
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
    if not np.hypot(*front) > _CLEAR_FRAC:
        return 0
    to_top_deg = -np.degrees(np.arctan2(front[0], -front[1]))  # clockwise; y points down
    quarters = round(to_top_deg / 90)
    return 90 * (quarters % 4) if abs(to_top_deg - 90 * quarters) <= _NEAR_DEG else 0


def _middle(frames: pd.DataFrame, part: str) -> Floats:
    left, right = (
        frames[[f"{side}_{part}_{axis}_px" for axis in "xy"]].to_numpy(float)
        for side in ("left", "right")
    )
    return np.asarray((left + right) / 2)
