"""Landmarks of one person as even, clean signals, cut into shots.

Everything here is `table -> table`. Missing stays NaN: short holes are bridged, long ones are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from leglift.params import MotionParams
from leglift.vision.table import CUT_THUMB_DIFF

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BODY = ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
SIDES = ("left", "right")
POINT_COLUMNS = [f"{side}_{part}_{axis}_px" for side in SIDES for part in BODY for axis in "xy"]

_GAUSS_HZ_S = np.sqrt(np.log(2)) / (2 * np.pi)
"""Standard deviation (s) times cut-off (Hz, -3 dB) of a Gaussian low-pass."""


def points(table: pd.DataFrame, side: str, part: str) -> Floats:
    """Pixel coordinates (n, 2) of one landmark."""
    # Column by column: a frame of two columns takes thirty times as long to make.
    xy = [table[f"{side}_{part}_{axis}_px"].to_numpy(np.float64) for axis in "xy"]
    return np.column_stack(xy)


def middle(table: pd.DataFrame, part: str) -> Floats:
    """Middle (n, 2) between the left and the right landmark of a part, in pixels."""
    return (points(table, "left", part) + points(table, "right", part)) / 2


def shot_index(frames: pd.DataFrame, params: MotionParams) -> pd.Series:
    """Give every frame the number of its shot, counting from 0.

    A cut needs both signs at once, since each alone has innocent causes: the picture changes
    (`thumb_diff`) and the trunk jumps, or is found or lost, between two frames. Where the file
    itself has a hole, nothing more is needed.
    """
    centre = np.column_stack([middle(frames, "shoulder"), middle(frames, "hip")])
    length_px = np.nanmedian(np.linalg.norm(centre[:, :2] - centre[:, 2:], axis=1))
    step = np.abs(np.diff(centre, axis=0, prepend=centre[:1])).max(axis=1) / max(length_px, 1.0)
    jumped = ~(step <= params.cut_jump_norm)  # NaN counts: found or lost
    diff = frames["thumb_diff"].to_numpy()
    cut = (jumped & (diff > params.cut_thumb_diff)) | (diff >= CUT_THUMB_DIFF)
    return pd.Series(np.cumsum(cut), index=frames.index, name="shot_idx")


def to_grid(
    frames: pd.DataFrame, columns: Sequence[str], shot_idx: pd.Series, params: MotionParams
) -> pd.DataFrame:
    """Resample columns to an even time grid, shot by shot, and smooth them.

    `frames` has a row a frame with `time_s` (strictly increasing, any rate), `shot_idx` the shot of
    each; nothing is bridged across shots. Returns `time_s`, `shot_idx` and the columns. A stretch
    without values longer than `max_gap_s` (or two and a half frame periods, for clips of a few
    frames a second) is NaN.
    """
    step_s = 1.0 / params.grid_hz
    period_s = float(frames["time_s"].diff().median()) if len(frames) > 1 else step_s
    gap_s = max(params.max_gap_s, 2.5 * period_s)
    parts = []
    for shot, rows in by_shot(frames, shot_idx):
        times = rows["time_s"].to_numpy(float)
        grid = np.arange(times[0], times[-1] + step_s / 2, step_s)
        values = {
            name: _low_pass(_bridged(times, rows[name].to_numpy(float), grid, gap_s), params)
            for name in columns
        }
        even = {"time_s": grid, "shot_idx": np.full(len(grid), shot), **values}
        parts.append(pd.DataFrame(even, copy=False))
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def by_shot(table: pd.DataFrame, shot_idx: pd.Series) -> Iterator[tuple[int, pd.DataFrame]]:
    """Rows of every shot in order, as `groupby` gives them; one shot alone is not copied."""
    shots = sorted(shot_idx.unique().tolist())
    for shot in shots:
        yield int(shot), table if len(shots) == 1 else table[shot_idx == shot]


def _bridged(times: Floats, values: Floats, grid: Floats, gap_s: float) -> Floats:
    known = np.isfinite(values)
    if known.sum() < 2:
        return np.full(len(grid), np.nan)
    t, v = times[known], values[known]
    after = np.searchsorted(t, grid, side="left").clip(0, len(t) - 1)
    before = (np.searchsorted(t, grid, side="right") - 1).clip(0, len(t) - 1)
    inside = (grid >= t[0] - 1e-9) & (grid <= t[-1] + 1e-9) & (t[after] - t[before] <= gap_s)
    return np.where(inside, np.interp(grid, t, v), np.nan)


def _low_pass(values: Floats, params: MotionParams) -> Floats:
    sigma = _GAUSS_HZ_S / params.smooth_hz * params.grid_hz
    smooth = np.full_like(values, np.nan)
    for start, stop in finite_runs(values):
        smooth[start:stop] = gaussian_filter1d(values[start:stop], sigma, mode="nearest")
    return smooth


def finite_runs(values: Floats) -> list[tuple[int, int]]:
    """Half-open index ranges `[start, stop)` of consecutive finite values."""
    return true_runs(np.isfinite(values))


def true_runs(flags: Flags) -> list[tuple[int, int]]:
    """Half-open index ranges `[start, stop)` of consecutive true values."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(int)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
