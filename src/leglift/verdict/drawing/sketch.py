"""Small pictures for the report: silhouette, skeleton and lower back as SVG paths, no pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.params import BackParams
from leglift.verdict.course import LIFTED, UNSEEN, state_at
from leglift.verdict.drawing.charts import line_path, simplified
from leglift.verdict.drawing.draw import Floats, Look, iter_looks
from leglift.verdict.judge import Judged
from leglift.vision.table import read_frames

_MAX_OFF_S = 0.25
"""A frame further than this from the wanted moment shows another moment."""

_WIDE = 320.0  # units of a picture's width
_MARGIN_NORM = 0.3
_ZOOM_NORM = 0.62
_FINE = 0.2  # outlines are simplified by less than this many units


@dataclass(frozen=True)
class Moment:
    """A moment worth a picture: `name` in words, which leg is followed, state of the back.

    `judged` tells whether the lower back is drawn: not in a rep that could not be judged.
    """

    name: str
    time_s: float
    leg_deg: float
    leg: str
    state: str
    judged: bool = True


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
    wanted = {"legs up": -angle}  # each where it is least
    if up.any():
        lowering = up & (time_s >= rep.top_s)
        there = lowering if lowering.any() else up
        off = np.abs(angle - rep.back_lift_angle_deg)
        near = off if np.isfinite(off).any() else time_s
        height = np.interp(time_s, course["time_s"], course["height_norm"].fillna(0.0))
        first = "back up" if lowering.any() else "back comes down"
        wanted[first] = np.where(there, near, np.nan)
        wanted["back highest"] = np.where(there, -height, np.nan)
    else:
        wanted["legs low"] = np.where(time_s >= rep.top_s, angle, np.nan)
    known = {name: values for name, values in wanted.items() if np.isfinite(values).any()}
    judged = rep.verdict != "cant_tell"
    return [
        Moment(name, float(time_s[i]), float(angle[i]), leg, states[i], judged)
        for i, name in sorted((int(np.nanargmin(values)), name) for name, values in known.items())
    ]


def tilt_moments(course: pd.DataFrame) -> list[Moment]:
    """Flattest and highest moment of a back that was seen, in order of time."""
    known = course[course["state"] != UNSEEN].dropna(subset=["height_norm", "leg_angle_deg"])
    if known.empty:
        return []
    low, high = known.loc[known["height_norm"].idxmin()], known.loc[known["height_norm"].idxmax()]
    found = [
        Moment(name, float(row["time_s"]), float(row["leg_angle_deg"]), "near", row["state"])
        for name, row in (("back flat", low), ("back highest", high))
    ]
    return sorted(found, key=lambda moment: moment.time_s)


def sketches_of(seen: Judged, params: BackParams) -> list[list[Sketch]]:
    """Pictures of every rep at its moments, or of a pelvic tilt: of the back flat and highest.

    A moment without a person in sight has none.
    """
    if seen.document["set"]["tilts"]:
        moments = [tilt_moments(seen.course)]
    else:
        signals = dict(tuple(seen.motion.signals.groupby("shot_idx")))
        reps = seen.reps.itertuples()
        moments = [rep_moments(rep, signals[rep.shot_idx], seen.course) for rep in reps]
    looks = _looks_at([moment for some in moments for moment in some], seen, params)
    boxes = _boxes(looks.values())
    return [
        [
            sketch(moment, look, boxes[look.view.shot_idx])
            for moment in some
            if (look := looks.get(moment.time_s)) is not None
        ]
        for some in moments
    ]


def _looks_at(moments: Sequence[Moment], seen: Judged, params: BackParams) -> dict[float, Look]:
    """Look nearest to each moment, by the moment's time."""
    frames = read_frames(seen.table, [], seen.motion.track_idx)
    clock = frames.loc[frames["detected"], ["time_s", "frame_idx"]]
    at_s = pd.Series(sorted({moment.time_s for moment in moments}), dtype=float, name="at_s")
    near = {"left_on": "at_s", "right_on": "time_s", "direction": "nearest"}
    found = pd.merge_asof(at_s.to_frame(), clock, **near, tolerance=_MAX_OFF_S).dropna()
    looks = dict(iter_looks(seen.table, seen.motion, params, found["frame_idx"]))
    wanted = zip(found["at_s"], found["frame_idx"], strict=True)
    return {time_s: looks[frame] for time_s, frame in wanted if frame in looks}


def _boxes(looks: Iterable[Look]) -> dict[int, tuple[Floats, Floats]]:
    """Corner and size in pixels of each shot's pictures: one scale, so that they compare."""
    points: dict[int, list[Floats]] = {}
    margin_px = {}
    for look in looks:
        points.setdefault(look.view.shot_idx, []).extend(look.joints.values())
        margin_px[look.view.shot_idx] = _MARGIN_NORM * look.view.trunk_px
    boxes = {}
    for shot, xy in points.items():
        low, high = np.nanmin(xy, axis=0) - margin_px[shot], np.nanmax(xy, axis=0) + margin_px[shot]
        boxes[shot] = (low, high - low)
    return boxes


def sketch(moment: Moment, look: Look, box: tuple[Floats, Floats]) -> Sketch:
    """Draw one moment."""
    corner, size = box
    scale = _WIDE / size[0]

    def to_box(points: npt.ArrayLike) -> Floats:
        return np.asarray((np.asarray(points, float) - corner) * scale)

    def lines(paths: Iterable[Floats]) -> str:
        return " ".join(line_path(to_box(path)) for path in paths)

    shown = moment.judged and moment.state != UNSEEN and len(look.trunk.hollow) > 0
    gap, zoom = to_box(look.trunk.gap), _ZOOM_NORM * look.view.trunk_px * scale
    rings = (simplified(to_box(ring), _FINE, closed=True) for ring in look.rings)
    return Sketch(
        moment=moment,
        view_box=f"0 0 {_WIDE:.0f} {size[1] * scale:.0f}",
        zoom_box=_square(gap.mean(axis=0), zoom) if shown else "",
        zoom_left=look.view.feet_right,
        silhouette=" ".join(line_path(ring, "Z") for ring in rings),
        near=lines(look.bones("near")),
        far=lines(look.bones("far")),
        arc=lines([look.leg_arc(moment.leg, moment.leg_deg, 0.45)]),
        floor=lines([look.trunk.floor]) if shown else "",
        hollow=line_path(gap, "Z") if shown else "",
    )


def _square(middle: Floats, side: float) -> str:
    x, y = middle - side / 2
    return f"{x:.1f} {y:.1f} {side:.1f} {side:.1f}"
