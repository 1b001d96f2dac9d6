"""Draws series of still moments: one body whose legs and back are asked about separately.

A clip shows how a back moves; a still shows only where it is. So that no still's legs tell what its
back does, leg elevation and pelvic tilt come from random streams of their own, moment by moment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from leglift.synth import draw_scene as around
from leglift.synth.actor import Actor, pose_at
from leglift.synth.body import BodyParams, Floats, build_body
from leglift.synth.chance import Rng, between, pick, streams
from leglift.synth.draw_person import arm_pose, behind_head, draw_body, draw_clothes, draw_print
from leglift.synth.looks import Clothes
from leglift.synth.motion import Motion, Programme, Rep
from leglift.synth.pose import ArmPose, leg_reach_m, leg_rotations
from leglift.synth.sample import Sample
from leglift.synth.scene import Camera, project_px
from leglift.synth.torso import trunk_length_m
from leglift.synth.truth import pitch_deg

Clothing = Literal["bare", "fitted", "loose"]

STREAMS = "body legs back arms clothes room light camera recording match"
LEG_DEG = (5.0, 95.0)
FLAT_TILT_DEG = (-1.5, 2.5)
ARCHED_TILT_DEG = (3.0, 28.0)
CLOTHING = {"bare": 0.25, "fitted": 0.4, "loose": 0.35}
CLEAR_CLOTHING = {"bare": 0.4, "fitted": 0.6}
SIZES = ((640, 360), (854, 480), (960, 540), (1280, 720))
AZIMUTH_DEG = 25.0
CLEAR_TRUNK_PX = 140.0
SHOE_SOLE_M = 0.008


@dataclass(frozen=True)
class Series:
    """One body in one room before one camera, and the moments that it is seen in.

    The moments are a motion whose frames do not belong together. With `feet_down` the legs stay
    where the first knee bend puts the feet, flat on the floor.
    """

    sample: Sample
    clothing: Clothing
    feet_down: bool
    moments: Motion


def draw_moments(legs: Rng, back: Rng, count: int, feet_down: bool) -> Motion:
    """Draw a series' moments; the two streams never touch.

    Half of the backs are flat, the tilts of the others spread evenly.
    """
    flat, arched = back.uniform(*FLAT_TILT_DEG, count), back.uniform(*ARCHED_TILT_DEG, count)
    tilts = np.where(back.random(count) < 0.5, flat, arched)
    middle = legs.uniform(*LEG_DEG, count)
    apart = legs.normal(0, 1.5, count)
    bends = np.clip(legs.uniform(0, 10) + legs.normal(0, 3, count), 0, 18)
    if feet_down:
        bends = np.full(count, legs.uniform(75, 112))
        middle, apart = np.zeros(count), np.zeros(count)
    left, right, bend, tilt = (
        np.array([round(angle, 2) for angle in angles.tolist()])
        for angles in (middle + apart, middle - apart, bends, tilts)
    )
    return as_motion(np.column_stack([left, right]), bend, tilt)


def as_motion(leg_deg: Floats, bend_deg: Floats, tilt_deg: Floats) -> Motion:
    """Moments from the elevation of the legs (N, 2), the bend of both knees and the tilt (N,)."""
    count = len(tilt_deg)
    return Motion(
        time_s=np.arange(count, dtype=float),
        rep_idx=np.zeros(count, dtype=np.int64),
        phase=np.full(count, "bottom"),
        elevation_deg=leg_deg,
        knee_deg=np.column_stack([bend_deg, bend_deg]),
        tilt_deg=tilt_deg,
    )


def draw_arms(rng: Rng, body: BodyParams, clear: bool) -> ArmPose:
    """Arms off the waist, but for the share that lies along the sides."""
    if not clear and rng.random() < 0.15:
        upper = rng.uniform(12, 26) + 10.0 * body.weight
        return arm_pose("sides", upper, rng.uniform(-4, 16), rng.uniform(0.04, 0.07), 0.04)
    kind = str(rng.choice(["chest", "overhead", "behind_head", "away"]))
    if kind == "chest":
        rise, height = rng.uniform(0.08, 0.17), 0.21 + 0.07 * body.weight + rng.uniform(0.0, 0.03)
        return arm_pose(kind, rng.uniform(42, 65), rng.uniform(-105, -80), rise, height)
    if kind == "overhead":
        upper, height = rng.uniform(125, 165), rng.uniform(0.03, 0.09)
        return arm_pose(kind, upper, rng.uniform(155, 200), 0.06, height)
    if kind == "behind_head":
        return behind_head(rng)
    # Straight arms that reach up, towards the knees or the ceiling.
    rise = np.sin(np.radians(rng.uniform(45, 78)))
    upper, fore = rng.uniform(-6, 18), rng.uniform(-12, 8)
    return arm_pose("away", upper, fore, 0.11 + 0.27 * rise, 0.11 + 0.52 * rise)


def draw_waist(rng: Rng, body: BodyParams, clear: bool) -> tuple[Clothing, Clothes]:
    """Draw a bare waist, a fitted top or a loose shirt, plain or printed."""
    clothes = draw_clothes(rng, body)
    kind: Any = pick(rng, CLEAR_CLOTHING if clear else CLOTHING)
    shirtless = kind == "bare" and body.gender < 0.4
    fit = {
        "bare_top": shirtless,
        "crop_frac": 0.0 if kind != "bare" or shirtless else between(rng, 0.35, 0.6),
        "top_loose_m": between(rng, 0.001, 0.005),
        "wrinkle_m": between(rng, 0.0, 0.002),
        "sag_frac": 0.0,
    }
    if kind == "loose":
        fit["top_loose_m"] = between(rng, 0.010, 0.024)
        fit["wrinkle_m"] = between(rng, 0.003, 0.010)
        fit["sag_frac"] = between(rng, 0.0, 0.9)
    return kind, clothes.model_copy(update={**fit, **draw_print(rng)})


def outline_m(arms: ArmPose, feet_down: bool) -> Floats:
    """Rough outline (N, 3) in metres of where the body gets to in the series."""
    # How far hands or hair go beyond the chest.
    end = {"overhead": 0.95, "behind_head": 0.75}.get(arms.name, 0.6)
    head = np.array([[end, 0, 0.0], [0.3, 0, 0.2]])
    if feet_down:
        return np.vstack([head, [[-1.25, 0, 0.0], [-0.75, 0, 0.6]]])
    reps = (Rep(low_deg=LEG_DEG[0], top_deg=LEG_DEG[1]),)
    return np.vstack([head, around.figure_points(arms, Programme(reps=reps))])


def draw_camera(rng: Rng, points_m: Floats, fills: tuple[float, float]) -> Camera:
    """Roughly side-on and mostly low, the figure filling the picture by the wanted share."""
    size_px = SIZES[int(rng.integers(len(SIZES)))]
    camera = around.beside(rng, size_px, straight=0.6, widest_deg=AZIMUTH_DEG, roll_deg=(1.2, 4))
    height_m = between(rng, *((0.1, 0.7) if rng.random() < 0.88 else (0.7, 1.2)))
    return around.at_height(camera, points_m, between(rng, *fills), height_m)


def draw_near_camera(rng: Rng, points_m: Floats, trunk_m: float) -> Camera:
    """Draw cameras until one sees the trunk large enough (of 100, or the last)."""
    trunk = np.array([[0.25, 0.0, 0.1], [0.25 - trunk_m, 0.0, 0.1]])
    for _ in range(100):
        camera = draw_camera(rng, points_m, (0.8, 0.97))
        if np.linalg.norm(np.diff(project_px(camera, trunk), axis=0)) >= 1.03 * CLEAR_TRUNK_PX:
            break
    return camera


def draw_series(seed: int, index: int, count: int = 10, clear: bool = False) -> Series:
    """Draw series `index` of a run: `count` moments.

    In a `clear` one the waist is never covered (no arms along it, no loose cloth), and near.
    """
    # The last number keeps these streams apart from those of `draw_sample`.
    rng = streams([seed, index, 1], STREAMS)
    body = draw_body(rng["body"])
    feet_down = bool(rng["legs"].random() < 0.2)
    arms = draw_arms(rng["arms"], body, clear)
    clothing, clothes = draw_waist(rng["clothes"], body, clear)
    points = outline_m(arms, feet_down)
    if clear:
        camera = draw_near_camera(rng["camera"], points, trunk_length_m(build_body(body)))
    else:
        camera = draw_camera(rng["camera"], points, (0.6, 0.97))
    still = rng["legs"]  # feet and head keep still all through the series
    programme = Programme(
        reps=(Rep(),),  # which is never done
        plantar_deg=between(still, 0, 50),
        head_lift_deg=between(still, 8, 25) if still.random() < 0.1 else 0.0,
        ankle_apart_m=between(still, 0.09, 0.25),
    )
    seed = int(rng["recording"].integers(1 << 30))
    # Lens, noise and compression are those of a clip; nothing moves, and edges are drawn smooth.
    smooth = {"samples": 4, "cell_m": 0.0, "blur_pictures": 1}
    sample = Sample(
        seed=seed, body=body, clothes=clothes, arms=arms, programme=programme, camera=camera,
        light=around.draw_light(rng["light"]),
        room=around.match_mat(rng["match"], clothes, around.draw_room(rng["room"])),
        recording=around.draw_recording(rng["recording"]).model_copy(update=smooth),
    )  # fmt: skip
    moments = draw_moments(rng["legs"], rng["back"], count, feet_down)
    return Series(sample, clothing, feet_down, moments)


def settle(series: Series, actor: Actor) -> tuple[Actor, Motion]:
    """Actor and motion to render; feet that are down are put on the floor first."""
    if not series.feet_down:
        return actor, series.moments
    leg_deg, bend_deg = planted_legs(actor, series.moments)
    programme = actor.sample.programme
    _, shin = leg_rotations(actor.body, "L", leg_deg[0], bend_deg[0], programme.ankle_apart_m)
    flat_deg = round(90.0 - pitch_deg(shin), 2)  # at 90 a shin stands upright on its foot
    programme = programme.model_copy(update={"plantar_deg": flat_deg})
    sample = actor.sample.model_copy(update={"programme": programme})
    planted = as_motion(np.column_stack([leg_deg, leg_deg]), bend_deg, series.moments.tilt_deg)
    return replace(actor, sample=sample), planted


def planted_legs(actor: Actor, moments: Motion) -> tuple[Floats, Floats]:
    """Leg elevation and knee bend (N,) in degrees that keep the feet where they are.

    The pelvis slides a little as it tips; the feet stay where the first bend puts them when the
    back is flat.
    """
    body, apart_m = actor.body, actor.sample.programme.ankle_apart_m
    flat = as_motion(moments.elevation_deg[:1], moments.knee_deg[:1, 0], np.zeros(1))
    states = [(flat, 0), *((moments, k) for k in range(len(moments.tilt_deg)))]
    joints = np.array([pose_at(actor, motion, k).joints_m for motion, k in states])
    hip_x, _, hip_z = joints[:, body.bone("upperleg01.L")].T
    sole_m = body.rest_m[body.share("foot") > 0.6, 2].min()
    ankle_m = float(body.joints_m[body.bone("foot.L"), 2] - sole_m)
    shod = actor.sample.clothes.shoes is not None
    drop = hip_z - (ankle_m + shod * SHOE_SOLE_M)
    reach = leg_reach_m(body, float(moments.knee_deg[0, 0]), apart_m)
    foot_x = hip_x[0] - np.sqrt(reach**2 - drop[0] ** 2)
    along, drop = hip_x[1:] - foot_x, drop[1:]
    bends = np.arange(130.0, 30.0, -2.0)  # from the shortest reach to the longest
    reaches = [leg_reach_m(body, float(bend), apart_m) for bend in bends]
    bend = np.interp(np.hypot(along, drop), reaches, bends)
    return -np.degrees(np.arctan2(drop, along)), bend
