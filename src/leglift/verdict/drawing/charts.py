"""Curves over time for the report: SVG path data and ticks, stretched by the page to its width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.signals import finite_runs
from leglift.verdict.course import LIFTED, UNSEEN

Floats = npt.NDArray[np.float64]

HIGH = 100.0
"""Height of every chart in units; its width is `UNITS_S` a second."""

UNITS_S = 50.0

_FINE = 0.4  # curves are simplified by less than this many units
_TIME_STEPS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
_TICKS = 8
_LEAST_HEIGHT = 10.0  # percent; less is not stretched to the chart's height: it is mostly noise
_JOIN_S = 0.15  # moments further apart than this are not one piece


@dataclass(frozen=True)
class Tick:
    """A label and where it stands, as a share (0..100) of the axis."""

    label: str
    at: float


@dataclass(frozen=True)
class Chart:
    """One quantity over time: `path`, and `lifted`, the part of it with the back off the floor."""

    view_box: str
    path: str
    ticks: list[Tick]
    lifted: str = ""


@dataclass(frozen=True)
class Piece:
    """A stretch of an axis, in shares (0..100) of it, over which the back is in one state."""

    state: str
    left: float
    width: float


@dataclass(frozen=True)
class Band:
    """A rep on the time axis, in shares (0..100) of it; reps that overlap get lanes."""

    rep: int
    verdict: str
    left: float
    width: float
    lane: int


def leg_chart(signals: pd.DataFrame, reps: pd.DataFrame, duration_s: float) -> Chart:
    """Angle of the leg that each rep follows, of the near one elsewhere, in degrees."""
    angle = signals["near_leg_deg"].to_numpy(float).copy()
    for rep in reps.itertuples():
        if rep.leg == "far":
            inside = signals["time_s"].between(rep.start_s, rep.end_s).to_numpy()
            angle[inside] = signals["far_leg_deg"].to_numpy(float)[inside]
    low, high = min(0.0, np.nanmin(angle)), max(90.0, np.nanmax(angle))
    marks = np.arange(np.ceil(low / 30) * 30, high + 1, 30)
    scale = _Scale(low - 5, high + 8)
    return Chart(
        view_box=_view_box(duration_s),
        path=curve(signals, angle, scale),
        ticks=[Tick(f"{round(mark)}°", scale.share(mark)) for mark in marks],
    )


def back_chart(course: pd.DataFrame, duration_s: float) -> Chart | None:
    """Height of the back's edge where it is seen, in percent; None where it never is."""
    state = course["state"].to_numpy(object)
    height = np.where(state == UNSEEN, np.nan, 100 * course["height_norm"].to_numpy(float))
    if not np.isfinite(height).any():
        return None
    high = max(_LEAST_HEIGHT, float(np.nanmax(height)))
    step = next(s for s in (2, 5, 10, 20, 50, 100, 1000) if high / s <= 4)
    scale = _Scale(min(-1.0, float(np.nanmin(height))), 1.1 * high)
    return Chart(
        view_box=_view_box(duration_s),
        path=curve(course, height, scale),
        ticks=[Tick(f"{mark:.0f} %", scale.share(mark)) for mark in np.arange(0, high + 1, step)],
        lifted=curve(course, np.where(state == LIFTED, height, np.nan), scale),
    )


def time_pieces(course: pd.DataFrame, duration_s: float) -> list[Piece]:
    """State of the back along time."""
    time_s = course["time_s"].to_numpy(float)
    ends = np.append(time_s[1:], time_s[-1:] + _JOIN_S)
    ends = np.minimum(ends, time_s + _JOIN_S)
    return _pieces(course["state"].to_list(), time_s / duration_s, ends / duration_s)


def angle_pieces(course: pd.DataFrame, rep: Any) -> list[Piece]:
    """State of the back along the leg angle while one rep is lowered, 90 deg left, 0 deg right."""
    rows = course[(course["rep"] == rep.rep) & course["time_s"].between(rep.top_s, rep.end_s)]
    rows = rows.dropna(subset="leg_angle_deg").sort_values("leg_angle_deg", ascending=False)
    if rows.empty:
        return []
    share = np.clip(1 - rows["leg_angle_deg"].to_numpy(float) / 90, 0.0, 1.0)
    return _pieces(rows["state"].to_list(), share, np.append(share[1:], share[-1]))


def _pieces(states: Sequence[str], starts: Floats, ends: Floats) -> list[Piece]:
    """Join neighbours of one state; `starts` and `ends` are shares (0..1) of the axis."""
    found: list[Piece] = []
    for state, start, end in zip(states, 100 * starts, 100 * ends, strict=True):
        last = found[-1] if found else None
        if last and last.state == state and start <= last.left + last.width + 1e-6:
            found[-1] = Piece(state, last.left, float(end) - last.left)
        elif end > start:
            found.append(Piece(state, float(start), float(end - start)))
    return found


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    def share(self, value: float) -> float:
        return float(100 * (value - self.low) / (self.high - self.low))

    def units(self, values: Floats) -> Floats:
        return np.asarray(HIGH * (1 - (values - self.low) / (self.high - self.low)))


def _view_box(duration_s: float) -> str:
    return f"0 0 {UNITS_S * duration_s:.0f} {HIGH:.0f}"


def curve(signals: pd.DataFrame, values: Floats, scale: _Scale) -> str:
    """Path data of a curve, broken where a value is not known and between shots."""
    time_s = signals["time_s"].to_numpy(float)
    paths = []
    for _, rows in signals.groupby("shot_idx", sort=False).indices.items():
        for start, stop in finite_runs(values[rows]):
            run = rows[start:stop]
            points = np.column_stack([UNITS_S * time_s[run], scale.units(values[run])])
            thin = cv2.approxPolyDP(points.astype(np.float32), _FINE, False)[:, 0]
            paths.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in thin))
    return " ".join(paths)


def rep_bands(reps: pd.DataFrame, duration_s: float) -> list[Band]:
    """Where each rep lies on the time axis."""
    free_s: list[float] = []  # when each lane ends
    bands = []
    for rep in reps.itertuples():
        lane = next((i for i, end in enumerate(free_s) if end <= rep.start_s), len(free_s))
        free_s[lane:] = [rep.end_s, *free_s[lane + 1 :]]
        left = 100 * rep.start_s / duration_s
        width = 100 * min(rep.end_s, duration_s) / duration_s - left
        bands.append(Band(int(rep.rep), str(rep.verdict), left, width, lane))
    return bands


def time_ticks(duration_s: float, wide: float) -> list[Tick]:
    """Ticks of the time axis, about `_TICKS` on each page width of `wide` that the chart takes."""
    longest = duration_s / (_TICKS * wide)
    step = next((s for s in _TIME_STEPS_S if s >= longest), _TIME_STEPS_S[-1])
    return [
        Tick(_clock(time_s), 100 * time_s / duration_s)
        for time_s in np.arange(0, duration_s - 0.3 * step, step)
    ]


def _clock(time_s: float) -> str:
    if time_s < 60:
        return f"{time_s:g} s"
    return f"{int(time_s // 60)}:{int(time_s % 60):02d}"
