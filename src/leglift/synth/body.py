"""A parametric body that lies on a floor.

`anny` gives the shape: vertices, joints and skinning weights of one person standing. Posing is done
here in numpy, because a leg lift needs only rotations of a few merged bones and the same pose must
be solved against the floor thousands of times.

World axes: X along the trunk towards the head, Y towards the body's right side, Z up; the floor (or
the top of the mat) is z = 0. Lengths are metres. A *pitch* turns +X towards +Z, so a positive pitch
of the pelvis lifts its upper end off the floor: anterior tilt of a supine body.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Floats = NDArray[np.float64]
Reals = NDArray[Any]  # float32 for drawing, float64 for truth
Mask = NDArray[np.bool_]
Frac = Annotated[float, Field(ge=0, le=1)]

# Rest axes (x left, y back, z up) to supine world axes.
SUPINE: Floats = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
_PARTS: tuple[str, ...] = (
    "root", "spine", "upperleg", "lowerleg", "foot", "clavicle", "shoulder", "upperarm",
    "lowerarm", "wrist", "neck", "head", "eye.",
)  # fmt: skip


class Frozen(BaseModel):
    """What everything that is drawn is written down in."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BodyParams(Frozen):
    """Shape of one person in anny's unit range (0 to 1); the three origins are weights."""

    gender: Frac = 0.5  # 0 male, 1 female
    age: float = Field(default=0.67, ge=0.6, le=1)  # 0.67 about 25 years, 1 about 90 years
    muscle: Frac = 0.6
    weight: Frac = 0.5
    height: Frac = 0.5
    proportions: Frac = 0.5
    cupsize: Frac = 0.4
    firmness: Frac = 0.6
    african: Frac = 0.33
    asian: Frac = 0.33
    caucasian: Frac = 0.34


@dataclass(frozen=True)
class Body:
    """One person at rest: V vertices, F triangles, J merged bones in parent-first order."""

    rest_m: Reals  # (V, 3)
    normals: Reals  # (V, 3)
    faces: NDArray[np.int32]  # (F, 3)
    joints_m: Floats  # (J, 3)
    labels: tuple[str, ...]
    parents: tuple[int, ...]
    weights: Reals  # (V, J)

    def bone(self, label: str) -> int:
        """Index of a merged bone."""
        return self.labels.index(label)

    def segment(self, start: str, end: str) -> Floats:
        """Vector (3,) between two joints at rest."""
        vector: Floats = self.joints_m[self.bone(end)] - self.joints_m[self.bone(start)]
        return vector

    def share(self, *prefixes: str) -> Reals:
        """Skinning weight (V,) of all bones whose label starts with one of the prefixes."""
        columns = [i for i, label in enumerate(self.labels) if label.startswith(prefixes)]
        return np.asarray(self.weights[:, columns].sum(axis=1))

    def part(self, vertices: NDArray[Any]) -> Body:
        """Keep some of the vertices, without triangles."""
        kept: dict[str, Any] = {name: getattr(self, name)[vertices] for name in _OF_VERTICES}
        return replace(self, **kept, faces=np.empty((0, 3), np.int32))

    def joined(self, other: Body) -> Body:
        """Add, on the same bones, the vertices and triangles of another."""
        faces = np.concatenate([self.faces, other.faces + np.int32(len(self.rest_m))])
        both: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(other, name)])
            for name in _OF_VERTICES
        }
        return replace(self, **both, faces=faces)

    def single(self) -> Body:
        """Round to single precision, for drawing."""
        rounded: dict[str, Any] = {n: getattr(self, n).astype("f4") for n in _OF_VERTICES}
        return replace(self, **rounded)


_OF_VERTICES = ("rest_m", "normals", "weights")


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
    vertices = rest["rest_vertices"][0].double().numpy()
    faces = np.asarray(model.faces, dtype=np.int32)
    labels, parents = list(model.bone_labels), list(model.bone_parents)
    kept = [i for i, label in enumerate(labels) if label.startswith(_PARTS)]
    follows: list[int] = []  # the kept bone that each bone moves with
    for i, parent in enumerate(parents):
        follows.append(kept.index(i) if i in kept else follows[parent])
    bones = np.asarray(follows)[model.vertex_bone_indices.numpy()]
    weights = np.zeros((len(vertices), len(kept)))
    rows = np.repeat(np.arange(len(bones)), bones.shape[1])
    np.add.at(weights, (rows, bones.ravel()), model.vertex_bone_weights.double().numpy().ravel())
    return Body(
        rest_m=vertices,
        normals=vertex_normals(vertices, faces),
        faces=faces,
        joints_m=rest["rest_bone_heads"][0].double().numpy()[kept],
        labels=tuple(labels[i] for i in kept),
        parents=tuple(-1 if i == 0 else follows[parents[i]] for i in kept),
        weights=weights,
    )


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


def skin(part: Body, transforms: Reals) -> Reals:
    """Vertices (V, 3) of a posed body or of a part of it: linear blend skinning."""
    blend = blend_transforms(part.weights, transforms)
    posed: Reals = (blend[:, :, :3] * part.rest_m[:, None, :]).sum(axis=2) + blend[:, :, 3]
    return posed
