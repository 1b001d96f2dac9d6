"""What pictures of a person are drawn from: joints, silhouette and the lower back, in pixels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.geometry import ShotView
from leglift.motion.profile import AXIS_U, lower_hull, lumbar_window, outline
from leglift.motion.segment import Motion
from leglift.motion.signals import SIDES
from leglift.params import BackParams
from leglift.verdict.course import SAME_S
from leglift.vision.table import Ring, iter_rings, read_frames

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

_POINTS = [f"{side}_{part}_{axis}_px" for side in SIDES for part in PARTS for axis in "xy"]
_BACK = (AXIS_U >= 0.0) & (AXIS_U <= 1.1)
_BELLY = (AXIS_U >= 0.0) & (AXIS_U <= 0.8)  # further on it runs up the raised thigh


@dataclass(frozen=True)
class Trunk:
    """Outline of the trunk and the hollow of the lower back; lines of shape (n, 2) in pixels.

    `back` and `belly` are the dorsal and ventral outline. `hollow` is the dorsal outline in the
    lumbar window and `gap` the polygon between it and the support line; `floor` is the whole
    support line. All three are empty where the outline is broken.
    """

    back: Floats
    belly: Floats
    hollow: Floats
    gap: Floats
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


def iter_looks(
    table: Path,
    motion: Motion,
    params: BackParams,
    frames_idx: Iterable[int] | None = None,
) -> Iterator[tuple[int, Look]]:
    """Yield `(frame_idx, look)` of the judged person's frames in order.

    `frames_idx` asks for some frames only. Frames without the person, or in a shot whose view is
    not known, are left out.
    """
    frames = read_frames(table, _POINTS, motion.track_idx)
    frames = frames[frames["detected"]]
    grid = motion.signals[["time_s", "shot_idx"]].sort_values("time_s", kind="stable")
    shots = pd.merge_asof(frames[["time_s"]] + SAME_S, grid, on="time_s")["shot_idx"]
    points = frames[_POINTS].to_numpy(np.float32).reshape(-1, len(SIDES), len(PARTS), 2)
    asked = None if frames_idx is None else set(frames_idx)
    rings_seen = iter_rings(table, motion.track_idx)
    for (frame_idx, rings), shot, xy in zip(rings_seen, shots, points, strict=True):
        view = motion.views.get(shot)  # of a frame before the first known shot there is none
        if view is not None and (asked is None or frame_idx in asked):
            yield frame_idx, _look(xy.astype(float), rings, view, params)


def _look(points: Floats, rings: list[Ring], view: ShotView, params: BackParams) -> Look:
    near = SIDES.index(view.near_side)
    joints = {
        f"{rank}_{part}": xy
        for rank, side in (("near", near), ("far", 1 - near))
        for part, xy in zip(PARTS, points[side], strict=True)
    }
    return Look(joints, rings, trunk_of(joints, rings, view, params), view)


def trunk_of(
    joints: Mapping[str, Floats], rings: Sequence[Ring], view: ShotView, params: BackParams
) -> Trunk:
    """Find the trunk's outline and the hollow of the lower back in a silhouette."""
    shoulder, hip = joints["near_shoulder"], joints["near_hip"]
    dorsal, ventral = outline(view.rings_to_body(rings), view.to_body(shoulder), view.to_body(hip))
    axis = hip - shoulder
    across = np.array([axis[1], -axis[0]]) if view.feet_right else np.array([-axis[1], axis[0]])
    up = across / max(float(np.hypot(*axis)), 1e-9) * view.trunk_px

    def px(at: npt.NDArray[Any], height: Floats) -> Floats:
        """Heights (trunk lengths of the shot above the axis) at some stations, in pixels."""
        return np.asarray(shoulder + AXIS_U[at, None] * axis + height[:, None] * up)

    ok = np.isfinite(dorsal)
    back, belly = px(ok & _BACK, dorsal[ok & _BACK]), px(ok & _BELLY, ventral[ok & _BELLY])
    lumbar = lumbar_window(params)
    if not ok[lumbar].all():
        nothing = np.empty((0, 2))
        return Trunk(back, belly, nothing, nothing, nothing)
    hull = np.flatnonzero(ok)[lower_hull(AXIS_U[ok], dorsal[ok])]
    line = np.interp(AXIS_U[lumbar], AXIS_U[hull], dorsal[hull])
    hollow, under = px(lumbar, dorsal[lumbar]), px(lumbar, line)
    gap = np.concatenate([hollow, under[::-1]])
    return Trunk(back, belly, hollow, gap, floor=px(hull, dorsal[hull]))
