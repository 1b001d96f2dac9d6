"""The tempo of one rep: how long its ways really take, and how much of it is momentum.

A lift is compared with the smoothest movement between the same two rests, the minimum jerk of Flash
and Hogan (The coordination of arm movements, Journal of Neuroscience 5, 1985), and with an even
one. What a controlled leg does lies between the two.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares

from leglift.motion.signals import Floats
from leglift.params import MotionParams

_LEVELS = (0.05, 0.25, 0.75, 0.95)
_GRAVITY_M_S2 = 9.81
# A whole leg, from the hip, in leg lengths (Winter, Biomechanics and Motor Control of Human
# Movement, table of anthropometric data): centre of mass and radius of gyration.
_CENTRE_FRAC = 0.447
_GYRATION_FRAC = 0.560
_LEAST_HEIGHT = 0.2  # of a leg's length: where lifts from 60 deg to the vertical begin to be none


def smooth_way(share: Floats) -> Floats:
    """Way covered (0..1) by a minimum-jerk movement after this share of its time."""
    s = np.clip(share, 0.0, 1.0)
    return np.asarray(s**3 * (10 - 15 * s + 6 * s**2))


def way_s(time_s: Floats, angle_deg: Floats) -> float:
    """Duration of a movement from its first angle to its last, slow ends included.

    A movement begins and ends too slowly to see when. What is seen well is when it passes 5, 25,
    75 and 95 % of its way. The quarters tell how even it is, from an even speed to minimum jerk,
    and that tells what share of its time lies between 5 and 95 %. NaN if it goes nowhere.
    """
    if len(angle_deg) < 2 or angle_deg[0] == angle_deg[-1]:
        return float("nan")
    share = (angle_deg - angle_deg[0]) / (angle_deg[-1] - angle_deg[0])
    first, quarter, three, last = (_passes_s(time_s, share, level) for level in _LEVELS)
    if not last > first:
        return float(time_s[-1] - time_s[0])
    share_of_time = np.linspace(0.0, 1.0, 2001)
    smooth = np.interp(_LEVELS, smooth_way(share_of_time), share_of_time)
    seen = (float(smooth[3] - smooth[0]), _LEVELS[3] - _LEVELS[0])
    evenness = (float(smooth[2] - smooth[1]) / seen[0], (_LEVELS[2] - _LEVELS[1]) / seen[1])
    return float((last - first) / np.interp((three - quarter) / (last - first), evenness, seen))


def _passes_s(time_s: Floats, share: Floats, level: float) -> float:
    """When a movement has covered this share of its way: for good on its first half, first after.

    So a wobble at rest is no part of the movement, at either end.
    """
    above = share >= level
    i = int(np.flatnonzero(~above)[-1]) + 1 if level < 0.5 else int(np.argmax(above))
    rise = share[i] - share[i - 1]
    part = (level - share[i - 1]) / rise if rise > 0 else 1.0
    return float(time_s[i - 1] + part * (time_s[i] - time_s[i - 1]))


def swing_deg(time_s: Floats, angle_deg: Floats, top: int) -> float:
    """How far a leg swings about its own smooth movement while it comes up and holds.

    The movement that fits best is taken: up, hold, down, each way between even and minimum jerk.
    Swinging is the distance between the leg's farthest points before and behind that movement, from
    the start until the lowering. A leg that is thrown runs ahead, overshoots and falls back.

    `time_s`, `angle_deg` are a whole rep (n,), from rest to rest, `top` the index of its highest
    point. NaN where an angle is, where `top` has nothing before or after it, and for a few samples.
    """
    if not 0 < top < len(time_s) - 1 or len(time_s) < 10 or not np.isfinite(angle_deg).all():
        return float("nan")
    start_s, high = time_s[0], angle_deg[top]
    up_s, down_s = time_s[top] - start_s, time_s[-1] - time_s[top]
    span_s = time_s[-1] - start_s
    guess = [angle_deg[0], angle_deg[-1], high, start_s, up_s, 0.1, down_s, 0.7, 0.7]
    least = [-90, -90, -90, start_s - span_s, 0.05, 0, 0.05, 0, 0]
    most = [360, 360, 360, time_s[top], 2 * span_s, span_s, 2 * span_s, 1, 1]
    found = least_squares(
        lambda p: _up_hold_down(time_s, p) - angle_deg,
        np.clip(guess, np.add(least, 1e-6), np.subtract(most, 1e-6)),
        bounds=(least, most),
        max_nfev=60,
    ).x
    off = angle_deg - _up_hold_down(time_s, found)
    return float(np.ptp(off[time_s <= max(sum(found[3:6]), time_s[top])]))


def _up_hold_down(time_s: Floats, p: Floats) -> Floats:
    """Up, hold and down: two bottoms, top, start, three durations, how smooth each way is."""
    low, low_after, high, start_s, up_s, hold_s, down_s, smooth_up, smooth_down = p
    lift = _between((time_s - start_s) / up_s, smooth_up)
    lowering = _between((time_s - start_s - up_s - hold_s) / down_s, smooth_down)
    return np.asarray(low + (high - low) * lift - (high - low_after) * lowering)


def _between(share: Floats, smooth: float) -> Floats:
    return np.asarray((1 - smooth) * np.clip(share, 0.0, 1.0) + smooth * smooth_way(share))


def momentum_frac(angle_deg: Floats, level_deg: float, params: MotionParams) -> float:
    """Share of the upper half of a lift that the leg's own speed would carry it, muscles off.

    The speed is that at half the height; how high it carries follows from gravity and the mass of
    a straight leg of `leg_m`. 0 is a leg that stands still there, 1 or more is a throw. What a leg
    goes past the vertical is no height to climb.

    `angle_deg` is the lift (n,) on the even grid, from its bottom to its top; `level_deg` is the
    angle at which a leg is level: 0 lying, 90 for somebody who hangs. NaN where an angle is, or
    where there is no height to speak of.
    """
    if len(angle_deg) < 3 or not np.isfinite(angle_deg).all():
        return float("nan")
    height = np.sin(np.radians(np.clip(angle_deg - level_deg, -90.0, 90.0)))
    to_go = float(height[-1] - height[0]) / 2
    if to_go < _LEAST_HEIGHT / 2:
        return float("nan")
    half = height[-1] - to_go
    i = int(np.clip(np.flatnonzero(height <= half)[-1], 1, len(height) - 2))
    speed_rad_s = np.radians(angle_deg[i + 1] - angle_deg[i - 1]) * params.grid_hz / 2
    fall_rad_s2 = _GRAVITY_M_S2 * _CENTRE_FRAC / (_GYRATION_FRAC**2 * params.leg_m)
    return float(max(speed_rad_s, 0.0) ** 2 / 2 / (fall_rad_s2 * to_go))
