"""The room as meshes: floor, wall, mat, and what stands in front of the wall."""

from __future__ import annotations

import numpy as np

from leglift.synth import body as bodies
from leglift.synth import looks, scene
from leglift.synth.sample import Bystander, Room, Thing


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
    things = [_thing_mesh(thing, behind) for thing in room.things]
    people = [_bystander_mesh(room.bystander, behind, thick)] if room.bystander else []
    mats = [_mat_mesh(room)] if room.mat else []
    boards = [_baseboard_mesh(room, behind, thick)] if room.baseboard_m > 0 else []
    return [floor, wall, *mats, *boards, *things, *people]


def _baseboard_mesh(room: Room, behind: float, floor_m: float) -> scene.Mesh:
    """Skirting along the foot of the wall."""
    half = np.array([12.0, 0.012, room.baseboard_m / 2])
    centre = np.array([0.0, behind * (room.wall_m - half[1]), half[2] - floor_m])
    return scene.box(centre, half, np.asarray(room.baseboard), is_far=True)


def _thing_mesh(thing: Thing, behind: float) -> scene.Mesh:
    centre = np.asarray(thing.centre_m) * [1.0, behind, 1.0]
    return scene.box(centre, np.asarray(thing.half_m), np.asarray(thing.colour))


def _mat_mesh(room: Room) -> scene.Mesh:
    assert room.mat is not None
    half = np.array([*room.mat_half_m, room.mat_thick_m / 2])
    return scene.box(
        np.array([room.mat_shift_m, 0.0, -room.mat_thick_m / 2]), half, np.ones(3),
        texture=looks.texture(room.mat), is_floor=True,
    )  # fmt: skip


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
