"""Curves over time for the report: SVG path data and ticks, stretched by the page to its width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import pandas as pd

from leglift.motion.signals import finite_runs
from leglift.verdict.course import LIFTED, UNSEEN
from leglift.verdict.drawing.draw import Floats

HIGH = 100.0
"""Height of every chart in units; its width is `UNITS_S` a second."""

UNITS_S = 50.0

_FINE = 0.4  # curves are simplified by less than this many units
_TIME_STEPS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
_TICKS = 8
_LEAST_HEIGHT = 10.0  # percent; less is not stretched to the chart's height: it is mostly noise
_JOIN_S = 0.15  # moments further apart than this are not one piece

Tick = tuple[str, float]
"""A label and where it stands, as a share (0..100) of the axis."""

Piece = tuple[str, float, float]
"""State of the back, and where it begins and how long it lasts, in shares (0..100) of the axis."""


@dataclass(frozen=True)
class Chart:
    """One quantity over time: `path`, and `lifted`, the part of it with the back off the floor."""

    view_box: str
    path: str
    ticks: list[Tick]
    lifted: str = ""


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
    return Chart(
        view_box=_view_box(duration_s),
        path=_curve(signals, HIGH * (1 - _shares(angle, low - 5, high + 8))),
        ticks=_ticks(marks, "°", low - 5, high + 8),
    )


def back_chart(course: pd.DataFrame, duration_s: float) -> Chart | None:
    """Height of the back's edge where it is seen, in percent; None where it never is."""
    state = course["state"].to_numpy(object)
    height = np.where(state == UNSEEN, np.nan, 100 * course["height_norm"].to_numpy(float))
    if not np.isfinite(height).any():
        return None
    high = max(_LEAST_HEIGHT, float(np.nanmax(height)))
    low, top = min(-1.0, float(np.nanmin(height))), 1.1 * high
    step = next(s for s in (2, 5, 10, 20, 50, 100, 1000) if high / s <= 4)
    y = HIGH * (1 - _shares(height, low, top))
    return Chart(
        view_box=_view_box(duration_s),
        path=_curve(course, y),
        ticks=_ticks(np.arange(0, high + 1, step), " %", low, top),
        lifted=_curve(course, np.where(state == LIFTED, y, np.nan)),
    )


def _view_box(duration_s: float) -> str:
    return f"0 0 {UNITS_S * duration_s:.0f} {HIGH:.0f}"


def _shares(values: Floats, low: float, high: float) -> Floats:
    return np.asarray((values - low) / (high - low))


def _ticks(marks: Floats, unit: str, low: float, high: float) -> list[Tick]:
    shares = (100 * _shares(marks, low, high)).tolist()
    return [(f"{round(mark)}{unit}", at) for mark, at in zip(marks, shares, strict=True)]


def line_path(points: Floats, end: str = "") -> str:
    """Path data of a line through points (n, 2); nothing where one of them is not known."""
    if len(points) < 2 or not np.isfinite(points).all():
        return ""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + end


def simplified(points: Floats, off: float, *, closed: bool) -> Floats:
    """Fewer points (n, 2) of a line or a ring, which lie off it by less than so many units."""
    return np.asarray(cv2.approxPolyDP(points.astype(np.float32), off, closed)[:, 0], float)


def _curve(signals: pd.DataFrame, y: Floats) -> str:
    """Path data of a curve, broken where a value is not known and between shots."""
    points = np.column_stack([UNITS_S * signals["time_s"].to_numpy(float), y])
    return " ".join(
        line_path(simplified(points[rows[start:stop]], _FINE, closed=False))
        for rows in signals.groupby("shot_idx", sort=False).indices.values()
        for start, stop in finite_runs(y[rows])
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
    share = np.clip(1 - rows["leg_angle_deg"].to_numpy(float) / 90, 0.0, 1.0)
    return _pieces(rows["state"].to_list(), share, np.append(share[1:], share[-1:]))


def _pieces(states: Sequence[str], starts: Floats, ends: Floats) -> list[Piece]:
    """Join neighbours of one state; `starts` and `ends` are shares (0..1) of the axis."""
    found: list[Piece] = []
    for state, start, end in zip(states, 100 * starts, 100 * ends, strict=True):
        last, left, width = found[-1] if found else ("", 0.0, 0.0)
        if last == state and start <= left + width + 1e-6:
            found[-1] = (state, left, float(end) - left)
        elif end > start:
            found.append((state, float(start), float(end - start)))
    return found


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
    times_s = np.arange(0, duration_s - 0.3 * step, step)
    return [(_clock(time_s), 100 * time_s / duration_s) for time_s in times_s]


def _clock(time_s: float) -> str:
    return f"{time_s:g} s" if time_s < 60 else f"{int(time_s // 60)}:{int(time_s % 60):02d}"
