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

from leglift.motion.signals import SIDES
from leglift.params import PostureParams

Floats = npt.NDArray[np.float64]
Posture = Literal["supine", "prone", "side"]

PRONE = "the person lies face down"
ON_SIDE = "the person lies on the side"

_CODES: dict[int, Posture] = {1: "supine", 0: "side", -1: "prone"}
_UNKNOWN = 9


def _point(frames: pd.DataFrame, name: str) -> Floats:
    """One landmark (n, 2) in pixels with y up."""
    x, y = (frames[f"{name}_{axis}_px"].to_numpy(np.float64) for axis in "xy")
    return np.column_stack([x, -y])


def _middle(frames: pd.DataFrame, part: str) -> Floats:
    return (_point(frames, f"left_{part}") + _point(frames, f"right_{part}")) / 2


def _sine(first: Floats, second: Floats) -> Floats:
    """Sine (n,) of the turn from one direction to another, counter-clockwise; NaN without one."""
    cross = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    size = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.asarray(cross / np.where(size > 0, size, np.nan))


def _trunk_px(frames: pd.DataFrame) -> Floats:
    """Length (n,) of the trunk in the picture."""
    return np.asarray(np.linalg.norm(_middle(frames, "hip") - _middle(frames, "shoulder"), axis=1))


def feet_share(frames: pd.DataFrame) -> Floats:
    """How much the trunk (n,) points feet to the right: 1 right, -1 left, 0 upright; NaN unseen."""
    trunk, length = _middle(frames, "hip") - _middle(frames, "shoulder"), _trunk_px(frames)
    return np.asarray(trunk[:, 0] / np.where(length > 0, length, np.nan))


def front_up(frames: pd.DataFrame) -> Floats:
    """How much the front of a lying body (n,) is turned up: 1 face up, -1 face down, 0 sideways.

    The middle of four independent signs, so that one that is misread does not decide: the toes of
    either foot and the nose point to the front, and on whose back one lies, feet to the right, has
    the right side towards the camera. NaN where none can be read; one alone, the side towards the
    camera, is not enough, as a pose model may take the sides for one another.
    """
    feet_right = np.sign(feet_share(frames))
    trunk = _middle(frames, "hip") - _middle(frames, "shoulder")
    nose = _sine(trunk, _point(frames, "nose") - _middle(frames, "ear"))
    toes = [
        _sine(
            _point(frames, f"{side}_ankle") - _point(frames, f"{side}_knee"),
            _point(frames, f"{side}_foot_index") - _point(frames, f"{side}_heel"),
        )
        for side in SIDES
    ]
    shape = np.column_stack([nose, *toes])
    known = np.isfinite(shape).any(axis=1)
    votes = np.column_stack([shape, _right_is_near(frames)]) * feet_right[:, None]
    votes[~known] = 0.0
    return np.where(known, np.nanmedian(votes, axis=1), np.nan)


def _right_is_near(frames: pd.DataFrame) -> Floats:
    """Evidence (n,) from depth that the right side is the near one, -1 to 1."""
    length = np.maximum(_trunk_px(frames), 1.0)
    nearer = [
        frames[f"left_{part}_z_px"].to_numpy(float) - frames[f"right_{part}_z_px"].to_numpy(float)
        for part in ("shoulder", "hip")
    ]
    return np.asarray(np.clip(np.mean(nearer, axis=0) / length, -1.0, 1.0))


def posture_of(front: Floats, params: PostureParams) -> Posture:
    """How a body lies whose front is so much turned up (n,); supine where nothing tells."""
    known = front[np.isfinite(front)]
    if not len(known):
        return "supine"
    middle, limit = float(np.median(known)), (params.front_frac + params.side_frac) / 2
    return _CODES[int(middle > limit) - int(middle < -limit)]


def lying(frames: pd.DataFrame, params: PostureParams) -> npt.NDArray[np.bool_]:
    """Frames (n,) in which the trunk is nearer to the picture's horizontal than to upright."""
    return np.asarray(np.abs(feet_share(frames)) > np.cos(np.radians(params.lying_tilt_deg)))


def shot_posture(frames: pd.DataFrame, params: PostureParams) -> Posture:
    """How the body lies in most of a shot's frames; supine where it never lies."""
    return posture_of(front_up(frames)[lying(frames, params)], params)


def steady_stretches(
    frames: pd.DataFrame, shot_idx: pd.Series, params: PostureParams
) -> tuple[pd.Series, set[int]]:
    """Split shots where the body turns round.

    Returns
    -------
    The number of each frame's stretch, counting from 0 in order of time, and the numbers of those
    in which the body is turning and lies neither way. Without a turn the shots stay as they are.
    """
    part = np.zeros(len(frames), int)
    turning: set[int] = set()
    ahead = 0
    for _, rows in frames.groupby(shot_idx.to_numpy(), sort=True).indices.items():
        own, between = _split(frames.iloc[rows], params)
        part[rows] = own + ahead
        turning |= {n + ahead for n in between}
        ahead = int(part[rows].max()) + 1
    return pd.Series(part, index=frames.index, name="shot_idx"), turning


def _split(frames: pd.DataFrame, params: PostureParams) -> tuple[npt.NDArray[np.int_], list[int]]:
    """Give the stretches of one shot numbers, and list those which are turns."""
    part = np.zeros(len(frames), int)
    states = _steady_states(frames, params)
    stays = [(a, b) for a, b in _runs(states) if states[a] != _UNKNOWN]
    turning: list[int] = []
    for (_, end), (start, _) in pairwise(stays):
        if states[end - 1] == states[start]:
            continue
        part[end:] += 1
        if start > end:
            turning.append(int(part[end]))
            part[start:] += 1
    return part, turning


def _steady_states(frames: pd.DataFrame, params: PostureParams) -> npt.NDArray[np.int_]:
    """State of each frame, kept for `min_stretch_s` at least; `_UNKNOWN` in between."""
    if not np.isfinite(_trunk_px(frames)).any():
        return np.full(len(frames), _UNKNOWN)
    time_s = frames["time_s"].to_numpy(float)
    states = _states(frames, time_s, params)
    known = states != _UNKNOWN
    steady = np.full(len(states), _UNKNOWN)
    where = np.flatnonzero(known)
    for a, b in _runs(states[known]):
        first, last = where[a], where[b - 1]
        if time_s[last] - time_s[first] >= params.min_stretch_s:
            steady[first : last + 1] = states[first]
    return steady


def _states(frames: pd.DataFrame, time_s: Floats, params: PostureParams) -> npt.NDArray[np.int_]:
    """Read a state from each frame: three codes of `_CODES` either way round, or `_UNKNOWN`."""
    feet = _calm(feet_share(frames), time_s, params.calm_s)
    length = _trunk_px(frames)
    whole = length > params.min_length_frac * np.nanmedian(length)  # shorter: feet to the camera
    lies = (np.abs(feet) > np.cos(np.radians(params.lying_tilt_deg))) & whole
    front = np.where(lying(frames, params), front_up(frames), np.nan)
    front = _calm(front, time_s, params.calm_s)
    code = np.select(
        [~np.isfinite(front), np.abs(front) < params.side_frac, np.abs(front) > params.front_frac],
        [1.0, 0.0, np.sign(front)],
        _UNKNOWN,  # too little to leave the state before
    )
    clear = lies & (code != _UNKNOWN)
    return np.asarray(np.where(clear, code + 3 * np.sign(np.nan_to_num(feet)), _UNKNOWN), int)


def _calm(values: Floats, time_s: Floats, window_s: float) -> Floats:
    """Take the running median over about `window_s`; NaN stays out of it."""
    step_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else window_s
    size = max(round(window_s / max(step_s, 1e-3)), 1)
    calm = pd.Series(values).rolling(size, center=True, min_periods=1).median()
    return np.asarray(calm, float)


def _runs(values: npt.NDArray[np.int_]) -> list[tuple[int, int]]:
    """Half-open index ranges of equal neighbours."""
    if not len(values):
        return []
    edges = np.r_[0, np.flatnonzero(np.diff(values)) + 1, len(values)]
    return [(int(a), int(b)) for a, b in pairwise(edges)]
