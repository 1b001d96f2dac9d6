"""Curves over time for the report: SVG path data and ticks, stretched by the page to its width."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.signals import finite_runs

Floats = npt.NDArray[np.float64]

HIGH = 100.0
"""Height of every chart in units; its width is `UNITS_S` a second."""

UNITS_S = 50.0

_FINE = 0.4  # curves are simplified by less than this many units
_TIME_STEPS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600)
_TICKS = 8
_LEAST_TILT_DEG = 15.0  # less is not stretched to the chart's height: it is mostly noise


@dataclass(frozen=True)
class Tick:
    """A label and where it stands, as a share (0..100) of the axis."""

    label: str
    at: float


@dataclass(frozen=True)
class Chart:
    """One quantity over time: `path` of what counts, `faint` of the rest, and a threshold."""

    view_box: str
    path: str
    faint: str
    ticks: list[Tick]
    limit: Tick | None = None


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
        faint="",
        ticks=[Tick(f"{round(mark)}°", scale.share(mark)) for mark in marks],
    )


def gap_chart(
    signals: pd.DataFrame, reps: pd.DataFrame, duration_s: float, limit_norm: float, by_gap: bool
) -> Chart | None:
    """Rise of the lumbar gap over the flattest moment in percent; None where it is never known.

    What lies within reps whose back could be judged counts, the rest is faint. The limit is drawn
    only where the verdict goes by it (`by_gap`); the scale always leaves room for twice as much.
    """
    flattest = reps.groupby("shot_idx")["gap_flattest_norm"].first()
    rise = 100 * (signals["gap_norm"] - signals["shot_idx"].map(flattest)).to_numpy(float)
    if not np.isfinite(rise).any():
        return None
    counts = np.zeros(len(rise), bool)
    for rep in reps[reps["verdict"] != "cant_tell"].itertuples():
        counts |= signals["time_s"].between(rep.start_s, rep.end_s).to_numpy()
    if not np.isfinite(rise[counts]).any():
        return None
    limit = 100 * limit_norm
    high = max(2 * limit, float(np.nanmax(rise[counts])))
    step = next(s for s in (2, 5, 10, 20, 50, 100) if high / s <= 4)
    scale = _Scale(min(-1.0, float(np.nanmin(rise[counts]))), 1.1 * high)
    return Chart(
        view_box=_view_box(duration_s),
        path=curve(signals, np.where(counts, rise, np.nan), scale),
        faint=curve(signals, np.clip(np.where(counts, np.nan, rise), scale.low, scale.high), scale),
        ticks=[Tick(f"{mark:.0f} %", scale.share(mark)) for mark in np.arange(0, high + 1, step)],
        limit=Tick(f"{limit:.0f} %", scale.share(limit)) if by_gap else None,
    )


def tilt_chart(tilt: pd.DataFrame, reps: pd.DataFrame, duration_s: float) -> Chart | None:
    """Estimated tilt of the pelvis in judged reps, in degrees; None where there is no estimate."""
    judged = reps.loc[reps["verdict"] != "cant_tell", "rep"]
    known = tilt[tilt["rep"].isin(judged)].sort_values("time_s", ignore_index=True)
    values = known["tilt_deg"].to_numpy(float)
    if not np.isfinite(values).any():
        return None
    high = max(_LEAST_TILT_DEG, float(np.nanmax(values)))
    step = next(s for s in (5, 10, 20, 50, 100) if high / s <= 4)
    scale = _Scale(min(-1.0, float(np.nanmin(values))), 1.1 * high)
    return Chart(
        view_box=_view_box(duration_s),
        path=" ".join(
            curve(rows, rows["tilt_deg"].to_numpy(float), scale)
            for _, rows in known.groupby("rep", sort=False)
        ),
        faint="",
        ticks=[Tick(f"{mark:.0f}°", scale.share(mark)) for mark in np.arange(0, high + 1, step)],
    )


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
