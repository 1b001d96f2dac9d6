"""The trunk of a supine body, solved so that buttocks and upper back lie on the floor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leglift.synth.body import (
    SUPINE,
    Body,
    Floats,
    Mask,
    Reals,
    bone_transforms,
    pitch_matrix,
    pose_joints,
    skin,
)

SPINE_SHARE = {"spine04": 0.40, "spine03": 0.75, "spine02": 1.0, "spine01": 0.7}
BUTTOCK_PRESS_M = 0.020
BACK_PRESS_M = 0.006
GAP_SLOTS = 8
EXTENSION_GRID_DEG: Floats = np.arange(-50.0, 61.0, 2.0)


@dataclass(frozen=True)
class TorsoTable:
    """The trunk resting on the floor, for each lumbar extension of a grid."""

    extension_deg: Floats
    pelvis_pitch_deg: Floats
    root_z_m: Floats
    neck_pitch_deg: Floats
    flat_pitch_deg: float
    trunk_m: float

    def at(self, tilt_deg: float) -> tuple[float, float, float, float]:
        """Lumbar extension, pelvis pitch (deg), root height (m) and neck pitch (deg) at a tilt."""
        pitch_deg = self.flat_pitch_deg + tilt_deg
        extension = float(np.interp(pitch_deg, self.pelvis_pitch_deg, self.extension_deg))
        columns = (self.pelvis_pitch_deg, self.root_z_m, self.neck_pitch_deg)
        pitch, height, neck = (float(np.interp(extension, self.extension_deg, c)) for c in columns)
        return extension, pitch, height, neck


def torso_rotations(body: Body, extension_deg: float, pelvis_pitch_deg: float) -> Floats:
    """World rotations (J, 3, 3) of a straight supine body with a bent lumbar spine.

    The pelvis (with the sacrum, `spine05`) turns as one piece; the extension is shared by the
    three joints above it, and whatever hangs on the chest follows the chest.
    """
    pitch = np.empty(len(body.labels))
    for j, label in enumerate(body.labels):
        inherited = pelvis_pitch_deg if j == 0 else pitch[body.parents[j]]
        share = SPINE_SHARE.get(label)
        pitch[j] = inherited if share is None else pelvis_pitch_deg - share * extension_deg
    shared = {p: pitch_matrix(p) @ SUPINE for p in set(pitch)}  # most bones follow the chest
    return np.stack([shared[p] for p in pitch])


def trunk_mask(body: Body) -> Mask:
    """Vertices (V,) of pelvis, back and belly, without arms, legs and neck."""
    limbs = body.share("upperleg", "lowerleg", "foot", "upperarm", "lowerarm", "wrist")
    mask: Mask = (limbs < 0.3) & (body.share("root", "spine") > 0.6)
    return mask


def trunk_length_m(body: Body) -> float:
    """Distance (m) from hip to shoulder, seen square from the side."""
    return float(np.hypot(*body.segment("upperleg01.L", "upperarm01.L")[1:]))


def lumbar_slots(trunk: Body, slots: int = GAP_SLOTS) -> NDArray[np.intp]:
    """Slice (V,) of the lower back that each vertex lies in at rest, from 1.

    The gap is looked for from the sacrum to the lower ribs; 0 and above `slots` lie outside.
    """
    low, high = (trunk.joints_m[trunk.bone(b), 2] for b in ("spine04", "spine02"))
    window = np.linspace(float(low), float(high + 0.25 * (high - low)), slots + 1)
    return np.digitize(trunk.rest_m[:, 2], window)


def lumbar_lows_m(trunk: Body, posed_m: Reals) -> Floats:
    """Lowest height (m) of the lower back in each slice that holds a vertex (V, 3) of the trunk."""
    slot = lumbar_slots(trunk)
    lows = [posed_m[slot == k, 2].min() for k in range(1, GAP_SLOTS + 1) if (slot == k).any()]
    return np.asarray(lows, dtype=np.float64)


def lumbar_gap_m(trunk: Body, posed_m: Reals) -> float:
    """Largest height of the lower back's underside over the floor.

    Slices run across the whole width of the posed trunk (V, 3), so this is the opening one can see
    through from the side, not the hollow of the spine.
    """
    return max(0.0, float(lumbar_lows_m(trunk, posed_m).max()))


def _turning_point(too_far: Callable[[float], bool], steps: int) -> float:
    """Pitch (deg) from which on it is too far, by halving the way from -60 to 60."""
    low, high = -60.0, 60.0
    for _ in range(steps):
        middle = (low + high) / 2
        low, high = (low, middle) if too_far(middle) else (middle, high)
    return (low + high) / 2


def contacts(trunk: Body) -> tuple[Mask, Mask]:
    """Mark the vertices of the trunk that carry the pelvis and those that carry the chest."""
    low, ribs = (trunk.joints_m[trunk.bone(b), 2] for b in ("spine04", "spine02"))
    return trunk.rest_m[:, 2] < low, trunk.rest_m[:, 2] > ribs


def _rest_trunk(trunk: Body, extension_deg: float, lift_m: float) -> tuple[float, float, float]:
    """Pelvis pitch (deg), root height (m) and lumbar gap (m) of the trunk lying on the floor."""
    pelvis, chest = contacts(trunk)
    rotations = torso_rotations(trunk, extension_deg, 0.0)
    joints = pose_joints(trunk, rotations, np.zeros(3))
    points = skin(trunk, bone_transforms(trunk, rotations, joints))
    carried = points[pelvis], points[chest]

    def chest_high(pitch_deg: float) -> bool:
        """Whether the pitch has lifted the chest (towards +X) against the pelvis."""
        s, c = np.sin(np.radians(pitch_deg)), np.cos(np.radians(pitch_deg))
        lowest = [float((p[:, 0] * s + p[:, 2] * c).min()) for p in carried]
        return (lowest[1] + BACK_PRESS_M) - (lowest[0] + BUTTOCK_PRESS_M - lift_m) > 0

    pitch = _turning_point(chest_high, 30)
    turned = points @ pitch_matrix(pitch).T
    height = -BACK_PRESS_M - float(turned[chest, 2].min())
    turned[:, 2] += height
    return pitch, height, lumbar_gap_m(trunk, turned)


def _neck_pitch(body: Body, extension_deg: float, pelvis_pitch_deg: float, root_z: float) -> float:
    """Pitch (deg) of the neck that lets the back of the head lie on the floor, face up."""
    head = body.part(body.share("head") > 0.9)
    torso = torso_rotations(body, extension_deg, pelvis_pitch_deg)

    def lifted(pitch_deg: float) -> bool:
        rotations = bend_neck(body, torso, pitch_deg)
        joints = pose_joints(body, rotations, np.array([0.0, 0.0, root_z]))
        return bool(skin(head, bone_transforms(body, rotations, joints))[:, 2].min() > 0)

    return _turning_point(lifted, 16)


def bend_neck(body: Body, rotations: Floats, pitch_deg: float, head_deg: float = 0.0) -> Floats:
    """Pitch the neck and set the head's own pitch (deg, world) in a copy of the rotations."""
    turned = rotations.copy()
    for j, label in enumerate(body.labels):
        if label.startswith("neck"):
            turned[j] = pitch_matrix(pitch_deg) @ SUPINE
        elif label == "head" or label.startswith("eye"):
            turned[j] = pitch_matrix(head_deg) @ SUPINE
    return turned


def solve_torso(body: Body, pelvis_lift_m: float = 0.0) -> TorsoTable:
    """Lay the trunk on the floor for every lumbar extension of the grid.

    Buttocks and upper back both touch, pressed in by `BUTTOCK_PRESS_M` and `BACK_PRESS_M`;
    `pelvis_lift_m` raises the buttocks, as hands under them do. The flat position is the
    smallest lumbar bend at which the gap has closed to two millimetres, or to what this body can.
    """
    trunk = body.part(trunk_mask(body))
    rows = np.array([_rest_trunk(trunk, e, pelvis_lift_m) for e in EXTENSION_GRID_DEG])
    pitch, height, gap = rows.T
    # The neck bends slowly with the trunk: every fifth grid point will do.
    coarse = [column[::5] for column in (EXTENSION_GRID_DEG, pitch, height)]
    neck = [_neck_pitch(body, e, p, z) for e, p, z in zip(*coarse, strict=True)]
    fine = np.arange(EXTENSION_GRID_DEG[0], EXTENSION_GRID_DEG[-1], 0.25)
    fine_gap = np.interp(fine, EXTENSION_GRID_DEG, gap)
    flat = float(fine[np.flatnonzero(fine_gap <= fine_gap.min() + 0.002)[-1]])
    return TorsoTable(
        extension_deg=EXTENSION_GRID_DEG,
        pelvis_pitch_deg=pitch,
        root_z_m=height,
        neck_pitch_deg=np.interp(EXTENSION_GRID_DEG, coarse[0], neck),
        flat_pitch_deg=float(np.interp(flat, EXTENSION_GRID_DEG, pitch)),
        trunk_m=trunk_length_m(body),
    )
