"""The rep programme and what the back does during it, as joint angles per frame.

Leg elevation is 0 deg with the hip-ankle line along the floor and 90 deg perpendicular to it.
Pelvic tilt is the change from the same body's flat position, positive when the pelvis tips forward
and the lower back leaves the floor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from scipy.ndimage import gaussian_filter1d

Floats = NDArray[np.float64]
ARCHED_TILT_DEG = 8.0
ONSET_TILT_DEG = 3.0
FREE_KNOTS = 7  # in shares of the rep: a slow rep gives a wandering back no more chances


class Rep(BaseModel):
    """One repetition: how the legs move, and separately what the pelvis does meanwhile."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lift_s: float = Field(default=1.5, gt=0)
    top_s: float = Field(default=0.4, ge=0)
    lowering_s: float = Field(default=2.8, gt=0)
    bottom_s: float = Field(default=0.6, ge=0, description="pause after the rep")
    low_deg: float = Field(default=10.0, ge=-5, le=80)
    top_deg: float = Field(default=88.0, ge=20, le=120)
    legs: Literal["both", "left", "right"] = "both"
    knee_deg: float = Field(default=5.0, ge=0, le=110)
    arch: Literal["flat", "onset", "throughout", "free"] = "flat"
    peak_tilt_deg: float = Field(default=0.0, ge=-10, le=45)
    onset_deg: float = Field(
        default=45.0, ge=-10, le=120, description="leg angle where the back lifts"
    )
    arch_while_lifting: bool = False


class Programme(BaseModel):
    """A set of repetitions and how steadily they are done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reps: tuple[Rep, ...]
    fps: float = Field(default=30.0, gt=0, le=120)
    lead_s: float = Field(default=0.7, ge=0)
    tail_s: float = Field(default=0.7, ge=0)
    rest_tilt_deg: float = Field(
        default=0.0, ge=-5, le=30, description="tilt while the legs are down"
    )
    shown_tilt_deg: float = Field(
        default=0.0, ge=0, le=45, description="before the set: pressed flat, let go so far, flat"
    )
    still_leg_deg: float = Field(
        default=10.0, description="elevation of a leg that does not take part"
    )
    still_knee_deg: float = Field(default=5.0, ge=0, le=110)
    plantar_deg: float = Field(default=25.0, ge=-10, le=60)
    head_lift_deg: float = Field(default=0.0, ge=0, le=50)
    ankle_apart_m: float = Field(default=0.13, ge=0.06, le=0.6)
    swing_deg: float = Field(default=0.0, ge=0, le=15)
    tremor_deg: float = Field(default=0.0, ge=0, le=3)
    tremor_hz: float = Field(default=7.0, gt=0, le=14)
    breath_deg: float = Field(default=0.3, ge=0, le=3)
    tilt_smooth_s: float = Field(default=0.10, gt=0, le=0.3, description="a pelvis does not jump")

    @property
    def edge_s(self) -> float:
        """How far into a rep reaches what the back does at rest."""
        return 3 * self.tilt_smooth_s


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


def _raise_frac(rep: Rep, since_s: Floats) -> Floats:
    """How far up the legs are, 0 at the bottom and 1 at the top."""
    up = smooth_step(since_s / rep.lift_s)
    down = smooth_step((since_s - rep.lift_s - rep.top_s) / rep.lowering_s)
    return up - down


def _low_before(programme: Programme, k: int) -> float:
    return programme.reps[max(k - 1, 0)].low_deg


def _leg_angles(programme: Programme, time_s: Floats) -> tuple[Floats, Floats]:
    """Elevation and knee bend (N, 2) without tremor."""
    first = programme.reps[0]
    elevation = np.full((len(time_s), 2), programme.still_leg_deg)
    knee = np.full((len(time_s), 2), programme.still_knee_deg)
    for k, (rep, start) in enumerate(zip(programme.reps, rep_starts_s(programme), strict=True)):
        here = time_s >= start
        since = time_s[here] - start
        frac = _raise_frac(rep, since)
        base = np.where(since < rep.lift_s, _low_before(programme, k), rep.low_deg)
        angle = base + (rep.top_deg - base) * frac
        swing = programme.swing_deg * np.sin(np.clip(since / rep.lift_s, 0, 2) * np.pi) ** 2
        for leg, name in enumerate(("left", "right")):
            if rep.legs in ("both", name):
                elevation[here, leg] = angle + swing * (since < 2 * rep.lift_s)
                knee[here, leg] = rep.knee_deg
    before = time_s < rep_starts_s(programme)[0]
    for leg, name in enumerate(("left", "right")):
        if first.legs in ("both", name):
            elevation[before, leg], knee[before, leg] = first.low_deg, first.knee_deg
    return elevation, knee


def _free_tilt(time_s: Floats, peak_deg: float, rng: np.random.Generator) -> Floats:
    """Let the tilt wander slowly between 0 and the peak, whatever the legs do."""
    knots = np.linspace(time_s[0], time_s[-1], FREE_KNOTS)
    values: Floats = np.interp(time_s, knots, rng.uniform(0.0, peak_deg, FREE_KNOTS))
    return values


def onset_share(rep: Rep, elevation_deg: Floats) -> Floats:
    """Share of the peak tilt at a leg angle: 0 above the onset, 1 at the bottom of the rep."""
    span = max(rep.onset_deg - rep.low_deg, 8.0)
    return np.asarray(np.sin(np.clip((rep.onset_deg - elevation_deg) / span, 0, 1) * np.pi / 2))


def _rep_tilt(rep: Rep, moving_deg: Floats, phase: NDArray[np.str_], rest_deg: float) -> Floats:
    """Tilt (n,) the programme asks for within one rep and the pause after it."""
    if rep.arch == "flat":
        share = np.zeros(len(phase))
    elif rep.arch == "throughout":
        share = np.ones(len(phase))
    else:
        share = onset_share(rep, moving_deg)
        if not rep.arch_while_lifting:
            share = np.where(np.isin(phase, ["lift", "top"]), 0.0, share)
    level = np.where(phase == "bottom", rest_deg, 0.0)
    peak = rep.peak_tilt_deg
    tilt: Floats = np.where(phase == "bottom", level, share * peak)
    if rep.arch == "flat":
        tilt = np.where(phase == "bottom", rest_deg, peak)
    return tilt


def _tilt(programme: Programme, motion: Motion, rng: np.random.Generator) -> Floats:
    """Pelvic tilt (N,) of the whole set, smoothed."""
    tilt = np.full(len(motion.time_s), programme.rest_tilt_deg)
    if programme.shown_tilt_deg:
        before = motion.time_s < programme.lead_s
        third = np.floor(3 * motion.time_s[before] / programme.lead_s)
        tilt[before] = np.where(third == 1, programme.shown_tilt_deg, 0.0)
    for k, rep in enumerate(programme.reps):
        here = motion.rep_idx == k
        if rep.arch == "free":
            tilt[here] = _free_tilt(motion.time_s[here], rep.peak_tilt_deg, rng)
            continue
        leg = 1 if rep.legs == "right" else 0
        moving = motion.elevation_deg[here, leg]
        tilt[here] = _rep_tilt(rep, moving, motion.phase[here], programme.rest_tilt_deg)
    breath = programme.breath_deg * np.sin(2 * np.pi * 0.25 * motion.time_s)
    smoothed = gaussian_filter1d(tilt, programme.tilt_smooth_s * programme.fps, mode="nearest")
    total: Floats = smoothed + breath
    return total


def _tremor(programme: Programme, time_s: Floats, rng: np.random.Generator) -> Floats:
    """Shaking of both legs (N, 2) in degrees around `tremor_hz`."""
    if programme.tremor_deg == 0:
        return np.zeros((len(time_s), 2))
    hz = programme.tremor_hz * rng.uniform(0.8, 1.2, (3, 2))
    start = rng.uniform(0, 2 * np.pi, (3, 2))
    waves = np.sin(2 * np.pi * hz * time_s[:, None, None] + start).mean(axis=1)
    shaken: Floats = programme.tremor_deg * waves
    return shaken


def make_motion(programme: Programme, seed: int) -> Motion:
    """Angles of every frame of the set; the same seed gives the same motion."""
    rng = np.random.default_rng(seed)
    n = round(duration_s(programme) * programme.fps)
    time_s = np.arange(n) / programme.fps
    rep_idx, phase = _phases(programme, time_s)
    elevation, knee = _leg_angles(programme, time_s)
    steady = Motion(time_s, rep_idx, phase, elevation, knee, np.zeros(n))
    tilt = _tilt(programme, steady, rng)
    shaken = elevation + _tremor(programme, time_s, rng)
    return Motion(time_s, rep_idx, phase, shaken, knee, tilt)


def rep_truth(programme: Programme, frames: pd.DataFrame) -> pd.DataFrame:
    """One row per rep from the truth per frame.

    `frames` has `time_s, leg_elevation_deg, pelvic_tilt_deg, lumbar_gap_mm, lumbar_gap_norm`. The
    onset is the leg elevation at which, while lowering, the tilt first exceeds `ONSET_TILT_DEG`;
    NaN where it never does. The first and last `edge_s` of a rep are left out of tilt and gap: a
    back that is arched at rest is not an arched rep.
    """
    rows, edge_s = [], programme.edge_s
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
