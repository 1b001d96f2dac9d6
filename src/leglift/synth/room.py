"""The room as meshes: floor, wall, mat, and what stands in front of the wall."""

from __future__ import annotations

import numpy as np

from leglift.synth import body as bodies
from leglift.synth import looks, scene
from leglift.synth.sample import Bystander, Room


def room_meshes(room: Room, camera: scene.Camera) -> list[scene.Mesh]:
    """Floor, wall, mat and background around a body that lies at z = 0."""
    thick = room.mat_thick_m if room.mat else 0.0
    floor = scene.plane(
        np.array([0.0, 0.0, -thick]), np.array([12.0, 0, 0]), np.array([0, 12.0, 0]), (16, 16),
        texture=looks.texture(room.floor), is_floor=True,
    )  # fmt: skip
    behind = 1.0 if camera.side == "left" else -1.0
    wall = scene.plane(
        np.array([0.0, behind * room.wall_m, 3.0]), np.array([behind * 12.0, 0, 0]),
        np.array([0, 0, 3.2]), (8, 2), texture=looks.texture(room.wall), is_far=True,
    )  # fmt: skip
    meshes = [floor, wall]
    if room.mat:
        meshes.append(
            scene.box(
                np.array([room.mat_shift_m, 0.0, -thick / 2]),
                np.array([*room.mat_half_m, thick / 2]),
                np.ones(3),
                texture=looks.texture(room.mat),
                is_floor=True,
            )
        )
    if room.baseboard_m > 0:
        half = np.array([12.0, 0.012, room.baseboard_m / 2])
        centre = np.array([0.0, behind * (room.wall_m - half[1]), half[2] - thick])
        meshes.append(scene.box(centre, half, np.asarray(room.baseboard), is_far=True))
    for thing in room.things:
        centre = np.asarray(thing.centre_m) * [1.0, behind, 1.0]
        meshes.append(scene.box(centre, np.asarray(thing.half_m), np.asarray(thing.colour)))
    if room.bystander:
        meshes.append(_bystander_mesh(room.bystander, behind, thick))
    return meshes


def _bystander_mesh(person: Bystander, behind: float, floor_m: float) -> scene.Mesh:
    """Stand the second person in the rest position, turned, on the floor."""
    body = bodies.build_body(person.body)
    worn = looks.garments_of(body, person.clothes)
    turn = bodies.yaw_matrix(person.yaw_deg)
    vertices = looks.dressed_rest(body, person.clothes, worn) @ turn.T
    shift = [person.x_m, behind * person.behind_m, -floor_m - float(vertices[:, 2].min())]
    colours = looks.vertex_colours(body, person.clothes, worn)
    uv = np.zeros((len(vertices), 2))
    return scene.Mesh(vertices + shift, body.normals @ turn.T, colours, uv, body.faces)
