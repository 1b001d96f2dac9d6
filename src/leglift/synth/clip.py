"""One sample to one video: body, motion, camera and looks in, frames and their truth out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from leglift.synth import body as bodies
from leglift.synth import looks, scene
from leglift.synth.body import Body, BodyParams, Floats, TorsoTable
from leglift.synth.motion import Motion, Programme, make_motion
from leglift.synth.pose import ArmPose, Frame, Posed, pose_body

Pixels = NDArray[np.uint8]
Singles = NDArray[np.float32]
HANDS_UNDER_M = 0.022
CONTACT_GAP_MM = 4.0
SHADOW_CELL_M = 0.014
LANDMARKS = {
    "shoulder": "upperarm01", "elbow": "lowerarm01", "wrist": "wrist",
    "hip": "upperleg01", "knee": "lowerleg01", "ankle": "foot",
}  # fmt: skip


class Thing(BaseModel):
    """A box that stands in the background; its centre and half sides in metres."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    centre_m: tuple[float, float, float]
    half_m: tuple[float, float, float]
    colour: tuple[float, float, float]


class Bystander(BaseModel):
    """A second person who stands still behind the first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    body: BodyParams
    clothes: looks.Clothes
    x_m: float
    behind_m: float = Field(default=1.2, ge=0.7)
    yaw_deg: float = 0.0


class Room(BaseModel):
    """Floor, mat, back wall and what stands in front of it; lengths in metres."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    floor: looks.Surface = looks.Surface()
    wall: looks.Surface = looks.Surface(kind="plain", colour=(0.72, 0.74, 0.75), contrast=0.05)
    mat: looks.Surface | None = looks.Surface(kind="noise", colour=(0.35, 0.40, 0.47), contrast=0.1)
    mat_half_m: tuple[float, float] = (0.95, 0.33)
    mat_shift_m: float = -0.25
    mat_thick_m: float = Field(default=0.008, ge=0, le=0.05)
    wall_m: float = Field(
        default=1.6, ge=0.7, le=8, description="distance of the wall behind the body"
    )
    baseboard_m: float = Field(default=0.0, ge=0, le=0.3, description="height; 0 for none")
    baseboard: looks.Colour = (0.8, 0.8, 0.78)
    things: tuple[Thing, ...] = ()
    bystander: Bystander | None = None


class Recording(BaseModel):
    """What happens between the lens and the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    samples: int = Field(
        default=4, ge=0, le=4, description="antialiasing of the body; 0 is fastest"
    )
    cell_m: float = Field(
        default=0.0, ge=0, le=0.02, description="mesh detail; 0 keeps every triangle"
    )
    lens_blur_px: float = Field(default=0.0, ge=0, le=3, description="sigma of a Gaussian")
    blur_pictures: int = Field(
        default=1, ge=1, le=4, description="pictures averaged for motion blur"
    )
    shutter_frac: float = Field(
        default=0.5, ge=0, le=1, description="share of a frame the shutter is open"
    )
    noise: float = Field(default=1.5, ge=0, le=20, description="sensor noise, grey levels")
    crf: int = Field(default=27, ge=10, le=45, description="H.264 quality, higher is worse")


class Sample(BaseModel):
    """Everything one synthetic clip is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    body: BodyParams
    clothes: looks.Clothes
    arms: ArmPose
    programme: Programme
    camera: scene.Camera
    light: scene.Light
    room: Room
    recording: Recording


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
    trunk = bodies.trunk_mask(body)
    surface = _with_hair(body, sample.clothes, _surface(sample, body))
    shadow_cell_m = max(SHADOW_CELL_M, 3 * sample.recording.cell_m)
    return Actor(
        body=body,
        table=bodies.solve_torso(body, lift),
        faces=surface["faces"],
        shadow_faces=bodies.cluster_faces(surface["rest_m"], surface["faces"], shadow_cell_m),
        weights=surface["weights"].astype(np.float32),
        dressed_m=surface["rest_m"].astype(np.float32),
        normals=surface["normals"].astype(np.float32),
        colours=surface["colours"],
        loose=surface["loose"].astype(np.float32),
        trunk_weights=body.weights[trunk],
        trunk_rest_m=body.rest_m[trunk],
        window=bodies.lumbar_window(body),
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


def frame_truth(
    sample: Sample, actor: Actor, motion: Motion, frame_idx: int, posed: Posed
) -> dict[str, Any]:
    """Truth of one frame, read from the posed skin and joints, not from the programme.

    The gap is that of the skin; cloth may fill it. `penetration_mm` is how far soft tissue was
    pressed before it is flattened against the floor.
    """
    trunk = bodies.skin(actor.trunk_weights, actor.trunk_rest_m, posed.transforms)
    gap_m = bodies.lumbar_gap_m(trunk, actor.trunk_rest_m[:, 2], actor.window)
    angles = [leg_elevation_deg(actor.body, posed.joints_m, side) for side in "LR"]
    return {
        "frame_idx": frame_idx,
        "time_s": motion.time_s[frame_idx],
        "rep": int(motion.rep_idx[frame_idx]) + 1,
        "phase": str(motion.phase[frame_idx]),
        "leg_elevation_deg": angles[_leading_leg(sample, motion, frame_idx)],
        "leg_elevation_left_deg": angles[0],
        "leg_elevation_right_deg": angles[1],
        "pelvic_tilt_deg": pitch_deg(posed.transforms[0]) - actor.table.flat_pitch_deg,
        "lumbar_gap_mm": gap_m * 1e3,
        "lumbar_gap_norm": gap_m / actor.table.trunk_m,
        "back_on_floor": gap_m * 1e3 <= CONTACT_GAP_MM,
        "penetration_mm": max(0.0, -float(trunk[:, 2].min())) * 1e3,
        **landmark_truth(sample.camera, actor.body, posed.joints_m),
    }


def landmark_truth(camera: scene.Camera, body: Body, joints_m: Floats) -> dict[str, float]:
    """Image positions (px) of the joints that a pose model marks, both sides."""
    names = [f"{side}_{name}" for side in ("left", "right") for name in LANDMARKS]
    bones = [f"{bone}.{side}" for side in "LR" for bone in LANDMARKS.values()]
    places = scene.project_px(camera, np.stack([joints_m[body.bone(b)] for b in bones]))
    row: dict[str, float] = {}
    for name, (x, y) in zip(names, places, strict=True):
        row[f"{name}_x_px"], row[f"{name}_y_px"] = float(x), float(y)
    return row


def pitch_deg(transform: Floats) -> float:
    """Pitch of a bone (3, 4): where its upper end (rest z) points."""
    up = transform[:, 2]
    return float(np.degrees(np.arctan2(up[2], up[0])))


def leg_elevation_deg(body: Body, joints_m: Floats, side: str) -> float:
    """Angle of the hip-ankle line over the floor, seen square from the side."""
    leg = joints_m[body.bone(f"foot.{side}")] - joints_m[body.bone(f"upperleg01.{side}")]
    return float(np.degrees(np.arctan2(leg[2], -leg[0])))


def _leading_leg(sample: Sample, motion: Motion, frame_idx: int) -> int:
    """0 for left, 1 for right: the leg that does the rep, the near one where both do."""
    legs = sample.programme.reps[max(int(motion.rep_idx[frame_idx]), 0)].legs
    return int((sample.camera.side if legs == "both" else legs) == "right")


def room_meshes(room: Room, camera: scene.Camera) -> list[scene.Mesh]:
    """Floor, wall, mat and background around a body that lies at z = 0."""
    thick = room.mat_thick_m if room.mat else 0.0
    floor = scene.plane(
        np.array([0.0, 0.0, -thick]), np.array([12.0, 0, 0]), np.array([0, 12.0, 0]), (16, 16),
        texture=looks.texture(room.floor), is_floor=True, casts=False,
    )  # fmt: skip
    behind = 1.0 if camera.side == "left" else -1.0
    wall = scene.plane(
        np.array([0.0, behind * room.wall_m, 3.0]), np.array([behind * 12.0, 0, 0]),
        np.array([0, 0, 3.2]), (8, 2), texture=looks.texture(room.wall), is_far=True, casts=False,
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
    return scene.box(centre, half, np.asarray(room.baseboard), is_far=True, casts=False)


def _thing_mesh(thing: Thing, behind: float) -> scene.Mesh:
    centre = np.asarray(thing.centre_m) * [1.0, behind, 1.0]
    return scene.box(centre, np.asarray(thing.half_m), np.asarray(thing.colour))


def _mat_mesh(room: Room) -> scene.Mesh:
    assert room.mat is not None
    half = np.array([*room.mat_half_m, room.mat_thick_m / 2])
    return scene.box(
        np.array([room.mat_shift_m, 0.0, -room.mat_thick_m / 2]), half, np.ones(3),
        texture=looks.texture(room.mat), is_floor=True, casts=False,
    )  # fmt: skip


def _bystander_mesh(person: Bystander, behind: float, floor_m: float) -> scene.Mesh:
    """Stand the second person in the rest position, turned, on the floor."""
    body = bodies.build_body(person.body)
    turn = bodies.yaw_matrix(person.yaw_deg)
    vertices = looks.dressed_rest(body, person.clothes, 0) @ turn.T
    shift = [person.x_m, behind * person.behind_m, -floor_m - float(vertices[:, 2].min())]
    colours = looks.vertex_colours(body, person.clothes)
    uv = np.zeros((len(vertices), 2))
    return scene.Mesh(vertices + shift, body.normals @ turn.T, colours, uv, body.faces)


def body_mesh(actor: Actor) -> scene.Mesh:
    """Make the mesh that is uploaded once; its vertices change every frame."""
    uv = np.zeros((len(actor.colours), 2))
    return scene.Mesh(
        actor.dressed_m.astype(float), actor.normals.astype(float), actor.colours, uv, actor.faces,
        shadow_faces=actor.shadow_faces, gloss=0.05,
    )  # fmt: skip


def render(sample: Sample, actor: Actor, motion: Motion) -> Iterator[tuple[Pixels, dict[str, Any]]]:
    """Picture (height, width, 3) and truth of every frame."""
    renderer = scene.Renderer(
        sample.camera, sample.light, body_mesh(actor),
        room_meshes(sample.room, sample.camera), sample.recording.samples,
    )  # fmt: skip
    recorder = _Recorder(sample.recording, picture_shape(sample.camera), sample.seed + 1)
    try:
        for i in range(len(motion.time_s)):
            posed = pose_at(sample, actor, motion, i)
            picture = _exposed(sample, actor, motion, i, posed, renderer)
            yield recorder(picture), frame_truth(sample, actor, motion, i, posed)
    finally:
        renderer.close()


def picture_shape(camera: scene.Camera) -> tuple[int, int]:
    """Height and width in pixels."""
    return camera.height_px, camera.width_px


def _exposed(
    sample: Sample, actor: Actor, motion: Motion, i: int, posed: Posed, renderer: scene.Renderer
) -> Pixels:
    """One frame, averaged over the time the shutter is open."""
    count = sample.recording.blur_pictures
    if count == 1:
        return renderer.draw(*posed_surface(sample, actor, posed))
    times = i + sample.recording.shutter_frac * (np.arange(count) / (count - 1) - 0.5)
    poses = (pose_at(sample, actor, motion, t) for t in times)
    pictures = [renderer.draw(*posed_surface(sample, actor, p)) for p in poses]
    averaged: Pixels = np.asarray(np.mean(pictures, axis=0, dtype=np.float32), dtype=np.uint8)
    return averaged


class _Recorder:
    """Lens blur and sensor noise, with the same grain for all channels, as after a denoiser.

    The grain is cut at a random place from one larger field: drawing a new one for every frame
    would take as long as rendering it.
    """

    def __init__(self, recording: Recording, shape: tuple[int, int], seed: int) -> None:
        self.rng, self.recording, self.shape = np.random.default_rng(seed), recording, shape
        field = self.rng.normal(0.0, recording.noise, (shape[0] + 128, shape[1] + 128))
        grain = np.repeat(np.round(field)[:, :, None], 3, axis=2)
        # Two unsigned fields: adding one and taking off the other is quicker than mixed types.
        self.lighter = np.clip(grain, 0, 255).astype(np.uint8)
        self.darker = np.clip(-grain, 0, 255).astype(np.uint8)

    def __call__(self, picture: Pixels) -> Pixels:
        import cv2

        if self.recording.lens_blur_px > 0:
            blurred = cv2.GaussianBlur(picture, (0, 0), self.recording.lens_blur_px)
            picture = np.asarray(blurred, dtype=np.uint8)
        if self.recording.noise == 0:
            return picture
        y, x = self.rng.integers(0, 128, 2)
        cut = np.s_[y : y + self.shape[0], x : x + self.shape[1]]
        noisy = cv2.subtract(cv2.add(picture, self.lighter[cut]), self.darker[cut])
        return np.asarray(noisy, dtype=np.uint8)


def truth_table(sample: Sample, every: int = 1) -> pd.DataFrame:
    """Truth of every `every`-th frame without rendering anything."""
    actor, motion = make_actor(sample), make_motion(sample.programme, sample.seed)
    frames = range(0, len(motion.time_s), every)
    rows = [
        frame_truth(sample, actor, motion, i, pose_at(sample, actor, motion, i)) for i in frames
    ]
    return pd.DataFrame(rows)


def write_clip(sample: Sample, path: Path) -> pd.DataFrame:
    """Render a sample into an H.264 file; the truth per frame comes back."""
    import av

    actor = make_actor(sample)
    motion = make_motion(sample.programme, sample.seed)
    rows = []
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=round(sample.programme.fps))
        stream.width, stream.height = sample.camera.width_px, sample.camera.height_px
        stream.pix_fmt = "yuv420p"
        stream.options = {"crf": str(sample.recording.crf), "preset": "veryfast", "threads": "1"}
        for picture, row in render(sample, actor, motion):
            rows.append(row)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return pd.DataFrame(rows)
