"""The trunk of a supine body, solved so that buttocks and upper back lie on the floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leglift.synth.body import (
    SUPINE,
    Body,
    Floats,
    Reals,
    bone_transforms,
    pitch_matrix,
    pose_joints,
    skin,
)

SPINE_SHARE = {"spine04": 0.40, "spine03": 0.75, "spine02": 1.0, "spine01": 0.7}
BUTTOCK_PRESS_M = 0.020
BACK_PRESS_M = 0.006
EXTENSION_GRID_DEG: Floats = np.arange(-50.0, 61.0, 2.0)


@dataclass(frozen=True)
class TorsoTable:
    """The trunk resting on the floor, for each lumbar extension of a grid."""

    extension_deg: Floats
    pelvis_pitch_deg: Floats
    root_z_m: Floats
    neck_pitch_deg: Floats
    gap_m: Floats
    flat_pitch_deg: float
    trunk_m: float

    def at(self, extension_deg: float) -> tuple[float, float, float]:
        """Pelvis pitch (deg), root height (m) and neck pitch (deg) at one lumbar extension."""
        grid = self.extension_deg
        columns = (self.pelvis_pitch_deg, self.root_z_m, self.neck_pitch_deg)
        pitch, height, neck = (float(np.interp(extension_deg, grid, c)) for c in columns)
        return pitch, height, neck

    def extension_for_tilt(self, tilt_deg: float) -> float:
        """Lumbar extension (deg) that turns the pelvis by `tilt_deg` from its flat position."""
        pitch = self.flat_pitch_deg + tilt_deg
        return float(np.interp(pitch, self.pelvis_pitch_deg, self.extension_deg))


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


def trunk_mask(body: Body) -> NDArray[np.bool_]:
    """Vertices (V,) of pelvis, back and belly, without arms, legs and neck."""
    limbs = body.share("upperleg", "lowerleg", "foot", "upperarm", "lowerarm", "wrist")
    mask: NDArray[np.bool_] = (limbs < 0.3) & (body.share("root", "spine") > 0.6)
    return mask


def lumbar_window(body: Body) -> tuple[float, float]:
    """Rest heights (m) between which the lumbar gap is looked for: sacrum to lower ribs."""
    low, high = body.joints_m[body.bone("spine04")], body.joints_m[body.bone("spine02")]
    return float(low[2]), float(high[2] + 0.25 * (high[2] - low[2]))


def lumbar_lows_m(
    points_m: Reals, rest_z_m: Reals, window: tuple[float, float], slots: int = 8
) -> Floats:
    """Lowest height (m) of the lower back in each slice of the window that holds a vertex.

    `points_m` (N, 3) and `rest_z_m` (N,) are trunk vertices, posed and at rest.
    """
    slot = lumbar_slots(rest_z_m, window, slots)
    lows = [points_m[slot == k, 2].min() for k in range(1, slots + 1) if (slot == k).any()]
    return np.asarray(lows, dtype=np.float64)


def lumbar_slots(rest_z_m: Reals, window: tuple[float, float], slots: int = 8) -> NDArray[np.intp]:
    """Slice (N,) of the lumbar window that each vertex lies in, from 1; 0 and above: outside."""
    return np.digitize(rest_z_m, np.linspace(*window, slots + 1))


def lumbar_gap_m(posed_m: Floats, rest_z_m: Floats, window: tuple[float, float]) -> float:
    """Largest height of the lower back's underside over the floor.

    `posed_m` (N, 3) and `rest_z_m` (N,) are trunk vertices. Slices run across the whole width, so
    this is the opening one can see through from the side, not the hollow of the spine.
    """
    return max(0.0, float(lumbar_lows_m(posed_m, rest_z_m, window).max()))


def _balanced(pelvis: Floats, chest: Floats, lift_m: float) -> float:
    """Find the pitch (deg) that puts both point sets on the floor together."""
    low, high = -60.0, 60.0
    for _ in range(30):
        middle = (low + high) / 2
        s, c = np.sin(np.radians(middle)), np.cos(np.radians(middle))
        lowest = [float((p[:, 0] * s + p[:, 2] * c).min()) for p in (pelvis, chest)]
        # A larger pitch lifts the chest (towards +X) against the pelvis.
        if (lowest[1] + BACK_PRESS_M) - (lowest[0] + BUTTOCK_PRESS_M - lift_m) > 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def _rest_trunk(
    body: Body, extension_deg: float, masks: tuple[Any, Any, Any], lift_m: float
) -> tuple[float, float, float]:
    """Pelvis pitch (deg), root height (m) and lumbar gap (m) of the trunk lying on the floor."""
    trunk, pelvis, chest = masks
    rotations = torso_rotations(body, extension_deg, 0.0)
    joints = pose_joints(body, rotations, np.zeros(3))
    points = skin(body.weights[trunk], body.rest_m[trunk], bone_transforms(body, rotations, joints))
    pitch = _balanced(points[pelvis], points[chest], lift_m)
    turned = points @ pitch_matrix(pitch).T
    height = -BACK_PRESS_M - float(turned[chest, 2].min())
    turned[:, 2] += height
    gap = lumbar_gap_m(turned, body.rest_m[trunk, 2], lumbar_window(body))
    return pitch, height, gap


def _contact_masks(body: Body) -> tuple[Any, Any, Any]:
    """Mark the trunk's vertices and, among them, those that carry the pelvis and the chest."""
    trunk = trunk_mask(body)
    rest_z, low = body.rest_m[trunk, 2], body.joints_m[body.bone("spine04"), 2]
    ribs = body.joints_m[body.bone("spine02"), 2]
    return trunk, rest_z < low, rest_z > ribs


def _neck_pitch(body: Body, extension_deg: float, pelvis_pitch_deg: float, root_z: float) -> float:
    """Pitch (deg) of the neck that lets the back of the head lie on the floor, face up."""
    head = np.flatnonzero(body.share("head") > 0.9)
    low, high = -60.0, 60.0
    for _ in range(16):
        middle = (low + high) / 2
        rotations = bend_neck(body, torso_rotations(body, extension_deg, pelvis_pitch_deg), middle)
        joints = pose_joints(body, rotations, np.array([0.0, 0.0, root_z]))
        transforms = bone_transforms(body, rotations, joints)
        z = skin(body.weights[head], body.rest_m[head], transforms)[:, 2].min()
        low, high = (low, middle) if z > 0 else (middle, high)
    return (low + high) / 2


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
    masks = _contact_masks(body)
    rows = np.array([_rest_trunk(body, e, masks, pelvis_lift_m) for e in EXTENSION_GRID_DEG])
    pitch, height, gap = rows.T
    # The neck bends slowly with the trunk: every fifth grid point will do.
    coarse = [column[::5] for column in (EXTENSION_GRID_DEG, pitch, height)]
    neck = [_neck_pitch(body, e, p, z) for e, p, z in zip(*coarse, strict=True)]
    fine = np.arange(EXTENSION_GRID_DEG[0], EXTENSION_GRID_DEG[-1], 0.25)
    fine_gap = np.interp(fine, EXTENSION_GRID_DEG, gap)
    flat = float(fine[np.flatnonzero(fine_gap <= fine_gap.min() + 0.002)[-1]])
    hips = body.joints_m[body.bone("upperleg01.L")]
    shoulders = body.joints_m[body.bone("upperarm01.L")]
    return TorsoTable(
        extension_deg=EXTENSION_GRID_DEG,
        pelvis_pitch_deg=pitch,
        root_z_m=height,
        neck_pitch_deg=np.interp(EXTENSION_GRID_DEG, coarse[0], neck),
        gap_m=gap,
        flat_pitch_deg=float(np.interp(flat, EXTENSION_GRID_DEG, pitch)),
        trunk_m=float(np.hypot(*(shoulders - hips)[1:])),
    )
