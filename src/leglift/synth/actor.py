"""A dressed person: shaped and solved once, then posed at every frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leglift.synth import body as bodies
from leglift.synth import looks, scene, torso
from leglift.synth.body import Body, Floats, Reals
from leglift.synth.motion import Motion
from leglift.synth.pose import Posed, pose_body
from leglift.synth.sample import Sample
from leglift.synth.torso import TorsoTable

HANDS_UNDER_M = 0.022
SHADOW_CELL_M = 0.014


@dataclass(frozen=True)
class Actor:
    """The person of a sample, ready to be posed.

    `drawn` are the D vertices of skin, clothes and a piece of hair that are drawn, in single
    precision; `trunk` are the vertices of the skin where the truth is read.
    """

    sample: Sample
    body: Body
    table: TorsoTable
    trunk: Body
    drawn: Body
    colours: Floats  # (D, 3)
    loose: Reals  # (D,)
    shadow_faces: NDArray[np.int32]  # (G, 3) over drawn vertices, coarser than those of `drawn`


def make_actor(sample: Sample) -> Actor:
    """Shape, solve and dress the person of a sample."""
    body, clothes = bodies.build_body(sample.body), sample.clothes
    worn = looks.garments_of(body, clothes)
    dressed = replace(body, rest_m=looks.dressed_rest(body, clothes, worn, sample.seed))
    faces = bodies.cluster_faces(body.rest_m, body.faces, sample.recording.cell_m)
    used, renumbered = np.unique(faces, return_inverse=True)
    drawn = replace(dressed.part(used), faces=renumbered.reshape(faces.shape).astype(np.int32))
    colours = looks.vertex_colours(body, clothes, worn)[used]
    loose = (worn.top | worn.bottom)[used]
    hair = looks.hair_piece(body, clothes)
    if hair is not None:
        drawn = drawn.joined(hair)
        colours = np.vstack([colours, np.tile(clothes.hair, (len(hair.rest_m), 1))])
        loose = np.append(loose, np.zeros(len(hair.rest_m), dtype=bool))
    shadow_cell_m = max(SHADOW_CELL_M, 3 * sample.recording.cell_m)
    lift_m = HANDS_UNDER_M if sample.arms.name == "under_glutes" else 0.0
    return Actor(
        sample=sample,
        body=body,
        table=torso.solve_torso(body, lift_m),
        trunk=body.part(torso.trunk_mask(body)),
        drawn=drawn.single(),
        colours=colours,
        loose=loose.astype(np.float32),
        shadow_faces=bodies.cluster_faces(drawn.rest_m, drawn.faces, shadow_cell_m),
    )


def pose_at(actor: Actor, motion: Motion, frame_idx: float) -> Posed:
    """Pose the body as at a frame, or between two of them."""

    def at(values: Floats) -> float:
        return float(np.interp(frame_idx, np.arange(len(values)), values))

    sample = actor.sample
    legs_deg, knees_deg = (
        [at(leg) for leg in a.T] for a in (motion.elevation_deg, motion.knee_deg)
    )
    return pose_body(
        actor.body,
        actor.table,
        sample.arms,
        sample.programme,
        tilt_deg=at(motion.tilt_deg),
        elevation_deg=legs_deg,
        knee_deg=knees_deg,
    )


def posed_surface(actor: Actor, posed: Posed) -> tuple[Reals, Reals]:
    """Vertices and normals (D, 3) of the dressed body.

    Loose cloth under the body hangs towards the floor, so that it may fill the gap; what would sink
    into the floor is flattened against it, as soft tissue is.
    """
    drawn = actor.drawn
    blend = bodies.blend_transforms(drawn.weights, posed.transforms.astype(np.float32))
    normals = (blend[:, :, :3] * drawn.normals[:, None, :]).sum(axis=2)
    vertices = (blend[:, :, :3] * drawn.rest_m[:, None, :]).sum(axis=2) + blend[:, :, 3]
    height = vertices[:, 2]
    near = np.exp(-np.maximum(height, 0.0) / 0.06)
    hang = np.minimum(height, 0.05) * near * actor.loose * actor.sample.clothes.sag_frac
    vertices[:, 2] = np.maximum(height - hang, 0.0)
    return vertices, normals


def body_mesh(actor: Actor) -> scene.Mesh:
    """Make the mesh that is uploaded once; its vertices change every frame."""
    drawn, uv = actor.drawn, np.zeros((len(actor.colours), 2))
    return scene.Mesh(
        drawn.rest_m, drawn.normals, actor.colours, uv, drawn.faces,
        shadow_faces=actor.shadow_faces, gloss=0.05,
    )  # fmt: skip
