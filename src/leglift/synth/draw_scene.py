"""Draws what is around a person: room, light, camera, and what the recording does to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from leglift.synth.body import Floats
from leglift.synth.chance import Rng, any_colour, as_colour, between, pick
from leglift.synth.draw_person import draw_body, draw_clothes
from leglift.synth.looks import PHOTOS, SCENES, Clothes, Surface
from leglift.synth.motion import Programme
from leglift.synth.pose import ArmPose
from leglift.synth.sample import Bystander, Recording, Room, Thing
from leglift.synth.scene import Camera, Light, project_px

SIZES = ((640, 360), (854, 480), (640, 480), (360, 640), (480, 854), (960, 540))
SIZE_SHARES = (0.36, 0.26, 0.12, 0.06, 0.08, 0.12)
SURFACES = ("plain", "noise", "planks", "tiles", "stripes", "carpet")
CAMERA_HEIGHT_M = {"floor": (0.08, 0.3), "low": (0.3, 0.9), "standing": (0.9, 1.75)}
CAMERA_SHARES = {"floor": 0.3, "low": 0.4, "standing": 0.3}
ELEVATION_DEG = (-12.0, 32.0)


def _surface(rng: Rng, kinds: tuple[str, ...] = SURFACES) -> Surface:
    kind: Any = str(rng.choice(kinds))
    colour = tuple(
        round(c ** (1 / 2.2), 4) for c in any_colour(rng, 0.25, vivid=rng.choice([0.25, 0.5, 1.0]))
    )
    return Surface(
        kind=kind, colour=colour, contrast=between(rng, 0.03, 0.5), seed=int(rng.integers(1 << 30))
    )


def draw_room(rng: Rng) -> Room:
    """Floor, usually a mat, a wall, furniture or a window, sometimes somebody behind."""
    wall = between(rng, 0.9, 4.0)
    flat = ("plain", "noise", "stripes")
    return Room(
        floor=_surface(rng),
        wall=_surface(rng),
        mat=_surface(rng, flat) if rng.random() < 0.65 else None,
        mat_half_m=(
            between(rng, 0.85, 1.05) if rng.random() < 0.8 else between(rng, 0.35, 0.85),
            between(rng, 0.27, 0.6),
        ),
        mat_shift_m=between(rng, -0.4, 0.0),
        mat_thick_m=between(rng, 0.004, 0.015) if rng.random() < 0.85 else between(rng, 0.02, 0.05),
        wall_m=wall,
        baseboard_m=between(rng, 0.05, 0.16) if rng.random() < 0.45 else 0.0,
        baseboard=any_colour(rng, 0.25, vivid=0.3),
        things=(
            *(_thing(rng, wall) for _ in range(int(rng.integers(0, 6)))),
            *([_window(rng, wall)] if rng.random() < 0.2 else []),
        ),
        bystander=_bystander(rng, wall) if wall > 1.5 and rng.random() < 0.12 else None,
    )


def with_photos(rng: Rng, room: Room) -> Room:
    """Cover floor, wall and mat of a room with photographs of real surfaces and rooms."""

    def covered(surface: Surface, names: tuple[str, ...]) -> Surface:
        name, contrast = str(rng.choice(names)), between(rng, 0.5, 1.0)
        return surface.model_copy(update={"photo": name, "contrast": contrast})

    surfaces, mat = tuple(PHOTOS), room.mat
    floor, wall = covered(room.floor, surfaces), covered(room.wall, (*surfaces, *SCENES))
    if mat is not None and rng.random() < 0.5:
        mat = covered(mat, surfaces)
    return room.model_copy(update={"floor": floor, "wall": wall, "mat": mat})


def _window(rng: Rng, wall_m: float) -> Thing:
    """Put a bright pane into the wall, often down to the floor: it shines through under a back."""
    half = (between(rng, 0.3, 1.4), 0.01, between(rng, 0.4, 1.1))
    sill = 0.0 if rng.random() < 0.5 else between(rng, 0.3, 1.0)
    glow = rng.uniform(1.2, 4.0)
    return Thing(
        centre_m=(between(rng, -2.0, 2.0), round(wall_m - 0.02, 4), round(sill + half[2], 4)),
        half_m=half,
        colour=as_colour(np.full(3, glow)),
    )


def match_mat(rng: Rng, clothes: Clothes, room: Room) -> Room:
    """Lay, now and then, a mat of the shirt's own shade, most often under dark clothes."""
    dark = max(clothes.top) < 0.1
    if rng.random() > (0.4 if dark else 0.1):
        return room
    shade = np.clip(np.asarray(clothes.top) * rng.uniform(0.6, 1.7), 0.0, 1.0) ** (1 / 2.2)
    changed = {"colour": as_colour(shade), "contrast": between(rng, 0.02, 0.2)}
    if room.mat is None:
        return room.model_copy(update={"floor": room.floor.model_copy(update=changed)})
    return room.model_copy(update={"mat": room.mat.model_copy(update=changed)})


def _thing(rng: Rng, wall_m: float) -> Thing:
    half = [float(x) for x in rng.uniform([0.05, 0.05, 0.05], [0.6, 0.15, 0.9])]
    behind = wall_m - half[1] - rng.uniform(0, 0.2)
    centre = (between(rng, -2.5, 2.5), round(max(float(behind), 0.75), 4), half[2])
    return Thing(centre_m=centre, half_m=(half[0], half[1], half[2]), colour=any_colour(rng, 0.2))


def _bystander(rng: Rng, wall_m: float) -> Bystander:
    body = draw_body(rng)
    return Bystander(
        body=body,
        clothes=draw_clothes(rng, body),
        x_m=between(rng, -1.8, 1.8),
        behind_m=between(rng, 0.9, wall_m - 0.3),
        yaw_deg=between(rng, -180, 180),
    )


def draw_light(rng: Rng) -> Light:
    """Between a lamp in a dark room and an overcast window; some rooms are dim."""
    tint = np.array([1.0, 1.0, 1.0]) + rng.uniform(-0.15, 0.15) * np.array([1.0, 0.2, -1.0])
    if rng.random() < 0.15:  # a dim room
        key, sky = tint * rng.uniform(0.03, 0.25), rng.uniform(0.05, 0.18) * (2.0 - tint)
    else:
        key, sky = tint * rng.uniform(0.2, 1.2), rng.uniform(0.2, 0.75) * (2.0 - tint)
    ground = sky * rng.uniform(0.4, 0.8)
    return Light(
        azimuth_deg=between(rng, -180, 180),
        elevation_deg=between(rng, 28, 88),
        key=as_colour(key),
        sky=as_colour(sky),
        ground=as_colour(ground),
        softness=between(rng, 0.001, 0.008),
    )


def draw_camera(rng: Rng, arms: ArmPose, programme: Programme) -> Camera:
    """Roughly side-on, from the floor up to standing height, the figure small to filling."""
    size_px = SIZES[int(rng.choice(len(SIZES), p=SIZE_SHARES))]
    camera = beside(rng, size_px, straight=0.7, widest_deg=40, roll_deg=(1.5, 5))
    points = figure_points(arms, programme)
    small = rng.random() < 0.3 and camera.width_px >= 640
    fill = between(rng, 0.42, 0.62) if small else between(rng, 0.66, 0.97)
    height_m = between(rng, *CAMERA_HEIGHT_M[pick(rng, CAMERA_SHARES)])
    return at_height(fill_frame(camera, points, fill), points, fill, height_m)


def beside(
    rng: Rng,
    size_px: tuple[int, int],
    straight: float,
    widest_deg: float,
    roll_deg: tuple[float, float],
) -> Camera:
    """Draw a level camera on either side: the share `straight` about square-on, the rest anyhow.

    `roll_deg` is how much the roll spreads, and its largest.
    """
    azimuth = rng.normal(0, 9) if rng.random() < straight else rng.uniform(-widest_deg, widest_deg)
    spread, most = roll_deg
    return Camera(
        side="left" if rng.random() < 0.5 else "right",
        azimuth_deg=round(float(np.clip(azimuth, -widest_deg, widest_deg)), 2),
        elevation_deg=0.0,
        fov_deg=between(rng, 28, 72),
        roll_deg=round(float(np.clip(rng.normal(0, spread), -most, most)), 2),
        width_px=size_px[0],
        height_px=size_px[1],
    )


def at_height(camera: Camera, points_m: Floats, fill_frac: float, height_m: float) -> Camera:
    """Raise or lower a level camera to a height over the floor, still filling its picture."""
    for _ in range(3):  # the distance that fills the picture depends a little on the elevation
        rise = (height_m - camera.target_m[2]) / camera.distance_m
        angle = np.degrees(np.arcsin(np.clip(rise, -0.9, 0.9)))
        tilted = camera.model_copy(
            update={"elevation_deg": round(float(np.clip(angle, *ELEVATION_DEG)), 2)}
        )
        camera = fill_frame(tilted, points_m, fill_frac)
    return camera


def figure_points(arms: ArmPose, programme: Programme) -> Floats:
    """Rough outline (N, 3) in metres of where the body gets to during the set."""
    reach = 1.05 if arms.name == "overhead" else 0.5
    angles = np.radians([a for r in programme.reps for a in (r.low_deg, r.top_deg)])
    feet = np.stack([-0.4 - 1.1 * np.cos(angles), 0 * angles, 0.1 + 1.1 * np.sin(angles)], axis=1)
    return np.vstack(
        [feet, [[0.3 * reach + 0.15, 0, 0.2], [reach * 0.7, 0.1, 0.0], [-0.4, 0, 0.0]]]
    )


def fill_frame(camera: Camera, points_m: Floats, fill_frac: float) -> Camera:
    """Aim at the middle of the points and step back until they fill the wanted share."""
    target = (points_m.min(axis=0) + points_m.max(axis=0)) / 2
    aimed = camera.model_copy(update={"target_m": tuple(round(float(t), 4) for t in target)})
    size = np.array([camera.width_px, camera.height_px])
    for distance in np.arange(1.6, 12.0, 0.1):
        tried = aimed.model_copy(update={"distance_m": round(float(distance), 2)})
        spread = np.abs(project_px(tried, points_m) / size - 0.5).max() * 2
        if spread <= fill_frac:
            break
    return tried


def draw_recording(rng: Rng, fps: float = 30.0) -> Recording:
    """Noise, blur and compression of ordinary phones and websites.

    The shutter is open for 10 to 30 ms also where the frame rate is capped below a phone's.
    """
    blurred = rng.random() < 0.2
    return Recording(
        samples=0,
        cell_m=0.008,
        lens_blur_px=between(rng, 0.45, 1.3),
        blur_pictures=2 if blurred else 1,
        shutter_frac=round(float(rng.uniform(0.3, 0.9)) * min(1.0, fps / 30.0), 4),
        noise=between(rng, 0, 5) if rng.random() < 0.85 else between(rng, 5, 11),
        crf=int(rng.integers(20, 35)),
    )
