"""What of the lower back the near arm hides."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from leglift.motion.profile import AXIS_U, lumbar_window
from leglift.params import BackParams

Floats = npt.NDArray[np.float64]

_ARM_BAND_NORM = (-0.40, 0.06)
_HAND_BEYOND_WRIST = 0.4
ARM = ("shoulder", "elbow", "wrist", "hip")
_COVER_ROWS = 1024  # at a time: every row takes ten kilobytes


def arm_cover_frac(body: dict[str, Floats], params: BackParams) -> Floats:
    """Share (n,) of the lumbar window that the near arm hides from the camera.

    The arm is the line shoulder, elbow, wrist and on to the fingers. It hides a station of the
    trunk axis where it lies on the dorsal half of the trunk or just below it.
    """
    parts = [body[f"near_{part}"] for part in ARM]
    found = [
        _cover_frac([xy[i : i + _COVER_ROWS] for xy in parts], params)
        for i in range(0, max(len(parts[0]), 1), _COVER_ROWS)
    ]
    return np.concatenate(found)


def _cover_frac(arm: list[Floats], params: BackParams) -> Floats:
    shoulder, elbow, wrist, hip = arm
    axis = hip - shoulder
    length = np.linalg.norm(axis, axis=1, keepdims=True)
    length[length == 0] = np.nan
    along, up = axis / length, np.column_stack([-axis[:, 1], axis[:, 0]]) / length
    fingers = wrist + _HAND_BEYOND_WRIST * (wrist - elbow)
    steps = np.linspace(0, 1, 25)[:, None, None]
    path = np.concatenate(
        [shoulder + steps * (elbow - shoulder), elbow + steps * (fingers - elbow)]
    )
    u = ((path - shoulder) * along).sum(axis=2) / length[:, 0]
    v = ((path - shoulder) * up).sum(axis=2)
    window = AXIS_U[lumbar_window(params)]
    beside = (v > _ARM_BAND_NORM[0]) & (v < _ARM_BAND_NORM[1])
    hidden = (np.abs(u[:, :, None] - window) <= 0.04) & beside[:, :, None]
    return np.where(np.isfinite(length[:, 0]), hidden.any(axis=0).mean(axis=1), np.nan)
