"""Stick figures with a known answer: a clip's table of a person whose every angle is chosen.

The scene is a plane seen from the side. Its unit is one trunk length (shoulder to hip), x runs
along the floor from head to feet, y is the height over the floor. At rest:

    0.4    .--------------------------.
    0.2   (head) shoulder -------- hip ------- knee ------- ankle    leg angle 0
    0.0    '----------.__gap__.-------'                              floor
                 x = 0           x = 1

Shoulder, hip and the straight leg lie 0.2 over the floor, the trunk is 0.4 thick, so its flat
outline touches the floor everywhere but in the lumbar gap, a trapeze from u = 0.45 to 0.90 with
its full height from 0.58 to 0.77. `Body` says what the person does, `Camera` what is seen of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from leglift.instrument.back import EdgeBack
from leglift.instrument.lifted import EdgeModel
from leglift.params import load_params
from leglift.vision.pose import LANDMARKS
from leglift.vision.silhouette import mask_to_rings
from leglift.vision.table import SCHEMA, STEP_U, STEP_V, ClipMeta, Ring, flatten

Floats = npt.NDArray[np.float64]
Course = tuple[tuple[float, float], ...]
"""A quantity over time: `(seconds, value)` steps, each "take so long to come to this value"."""

AT_REST: Course = ((0.0, 0.0),)
HALF_THICKNESS = 0.2
THIGH, SHANK = 0.85, 0.80
LEG = THIGH + SHANK
SHOULDER_BREADTH = 0.62

CURVE = EdgeModel(middle_norm=0.06, slope=60.0, lifted_at=0.8, error_sd_deg=5.0)
MODEL = EdgeBack({"id": "figures", "flat_at": 0.2}, "0" * 64, CURVE, load_params().gate)
"""A trained model that reads the figures' backs."""

_HEAD_UV = (-0.40, 0.0)
_HEAD_RADIUS = 0.16
_GAP_U = (0.45, 0.58, 0.77, 0.90)
_PLANTED_ANKLE = np.array([1.75, 0.05])
_ARMS_UV = {
    "overhead": ((-0.40, 0.10), (-0.80, 0.10)),
    "on_belly": ((0.40, 0.10), (0.65, 0.25)),
    "along_waist": ((0.45, -0.12), (0.85, -0.12)),
}
_JOINT_OF = {
    **dict.fromkeys(("eye_inner", "eye", "eye_outer", "ear", "mouth"), "head"),
    **dict.fromkeys(("pinky", "index", "thumb"), "wrist"),
    "heel": "ankle",
    "foot_index": "toe",
}
_NOSE_NORM, _FOOT_NORM = 0.12, 0.15
_FRONT = {"up": 1.0, "down": -1.0, "camera": 0.0}


def minimum_jerk(share: Floats) -> Floats:
    """Way covered (0..1) of a smooth movement after this share of its time."""
    s = np.clip(share, 0.0, 1.0)
    return s**3 * (10 - 15 * s + 6 * s**2)


def still(value: float, seconds: float = 0.0) -> Course:
    return ((0.0, value), (seconds, value))


def duration_s(course: Course) -> float:
    return sum(seconds for seconds, _ in course)


def course_at(course: Course, time_s: Floats) -> Floats:
    """Value of a course: a smooth movement from step to step, and at rest after the last."""
    value = np.full(len(time_s), course[0][1])
    begin = course[0][0]
    for (_, before), (seconds, after) in pairwise(course):
        share = (time_s - begin) / max(seconds, 1e-9)
        value = np.where(share > 0, before + (after - before) * minimum_jerk(share), value)
        begin += seconds
    return value


@dataclass(frozen=True)
class Lifts:
    """A set of k equal leg lifts: rest low, lift, hold high, lower, rest low, ..."""

    n: int = 3
    low_deg: float = 10.0
    top_deg: float = 85.0
    rest_s: float = 0.6
    lift_s: float = 1.0
    hold_s: float = 0.4
    lowering_s: float = 1.4
    begins: Literal["low", "high"] = "low"
    pause_s: float = 0.0
    """Stand-still half-way down every lowering."""

    @property
    def period_s(self) -> float:
        """Time from one lift to the next."""
        return self.rest_s + self.lift_s + self.hold_s + self.lowering_s + self.pause_s

    @property
    def course(self) -> Course:
        """The leg's angle."""
        half = (self.low_deg + self.top_deg) / 2
        lowering = [(self.lowering_s, self.low_deg)]
        if self.pause_s:
            way = self.lowering_s / 2
            lowering = [(way, half), (self.pause_s, half), (way, self.low_deg)]
        steps = [(0.0, self.low_deg)]
        for _ in range(self.n):
            steps += [(self.rest_s, self.low_deg), (self.lift_s, self.top_deg)]
            steps += [(self.hold_s, self.top_deg), *lowering]
        steps.append((self.rest_s, self.low_deg))
        if self.begins == "high":
            steps = [(0.0, self.top_deg), *steps[3:]]
        return tuple(steps)

    @property
    def phases(self) -> list[tuple[float, float, float, float]]:
        """True `(start, hold_start, hold_end, end)` in seconds of lifts that begin and end low."""
        firsts = (i * self.period_s + self.rest_s for i in range(self.n))
        steps_s = (self.lift_s, self.hold_s, self.lowering_s + self.pause_s)
        return [tuple(accumulate(steps_s, initial=first_s)) for first_s in firsts]


@dataclass(frozen=True)
class Back:
    """How far the lower back lies over the floor, by the angle of the lower leg.

    Above `onset_deg` the gap is `flat_norm`; by `full_deg` it has grown by `rise_norm`.
    """

    flat_norm: float = 0.02
    rise_norm: float = 0.0
    onset_deg: float = 45.0
    full_deg: float = 35.0

    def gap_norm(self, leg_deg: Floats) -> Floats:
        share = (self.onset_deg - leg_deg) / (self.onset_deg - self.full_deg)
        return self.flat_norm + self.rise_norm * np.clip(share, 0.0, 1.0)


@dataclass(frozen=True)
class Body:
    """What the person does. Angles of both legs (hip to ankle) in degrees over the floor."""

    near_leg: Course = Lifts().course
    far_leg: Course | None = None
    """None: both legs do the same."""
    knee_deg: float = 180.0
    """Inner angle of the knees, 180 straight; a bent knee points away from the floor."""
    sit_up: Course = AT_REST
    """Angle of the trunk over the floor, turning about the hip."""
    hip_up: Course = AT_REST
    """Height of the hip over its place at rest, the shoulder staying on the floor."""
    feet_planted: bool = False
    """The feet stay on the floor and the leg angles follow from the hip."""
    back: Back = Back()
    arm: Literal["overhead", "on_belly", "along_waist"] = "overhead"
    front: Literal["up", "down", "camera"] = "up"
    """Where nose and toes point: face up, face down, or on the side, facing the camera."""
    tremor_norm: float = 0.0
    """Amplitude of a 5 Hz up-and-down of the ankles."""


@dataclass(frozen=True)
class Camera:
    """How the person is seen, and what goes wrong on the way."""

    width_px: int = 1280
    height_px: int = 720
    trunk_px: float = 220.0
    shoulder_px: tuple[float, float] = (420.0, 500.0)
    feet_right: bool = True
    near_side: Literal["left", "right"] = "right"
    floor_deg: float = 0.0
    """Roll: slope of the floor in the picture, positive when the feet's end is higher."""
    off_axis_deg: float = 0.0
    """Shifts the far side along the trunk by the shoulders' breadth times the tangent."""
    stacked_norm: float = 0.0
    """Shifts the far side up, as if the person lay on the side."""
    fps: float = 15.0
    jitter: float = 0.0
    """Frame periods vary by up to this share of a period, evenly spread."""
    noise_px: float = 0.0
    seed: int = 0
    lost: tuple[tuple[float, float], ...] = ()
    """Spans `[start_s, stop_s)` in which nobody is detected."""
    lose_every: int = 0
    """Every so many-th frame has nobody in it (0: none)."""
    cut_s: float | None = None
    cut_jump_norm: float = 1.0
    cut_thumb_diff: float = 0.3
    """From `cut_s` on the person is elsewhere in the picture, which changes at that frame."""
    drawn: bool = False
    """The outline goes through a mask of whole pixels instead of being exact (slower)."""


@dataclass(frozen=True)
class Clip:
    """A person before a camera."""

    body: Body = Body()
    camera: Camera = Camera()


UPRIGHT = Camera(floor_deg=-90.0, shoulder_px=(640.0, 150.0))
"""A camera to which the person stands or hangs, head up."""
THROUGH_A_MASK = Camera(
    width_px=640, height_px=360, trunk_px=110.0, shoulder_px=(220.0, 260.0), fps=10.0, drawn=True
)
"""Outlines of whole pixels, as a pose model's mask gives them."""
WAYS_TO_SEE = {
    "as it is": Camera(),
    "mirrored": Camera(feet_right=False, near_side="left", shoulder_px=(860.0, 500.0)),
    "from the other side": Camera(near_side="left"),
    "portrait": Camera(width_px=360, height_px=640, trunk_px=80.0, shoulder_px=(100.0, 400.0)),
    "4K": Camera(width_px=3840, height_px=2160, trunk_px=700.0, shoulder_px=(1200.0, 1500.0)),
    "rolled up": Camera(floor_deg=8.0),
    "rolled down": Camera(floor_deg=-8.0),
    "mirrored and rolled": Camera(feet_right=False, near_side="left", floor_deg=8.0),
    "variable rate": Camera(jitter=0.7, seed=3),
    "8 frames a second": Camera(fps=8.0),
    "60 frames a second": Camera(fps=60.0),
    "every third frame lost": Camera(fps=30.0, lose_every=3),
    "lost for 0.3 s": Camera(lost=((1.0, 1.3), (2.4, 2.7))),
    "a little off axis": Camera(off_axis_deg=15.0),
    "noisy": Camera(noise_px=2.0, seed=1),
    "through a mask": THROUGH_A_MASK,
}
"""Cameras that must not change what is said of the body."""
V_UPS = Body(sit_up=Lifts(low_deg=0, top_deg=60).course)
"""Legs and upper body rise together."""
BRIDGES = Body(near_leg=still(0.0), feet_planted=True, hip_up=Lifts(low_deg=0, top_deg=0.5).course)
"""Hips rise, feet and shoulders stay on the floor."""
SMALL_KICKS = Body(near_leg=Lifts(low_deg=-1, top_deg=22).course)
"""Legs travel far enough for a rep but never come up."""
FLICKS = Body(near_leg=Lifts(lift_s=0.14, hold_s=0.0, lowering_s=0.14).course)
"""Legs go up and down in less than a third of a second."""
SIT_UPS = Body(near_leg=still(0.0), sit_up=Lifts(low_deg=0, top_deg=70).course)
"""Only the upper body rises."""
LYING_STILL = Body(near_leg=still(10.0, 6.0))


def alternating(lifts: Lifts) -> tuple[Course, Course]:
    """Near and far leg taking turns, the near one first: `lifts.n` lifts each."""
    start, end = (0.0, lifts.low_deg), (lifts.rest_s, lifts.low_deg)
    lift = replace(lifts, n=1).course[1:-1]
    wait = (lifts.period_s, lifts.low_deg)
    return (start, *(*lift, wait) * lifts.n, end), (start, *(wait, *lift) * lifts.n, end)


# --- the body in the room --------------------------------------------------------------------


def skeleton(body: Body, time_s: Floats) -> dict[str, Floats]:
    """Joints of the near and the far side in the room, by name `near_hip`, ..., each (n, 2)."""
    hip_up = course_at(body.hip_up, time_s)
    tilt = np.radians(course_at(body.sit_up, time_s)) - np.arcsin(hip_up)
    hip = np.column_stack([np.sqrt(1 - hip_up**2), HALF_THICKNESS + hip_up])
    shoulder = hip + np.column_stack([-np.cos(tilt), np.sin(tilt)])
    elbow_uv, wrist_uv = _ARMS_UV[body.arm]
    front = _FRONT[body.front]
    nose_uv = (_HEAD_UV[0] - _NOSE_NORM * (front == 0), _HEAD_UV[1] + _NOSE_NORM * front)
    places = {"head": _HEAD_UV, "nose": nose_uv, "elbow": elbow_uv, "wrist": wrist_uv}
    upper = {part: on_trunk(shoulder, hip, uv) for part, uv in places.items()}
    upper |= {"shoulder": shoulder, "hip": hip}
    joints = {}
    for rank, course in (("near", body.near_leg), ("far", body.far_leg or body.near_leg)):
        knee, ankle = _leg(body, hip, course_at(course, time_s), time_s)
        side = {**upper, "knee": knee, "ankle": ankle, "toe": _toe(body, knee, ankle)}
        joints |= {f"{rank}_{part}": xy for part, xy in side.items()}
    return joints


def _toe(body: Body, knee: Floats, ankle: Floats) -> Floats:
    """Toes point to the front, across the shank; straight on where they point to the camera."""
    along = (ankle - knee) / np.linalg.norm(ankle - knee, axis=1, keepdims=True)
    across = np.column_stack([-along[:, 1], along[:, 0]])
    front = _FRONT[body.front]
    return ankle + _FOOT_NORM * (front * across if front else along)


def on_trunk(shoulder: Floats, hip: Floats, uv: Sequence[float] | Floats) -> Floats:
    """Point (n, 2) at `u` along the trunk and `v` trunk lengths above its axis."""
    along = hip - shoulder
    up = np.column_stack([-along[:, 1], along[:, 0]])
    u, v = np.broadcast_to(np.reshape(uv, (2, -1, 1)), (2, len(along), 1))
    return shoulder + u * along + v * up


def _leg(body: Body, hip: Floats, leg_deg: Floats, time_s: Floats) -> tuple[Floats, Floats]:
    """Knee and ankle; the knee follows from the two bones' lengths."""
    reach = np.sqrt(THIGH**2 + SHANK**2 - 2 * THIGH * SHANK * np.cos(np.radians(body.knee_deg)))
    angle = np.radians(leg_deg)
    ankle = hip + reach * np.column_stack([np.cos(angle), np.sin(angle)])
    ankle[:, 1] += body.tremor_norm * np.sin(2 * np.pi * 5 * time_s)
    if body.feet_planted:
        ankle = np.broadcast_to(_PLANTED_ANKLE, hip.shape)
    way = ankle - hip
    distance = np.linalg.norm(way, axis=1)
    cosine = (THIGH**2 + distance**2 - SHANK**2) / (2 * THIGH * distance)
    bend = np.arccos(np.clip(cosine, -1, 1)) + np.arctan2(way[:, 1], way[:, 0])
    return hip + THIGH * np.column_stack([np.cos(bend), np.sin(bend)]), ankle


def trunk_ring_uv(gap_norm: float) -> list[tuple[float, float]]:
    """Corners of the trunk's outline for a lumbar gap, in trunk coordinates."""
    a, b, c, d = _GAP_U
    low, high = -HALF_THICKNESS, HALF_THICKNESS
    back = [(a, low), (b, low + gap_norm), (c, low + gap_norm), (d, low)]
    return [(-0.17, low), *back, (1.17, low), (1.17, high), (-0.17, high)]


def silhouette_rings(body: Body, time_s: Floats) -> list[list[Floats]]:
    """Rings of every frame in the room: head, trunk, and both legs where they differ.

    The thighs begin a hand's breadth past the trunk's end, so that no rings overlap there.
    """
    joints = skeleton(body, time_s)
    shoulder, hip = joints["near_shoulder"], joints["near_hip"]
    legs = [course_at(leg, time_s) for leg in (body.near_leg, body.far_leg or body.near_leg)]
    gaps = body.back.gap_norm(np.minimum(*legs))
    ranks = ("near", "far") if body.far_leg else ("near",)
    bones = [_bone(joints[f"{rank}_knee"], joints[f"{rank}_ankle"], 0.0, 0.07) for rank in ranks]
    bones += [_bone(hip, joints[f"{rank}_knee"], 0.38, 0.09) for rank in ranks]
    circle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    head_uv = np.column_stack([np.cos(circle), np.sin(circle)]) * _HEAD_RADIUS + _HEAD_UV
    head = np.stack([on_trunk(shoulder, hip, uv) for uv in head_uv], axis=1)
    trunk_uv = np.array([trunk_ring_uv(gap) for gap in gaps])
    trunk = np.stack([on_trunk(shoulder, hip, uv.T) for uv in trunk_uv.swapaxes(0, 1)], axis=1)
    return [[part[i] for part in (head, trunk, *bones)] for i in range(len(time_s))]


def _bone(start: Floats, end: Floats, from_share: float, half_width: float) -> Floats:
    """Rectangles (n, 4, 2) around a bone."""
    way = end - start
    side = np.column_stack([-way[:, 1], way[:, 0]])
    side *= half_width / np.linalg.norm(way, axis=1, keepdims=True)
    start = start + from_share * way
    return np.stack([start - side, end - side, end + side, start + side], axis=1)


# --- the camera ------------------------------------------------------------------------------


def frame_times(clip: Clip) -> Floats:
    """Time stamps of the frames, strictly increasing from 0."""
    body, camera = clip.body, clip.camera
    courses = [body.near_leg, body.far_leg or body.near_leg, body.sit_up, body.hip_up]
    n = round(max(map(duration_s, courses)) * camera.fps) + 1
    wobble = np.random.default_rng(camera.seed).uniform(-1, 1, n - 1) * camera.jitter
    return np.r_[0.0, np.cumsum(1 + wobble)] / camera.fps


def to_px(camera: Camera, xy: Floats, time_s: float | Floats) -> Floats:
    """Room (..., 2) to pixels at a time; after a cut the person stands elsewhere."""
    c, s = np.cos(np.radians(camera.floor_deg)), np.sin(np.radians(camera.floor_deg))
    x, y = xy[..., 0], xy[..., 1] - HALF_THICKNESS
    right, up = c * x - s * y, s * x + c * y
    jump = 0.0 if camera.cut_s is None else (time_s >= camera.cut_s) * camera.cut_jump_norm
    right = (right if camera.feet_right else -right) + jump
    return np.stack([right, -up], axis=-1) * camera.trunk_px + camera.shoulder_px


def silhouettes_px(clip: Clip, time_s: Floats) -> list[list[Ring]]:
    """Silhouette of every frame as rings in pixels."""
    camera = clip.camera
    exact = [
        [to_px(camera, ring, t).astype(np.float32) for ring in rings]
        for rings, t in zip(silhouette_rings(clip.body, time_s), time_s, strict=True)
    ]
    return [_drawn(rings, camera) for rings in exact] if camera.drawn else exact


def _drawn(rings: list[Ring], camera: Camera) -> list[Ring]:
    """Outline as the camera's mask would have it."""
    canvas = np.zeros((camera.height_px, camera.width_px), np.uint8)
    for ring in rings:
        cv2.fillPoly(canvas, [np.round(ring * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    return mask_to_rings(canvas.astype(np.float32) / 255, tolerance_px=0.5, min_ring_px=12.0)


def landmark_columns(clip: Clip, time_s: Floats) -> dict[str, Floats]:
    """Image landmarks of every frame, columns of `SCHEMA`; world landmarks are left unknown."""
    camera = clip.camera
    joints = skeleton(clip.body, time_s)
    rng = np.random.default_rng(camera.seed)
    off = SHOULDER_BREADTH * np.tan(np.radians(camera.off_axis_deg))
    far = np.array([off, camera.stacked_norm])
    columns = {}
    for name in LANDMARKS:
        side = next((side for side in ("left", "right") if side in name), "")
        part = name.replace(side, "").strip("_") if side else name
        part, is_near = _JOINT_OF.get(part, part), side in ("", camera.near_side)
        xy = joints[f"{'near' if is_near else 'far'}_{part}"] + (0 if is_near else far)
        px = to_px(camera, xy, time_s) + rng.normal(0, 1, xy.shape) * camera.noise_px
        columns[f"{name}_x_px"], columns[f"{name}_y_px"] = px.T
        columns[f"{name}_z_px"] = np.full(len(px), (-0.15 if is_near else 0.15) * camera.trunk_px)
        columns[f"{name}_visibility"] = np.full(len(px), 0.95 if is_near else 0.75)
        columns[f"{name}_presence"] = np.full(len(px), 0.95)
    return columns


def detected(camera: Camera, time_s: Floats) -> npt.NDArray[np.bool_]:
    """Frames in which the person is found."""
    seen = np.ones(len(time_s), bool)
    for start_s, stop_s in camera.lost:
        seen &= ~((time_s >= start_s) & (time_s < stop_s))
    if camera.lose_every:
        seen &= np.arange(len(time_s)) % camera.lose_every != camera.lose_every - 1
    return seen


def thumb_diff(camera: Camera, time_s: Floats) -> Floats:
    """How much each picture differs from the one before: little, but for the cut."""
    changed = np.full(len(time_s), 0.005)
    changed[0] = 0.0
    if camera.cut_s is not None:
        changed[np.searchsorted(time_s, camera.cut_s)] = camera.cut_thumb_diff
    return changed


# --- a body that turns round -----------------------------------------------------------------


def write_turning(path: Path, parts: Sequence[Clip], turn_s: float) -> Path:
    """Write the table of one recording in which the body lies first one way, then another.

    There is no cut: between two parts the landmarks go from one place to the next on straight
    lines for `turn_s`.
    """
    fps = parts[0].camera.fps
    n = round(turn_s * fps)
    first, *others = [pq.read_table(write_clip(path, part)).to_pandas() for part in parts]
    rows = [first]
    for part in others:
        begin, end = rows[-1].iloc[[-1]], part.iloc[[0]]
        rows += [_between(begin, end, share) for share in np.arange(1, n + 1) / (n + 1)]
        rows.append(part)
    whole = pd.concat(rows, ignore_index=True)
    order = np.arange(len(whole))
    whole = whole.assign(frame_idx=order, time_s=order / fps, thumb_diff=0.005)
    meta = pq.read_metadata(path).metadata[b"leglift"]
    table = pa.Table.from_pandas(whole, schema=SCHEMA, preserve_index=False)
    return write_table(path, table.replace_schema_metadata(None).cast(SCHEMA), meta)


def _between(begin: pd.DataFrame, end: pd.DataFrame, share: float) -> pd.DataFrame:
    """Row whose landmarks lie between those of two others."""
    numbers = [name for name in begin if name.endswith(("_x_px", "_y_px", "_z_px"))]
    between = begin[numbers].to_numpy() * (1 - share) + end[numbers].to_numpy() * share
    return begin.assign(**dict(zip(numbers, between.T, strict=True)))


# --- the table -------------------------------------------------------------------------------


CLEAR = {
    "arm_cover_frac": 0.0, "tilt_deg": 2.0, "curl_norm": -0.05, "off_axis_deg": 5.0,
    "raised_deg": 5.0, "trunk_px": 250.0, "contrast": 1.0, "outline_frac": 1.0, "gap_norm": 0.03,
    "shot_idx": 0,
}  # fmt: skip
"""A moment in which nothing hides the back."""
CLEAR_EDGE = np.full((len(STEP_U), len(STEP_V) - 1), 8, np.int8).tobytes()
"""Brightness steps of a back that stands out from the floor."""


def write_clip(path: Path, clip: Clip) -> Path:
    """Write the clip's table as `leglift.vision.extract.extract_clip` would; returns its path."""
    time_s = frame_times(clip)
    seen = detected(clip.camera, time_s)
    rings = [flatten(rings) for rings in silhouettes_px(clip, time_s)]
    values = {
        "frame_idx": np.arange(len(time_s)),
        "track_idx": np.zeros(len(time_s)),
        "time_s": time_s,
        "detected": seen,
        "thumb_diff": thumb_diff(clip.camera, time_s),
        "lumbar_steps": [CLEAR_EDGE] * len(time_s),
        "rings_px": [cell if ok else None for cell, ok in zip(rings, seen, strict=True)],
    }
    known = {name: pa.array(cells, SCHEMA.field(name).type) for name, cells in values.items()}
    for name, values in landmark_columns(clip, time_s).items():
        known[name] = pa.array(values.astype(np.float32), mask=~seen)
    arrays = [known.get(f.name, pa.nulls(len(time_s), f.type)) for f in SCHEMA]
    meta = json.dumps(asdict(clip_meta(clip, time_s, seen)), sort_keys=True)
    return write_table(path, pa.Table.from_arrays(arrays, schema=SCHEMA), meta)


def write_table(path: Path, table: pa.Table, meta: str | bytes | None) -> Path:
    """Write rows of a clip's table, whatever they are, with metadata or without."""
    with pq.ParquetWriter(path, table.schema) as writer:
        writer.write_table(table)
        if meta is not None:
            writer.add_key_value_metadata({"leglift": meta})
    return path


def clip_meta(clip: Clip, time_s: Floats, seen: npt.NDArray[np.bool_]) -> ClipMeta:
    """Metadata of a clip that no video was ever made of."""
    size = {name: getattr(clip.camera, name) for name in ("width_px", "height_px", "fps")}
    whole = {"rotation_deg": 0, "damaged_at_s": None, "num_poses": 1, "codec": "none"}
    sums = dict.fromkeys(("source_sha256", "pose_sha256", "params_sha256"), "0" * 64)
    return ClipMeta(
        **size, **whole, **sums, source_name="stick_figure.mp4", pose_variant="full",
        duration_s=float(time_s[-1] + 1 / clip.camera.fps), n_frames=len(time_s),
        n_detected=int(seen.sum()),
    )  # fmt: skip


def fill_rings(rings: Sequence[Ring], height_px: int, width_px: int) -> npt.NDArray[np.uint8]:
    """Rasterise rings (even-odd) to a uint8 mask (height, width) of 0 and 1."""
    canvas = np.zeros((height_px, width_px), np.uint8)
    if rings:
        fixed = [np.round(ring * 16).astype(np.int32) for ring in rings]
        cv2.fillPoly(canvas, fixed, 1, lineType=cv2.LINE_8, shift=4)
    return canvas
