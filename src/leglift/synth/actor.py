"""A dressed person: shaped and solved once, then posed at every frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leglift.synth import body as bodies
from leglift.synth import looks, scene, torso
from leglift.synth.body import Body, Floats
from leglift.synth.motion import Motion
from leglift.synth.pose import Frame, Posed, pose_body
from leglift.synth.sample import Sample
from leglift.synth.torso import TorsoTable

Singles = NDArray[np.float32]
HANDS_UNDER_M = 0.022

SHADOW_CELL_M = 0.014


@dataclass(frozen=True)
class Actor:
    """A dressed person ready to be posed.

    D drawn vertices: a subset of the body's and a piece of hair; the `trunk_*` arrays are where
    the truth is read.
    """

    body: Body
    table: TorsoTable
    faces: NDArray[np.int32]  # (F, 3) over drawn vertices
    shadow_faces: NDArray[np.int32]  # (G, 3) over drawn vertices, coarser
    weights: Singles  # (D, J)
    dressed_m: Singles  # (D, 3)
    normals: Singles  # (D, 3)
    colours: Floats  # (D, 3)
    loose: Singles  # (D,)
    trunk_weights: Floats  # (T, J)
    trunk_rest_m: Floats  # (T, 3)
    window: tuple[float, float]


def make_actor(sample: Sample) -> Actor:
    """Shape, solve and dress the person of a sample."""
    body = bodies.build_body(sample.body)
    lift = HANDS_UNDER_M if sample.arms.name == "under_glutes" else 0.0
    trunk = torso.trunk_mask(body)
    surface = _with_hair(body, sample.clothes, _surface(sample, body))
    shadow_cell_m = max(SHADOW_CELL_M, 3 * sample.recording.cell_m)
    return Actor(
        body=body,
        table=torso.solve_torso(body, lift),
        faces=surface["faces"],
        shadow_faces=bodies.cluster_faces(surface["rest_m"], surface["faces"], shadow_cell_m),
        weights=surface["weights"].astype(np.float32),
        dressed_m=surface["rest_m"].astype(np.float32),
        normals=surface["normals"].astype(np.float32),
        colours=surface["colours"],
        loose=surface["loose"].astype(np.float32),
        trunk_weights=body.weights[trunk],
        trunk_rest_m=body.rest_m[trunk],
        window=torso.lumbar_window(body),
    )


def _surface(sample: Sample, body: Body) -> dict[str, Any]:
    """Skin and clothes as they are drawn, at rest."""
    top, bottom, _, _ = looks.garment_masks(body, sample.clothes)
    faces = bodies.cluster_faces(body.rest_m, body.faces, sample.recording.cell_m)
    drawn, faces = _used(faces)
    return {
        "rest_m": looks.dressed_rest(body, sample.clothes, sample.seed)[drawn],
        "normals": body.normals[drawn],
        "colours": looks.vertex_colours(body, sample.clothes)[drawn],
        "weights": body.weights[drawn],
        "loose": np.maximum(top, bottom)[drawn],
        "faces": faces,
    }


def _with_hair(body: Body, clothes: looks.Clothes, surface: dict[str, Any]) -> dict[str, Any]:
    """Add the piece of hair, if there is one; it turns with the head."""
    piece = looks.hair_piece(body, clothes)
    if piece is None:
        return surface
    count = len(piece.rest_m)
    on_head = np.tile(np.arange(len(body.labels)) == body.bone("head"), (count, 1))
    added = {
        "rest_m": piece.rest_m,
        "normals": piece.normals,
        "colours": np.tile(np.asarray(clothes.hair), (count, 1)),
        "weights": on_head.astype(float),
        "loose": np.zeros(count),
        "faces": piece.faces + np.int32(len(surface["rest_m"])),
    }
    return {name: np.concatenate([surface[name], part]) for name, part in added.items()}


def _used(faces: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """Vertices that some triangle uses, and the triangles over just those."""
    drawn, renumbered = np.unique(faces, return_inverse=True)
    return drawn.astype(np.intp), renumbered.reshape(faces.shape).astype(np.int32)


def pose_at(sample: Sample, actor: Actor, motion: Motion, frame_idx: float) -> Posed:
    """Pose the body as at a frame, or between two of them."""

    def at(values: Floats) -> float:
        return float(np.interp(frame_idx, np.arange(len(values)), values))

    programme = sample.programme
    frame = Frame(
        extension_deg=actor.table.extension_for_tilt(at(motion.tilt_deg)),
        elevation_deg=(at(motion.elevation_deg[:, 0]), at(motion.elevation_deg[:, 1])),
        knee_deg=(at(motion.knee_deg[:, 0]), at(motion.knee_deg[:, 1])),
        plantar_deg=programme.plantar_deg,
        head_lift_deg=programme.head_lift_deg,
        ankle_apart_m=programme.ankle_apart_m,
    )
    return pose_body(actor.body, actor.table, frame, sample.arms)


def posed_surface(sample: Sample, actor: Actor, posed: Posed) -> tuple[Singles, Singles]:
    """Vertices and normals (V, 3) of the dressed body, pressed against the floor."""
    transforms = posed.transforms.astype(np.float32)
    blend = bodies.blend_transforms(actor.weights, transforms)
    vertices = bodies.apply_blend(blend, actor.dressed_m)
    vertices = looks.hang(vertices, actor.loose, sample.clothes.sag_frac)
    normals: Singles = (blend[:, :, :3] * actor.normals[:, None, :]).sum(axis=2)
    return bodies.press_on_floor(vertices), normals


def body_mesh(actor: Actor) -> scene.Mesh:
    """Make the mesh that is uploaded once; its vertices change every frame."""
    uv = np.zeros((len(actor.colours), 2))
    return scene.Mesh(
        actor.dressed_m.astype(float), actor.normals.astype(float), actor.colours, uv, actor.faces,
        shadow_faces=actor.shadow_faces, gloss=0.05,
    )  # fmt: skip
