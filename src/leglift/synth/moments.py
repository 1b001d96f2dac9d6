"""Draws series of still moments: one body whose legs and back are asked about separately.

A clip shows how a back moves; a still shows only where it is. So that no still's legs tell what its
back does, leg elevation and pelvic tilt come from random streams of their own, moment by moment.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from leglift.synth.actor import Actor, pose_at
from leglift.synth.body import Body, BodyParams, Floats, build_body
from leglift.synth.chance import between, pick
from leglift.synth.draw_person import draw_body, draw_clothes, draw_print
from leglift.synth.draw_scene import (
    at_height,
    draw_light,
    draw_recording,
    draw_room,
    figure_points,
    match_mat,
)
from leglift.synth.looks import Clothes
from leglift.synth.motion import Motion, Programme, Rep
from leglift.synth.pose import ArmPose, leg_reach_m, leg_rotations
from leglift.synth.sample import Recording, Sample
from leglift.synth.scene import Camera, project_px
from leglift.synth.truth import pitch_deg

Rng = np.random.Generator
Clothing = Literal["bare", "fitted", "loose"]

LEG_DEG = (5.0, 95.0)
FLAT_SHARE = 0.5
FLAT_TILT_DEG = (-1.5, 2.5)
ARCHED_TILT_DEG = (3.0, 28.0)
FEET_DOWN_SHARE = 0.2
BENT_DEG = (75.0, 112.0)
ALONG_SIDES_SHARE = 0.15
OFF_THE_WAIST = ("chest", "overhead", "behind_head", "away")
CLOTHING = {"bare": 0.25, "fitted": 0.4, "loose": 0.35}
CLEAR_CLOTHING = {"bare": 0.4, "fitted": 0.6}
SIZES = ((640, 360), (854, 480), (960, 540), (1280, 720))
LOW_SHARE = 0.88
LOW_M = (0.1, 0.7)
HIGHER_M = (0.7, 1.2)
AZIMUTH_DEG = 25.0
REACH_M = {"overhead": 0.95, "behind_head": 0.75}
CLEAR_TRUNK_PX = 140.0
SHOE_SOLE_M = 0.008


class Asked(BaseModel):
    """What a run asks of every series."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(ge=0)
    moments: int = Field(default=10, ge=1, le=99)
    clear: bool = Field(
        default=False, description="waist never covered: no arms along it, no loose cloth, near"
    )


class Moment(BaseModel):
    """Legs and back of one still; legs are (left, right)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    leg_deg: tuple[float, float]
    bend_deg: float = Field(ge=0, le=130, description="of the knees; 0 is straight")
    tilt_deg: float


class Series(BaseModel):
    """One body in one room before one camera, and the moments that it is seen in.

    With `feet_down` the legs stay where the first knee bend puts the feet, flat on the floor.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sample: Sample
    clothing: Clothing
    feet_down: bool
    moments: tuple[Moment, ...]


def draw_tilts(rng: Rng, count: int) -> Floats:
    """Pelvic tilts (count,) in degrees: half flat, the others spread evenly."""
    flat = rng.uniform(*FLAT_TILT_DEG, count)
    arched = rng.uniform(*ARCHED_TILT_DEG, count)
    tilts: Floats = np.where(rng.random(count) < FLAT_SHARE, flat, arched)
    return tilts


def draw_moments(legs: Rng, back: Rng, count: int, feet_down: bool) -> tuple[Moment, ...]:
    """Draw a series' moments; the two streams never touch."""
    tilts = draw_tilts(back, count)
    middle = legs.uniform(*LEG_DEG, count)
    apart = legs.normal(0, 1.5, count)
    bends = np.clip(legs.uniform(0, 10) + legs.normal(0, 3, count), 0, 18)
    if feet_down:
        bends = np.full(count, legs.uniform(*BENT_DEG))
        middle, apart = np.zeros(count), np.zeros(count)
    return tuple(
        Moment(
            leg_deg=(round(leg + shift, 2), round(leg - shift, 2)),
            bend_deg=round(bend, 2),
            tilt_deg=round(tilt, 2),
        )
        for leg, shift, bend, tilt in zip(
            *(column.tolist() for column in (middle, apart, bends, tilts)), strict=True
        )
    )


def draw_arms(rng: Rng, body: BodyParams, clear: bool) -> ArmPose:
    """Arms off the waist, but for the share that lies along the sides."""
    if not clear and rng.random() < ALONG_SIDES_SHARE:
        upper = rng.uniform(12, 26) + 10.0 * body.weight
        return _arms("sides", upper, rng.uniform(-4, 16), rng.uniform(0.04, 0.07), 0.04)
    kind = str(rng.choice(OFF_THE_WAIST))
    if kind == "chest":
        rise, height = rng.uniform(0.08, 0.17), 0.21 + 0.07 * body.weight + rng.uniform(0.0, 0.03)
        return _arms(kind, rng.uniform(42, 65), rng.uniform(-105, -80), rise, height)
    if kind == "overhead":
        upper, height = rng.uniform(125, 165), rng.uniform(0.03, 0.09)
        return _arms(kind, upper, rng.uniform(155, 200), 0.06, height)
    if kind == "behind_head":
        upper, fore = rng.uniform(115, 140), rng.uniform(225, 260)
        return _arms(kind, upper, fore, rng.uniform(0.04, 0.12), rng.uniform(0.02, 0.05))
    return _reaching(rng)


def _reaching(rng: Rng) -> ArmPose:
    """Straight arms that reach up, towards the knees or the ceiling."""
    rise = np.sin(np.radians(rng.uniform(45, 78)))
    upper, fore = rng.uniform(-6, 18), rng.uniform(-12, 8)
    return _arms("away", upper, fore, 0.11 + 0.27 * rise, 0.11 + 0.52 * rise)


def _arms(name: Any, upper: float, fore: float, elbow_z: float, wrist_z: float) -> ArmPose:
    return ArmPose(
        name=name, upper_deg=round(upper, 2), fore_deg=round(fore, 2),
        elbow_z_m=round(float(elbow_z), 4), wrist_z_m=round(float(wrist_z), 4),
    )  # fmt: skip


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
    end = REACH_M.get(arms.name, 0.6)  # how far hands or hair go beyond the chest
    head = np.array([[end, 0, 0.0], [0.3, 0, 0.2]])
    if feet_down:
        return np.vstack([head, [[-1.25, 0, 0.0], [-0.75, 0, 0.6]]])
    reps = (Rep(low_deg=LEG_DEG[0], top_deg=LEG_DEG[1]),)
    return np.vstack([head, figure_points(arms, Programme(reps=reps))])


def draw_camera(rng: Rng, points_m: Floats, fills: tuple[float, float]) -> Camera:
    """Roughly side-on and mostly low, the figure filling the picture by the wanted share."""
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    azimuth = rng.normal(0, 9) if rng.random() < 0.6 else rng.uniform(-AZIMUTH_DEG, AZIMUTH_DEG)
    camera = Camera(
        side="left" if rng.random() < 0.5 else "right",
        azimuth_deg=round(float(np.clip(azimuth, -AZIMUTH_DEG, AZIMUTH_DEG)), 2),
        elevation_deg=0.0,
        fov_deg=between(rng, 28, 72),
        roll_deg=round(float(np.clip(rng.normal(0, 1.2), -4, 4)), 2),
        width_px=width,
        height_px=height,
    )
    height_m = between(rng, *(LOW_M if rng.random() < LOW_SHARE else HIGHER_M))
    return at_height(camera, points_m, between(rng, *fills), height_m)


def draw_near_camera(rng: Rng, points_m: Floats, trunk_m: float) -> Camera:
    """Draw cameras until one sees the trunk large enough (of 100, or the last)."""
    trunk = np.array([[0.25, 0.0, 0.1], [0.25 - trunk_m, 0.0, 0.1]])
    for _ in range(100):
        camera = draw_camera(rng, points_m, (0.8, 0.97))
        if np.linalg.norm(np.diff(project_px(camera, trunk), axis=0)) >= 1.03 * CLEAR_TRUNK_PX:
            break
    return camera


def rest_trunk_m(body: Body) -> float:
    """Distance (m) from hip to shoulder, seen square from the side."""
    hip, shoulder = (body.joints_m[body.bone(f"{b}.L")] for b in ("upperleg01", "upperarm01"))
    return float(np.hypot(*(shoulder - hip)[1:]))


def _streams(seed: int, index: int) -> dict[str, Rng]:
    names = (
        "body", "legs", "back", "arms", "clothes", "room", "light", "camera", "recording", "match",
    )  # fmt: skip
    # The last number keeps these streams apart from those of `draw_sample`.
    children = np.random.SeedSequence([seed, index, 1]).spawn(len(names))
    return dict(zip(names, map(np.random.default_rng, children), strict=True))


def draw_series(asked: Asked, index: int) -> Series:
    """Series `index` of a run: a pure function of the request and the index."""
    rng = _streams(asked.seed, index)
    body = draw_body(rng["body"])
    feet_down = bool(rng["legs"].random() < FEET_DOWN_SHARE)
    arms = draw_arms(rng["arms"], body, asked.clear)
    clothing, clothes = draw_waist(rng["clothes"], body, asked.clear)
    points = outline_m(arms, feet_down)
    if asked.clear:
        camera = draw_near_camera(rng["camera"], points, rest_trunk_m(build_body(body)))
    else:
        camera = draw_camera(rng["camera"], points, (0.6, 0.97))
    sample = Sample(
        seed=int(rng["recording"].integers(1 << 30)), body=body, clothes=clothes, arms=arms,
        programme=draw_still_parts(rng["legs"]), camera=camera,
        light=draw_light(rng["light"]),
        room=match_mat(rng["match"], clothes, draw_room(rng["room"])),
        recording=draw_still(rng["recording"]),
    )  # fmt: skip
    moments = draw_moments(rng["legs"], rng["back"], asked.moments, feet_down)
    return Series(sample=sample, clothing=clothing, feet_down=feet_down, moments=moments)


def draw_still_parts(rng: Rng) -> Programme:
    """Feet and head, which keep still all through the series; the one rep is never done."""
    return Programme(
        reps=(Rep(),),
        plantar_deg=between(rng, 0, 50),
        head_lift_deg=between(rng, 8, 25) if rng.random() < 0.1 else 0.0,
        ankle_apart_m=between(rng, 0.09, 0.25),
    )


def draw_still(rng: Rng) -> Recording:
    """Lens, noise and compression as in a clip; nothing moves, and edges are drawn smooth."""
    drawn = draw_recording(rng)
    return drawn.model_copy(update={"samples": 4, "cell_m": 0.0, "blur_pictures": 1})


def as_motion(leg_deg: Floats, bend_deg: Floats, tilt_deg: Floats) -> Motion:
    """Moments in the form of a motion whose frames do not belong together.

    `leg_deg` (N, 2) is (left, right), the others (N,).
    """
    count = len(tilt_deg)
    return Motion(
        time_s=np.arange(count, dtype=float),
        rep_idx=np.zeros(count, dtype=np.int64),
        phase=np.full(count, "bottom"),
        elevation_deg=leg_deg,
        knee_deg=np.column_stack([bend_deg, bend_deg]),
        tilt_deg=tilt_deg,
    )


def settle(series: Series, actor: Actor) -> tuple[Sample, Motion]:
    """Sample and motion to render; feet that are down are put on the floor first."""
    leg_deg = np.array([m.leg_deg for m in series.moments])
    bend_deg = np.array([m.bend_deg for m in series.moments])
    tilt_deg = np.array([m.tilt_deg for m in series.moments])
    sample, motion = series.sample, as_motion(leg_deg, bend_deg, tilt_deg)
    if not series.feet_down:
        return sample, motion
    legs = planted_legs(sample, actor, motion)
    flat = 90.0 - shin_pitch_deg(actor.body, legs[0, 0], legs[0, 1], sample.programme.ankle_apart_m)
    programme = sample.programme.model_copy(update={"plantar_deg": round(flat, 2)})
    planted = as_motion(np.column_stack([legs[:, 0], legs[:, 0]]), legs[:, 1], tilt_deg)
    return sample.model_copy(update={"programme": programme}), planted


def ankle_height_m(body: Body, shod: bool) -> float:
    """Height (m) of the ankle joint over the floor under a flat foot."""
    sole = body.rest_m[body.share("foot") > 0.6, 2].min()
    return float(body.joints_m[body.bone("foot.L"), 2] - sole) + shod * SHOE_SOLE_M


def planted_legs(sample: Sample, actor: Actor, motion: Motion) -> Floats:
    """Leg elevation and knee bend (N, 2) in degrees that keep the feet where they are.

    The pelvis slides a little as it tips; the feet stay where the first bend puts them when the
    back is flat.
    """
    apart_m = sample.programme.ankle_apart_m
    ankle_z = ankle_height_m(actor.body, sample.clothes.shoes is not None)
    flat = as_motion(motion.elevation_deg[:1], motion.knee_deg[:1, 0], np.zeros(1))
    hips = np.array(
        [hip_xz_m(sample, actor, flat, 0)]
        + [hip_xz_m(sample, actor, motion, i) for i in range(len(motion.tilt_deg))]
    )
    drop = hips[:, 1] - ankle_z
    reach = leg_reach_m(actor.body, float(motion.knee_deg[0, 0]), apart_m)
    foot_x = hips[0, 0] - np.sqrt(reach**2 - drop[0] ** 2)
    along, drop = hips[1:, 0] - foot_x, drop[1:]
    bends = np.arange(130.0, 30.0, -2.0)  # from the shortest reach to the longest
    reaches = [leg_reach_m(actor.body, float(bend), apart_m) for bend in bends]
    bend = np.interp(np.hypot(along, drop), reaches, bends)
    return np.column_stack([-np.degrees(np.arctan2(drop, along)), bend])


def hip_xz_m(sample: Sample, actor: Actor, motion: Motion, idx: int) -> tuple[float, float]:
    """Hip joint (x, z) of one moment, in metres."""
    joints = pose_at(sample, actor, motion, idx).joints_m
    x, _, z = joints[actor.body.bone("upperleg01.L")]
    return float(x), float(z)


def shin_pitch_deg(body: Body, leg_deg: float, bend_deg: float, ankle_apart_m: float) -> float:
    """Pitch (deg) of the shin's upper end; at 90 a shin stands upright on its foot."""
    _, shin = leg_rotations(body, "L", leg_deg, bend_deg, ankle_apart_m)
    return pitch_deg(shin)
