"""Draws samples: people, reps, arches, arms, cameras and looks.

What the back does is drawn from its own random stream and only ever in shares of the rep's own
range, so neither the legs nor the tempo say anything about it.
"""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np

from leglift.synth.body import BodyParams, Floats
from leglift.synth.clip import Bystander, Recording, Room, Sample, Thing
from leglift.synth.looks import Clothes, Colour, Surface
from leglift.synth.motion import Programme, Rep
from leglift.synth.pose import ArmPose
from leglift.synth.scene import Camera, Light, project_px

Rng = np.random.Generator

SKINS = ((0.75, 0.52, 0.41), (0.62, 0.38, 0.27), (0.40, 0.22, 0.13), (0.16, 0.08, 0.05))
HAIR = ((0.01, 0.01, 0.01), (0.05, 0.03, 0.02), (0.22, 0.12, 0.05), (0.5, 0.36, 0.16))
SIZES = ((640, 360), (854, 480), (640, 480), (360, 640), (480, 854), (960, 540))
SIZE_SHARES = (0.36, 0.26, 0.12, 0.06, 0.08, 0.12)
SURFACES = ("plain", "noise", "planks", "tiles", "stripes", "carpet")
ARCHES = {"flat": 0.22, "mixed": 0.38, "throughout": 0.08, "growing": 0.16, "free": 0.16}
ARMS = {
    "sides": 0.32, "under_glutes": 0.14, "overhead": 0.26, "behind_head": 0.08, "chest": 0.11,
    "away": 0.09,
}  # fmt: skip
CAMERA_HEIGHT_M = {"floor": (0.08, 0.3), "low": (0.3, 0.9), "standing": (0.9, 1.75)}
CAMERA_SHARES = {"floor": 0.3, "low": 0.4, "standing": 0.3}
ELEVATION_DEG = (-12.0, 32.0)


def pick(rng: Rng, shares: dict[str, float]) -> str:
    """Draw one of the names, each with its share."""
    names = list(shares)
    return names[int(rng.choice(len(names), p=list(shares.values())))]


def between(rng: Rng, low: float, high: float) -> float:
    """Draw evenly, to four decimals."""
    return round(float(rng.uniform(low, high)), 4)


def _spread(rng: Rng, low: float, high: float) -> float:
    """Between two times; half as long is as likely as twice as long."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def draw_body(rng: Rng) -> BodyParams:
    """Draw an adult; weight and muscle lean towards the middle, as people do.

    anny's full height range runs from 1.4 to 2.2 m; the middle of it gives about 1.5 to 2.0 m.
    """
    origins = rng.dirichlet([0.7, 0.7, 0.7])
    return BodyParams(
        gender=round(float(np.clip(rng.beta(0.4, 0.4), 0, 1)), 4),
        age=between(rng, 0.62, 0.92),
        muscle=round(float(rng.beta(3, 2)), 4),
        weight=round(float(rng.beta(2.5, 3)), 4),
        height=round(float(0.28 + 0.44 * rng.beta(3, 3)), 4),
        proportions=between(rng, 0.1, 0.9),
        cupsize=between(rng, 0.1, 0.8),
        firmness=between(rng, 0.2, 0.9),
        african=round(float(origins[0]), 4),
        asian=round(float(origins[1]), 4),
        caucasian=round(float(origins[2]), 4),
    )


def draw_legs(rng: Rng, count: int) -> list[dict[str, Any]]:
    """Tempo, range and knees of each rep, a little different each time."""
    lift, top = _spread(rng, 0.5, 2.2), rng.uniform(0.0, 0.6)
    lowering, pause = _spread(rng, 0.6, 4.0), rng.uniform(0.0, 0.7)
    low = rng.uniform(-1, 5) if rng.random() < 0.3 else rng.uniform(5, 32)
    high = rng.uniform(76, 95) if rng.random() < 0.8 else rng.uniform(50, 76)
    knee = rng.uniform(0, 12) if rng.random() < 0.75 else rng.uniform(12, 70)
    pattern = pick(rng, {"both": 0.76, "left": 0.07, "right": 0.07, "alternate": 0.10})
    reps = []
    for k in range(count):
        pace = rng.normal(1.0, 0.08, 4).clip(0.75, 1.3)
        reps.append({
            "lift_s": round(lift * pace[0], 3), "top_s": round(top * pace[1], 3),
            "lowering_s": round(lowering * pace[2], 3), "bottom_s": round(pause * pace[3], 3),
            "low_deg": round(float(np.clip(low + rng.normal(0, 2.0), -3, 40)), 2),
            "top_deg": round(high + rng.normal(0, 2.5), 2),
            "knee_deg": round(float(np.clip(knee + rng.normal(0, 2), 0, 90)), 2),
            "legs": ("left", "right")[k % 2] if pattern == "alternate" else pattern,
        })  # fmt: skip
    return reps


def draw_arches(rng: Rng, count: int) -> tuple[list[dict[str, Any]], float]:
    """Draw what the back does in each rep and, in degrees of tilt, between the reps.

    The onset is a share of the rep's own range. A back that is arched all through the set may be so
    at rest too: then the clip holds no flat moment at all.
    """
    kind = pick(rng, ARCHES)
    peak = rng.uniform(8.0, 28.0)
    arches = []
    for k in range(count):
        arch = {"mixed": ("flat", "onset", "onset", "throughout")[rng.integers(4)],
                "growing": "onset"}.get(kind, kind)  # fmt: skip
        grown = (k + rng.uniform(0, 0.5)) / count if kind == "growing" else 1.0
        level = peak * grown * rng.uniform(0.8, 1.2)
        flat = rng.uniform(-1.5, 2.5) if rng.random() < 0.8 else rng.uniform(2.5, 7.5)
        arches.append({
            "arch": arch,
            "peak_tilt_deg": round(float(flat if arch == "flat" else level), 2),
            "onset_frac": round(float(rng.uniform(0.2, 0.9)), 3),
            "arch_while_lifting": bool(rng.random() < 0.5),
        })  # fmt: skip
    rest = rng.uniform(0, 12) if rng.random() < 0.35 else 0.0
    if kind == "throughout" and rng.random() < 0.6:
        rest = peak * rng.uniform(0.8, 1.0)
    return arches, round(float(rest), 2)


def join_rep(legs: dict[str, Any], arch: dict[str, Any]) -> Rep:
    """One rep from its legs and its arch."""
    rest = {k: v for k, v in arch.items() if k != "onset_frac"}
    onset = legs["low_deg"] + arch["onset_frac"] * (legs["top_deg"] - legs["low_deg"])
    return Rep(onset_deg=round(onset, 2), **legs, **rest)


def draw_programme(
    legs_rng: Rng, arch_rng: Rng, reps: tuple[int, int] = (4, 8), max_fps: float = 30.0
) -> Programme:
    """Draw a set of between `reps[0]` and `reps[1]` reps; the two streams never touch."""
    count = int(legs_rng.integers(reps[0], reps[1] + 1))
    arches, rest_deg = draw_arches(arch_rng, count)
    pairs = zip(draw_legs(legs_rng, count), arches, strict=True)
    foot_down = legs_rng.random() < 0.5
    return Programme(
        reps=tuple(join_rep(legs, arch) for legs, arch in pairs),
        fps=min(float(legs_rng.choice([25, 30, 30, 30])), max_fps),
        lead_s=between(legs_rng, 0.3, 0.7),
        tail_s=between(legs_rng, 0.3, 0.6),
        rest_tilt_deg=rest_deg,
        tilt_smooth_s=0.05,
        still_leg_deg=-2.0 if foot_down else between(legs_rng, -1, 6),
        still_knee_deg=between(legs_rng, 85, 105) if foot_down else 4.0,
        plantar_deg=between(legs_rng, 0, 50),
        head_lift_deg=between(legs_rng, 8, 32) if legs_rng.random() < 0.15 else 0.0,
        ankle_apart_m=between(legs_rng, 0.09, 0.25),
        swing_deg=between(legs_rng, 2, 8) if legs_rng.random() < 0.15 else 0.0,
        tremor_deg=between(legs_rng, 0, 0.5) if legs_rng.random() < 0.7 else 1.2,
        tremor_hz=between(legs_rng, 4, 10),
        breath_deg=between(legs_rng, 0, 0.8),
    )


def draw_unsteadiness(rng: Rng) -> dict[str, float]:
    """Draw swinging legs for half of the sets and trembling ones for half, on their own."""
    return {
        "swing_deg": between(rng, 4, 15) if rng.random() < 0.5 else 0.0,
        "tremor_deg": between(rng, 0.5, 3) if rng.random() < 0.5 else between(rng, 0, 0.3),
    }


def draw_arms(rng: Rng, body: BodyParams) -> ArmPose:
    """Where the arms lie; broader people need more room beside them."""
    kind, room = pick(rng, ARMS), 12.0 * body.weight
    if kind == "sides":
        upper, fore = rng.uniform(18, 34) + room, rng.uniform(-4, 22)
        return _arm("sides", upper, fore, rng.uniform(0.04, 0.06), rng.uniform(0.025, 0.05))
    if kind == "under_glutes":
        return _arm("under_glutes", rng.uniform(20, 28) + room, rng.uniform(-32, -22), 0.05, 0.012)
    if kind == "chest":
        height = 0.20 + 0.06 * body.weight + rng.uniform(0.0, 0.03)
        return _arm("chest", rng.uniform(30, 50), rng.uniform(-115, -80), 0.06, height)
    if kind == "behind_head":
        upper, fore = rng.uniform(115, 140), rng.uniform(225, 260)
        return _arm("behind_head", upper, fore, rng.uniform(0.04, 0.12), rng.uniform(0.02, 0.05))
    if kind == "away":
        return _arm("sides", rng.uniform(45, 80), rng.uniform(35, 90), 0.05, 0.035)
    return _arm(
        "overhead", rng.uniform(85, 165), rng.uniform(150, 200), 0.06, rng.uniform(0.03, 0.09)
    )


def _arm(name: Any, upper: float, fore: float, elbow_z: float, wrist_z: float) -> ArmPose:
    return ArmPose(
        name=name, upper_deg=round(upper, 2), fore_deg=round(fore, 2),
        elbow_z_m=round(elbow_z, 4), wrist_z_m=round(wrist_z, 4),
    )  # fmt: skip


def _colour(rng: Rng, dark_share: float = 0.35, vivid: float = 1.0) -> Colour:
    """Draw a linear RGB colour; clothes and mats are often dark, rooms less vivid than clothes."""
    value = rng.uniform(0.1, 0.3) if rng.random() < dark_share else rng.uniform(0.3, 0.95)
    rgb = colorsys.hsv_to_rgb(rng.random(), vivid * rng.beta(1.2, 1.8), value)
    red, green, blue = (round(c**2.2, 4) for c in rgb)
    return red, green, blue


def _mix(rng: Rng, palette: tuple[Colour, ...]) -> Colour:
    """Somewhere between two neighbours of a palette."""
    place = rng.uniform(0, len(palette) - 1)
    k = min(int(place), len(palette) - 2)
    a, b = np.asarray(palette[k]), np.asarray(palette[k + 1])
    red, green, blue = (round(float(c), 4) for c in a + (b - a) * (place - k))
    return red, green, blue


def draw_clothes(rng: Rng, body: BodyParams) -> Clothes:
    """Fitted half of the time, otherwise loose with folds that may hang into the gap."""
    loose = rng.random() < 0.5
    return Clothes(
        skin=_mix(rng, SKINS),
        hair=_mix(rng, HAIR),
        top=_colour(rng),
        bottom=_colour(rng, 0.55),
        shoes=_colour(rng) if rng.random() < 0.5 else None,
        bare_top=bool(body.gender < 0.4 and rng.random() < 0.2),
        sleeve_frac=float(rng.choice([0.0, 0.25, 0.35, 0.95])),
        leg_frac=float(rng.choice([0.25, 0.4, 0.92, 0.98])),
        top_loose_m=between(rng, 0.008, 0.022) if loose else between(rng, 0.001, 0.006),
        bottom_loose_m=between(rng, 0.001, 0.012),
        wrinkle_m=between(rng, 0.003, 0.01) if loose else between(rng, 0.0, 0.002),
        sag_frac=between(rng, 0.0, 0.9) if loose else 0.0,
        hair_m=between(rng, 0.004, 0.03),
        **draw_hair(rng, long_share=0.65 if body.gender > 0.5 else 0.12),
    )


def draw_print(rng: Rng) -> dict[str, Any]:
    """Draw patterned cloth for two in three, a waistband for two in three."""
    patterned, banded = rng.random() < 0.65, rng.random() < 0.65
    return {
        "print_contrast": between(rng, 0.1, 0.9) if patterned else 0.0,
        "print_waves_per_m": round(_spread(rng, 3.0, 20.0), 2),
        "print_sharp": bool(rng.random() < 0.4),
        "print_seed": int(rng.integers(1 << 30)),
        "band_m": between(rng, 0.015, 0.06) if banded else 0.0,
        "band": _colour(rng),
    }


def draw_hair(rng: Rng, long_share: float) -> dict[str, Any]:
    """Short, or a bun, a ponytail, hair spread over the floor."""
    style = str(rng.choice(["bun", "tail", "spread"])) if rng.random() < long_share else "short"
    return {
        "hair_style": style,
        "hair_length_m": between(rng, 0.12, 0.38),
        "hair_aside_deg": between(rng, -60, 60),
    }


def _surface(rng: Rng, kinds: tuple[str, ...] = SURFACES) -> Surface:
    kind: Any = str(rng.choice(kinds))
    colour = tuple(
        round(c ** (1 / 2.2), 4) for c in _colour(rng, 0.25, vivid=rng.choice([0.25, 0.5, 1.0]))
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
        baseboard=_colour(rng, 0.25, vivid=0.3),
        things=(
            *(_thing(rng, wall) for _ in range(int(rng.integers(0, 6)))),
            *([_window(rng, wall)] if rng.random() < 0.2 else []),
        ),
        bystander=_bystander(rng, wall) if wall > 1.5 and rng.random() < 0.12 else None,
    )


def _window(rng: Rng, wall_m: float) -> Thing:
    """Put a bright pane into the wall, often down to the floor: it shines through under a back."""
    half = (between(rng, 0.3, 1.4), 0.01, between(rng, 0.4, 1.1))
    sill = 0.0 if rng.random() < 0.5 else between(rng, 0.3, 1.0)
    glow = rng.uniform(1.2, 4.0)
    return Thing(
        centre_m=(between(rng, -2.0, 2.0), round(wall_m - 0.02, 4), round(sill + half[2], 4)),
        half_m=half,
        colour=_rounded(np.full(3, glow)),
    )


def match_mat(rng: Rng, clothes: Clothes, room: Room) -> Room:
    """Lay, now and then, a mat of the shirt's own shade, most often under dark clothes."""
    dark = max(clothes.top) < 0.1
    if rng.random() > (0.4 if dark else 0.1):
        return room
    shade = np.clip(np.asarray(clothes.top) * rng.uniform(0.6, 1.7), 0.0, 1.0) ** (1 / 2.2)
    changed = {"colour": _rounded(shade), "contrast": between(rng, 0.02, 0.2)}
    if room.mat is None:
        return room.model_copy(update={"floor": room.floor.model_copy(update=changed)})
    return room.model_copy(update={"mat": room.mat.model_copy(update=changed)})


def _thing(rng: Rng, wall_m: float) -> Thing:
    half = [float(x) for x in rng.uniform([0.05, 0.05, 0.05], [0.6, 0.15, 0.9])]
    behind = wall_m - half[1] - rng.uniform(0, 0.2)
    centre = (between(rng, -2.5, 2.5), round(max(float(behind), 0.75), 4), half[2])
    return Thing(centre_m=centre, half_m=(half[0], half[1], half[2]), colour=_colour(rng, 0.2))


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
        key=_rounded(key),
        sky=_rounded(sky),
        ground=_rounded(ground),
        softness=between(rng, 0.001, 0.008),
    )


def _rounded(values: Floats) -> Colour:
    red, green, blue = (round(float(v), 4) for v in values)
    return red, green, blue


def draw_camera(rng: Rng, arms: ArmPose, programme: Programme) -> Camera:
    """Roughly side-on, from the floor up to standing height, the figure small to filling."""
    width, height = SIZES[int(rng.choice(len(SIZES), p=SIZE_SHARES))]
    azimuth = rng.normal(0, 9) if rng.random() < 0.7 else rng.uniform(-40, 40)
    camera = Camera(
        side="left" if rng.random() < 0.5 else "right",
        azimuth_deg=round(float(np.clip(azimuth, -40, 40)), 2),
        elevation_deg=0.0,
        fov_deg=between(rng, 28, 72),
        roll_deg=round(float(np.clip(rng.normal(0, 1.5), -5, 5)), 2),
        width_px=width,
        height_px=height,
    )
    points = figure_points(arms, programme)
    small = rng.random() < 0.3 and width >= 640
    fill = between(rng, 0.42, 0.62) if small else between(rng, 0.66, 0.97)
    height_m = between(rng, *CAMERA_HEIGHT_M[pick(rng, CAMERA_SHARES)])
    return at_height(fill_frame(camera, points, fill), points, fill, height_m)


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


def _streams(seed: int, index: int) -> dict[str, Rng]:
    names = (
        "body", "legs", "arch", "arms", "clothes", "room", "light", "camera", "recording", "match",
        "print", "unsteady",
    )  # fmt: skip
    streams = map(np.random.default_rng, np.random.SeedSequence([seed, index]).spawn(len(names)))
    return dict(zip(names, streams, strict=True))


def draw_set(
    seed: int,
    index: int,
    reps: tuple[int, int],
    max_fps: float = 30.0,
    unsteady: bool = False,
) -> Programme:
    """Draw what the body of clip `index` of run `seed` does: `draw_sample` without its looks."""
    rng = _streams(seed, index)
    programme = draw_programme(rng["legs"], rng["arch"], reps, max_fps)
    if not unsteady:
        return programme
    return programme.model_copy(update=draw_unsteadiness(rng["unsteady"]))


def draw_sample(
    seed: int,
    index: int,
    reps: tuple[int, int] = (4, 8),
    max_fps: float = 30.0,
    prints: bool = True,
    unsteady: bool = False,
) -> Sample:
    """Clip `index` of run `seed`; each part has a random stream of its own."""
    rng = _streams(seed, index)
    body = draw_body(rng["body"])
    programme = draw_set(seed, index, reps, max_fps, unsteady)
    clothes = draw_clothes(rng["clothes"], body)
    if prints:
        clothes = clothes.model_copy(update=draw_print(rng["print"]))
    arms = draw_arms(rng["arms"], body)
    return Sample(
        seed=int(rng["recording"].integers(1 << 30)),
        body=body,
        clothes=clothes,
        arms=arms,
        programme=programme,
        camera=draw_camera(rng["camera"], arms, programme),
        light=draw_light(rng["light"]),
        room=match_mat(rng["match"], clothes, draw_room(rng["room"])),
        recording=draw_recording(rng["recording"], programme.fps),
    )
