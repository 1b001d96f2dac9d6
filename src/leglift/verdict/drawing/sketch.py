"""Small pictures for the report: silhouette, skeleton and lower back as SVG paths, no pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.segment import Motion
from leglift.params import BackParams
from leglift.verdict.course import LIFTED, UNSEEN, state_at
from leglift.verdict.drawing.draw import Look, iter_looks
from leglift.verdict.judge import Judged
from leglift.vision.table import read_frames

Floats = npt.NDArray[np.float64]

MAX_OFF_S = 0.25
"""A frame further than this from the wanted moment shows another moment."""

_WIDE = 320.0  # units of a picture's width
_MARGIN_NORM = 0.3
_ZOOM_NORM = 0.62
_FINE = 0.2  # outlines are simplified by less than this many units


@dataclass(frozen=True)
class Moment:
    """A moment worth a picture: `name` in words, which leg is followed, state of the back."""

    name: str
    time_s: float
    leg_deg: float
    leg: str
    state: str

    @property
    def lifted(self) -> bool:
        """Whether the back is off the floor."""
        return self.state == LIFTED


@dataclass(frozen=True)
class Sketch:
    """One picture as SVG path data, in units of its view box."""

    moment: Moment
    view_box: str
    zoom_box: str
    zoom_left: bool
    silhouette: str
    near: str
    far: str
    arc: str
    floor: str
    hollow: str


def rep_moments(rep: Any, signals: pd.DataFrame, course: pd.DataFrame) -> list[Moment]:
    """Legs up, and where the back is up first or last and is highest, or where legs are lowest.

    In order of time. `rep` is a row of the judged reps, `signals` are those of its shot, `course`
    is that of the back.
    """
    inside = signals[signals["time_s"].between(rep.start_s, rep.end_s)]
    leg = "far" if rep.leg == "far" else "near"
    time_s, angle = (inside[name].to_numpy(float) for name in ("time_s", f"{leg}_leg_deg"))
    states = state_at(course, time_s)
    up = (states == LIFTED) & (rep.verdict == "arched")
    at = {"legs up": _least(-angle)}
    if up.any():
        lowering = up & (time_s >= rep.top_s)
        there = lowering if lowering.any() else up
        off = np.abs(angle - rep.back_lift_angle_deg)
        near = off if np.isfinite(off).any() else time_s
        at["back up" if lowering.any() else "back comes down"] = _least(_only(near, there))
        height = np.interp(time_s, course["time_s"], course["height_norm"].fillna(0.0))
        at["back highest"] = _least(_only(-height, there))
    else:
        at["legs low"] = _least(_only(angle, time_s >= rep.top_s))
    found = sorted((i, name) for name, i in at.items() if i is not None)
    return [
        Moment(name, float(time_s[i]), float(angle[i]), leg, str(states[i])) for i, name in found
    ]


def _only(values: Floats, there: npt.NDArray[np.bool_]) -> Floats:
    return np.where(there, values, np.nan)


def _least(values: Floats) -> int | None:
    """Index of the least value, None where none is known."""
    return int(np.nanargmin(values)) if np.isfinite(values).any() else None


def rep_sketches(seen: Judged, params: BackParams) -> list[list[Sketch]]:
    """Pictures of every rep at its moments; a moment without a person in sight has none."""
    signals = dict(tuple(seen.motion.signals.groupby("shot_idx")))
    reps = list(seen.reps.itertuples())
    moments = [rep_moments(rep, signals[rep.shot_idx], seen.course) for rep in reps]
    return _drawn(moments, [rep.verdict != "cant_tell" for rep in reps], seen, params)


def tilt_sketches(seen: Judged, params: BackParams) -> list[Sketch]:
    """Pictures of a pelvic tilt: the back at its flattest and at its highest."""
    moments = tilt_moments(seen.course)
    return _drawn([moments], [True], seen, params)[0] if moments else []


def tilt_moments(course: pd.DataFrame) -> list[Moment]:
    """Flattest and highest moment of a back that was seen, in order of time."""
    known = course[course["state"] != UNSEEN].dropna(subset=["height_norm", "leg_angle_deg"])
    if known.empty:
        return []
    low, high = known.loc[known["height_norm"].idxmin()], known.loc[known["height_norm"].idxmax()]
    found = [
        Moment(name, float(row["time_s"]), float(row["leg_angle_deg"]), "near", str(row["state"]))
        for name, row in (("back flat", low), ("back highest", high))
    ]
    return sorted(found, key=lambda moment: moment.time_s)


def _drawn(
    moments: Sequence[Sequence[Moment]],
    judged: Sequence[bool],
    seen: Judged,
    params: BackParams,
) -> list[list[Sketch]]:
    """Pictures of lists of moments; the lower back only in those that were judged."""
    looks = _looks_at([m for some in moments for m in some], seen, params)
    boxes = _boxes(looks.values())
    return [
        [
            sketch(moment, look, boxes[look.view.shot_idx], known and moment.state != UNSEEN)
            for moment in some
            if (look := looks.get(moment.time_s)) is not None
        ]
        for known, some in zip(judged, moments, strict=True)
    ]


def _looks_at(moments: Sequence[Moment], seen: Judged, params: BackParams) -> dict[float, Look]:
    """Look nearest to each moment, by the moment's time."""
    motion: Motion = seen.motion
    frames = read_frames(seen.table, [], motion.track_idx)
    frames = frames[frames["detected"]]
    clock = frames["time_s"].to_numpy(float)
    nearest = {m.time_s: int(np.abs(clock - m.time_s).argmin()) for m in moments}
    wanted = {
        time_s: int(frames["frame_idx"].iloc[i])
        for time_s, i in nearest.items()
        if abs(clock[i] - time_s) <= MAX_OFF_S
    }
    looks = dict(iter_looks(seen.table, motion, params, sorted(set(wanted.values()))))
    return {time_s: looks[frame] for time_s, frame in wanted.items() if frame in looks}


def _boxes(looks: Iterable[Look]) -> dict[int, tuple[Floats, Floats]]:
    """Corner and size in pixels of each shot's pictures: one scale, so that they compare."""
    points: dict[int, list[Floats]] = {}
    trunk_px = {}
    for look in looks:
        points.setdefault(look.view.shot_idx, []).extend(look.joints.values())
        trunk_px[look.view.shot_idx] = look.view.trunk_px
    boxes = {}
    for shot, xy in points.items():
        margin = _MARGIN_NORM * trunk_px[shot]
        low, high = np.nanmin(xy, axis=0) - margin, np.nanmax(xy, axis=0) + margin
        boxes[shot] = (low, high - low)
    return boxes


def sketch(moment: Moment, look: Look, box: tuple[Floats, Floats], judged: bool) -> Sketch:
    """Draw one moment; the lower back only in reps that were judged."""
    corner, size = box
    scale = _WIDE / size[0]
    height = size[1] * scale

    def to_box(points: npt.ArrayLike) -> Floats:
        return np.asarray((np.asarray(points, float) - corner) * scale)

    trunk = look.trunk
    shown = judged and len(trunk.hollow) > 0
    gap = to_box(trunk.gap)
    zoom = _ZOOM_NORM * look.view.trunk_px * scale
    return Sketch(
        moment=moment,
        view_box=f"0 0 {_WIDE:.0f} {height:.0f}",
        zoom_box=_square(gap.mean(axis=0), zoom) if shown else "",
        zoom_left=look.view.feet_right,
        silhouette=" ".join(_closed(_simple(to_box(ring))) for ring in look.rings),
        near=" ".join(_open(to_box(bone)) for bone in look.bones("near")),
        far=" ".join(_open(to_box(bone)) for bone in look.bones("far")),
        arc=_open(to_box(look.leg_arc(moment.leg, moment.leg_deg, 0.45))),
        floor=_open(to_box(trunk.floor)) if shown else "",
        hollow=_closed(gap) if shown else "",
    )


def _square(middle: Floats, side: float) -> str:
    x, y = middle - side / 2
    return f"{x:.1f} {y:.1f} {side:.1f} {side:.1f}"


def _simple(ring: Floats) -> Floats:
    return np.asarray(cv2.approxPolyDP(ring.astype(np.float32), _FINE, True)[:, 0], float)


def _open(points: Floats) -> str:
    """Path data of a line; nothing where a point is not known."""
    if len(points) < 2 or not np.isfinite(points).all():
        return ""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _closed(points: Floats) -> str:
    line = _open(points)
    return line and line + "Z"
