"""Which way a body lies, moment by moment: face up, face down or on its side; feet left or right.

Both are facts of the picture that one look at a whole shot gets wrong as soon as the body turns
round within it. A shot is therefore split into stretches in which neither changes, and each
stretch is looked at as a shot of its own.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.signals import SIDES, Flags, Floats, middle, points
from leglift.params import PostureParams

Posture = Literal["supine", "prone", "side"]

PRONE = "the person lies face down"
ON_SIDE = "the person lies on the side"

_CODES: dict[int, Posture] = {1: "supine", 0: "side", -1: "prone"}
_UNKNOWN = 9


def _sine(first: Floats, second: Floats) -> Floats:
    """Sine (n,) of the turn from one direction of the picture to another, counter-clockwise."""
    cross = first[:, 1] * second[:, 0] - first[:, 0] * second[:, 1]
    size = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.asarray(cross / np.where(size > 0, size, np.nan))


def _trunk(frames: pd.DataFrame) -> tuple[Floats, Floats]:
    """Trunk (n, 2) from shoulders to hips in the picture, and its length (n,)."""
    trunk = middle(frames, "hip") - middle(frames, "shoulder")
    return trunk, np.asarray(np.linalg.norm(trunk, axis=1))


def feet_share(frames: pd.DataFrame) -> Floats:
    """How much the trunk (n,) points feet to the right: 1 right, -1 left, 0 upright; NaN unseen."""
    trunk, length = _trunk(frames)
    return np.asarray(trunk[:, 0] / np.where(length > 0, length, np.nan))


def front_up(frames: pd.DataFrame) -> Floats:
    """How much the front of a lying body (n,) is turned up: 1 face up, -1 face down, 0 sideways.

    The middle of four independent signs, so that one that is misread does not decide: the toes of
    either foot and the nose point to the front, and on whose back one lies, feet to the right, has
    the right side towards the camera. NaN where none can be read; one alone, the side towards the
    camera, is not enough, as a pose model may take the sides for one another.
    """
    trunk, length = _trunk(frames)
    nose = _sine(trunk, frames[["nose_x_px", "nose_y_px"]].to_numpy(float) - middle(frames, "ear"))
    toes = [
        _sine(
            points(frames, side, "ankle") - points(frames, side, "knee"),
            points(frames, side, "foot_index") - points(frames, side, "heel"),
        )
        for side in SIDES
    ]
    depths = [
        frames[f"left_{part}_z_px"].to_numpy(float) - frames[f"right_{part}_z_px"].to_numpy(float)
        for part in ("shoulder", "hip")
    ]
    right_is_near = np.clip(np.mean(depths, axis=0) / np.maximum(length, 1.0), -1.0, 1.0)
    shape = np.column_stack([nose, *toes])
    known = np.isfinite(shape).any(axis=1)
    votes = np.column_stack([shape, right_is_near]) * np.sign(feet_share(frames))[:, None]
    votes[~known] = 0.0
    return np.where(known, np.nanmedian(votes, axis=1), np.nan)


def _lies(share: Floats, params: PostureParams) -> Flags:
    """Where (n,) a trunk with this `feet_share` is nearer to the horizontal than to upright."""
    return np.asarray(np.abs(share) > np.cos(np.radians(params.lying_tilt_deg)))


def shot_posture(frames: pd.DataFrame, params: PostureParams) -> Posture:
    """How the body lies in most of a shot's frames; supine where it never lies or nothing tells."""
    front = front_up(frames)[_lies(feet_share(frames), params)]
    known = front[np.isfinite(front)]
    if not len(known):
        return "supine"
    median, limit = float(np.median(known)), (params.front_frac + params.side_frac) / 2
    return _CODES[int(median > limit) - int(median < -limit)]


def steady_stretches(
    frames: pd.DataFrame, shot_idx: pd.Series, params: PostureParams
) -> tuple[pd.Series, set[int]]:
    """Split shots where the body turns round.

    Returns the number of each frame's stretch, counting from 0 in order of time, and the numbers of
    those in which the body is turning and lies neither way.
    """
    part = np.zeros(len(frames), int)
    turning: set[int] = set()
    ahead = 0
    for _, rows in frames.groupby(shot_idx.to_numpy(), sort=True).indices.items():
        own, states = np.full(len(rows), ahead), _steady_states(frames.iloc[rows], params)
        stays = [(a, b) for a, b in _runs(states) if states[a] != _UNKNOWN]
        for (_, end), (start, _) in pairwise(stays):
            if states[end - 1] == states[start]:
                continue
            own[end:] += 1
            if start > end:
                turning.add(int(own[end]))
                own[start:] += 1
        part[rows] = own
        ahead = int(own.max()) + 1
    return pd.Series(part, index=frames.index, name="shot_idx"), turning


def _steady_states(frames: pd.DataFrame, params: PostureParams) -> npt.NDArray[np.int_]:
    """State of each frame, kept for `min_stretch_s` at least; `_UNKNOWN` in between.

    A state is one of three codes of `_CODES` either way round.
    """
    steady = np.full(len(frames), _UNKNOWN)
    share, (_, length) = feet_share(frames), _trunk(frames)
    if not np.isfinite(length).any():
        return steady
    time_s = frames["time_s"].to_numpy(float)
    feet = _calm(share, time_s, params.calm_s)
    whole = length > params.min_length_frac * np.nanmedian(length)  # shorter: feet to the camera
    front = np.where(_lies(share, params), front_up(frames), np.nan)
    front = _calm(front, time_s, params.calm_s)
    code = np.select(
        [~np.isfinite(front), np.abs(front) < params.side_frac, np.abs(front) > params.front_frac],
        [1.0, 0.0, np.sign(front)],
        _UNKNOWN,  # too little to leave the state before
    )
    states = code + 3 * np.sign(np.nan_to_num(feet))
    where = np.flatnonzero(_lies(feet, params) & whole & (code != _UNKNOWN))
    for a, b in _runs(states[where]):
        first, last = where[a], where[b - 1]
        if time_s[last] - time_s[first] >= params.min_stretch_s:
            steady[first : last + 1] = states[first]
    return steady


def _calm(values: Floats, time_s: Floats, window_s: float) -> Floats:
    """Take the running median over about `window_s`; NaN stays out of it."""
    step_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else window_s
    size = max(round(window_s / max(step_s, 1e-3)), 1)
    calm = pd.Series(values).rolling(size, center=True, min_periods=1).median()
    return np.asarray(calm, float)


def _runs(values: npt.NDArray[np.number]) -> list[tuple[int, int]]:
    """Half-open index ranges of equal neighbours."""
    if not len(values):
        return []
    edges = np.r_[0, np.flatnonzero(np.diff(values)) + 1, len(values)]
    return [(int(a), int(b)) for a, b in pairwise(edges)]
