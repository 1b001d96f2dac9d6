"""A parametric body that lies on a floor.

`anny` gives the shape: vertices, joints and skinning weights of one person standing. Posing is done
here in numpy, because a leg lift needs only rotations of a few merged bones and the same pose must
be solved against the floor thousands of times.

World axes: X along the trunk towards the head, Y towards the body's right side, Z up; the floor (or
the top of the mat) is z = 0. Lengths are metres. A *pitch* turns +X towards +Z, so a positive pitch
of the pelvis lifts its upper end off the floor: anterior tilt of a supine body.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Floats = NDArray[np.float64]
Reals = NDArray[Any]  # float32 for drawing, float64 for truth

# Rest axes (x left, y back, z up) to supine world axes.
SUPINE: Floats = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
SPINE_SHARE = {"spine04": 0.40, "spine03": 0.75, "spine02": 1.0, "spine01": 0.7}
BUTTOCK_PRESS_M = 0.020
BACK_PRESS_M = 0.006
EXTENSION_GRID_DEG: Floats = np.arange(-50.0, 61.0, 2.0)
_PARTS: tuple[str, ...] = (
    "root", "spine", "upperleg", "lowerleg", "foot", "clavicle", "shoulder", "upperarm",
    "lowerarm", "wrist", "neck", "head", "eye.",
)  # fmt: skip


class BodyParams(BaseModel):
    """Shape of one person in anny's unit range (0 to 1); the three origins are weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gender: float = Field(default=0.5, ge=0, le=1, description="0 male, 1 female")
    age: float = Field(
        default=0.67, ge=0.6, le=1, description="0.67 about 25 years, 1 about 90 years"
    )
    muscle: float = Field(default=0.6, ge=0, le=1)
    weight: float = Field(default=0.5, ge=0, le=1)
    height: float = Field(default=0.5, ge=0, le=1)
    proportions: float = Field(default=0.5, ge=0, le=1)
    cupsize: float = Field(default=0.4, ge=0, le=1)
    firmness: float = Field(default=0.6, ge=0, le=1)
    african: float = Field(default=0.33, ge=0, le=1)
    asian: float = Field(default=0.33, ge=0, le=1)
    caucasian: float = Field(default=0.34, ge=0, le=1)


@dataclass(frozen=True)
class Body:
    """One person at rest: V vertices, F triangles, J merged bones in parent-first order."""

    rest_m: Floats  # (V, 3)
    normals: Floats  # (V, 3)
    faces: NDArray[np.int32]  # (F, 3)
    joints_m: Floats  # (J, 3)
    labels: tuple[str, ...]
    parents: tuple[int, ...]
    weights: Floats  # (V, J)

    def bone(self, label: str) -> int:
        """Index of a merged bone."""
        return self.labels.index(label)

    def share(self, *prefixes: str) -> Floats:
        """Skinning weight (V,) of all bones whose label starts with one of the prefixes."""
        columns = [i for i, label in enumerate(self.labels) if label.startswith(prefixes)]
        share: Floats = self.weights[:, columns].sum(axis=1)
        return share


@dataclass(frozen=True)
class TorsoTable:
    """The trunk resting on the floor, for each lumbar extension of a grid."""

    extension_deg: Floats
    pelvis_pitch_deg: Floats
    root_z_m: Floats
    neck_pitch_deg: Floats
    gap_m: Floats
    flat_extension_deg: float
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


def pitch_matrix(pitch_deg: float) -> Floats:
    """Rotation (3, 3) that lifts +X towards +Z."""
    c, s = np.cos(np.radians(pitch_deg)), np.sin(np.radians(pitch_deg))
    return np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]])


def yaw_matrix(yaw_deg: float) -> Floats:
    """Rotation (3, 3) about the vertical that turns +X towards +Y."""
    c, s = np.cos(np.radians(yaw_deg)), np.sin(np.radians(yaw_deg))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


@lru_cache(maxsize=1)
def _model() -> Any:
    import warp  # comes with anny

    warp.config.log_level = warp.LOG_WARNING  # or it greets on stdout
    import anny  # heavy: pulls torch
    import torch

    torch.set_num_threads(1)
    return anny.Anny(phenotypes="all")


def _merged(labels: list[str], parents: list[int]) -> tuple[list[int], list[int]]:
    """Bones that move on their own, and for every bone the kept bone it follows."""
    kept = [i for i, label in enumerate(labels) if label.startswith(_PARTS)]
    follows: list[int] = []
    for i in range(len(labels)):
        follows.append(kept.index(i) if i in kept else follows[parents[i]])
    return kept, follows


def vertex_normals(vertices_m: Floats, faces: NDArray[np.int32]) -> Floats:
    """Average the face normals around every vertex, by area: unit normals (V, 3)."""
    a, b, c = (vertices_m[faces[:, k]] for k in range(3))
    area = np.cross(b - a, c - a)
    normals = np.zeros_like(vertices_m)
    for k in range(3):
        np.add.at(normals, faces[:, k], area)
    unit: Floats = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return unit


def cluster_faces(rest_m: Floats, faces: NDArray[np.int32], cell_m: float) -> NDArray[np.int32]:
    """Fewer triangles (G, 3) over the same vertices: those of one grid cell become one of them.

    Most of the mesh is fingers, toes and face, whose triangles are far smaller than a pixel.
    """
    if cell_m <= 0:
        return faces
    _, cell = np.unique(np.floor(rest_m / cell_m).astype(int), axis=0, return_inverse=True)
    cell = cell.ravel()
    keeper = np.full(int(cell.max()) + 1, -1)
    keeper[cell[::-1]] = np.arange(len(cell))[::-1]
    merged = keeper[cell][faces]
    a, b, c = merged.T
    whole: NDArray[np.int32] = merged[(a != b) & (b != c) & (a != c)].astype(np.int32)
    return whole


def build_body(params: BodyParams) -> Body:
    """Shape one person with anny (about 50 ms once the model is loaded)."""
    import torch

    model = _model()
    with torch.no_grad():
        kwargs = {k: torch.tensor([v], dtype=model.dtype) for k, v in params.model_dump().items()}
        rest = model.get_rest_model(model.get_phenotype_blendshape_coefficients(**kwargs))
    kept, follows = _merged(list(model.bone_labels), list(model.bone_parents))
    vertices = rest["rest_vertices"][0].double().numpy()
    faces = np.asarray(model.faces, dtype=np.int32)
    return Body(
        rest_m=vertices,
        normals=vertex_normals(vertices, faces),
        faces=faces,
        joints_m=rest["rest_bone_heads"][0].double().numpy()[kept],
        labels=tuple(model.bone_labels[i] for i in kept),
        parents=tuple(-1 if i == 0 else follows[model.bone_parents[i]] for i in kept),
        weights=_merged_weights(model, follows, len(kept)),
    )


def _merged_weights(model: Any, follows: list[int], n_kept: int) -> Floats:
    """Dense skinning weights (V, J) over the merged bones."""
    index = np.asarray(follows)[model.vertex_bone_indices.numpy()]
    weights = np.zeros((len(index), n_kept))
    rows = np.repeat(np.arange(len(index)), index.shape[1])
    np.add.at(weights, (rows, index.ravel()), model.vertex_bone_weights.double().numpy().ravel())
    return weights


def pose_joints(body: Body, rotations: Floats, root_m: Floats) -> Floats:
    """Joint positions (J, 3) from world rotations (J, 3, 3) of every bone."""
    parents = np.asarray(body.parents[1:])
    offsets = body.joints_m[1:] - body.joints_m[parents]
    turned = (rotations[parents] @ offsets[:, :, None])[:, :, 0]
    joints = np.empty_like(body.joints_m)
    joints[0] = root_m
    for j, parent in enumerate(body.parents[1:], start=1):
        joints[j] = joints[parent] + turned[j - 1]
    return joints


def bone_transforms(body: Body, rotations: Floats, joints_m: Floats) -> Floats:
    """Rest-to-world transforms (J, 3, 4) for skinning."""
    shift = joints_m - np.einsum("jab,jb->ja", rotations, body.joints_m)
    return np.concatenate([rotations, shift[:, :, None]], axis=2)


def blend_transforms(weights: Reals, transforms: Reals) -> Reals:
    """Every vertex's own transform (V, 3, 4): the weighted mean of its bones'."""
    return (weights @ transforms.reshape(len(transforms), 12)).reshape(-1, 3, 4)


def apply_blend(blend: Reals, rest_m: Reals) -> Reals:
    """Posed vertices (V, 3)."""
    posed: Reals = (blend[:, :, :3] * rest_m[:, None, :]).sum(axis=2) + blend[:, :, 3]
    return posed


def skin(weights: Reals, rest_m: Reals, transforms: Reals) -> Reals:
    """Linear blend skinning of (V, 3) rest vertices."""
    return apply_blend(blend_transforms(weights, transforms), rest_m)


def press_on_floor(vertices_m: Reals) -> Reals:
    """Flatten what lies below the floor: soft tissue spreads, it does not sink in."""
    pressed = vertices_m.copy()
    pressed[:, 2] = np.maximum(vertices_m[:, 2], 0.0)
    return pressed


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
        flat_extension_deg=flat,
        flat_pitch_deg=float(np.interp(flat, EXTENSION_GRID_DEG, pitch)),
        trunk_m=float(np.hypot(*(shoulders - hips)[1:])),
    )
