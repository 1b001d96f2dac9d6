"""Which moments of a rep a rater gets to see: fixed leg angles on the way up and down.

Stored landmarks only choose the moments and place the crops; nothing here is a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.geometry import ShotView, points
from leglift.motion.segment import TUCKED_KNEE_DEG, segment_clip
from leglift.params import Params
from leglift.vision.extract import read_frames, read_meta, track_ids

Floats = npt.NDArray[np.float64]

LIFTING_DEG = (15, 30, 45, 60)
LOWERING_DEG = (90, 60, 45, 30, 15)
N_CELLS = 12
"""Trunk crops on a strip: lifting, top, lowering, lowest; extra moments fill what is left."""

HEAD = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye",
    "right_eye_outer", "left_ear", "right_ear", "mouth_left", "mouth_right",
)  # fmt: skip
_TRUNK = [f"{s}_{p}_{a}_px" for s in ("left", "right") for p in ("shoulder", "hip") for a in "xy"]
_LIMBS = [
    f"{s}_{p}_{a}_px"
    for s in ("left", "right")
    for p in ("elbow", "wrist", "knee", "ankle")
    for a in "xy"
]
_MEDIAN_SAMPLES = 9  # a leg taken for the other one for a moment is no angle to show
_AFTER_S = 0.25  # the leg may still sink a little after `end_s`


@dataclass(frozen=True)
class Moment:
    """One picture of a rep: its phase in words, when, and the leg's angle there."""

    phase: str
    time_s: float
    angle_deg: float


@dataclass(frozen=True)
class Course:
    """The moments of a rep that are shown, and in words the fixed angles it does not pass."""

    moments: list[Moment]
    top: Moment
    lowest: Moment
    not_seen: str


@dataclass(frozen=True)
class Lifter:
    """The person whose reps are rated: views of the shots, signals, frames with landmarks."""

    views: dict[int, ShotView]
    signals: pd.DataFrame
    frames: pd.DataFrame
    size_px: tuple[int, int]


def find_lifter(table: Path, params: Params) -> Lifter | None:
    """Read the person of a clip's table who does most leg lifts; None when nobody is seen."""
    people = {track: segment_clip(table, params, track) for track in track_ids(table)}
    seen = {track: motion for track, motion in people.items() if motion is not None}
    if not seen:
        return None
    track = max(seen, key=lambda t: len(seen[t].reps))
    head = [f"{part}_{axis}_px" for part in HEAD for axis in "xy"]
    frames = read_frames(table, [*_TRUNK, *_LIMBS, *head], track)
    meta = read_meta(table)
    return Lifter(seen[track].views, seen[track].signals, frames, (meta.width_px, meta.height_px))


def leg_trace(signals: pd.DataFrame, rep: pd.Series) -> pd.DataFrame:
    """Time and angle of the rep's leg from its start to just after its end.

    Legs that stay tucked are followed by the thigh, as they are when reps are found.
    """
    rank = "far" if rep["leg"] == "far" else "near"
    shot = signals[signals["shot_idx"] == rep["shot_idx"]]
    inside = shot[shot["time_s"].between(rep["start_s"], rep["end_s"] + _AFTER_S)]
    high = inside[f"{rank}_thigh_deg"] > 45
    tucked = inside.loc[high, f"{rank}_knee_deg"].median() < TUCKED_KNEE_DEG
    column = f"{rank}_thigh_deg" if tucked else f"{rank}_leg_deg"
    trace = inside[["time_s", column]].rename(columns={column: "angle_deg"}).dropna()
    window = 2 * (min(len(trace) // 8, _MEDIAN_SAMPLES) // 2) + 1
    steady = trace["angle_deg"].rolling(window, center=True, min_periods=1).median()
    return trace.assign(angle_deg=steady)


def rep_moments(trace: pd.DataFrame, hold: tuple[float, float], n_cells: int = N_CELLS) -> Course:
    """Moments at fixed angles: lifting, top, lowering, lowest, in order of time.

    Parameters
    ----------
    trace
        `time_s` and `angle_deg` of the leg, without holes.
    hold
        Start and end (s) of the hold, in which the top is looked for.
    n_cells
        Moments evenly spread over the lowering take the cells of angles that are not reached.
    """
    time_s, angle = trace["time_s"].to_numpy(float), trace["angle_deg"].to_numpy(float)
    top = _highest(time_s, angle, hold)
    lowest = top + int(angle[top:].argmin())
    lifting = {deg: first_above(angle[: top + 1], deg) for deg in LIFTING_DEG}
    lowering = {deg: first_below(angle, deg, top, lowest) for deg in LOWERING_DEG}
    chosen = {i: "lifting" for i in lifting.values() if i is not None}
    chosen |= {i: "lowering" for i in lowering.values() if i is not None}
    chosen |= {lowest: "lowest"}
    chosen |= {top: "top"}
    spare = max(n_cells - len(chosen), 0)
    between = np.linspace(top, lowest, spare + 2).round().astype(int)[1:-1]
    chosen = {**{int(i): "lowering" for i in between}, **chosen}
    return Course(
        [Moment(chosen[i], float(time_s[i]), float(angle[i])) for i in sorted(chosen)],
        top=Moment("top", float(time_s[top]), float(angle[top])),
        lowest=Moment("lowest", float(time_s[lowest]), float(angle[lowest])),
        not_seen=_not_seen(lifting, lowering),
    )


def _highest(time_s: Floats, angle: Floats, hold: tuple[float, float]) -> int:
    held = np.flatnonzero((time_s >= hold[0] - 1e-6) & (time_s <= hold[1] + 1e-6))
    held = held if len(held) else np.array([np.abs(time_s - np.mean(hold)).argmin()])
    return int(held[angle[held].argmax()])


def _not_seen(lifting: dict[int, int | None], lowering: dict[int, int | None]) -> str:
    """Name the fixed angles that the rep does not pass, in words; the top stands in for 90."""
    parts = []
    for phase, found in (("lifting", lifting), ("lowering", lowering)):
        missing = [str(deg) for deg, i in found.items() if i is None and deg != 90]
        parts += [f"{phase} {', '.join(missing)}"] if missing else []
    return "; ".join(parts)


def first_above(angle: Floats, target_deg: float) -> int | None:
    """First index at which the leg, coming from below, has reached the angle."""
    if not len(angle) or angle[0] > target_deg:
        return None
    reached = np.flatnonzero(angle >= target_deg)
    return int(reached[0]) if len(reached) else None


def first_below(angle: Floats, target_deg: float, top: int, lowest: int) -> int | None:
    """First index between `top` and `lowest` at which the leg has come down to the angle."""
    way = angle[top : lowest + 1]
    if way[0] < target_deg:
        return None
    reached = np.flatnonzero(way <= target_deg)
    return top + int(reached[0]) if len(reached) else None


def flattest_s(signals: pd.DataFrame, spans: pd.DataFrame) -> float:
    """Time within the reps of one shot at which the outline of the lower back lies lowest.

    `spans` has `start_s` and `end_s`. NaN where the outline of the back is never whole.
    """
    inside = pd.concat(
        [signals[signals["time_s"].between(a, b)] for a, b in spans.to_numpy(float)]
    ).dropna(subset="gap_norm")
    if inside.empty:
        return float("nan")
    steady = inside["gap_norm"].rolling(5, center=True, min_periods=1).median()
    return float(inside["time_s"].to_numpy(float)[int(steady.to_numpy(float).argmin())])


def anchors(frames: pd.DataFrame, view: ShotView) -> pd.DataFrame:
    """Steadied near shoulder and hip of every frame in pixels, by `frame_idx`."""
    shoulder = points(frames, view.near_side, "shoulder")
    hip = points(frames, view.near_side, "hip")
    table = pd.DataFrame(
        np.hstack([shoulder, hip]),
        index=pd.Index(frames["frame_idx"].astype(int)),
        columns=["shoulder_x_px", "shoulder_y_px", "hip_x_px", "hip_y_px"],
    )
    steady = table.rolling(5, center=True, min_periods=1).median()
    return steady.interpolate(limit_direction="both")


def nearest_frame(frames: pd.DataFrame, time_s: float) -> tuple[int, float]:
    """Frame nearest to a moment: its index and its own time."""
    row = frames.iloc[int((frames["time_s"] - time_s).abs().to_numpy().argmin())]
    return int(row["frame_idx"]), float(row["time_s"])


def body_box(frames: pd.DataFrame, margin_px: float, size_px: tuple[int, int]) -> Floats:
    """Box (left, top, right, bottom) in pixels around all landmarks, inside the frame."""
    x = frames[[c for c in frames if c.endswith("_x_px")]].to_numpy(float)
    y = frames[[c for c in frames if c.endswith("_y_px")]].to_numpy(float)
    low = np.array([np.nanmin(x), np.nanmin(y)]) - margin_px
    high = np.array([np.nanmax(x), np.nanmax(y)]) + margin_px
    return np.concatenate([np.maximum(low, 0), np.minimum(high, size_px)])
