"""What pictures of a person are drawn from: joints, silhouette and the lower back, in pixels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from leglift.motion.geometry import ShotView
from leglift.motion.profile import AXIS_U, lower_hull, lumbar_window, outline
from leglift.motion.segment import Motion
from leglift.motion.signals import SIDES
from leglift.params import BackParams
from leglift.vision.table import Ring, rings_of

Floats = npt.NDArray[np.float64]

VERDICT_HEX = {"good": "#0072b2", "arched": "#d55e00", "cant_tell": "#a8a8a8"}
"""One colour a verdict in every picture, as in the study's figures; colour-blind eyes tell them
apart too."""

PARTS = ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "foot_index")
BONES = (
    ("ear", "shoulder"), ("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"),
    ("hip", "knee"), ("knee", "ankle"), ("ankle", "foot_index"),
)  # fmt: skip
"""The skeleton of one side."""

_ROWS = 256  # rows of a table in memory at a time
_POINTS = [f"{side}_{part}_{axis}_px" for side in SIDES for part in PARTS for axis in "xy"]
_BACK = (AXIS_U >= 0.0) & (AXIS_U <= 1.1)
_BELLY = (AXIS_U >= 0.0) & (AXIS_U <= 0.8)  # further on it runs up the raised thigh


@dataclass(frozen=True)
class Trunk:
    """Outline of the trunk and the hollow of the lower back; lines of shape (n, 2) in pixels.

    `back` and `belly` are the dorsal and ventral outline. `hollow` is the dorsal outline in the
    lumbar window and `support` the support line under the same stations; `floor` is the whole
    support line. All three are empty where the outline is broken.
    """

    back: Floats
    belly: Floats
    hollow: Floats
    support: Floats
    floor: Floats


@dataclass(frozen=True)
class Look:
    """One person in one frame: `joints` by name (`near_hip`, ...) and silhouette, in pixels."""

    joints: dict[str, Floats]
    rings: list[Ring]
    trunk: Trunk
    view: ShotView

    def bones(self, rank: str) -> list[Floats]:
        """Both ends (2, 2) of every bone of the 'near' or the 'far' side."""
        return [
            np.stack([self.joints[f"{rank}_{a}"], self.joints[f"{rank}_{b}"]]) for a, b in BONES
        ]

    def leg_arc(self, rank: str, leg_deg: float, radius_norm: float) -> Floats:
        """Arc (n, 2) about the hip from the floor's direction up to the leg."""
        angle = np.radians(self.view.floor_deg + np.linspace(0.0, leg_deg, 25))
        x = np.cos(angle) if self.view.feet_right else -np.cos(angle)
        arc = np.column_stack([x, -np.sin(angle)]) * radius_norm * self.view.trunk_px
        return np.asarray(self.joints[f"{rank}_hip"] + arc)


def shot_at(signals: pd.DataFrame, time_s: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Row of `signals` that holds at each time: the last one before it, -1 before the first."""
    grid = signals["time_s"].to_numpy(float)
    return np.searchsorted(grid, np.asarray(time_s, float) + 1e-6, side="right") - 1


def iter_looks(
    table: Path,
    motion: Motion,
    params: BackParams,
    frames_idx: Sequence[int] | None = None,
) -> Iterator[tuple[int, Look]]:
    """Yield `(frame_idx, look)` of the judged person's frames in order, a few in memory at a time.

    `frames_idx` asks for some frames only. Frames without the person, or in a shot whose view is
    not known, are left out.
    """
    columns = ["frame_idx", "track_idx", "time_s", "detected", *_POINTS, "rings_px"]
    wanted = None if frames_idx is None else pa.array(frames_idx, pa.int32())
    for batch in pq.ParquetFile(table).iter_batches(_ROWS, columns=columns):
        own = batch.filter(_rows_of(batch, motion.track_idx, wanted))
        if own.num_rows:
            yield from _looks(own, motion, params)


def _rows_of(
    batch: pa.RecordBatch, track_idx: int, wanted: pa.Array | None
) -> npt.NDArray[np.bool_]:
    frames, tracks, seen = (
        batch.column(name).to_numpy(zero_copy_only=False)
        for name in ("frame_idx", "track_idx", "detected")
    )
    own = seen.astype(bool) & (tracks == track_idx)
    return np.asarray(own if wanted is None else own & np.isin(frames, wanted.to_numpy()))


def _looks(own: pa.RecordBatch, motion: Motion, params: BackParams) -> Iterator[tuple[int, Look]]:
    points = own.select(_POINTS).to_pandas().to_numpy(float)
    points = points.reshape(len(points), len(SIDES), len(PARTS), 2)
    rows = shot_at(motion.signals, own.column("time_s").to_numpy())
    shots = motion.signals["shot_idx"].to_numpy()[rows]
    rings = own.column("rings_px")
    for i, frame_idx in enumerate(own.column("frame_idx").to_pylist()):
        view = motion.views.get(int(shots[i])) if rows[i] >= 0 else None
        if view is not None:
            yield frame_idx, _look(points[i], rings_of(rings[i]), view, params)


def _look(points: Floats, rings: list[Ring], view: ShotView, params: BackParams) -> Look:
    sides = dict(zip(SIDES, points, strict=True))
    ranks = {"near": view.near_side, "far": "right" if view.near_side == "left" else "left"}
    joints = {
        f"{rank}_{part}": xy
        for rank, side in ranks.items()
        for part, xy in zip(PARTS, sides[side], strict=True)
    }
    return Look(joints, rings, trunk_of(joints, rings, view, params), view)


def trunk_of(
    joints: Mapping[str, Floats], rings: Sequence[Ring], view: ShotView, params: BackParams
) -> Trunk:
    """Find the trunk's outline and the hollow of the lower back in a silhouette."""
    shoulder, hip = joints["near_shoulder"], joints["near_hip"]
    dorsal, ventral = outline(view.rings_to_body(rings), view.to_body(shoulder), view.to_body(hip))
    px = _TrunkToPx(shoulder, hip, view)
    ok = np.isfinite(dorsal)
    back, belly = (
        px(AXIS_U[ok & part], side[ok & part])
        for part, side in ((_BACK, dorsal), (_BELLY, ventral))
    )
    lumbar = lumbar_window(params)
    if not ok[lumbar].all():
        nothing = np.empty((0, 2))
        return Trunk(back, belly, nothing, nothing, nothing)
    u, height = AXIS_U[ok], dorsal[ok]
    hull = lower_hull(u, height)
    line = np.interp(AXIS_U[lumbar], u[hull], height[hull])
    return Trunk(
        back=back,
        belly=belly,
        hollow=px(AXIS_U[lumbar], dorsal[lumbar]),
        support=px(AXIS_U[lumbar], line),
        floor=px(u[hull], height[hull]),
    )


class _TrunkToPx:
    """Trunk coordinates (u along it, v above its axis) to pixels."""

    def __init__(self, shoulder: Floats, hip: Floats, view: ShotView) -> None:
        axis = hip - shoulder
        length = max(float(np.hypot(*axis)), 1e-9)
        side = np.array([axis[1], -axis[0]]) if view.feet_right else np.array([-axis[1], axis[0]])
        self._origin, self._along = shoulder, axis
        self._up = side / length * view.trunk_px  # heights are in trunk lengths of the shot

    def __call__(self, u: Floats, v: Floats) -> Floats:
        return np.asarray(self._origin + u[:, None] * self._along + v[:, None] * self._up)
