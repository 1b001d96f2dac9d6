"""Trembling of a leg: what it does faster than anybody lifts it, measured on the frames' own rate.

The signals of the motion room are smoothed, which takes most of a tremor away. So it is measured
before that, as turning of the line from hip to ankle, which leaves out a camera that shakes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.ndimage import uniform_filter1d

from leglift.motion.geometry import ShotView, body_points
from leglift.motion.signals import Floats, finite_runs
from leglift.params import MotionParams

_ORDER = 8
_SHORTEST_RUN_S = 0.9
_NYQUIST_FRAC = 0.9  # of half the frame rate; what is quicker shows up as something slower
_NARROWEST_HZ = 2.0


def leg_shake(
    frames: pd.DataFrame, view: ShotView, grid_s: Floats, params: MotionParams
) -> pd.DataFrame:
    """Tremor of both ankles around each time (n,) of the grid, in trunk lengths (RMS).

    `frames` is one shot, a row a frame: `time_s` and the landmarks as they were found. Returns
    `near_shake_norm`, `far_shake_norm`, n rows. NaN where the person is lost, in stretches of
    less than about a second, and where the frames come too seldom to show a tremor.
    """
    body = body_points(frames, view, ("hip", "ankle"))
    time_s = frames["time_s"].to_numpy(float)
    columns = {}
    for rank in ("near", "far"):
        leg = body[f"{rank}_ankle"] - body[f"{rank}_hip"]
        length = float(np.nanmedian(np.linalg.norm(leg, axis=1)))
        angle = np.arctan2(leg[:, 1], leg[:, 0])
        columns[f"{rank}_shake_norm"] = length * tremor_rms(time_s, angle, grid_s, params)
    return pd.DataFrame(columns)


def tremor_rms(time_s: Floats, angle_rad: Floats, grid_s: Floats, params: MotionParams) -> Floats:
    """RMS of an angle within the tremor band over `shake_window_s` around each time of the grid.

    `angle_rad` may jump by whole turns. NaN (n,) where it is not known.
    """
    nothing = np.full(len(grid_s), np.nan)
    known = np.isfinite(angle_rad)
    if known.sum() < 2:
        return nothing
    t, angle = time_s[known], np.unwrap(angle_rad[known])
    period_s = float(np.median(np.diff(t)))
    top_hz = min(params.shake_to_hz, _NYQUIST_FRAC / 2 / period_s)
    if top_hz < params.shake_from_hz + _NARROWEST_HZ:
        return nothing
    even_s = np.arange(t[0], t[-1] + period_s / 2, period_s)
    near = np.interp(even_s, t, np.arange(len(t)))
    holes = np.diff(t)[np.minimum(near.astype(int), len(t) - 2)] > params.max_gap_s
    values = np.where(holes, np.nan, np.interp(even_s, t, angle))
    power = _band_power(values, period_s, top_hz, params)
    return np.asarray(np.sqrt(np.interp(grid_s, even_s, power, left=np.nan, right=np.nan)))


def _band_power(values: Floats, period_s: float, top_hz: float, params: MotionParams) -> Floats:
    """Mean square of the tremor band over a moving window, run by run."""
    window = max(round(params.shake_window_s / period_s), 1)
    power = np.full_like(values, np.nan)
    for start, stop in finite_runs(values):
        if (stop - start) * period_s > _SHORTEST_RUN_S:
            rough = _band_passed(values[start:stop], period_s, params.shake_from_hz, top_hz)
            power[start:stop] = uniform_filter1d(rough**2, window, mode="nearest")
    return power


def _band_passed(values: Floats, period_s: float, from_hz: float, to_hz: float) -> Floats:
    """Keep a band without shifting it in time, as a Butterworth filter there and back does.

    The run goes on at both ends as its own image turned about the end, so that it has no corner.
    Written with a Fourier transform: `scipy.signal` takes seconds to load.
    """
    n = len(values)
    before, after = 2 * values[0] - values[:0:-1], 2 * values[-1] - values[-2::-1]
    longer = np.concatenate([before, values, after])
    line = np.linspace(longer[0], longer[-1], len(longer))  # what is left closes without a step
    hz = np.fft.rfftfreq(len(longer), period_s)
    with np.errstate(divide="ignore"):
        gain = 1 / (1 + (from_hz / hz) ** (2 * _ORDER)) / (1 + (hz / to_hz) ** (2 * _ORDER))
    passed = np.fft.irfft(np.fft.rfft(longer - line) * gain, len(longer))
    return np.asarray(passed[n - 1 : 2 * n - 1])
