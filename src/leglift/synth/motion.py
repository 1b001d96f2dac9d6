"""The rep programme and what the back does during it, as joint angles per frame.

Leg elevation is 0 deg with the hip-ankle line along the floor and 90 deg perpendicular to it.
Pelvic tilt is the change from the same body's flat position, positive when the pelvis tips forward
and the lower back leaves the floor.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from scipy.ndimage import gaussian_filter1d

from leglift.synth.body import Floats, Frozen, Mask

ARCHED_TILT_DEG = 8.0
ONSET_TILT_DEG = 3.0
FREE_KNOTS = 7  # in shares of the rep: a slow rep gives a wandering back no more chances


class Rep(Frozen):
    """One repetition: how the legs move, and separately what the pelvis does meanwhile."""

    lift_s: float = Field(default=1.5, gt=0)
    top_s: float = Field(default=0.4, ge=0)
    lowering_s: float = Field(default=2.8, gt=0)
    bottom_s: float = Field(default=0.6, ge=0)  # pause after the rep
    low_deg: float = Field(default=10.0, ge=-5, le=80)
    top_deg: float = Field(default=88.0, ge=20, le=120)
    legs: Literal["both", "left", "right"] = "both"
    knee_deg: float = Field(default=5.0, ge=0, le=110)
    arch: Literal["flat", "onset", "throughout", "free"] = "flat"
    peak_tilt_deg: float = Field(default=0.0, ge=-10, le=45)
    onset_deg: float = Field(default=45.0, ge=-10, le=120)  # leg angle where the back lifts
    arch_while_lifting: bool = False


class Programme(Frozen):
    """A set of repetitions and how steadily they are done."""

    reps: tuple[Rep, ...]
    fps: float = Field(default=30.0, gt=0, le=120)
    lead_s: float = Field(default=0.7, ge=0)
    tail_s: float = Field(default=0.7, ge=0)
    rest_tilt_deg: float = Field(default=0.0, ge=-5, le=30)  # while the legs are down
    shown_tilt_deg: float = Field(default=0.0, ge=0, le=45)
    """Before the set the back is pressed flat, let go so far, and pressed flat again."""
    still_leg_deg: float = 10.0  # elevation of a leg that does not take part
    still_knee_deg: float = Field(default=5.0, ge=0, le=110)
    plantar_deg: float = Field(default=25.0, ge=-10, le=60)
    head_lift_deg: float = Field(default=0.0, ge=0, le=50)
    ankle_apart_m: float = Field(default=0.13, ge=0.06, le=0.6)
    swing_deg: float = Field(default=0.0, ge=0, le=15)
    tremor_deg: float = Field(default=0.0, ge=0, le=3)
    tremor_hz: float = Field(default=7.0, gt=0, le=14)
    breath_deg: float = Field(default=0.3, ge=0, le=3)
    tilt_smooth_s: float = Field(default=0.10, gt=0, le=0.3)  # a pelvis does not jump


@dataclass(frozen=True)
class Motion:
    """Angles per frame, N rows; pairs are (left, right)."""

    time_s: Floats  # (N,)
    rep_idx: NDArray[np.int64]  # (N,), -1 outside reps
    phase: NDArray[np.str_]  # (N,)
    elevation_deg: Floats  # (N, 2)
    knee_deg: Floats  # (N, 2)
    tilt_deg: Floats  # (N,)


def smooth_step(x: Floats) -> Floats:
    """0 to 1 with no jerk at the ends (minimum jerk)."""
    x = np.clip(x, 0.0, 1.0)
    step: Floats = x**3 * (10.0 - 15.0 * x + 6.0 * x**2)
    return step


def rep_starts_s(programme: Programme) -> Floats:
    """Time (R,) at which the legs leave the bottom in each rep."""
    lengths = [r.lift_s + r.top_s + r.lowering_s + r.bottom_s for r in programme.reps]
    starts: Floats = programme.lead_s + np.concatenate([[0.0], np.cumsum(lengths)[:-1]])
    return starts


def duration_s(programme: Programme) -> float:
    """Length of the clip."""
    last = programme.reps[-1]
    end = rep_starts_s(programme)[-1] + last.lift_s + last.top_s + last.lowering_s
    return float(end + last.bottom_s + programme.tail_s)


def _phases(programme: Programme, time_s: Floats) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Rep index and phase of every frame; a pause belongs to the rep before it."""
    rep_idx = np.full(len(time_s), -1)
    phase = np.full(len(time_s), "bottom", dtype="<U8")
    for k, (rep, start) in enumerate(zip(programme.reps, rep_starts_s(programme), strict=True)):
        marks = start + np.cumsum([0.0, rep.lift_s, rep.top_s, rep.lowering_s])
        for name, low, high in zip(("lift", "top", "lowering"), marks[:-1], marks[1:], strict=True):
            phase[(time_s >= low) & (time_s < high)] = name
        rep_idx[(time_s >= start) & (time_s < marks[-1] + rep.bottom_s)] = k
    return rep_idx, phase


def _leg_angles(programme: Programme, time_s: Floats) -> tuple[Floats, Floats]:
    """Elevation and knee bend (N, 2) without tremor."""
    elevation = np.full((len(time_s), 2), programme.still_leg_deg)
    knee = np.full((len(time_s), 2), programme.still_knee_deg)
    starts, low_deg = rep_starts_s(programme), programme.reps[0].low_deg
    sides = {"both": [0, 1], "left": [0], "right": [1]}
    first = np.ix_(time_s < starts[0], sides[programme.reps[0].legs])
    elevation[first], knee[first] = low_deg, programme.reps[0].knee_deg
    for rep, start in zip(programme.reps, starts, strict=True):
        here = time_s >= start
        since = time_s[here] - start
        up = smooth_step(since / rep.lift_s)
        down = smooth_step((since - rep.lift_s - rep.top_s) / rep.lowering_s)
        base = np.where(since < rep.lift_s, low_deg, rep.low_deg)
        angle = base + (rep.top_deg - base) * (up - down)
        swing = programme.swing_deg * np.sin(np.clip(since / rep.lift_s, 0, 2) * np.pi) ** 2
        moving = np.ix_(here, sides[rep.legs])
        elevation[moving] = (angle + swing * (since < 2 * rep.lift_s))[:, None]
        knee[moving], low_deg = rep.knee_deg, rep.low_deg
    return elevation, knee


def _rep_tilt(
    rep: Rep, motion: Motion, here: Mask, rest_deg: float, rng: np.random.Generator
) -> Floats:
    """Tilt (n,) the programme asks for within one rep and the pause after it.

    A back that arches from an onset on does so by a share of the peak: 0 above the onset, 1 at the
    bottom of the rep. A free one wanders slowly between 0 and the peak, whatever the legs do.
    """
    time_s, phase, peak = motion.time_s[here], motion.phase[here], rep.peak_tilt_deg
    if rep.arch == "free":
        knots = np.linspace(time_s[0], time_s[-1], FREE_KNOTS)
        return np.interp(time_s, knots, rng.uniform(0.0, peak, FREE_KNOTS))
    share = np.ones(len(phase))
    if rep.arch == "onset":
        elevation_deg = motion.elevation_deg[here, 1 if rep.legs == "right" else 0]
        span = max(rep.onset_deg - rep.low_deg, 8.0)
        share = np.sin(np.clip((rep.onset_deg - elevation_deg) / span, 0, 1) * np.pi / 2)
        if not rep.arch_while_lifting:
            share = np.where(np.isin(phase, ["lift", "top"]), 0.0, share)
    return np.where(phase == "bottom", rest_deg, share * peak)


def _tilt(programme: Programme, motion: Motion, rng: np.random.Generator) -> Floats:
    """Pelvic tilt (N,) of the whole set, smoothed."""
    tilt = np.full(len(motion.time_s), programme.rest_tilt_deg)
    if programme.shown_tilt_deg:
        before = motion.time_s < programme.lead_s
        third = np.floor(3 * motion.time_s[before] / programme.lead_s)
        tilt[before] = np.where(third == 1, programme.shown_tilt_deg, 0.0)
    for k, rep in enumerate(programme.reps):
        here = motion.rep_idx == k
        tilt[here] = _rep_tilt(rep, motion, here, programme.rest_tilt_deg, rng)
    breath = programme.breath_deg * np.sin(2 * np.pi * 0.25 * motion.time_s)
    smoothed = gaussian_filter1d(tilt, programme.tilt_smooth_s * programme.fps, mode="nearest")
    total: Floats = smoothed + breath
    return total


def make_motion(programme: Programme, seed: int) -> Motion:
    """Angles of every frame of the set; the same seed gives the same motion.

    Both legs tremble, each with the mean of three waves around `tremor_hz`.
    """
    rng = np.random.default_rng(seed)
    n = round(duration_s(programme) * programme.fps)
    time_s = np.arange(n) / programme.fps
    elevation, knee = _leg_angles(programme, time_s)
    steady = Motion(time_s, *_phases(programme, time_s), elevation, knee, np.zeros(n))
    tilt = _tilt(programme, steady, rng)
    hz = programme.tremor_hz * rng.uniform(0.8, 1.2, (3, 2))
    start = rng.uniform(0, 2 * np.pi, (3, 2))
    waves = np.sin(2 * np.pi * hz * time_s[:, None, None] + start).mean(axis=1)
    return replace(steady, elevation_deg=elevation + programme.tremor_deg * waves, tilt_deg=tilt)


def rep_truth(programme: Programme, frames: pd.DataFrame) -> pd.DataFrame:
    """One row per rep from the truth per frame.

    `frames` has `time_s, leg_elevation_deg, pelvic_tilt_deg, lumbar_gap_mm, lumbar_gap_norm`. The
    onset is the leg elevation at which, while lowering, the tilt first exceeds `ONSET_TILT_DEG`;
    NaN where it never does. As far as what the back does at rest
    reaches into a rep (`edge_s`), tilt and gap are left out: a back that is arched at rest is not
    an arched rep.
    """
    rows, edge_s = [], 3 * programme.tilt_smooth_s
    for k, (rep, start) in enumerate(zip(programme.reps, rep_starts_s(programme), strict=True)):
        lowering = start + rep.lift_s + rep.top_s
        end = lowering + rep.lowering_s
        down = frames[(frames.time_s >= lowering) & (frames.time_s <= end)]
        whole = frames[(frames.time_s >= start) & (frames.time_s <= end)]
        lifted = down[(down.pelvic_tilt_deg > ONSET_TILT_DEG) & (down.time_s <= end - edge_s)]
        inside = whole[(whole.time_s >= start + edge_s) & (whole.time_s <= end - edge_s)]
        worst = float(inside.pelvic_tilt_deg.max())
        rows.append({
            "rep": k + 1, "start_s": start, "top_s": start + rep.lift_s + rep.top_s / 2,
            "end_s": end, "label": "arched" if worst >= ARCHED_TILT_DEG else "good",
            "onset_deg": float(lifted.leg_elevation_deg.iloc[0]) if len(lifted) else np.nan,
            "max_pelvic_tilt_deg": worst,
            "max_lumbar_gap_mm": float(inside.lumbar_gap_mm.max()),
            "max_lumbar_gap_norm": float(inside.lumbar_gap_norm.max()),
            "lowest_leg_elevation_deg": float(down.leg_elevation_deg.min()),
            "top_leg_elevation_deg": float(whole.leg_elevation_deg.max()),
            "lift_s": rep.lift_s, "lowering_s": rep.lowering_s, "legs": rep.legs,
            "knee_deg": rep.knee_deg, "arch": rep.arch,
        })  # fmt: skip
    return pd.DataFrame(rows)
