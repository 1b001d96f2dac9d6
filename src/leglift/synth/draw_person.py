"""Draws a person: shape, arms, clothes, hair."""

from __future__ import annotations

from typing import Any

import numpy as np

from leglift.synth.body import BodyParams
from leglift.synth.chance import Rng, any_colour, between, mixed, pick, spread
from leglift.synth.looks import Clothes
from leglift.synth.pose import ArmPose

SKINS = ((0.75, 0.52, 0.41), (0.62, 0.38, 0.27), (0.40, 0.22, 0.13), (0.16, 0.08, 0.05))
HAIR = ((0.01, 0.01, 0.01), (0.05, 0.03, 0.02), (0.22, 0.12, 0.05), (0.5, 0.36, 0.16))

ARMS = {
    "sides": 0.32, "under_glutes": 0.14, "overhead": 0.26, "behind_head": 0.08, "chest": 0.11,
    "away": 0.09,
}  # fmt: skip


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


def draw_arms(rng: Rng, body: BodyParams) -> ArmPose:
    """Where the arms lie; broader people need more room beside them."""
    kind, room = pick(rng, ARMS), 12.0 * body.weight
    if kind == "sides":
        upper, fore = rng.uniform(18, 34) + room, rng.uniform(-4, 22)
        return arm_pose("sides", upper, fore, rng.uniform(0.04, 0.06), rng.uniform(0.025, 0.05))
    if kind == "under_glutes":
        upper, fore = rng.uniform(20, 28) + room, rng.uniform(-32, -22)
        return arm_pose("under_glutes", upper, fore, 0.05, 0.012)
    if kind == "chest":
        height = 0.20 + 0.06 * body.weight + rng.uniform(0.0, 0.03)
        return arm_pose("chest", rng.uniform(30, 50), rng.uniform(-115, -80), 0.06, height)
    if kind == "behind_head":
        return behind_head(rng)
    if kind == "away":
        return arm_pose("sides", rng.uniform(45, 80), rng.uniform(35, 90), 0.05, 0.035)
    upper, fore = rng.uniform(85, 165), rng.uniform(150, 200)
    return arm_pose("overhead", upper, fore, 0.06, rng.uniform(0.03, 0.09))


def behind_head(rng: Rng) -> ArmPose:
    """Hands under the head, elbows out."""
    upper, fore = rng.uniform(115, 140), rng.uniform(225, 260)
    return arm_pose("behind_head", upper, fore, rng.uniform(0.04, 0.12), rng.uniform(0.02, 0.05))


def arm_pose(name: Any, upper: float, fore: float, elbow_z: float, wrist_z: float) -> ArmPose:
    """Angles (deg) to two decimals and heights (m) to four."""
    upper, fore, elbow_z, wrist_z = (float(x) for x in (upper, fore, elbow_z, wrist_z))
    return ArmPose(
        name=name, upper_deg=round(upper, 2), fore_deg=round(fore, 2),
        elbow_z_m=round(elbow_z, 4), wrist_z_m=round(wrist_z, 4),
    )  # fmt: skip


def draw_clothes(rng: Rng, body: BodyParams) -> Clothes:
    """Fitted half of the time, otherwise loose with folds that may hang into the gap."""
    loose = rng.random() < 0.5
    return Clothes(
        skin=mixed(rng, SKINS),
        hair=mixed(rng, HAIR),
        top=any_colour(rng),
        bottom=any_colour(rng, 0.55),
        shoes=any_colour(rng) if rng.random() < 0.5 else None,
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
        "print_waves_per_m": round(spread(rng, 3.0, 20.0), 2),
        "print_sharp": bool(rng.random() < 0.4),
        "print_seed": int(rng.integers(1 << 30)),
        "band_m": between(rng, 0.015, 0.06) if banded else 0.0,
        "band": any_colour(rng),
    }


def draw_hair(rng: Rng, long_share: float) -> dict[str, Any]:
    """Short, or a bun, a ponytail, hair spread over the floor."""
    style = str(rng.choice(["bun", "tail", "spread"])) if rng.random() < long_share else "short"
    return {
        "hair_style": style,
        "hair_length_m": between(rng, 0.12, 0.38),
        "hair_aside_deg": between(rng, -60, 60),
    }
