"""Draws a set: the legs of its reps, and from another stream what the back does."""

from __future__ import annotations

from typing import Any

import numpy as np

from leglift.synth.chance import Rng, between, pick, spread
from leglift.synth.motion import Programme, Rep

ARCHES = {"flat": 0.22, "mixed": 0.38, "throughout": 0.08, "growing": 0.16, "free": 0.16}


def draw_legs(rng: Rng, count: int) -> list[dict[str, Any]]:
    """Tempo, range and knees of each rep, a little different each time."""
    lift, top = spread(rng, 0.5, 2.2), rng.uniform(0.0, 0.6)
    lowering, pause = spread(rng, 0.6, 4.0), rng.uniform(0.0, 0.7)
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


def draw_programme(
    legs_rng: Rng, arch_rng: Rng, reps: tuple[int, int] = (4, 8), max_fps: float = 30.0
) -> Programme:
    """Draw a set of between `reps[0]` and `reps[1]` reps; the two streams never touch."""
    count = int(legs_rng.integers(reps[0], reps[1] + 1))
    arches, rest_deg = draw_arches(arch_rng, count)
    made = []
    for legs, arch in zip(draw_legs(legs_rng, count), arches, strict=True):
        span_deg = legs["top_deg"] - legs["low_deg"]
        onset_deg = round(legs["low_deg"] + arch.pop("onset_frac") * span_deg, 2)
        made.append(Rep(onset_deg=onset_deg, **legs, **arch))
    foot_down = legs_rng.random() < 0.5
    return Programme(
        reps=tuple(made),
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
