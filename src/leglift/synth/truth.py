"""The truth of a frame, read from the posed skin and joints."""

from __future__ import annotations

from typing import Any

import numpy as np

from leglift.synth import body as bodies
from leglift.synth import scene, torso
from leglift.synth.actor import Actor
from leglift.synth.body import Body, Floats
from leglift.synth.motion import Motion
from leglift.synth.pose import Posed

CONTACT_GAP_MM = 4.0
LANDMARKS = {
    "shoulder": "upperarm01", "elbow": "lowerarm01", "wrist": "wrist",
    "hip": "upperleg01", "knee": "lowerleg01", "ankle": "foot",
}  # fmt: skip


def frame_truth(actor: Actor, motion: Motion, frame_idx: int, posed: Posed) -> dict[str, Any]:
    """Truth of one frame, read from the posed skin and joints, not from the programme.

    The gap is that of the skin; cloth may fill it. `penetration_mm` is how far soft tissue was
    pressed before it is flattened against the floor. Pixels are those of the joints that a pose
    model marks.
    """
    trunk_m = bodies.skin(actor.trunk, posed.transforms)
    gap_m = torso.lumbar_gap_m(actor.trunk, trunk_m)
    angles = [leg_elevation_deg(actor.body, posed.joints_m, side) for side in "LR"]
    side = actor.sample.camera.side
    legs = actor.sample.programme.reps[max(int(motion.rep_idx[frame_idx]), 0)].legs
    leading = side if legs == "both" else legs  # the leg that does the rep, or the near one
    names = [
        f"{s}_{name}_{axis}_px" for s in ("left", "right") for name in LANDMARKS for axis in "xy"
    ]
    bones = [actor.body.bone(f"{bone}.{s}") for s in "LR" for bone in LANDMARKS.values()]
    places = scene.project_px(actor.sample.camera, posed.joints_m[bones])
    return {
        "frame_idx": frame_idx,
        "time_s": motion.time_s[frame_idx],
        "rep": int(motion.rep_idx[frame_idx]) + 1,
        "phase": str(motion.phase[frame_idx]),
        "leg_elevation_deg": angles[leading == "right"],
        "leg_elevation_left_deg": angles[0],
        "leg_elevation_right_deg": angles[1],
        "pelvic_tilt_deg": pitch_deg(posed.transforms[0]) - actor.table.flat_pitch_deg,
        "lumbar_gap_mm": gap_m * 1e3,
        "lumbar_gap_norm": gap_m / actor.table.trunk_m,
        "back_on_floor": gap_m * 1e3 <= CONTACT_GAP_MM,
        "penetration_mm": max(0.0, -float(trunk_m[:, 2].min())) * 1e3,
        **dict(zip(names, places.ravel().tolist(), strict=True)),
    }


def pitch_deg(transform: Floats) -> float:
    """Pitch of a bone (3, 4): where its upper end (rest z) points."""
    up = transform[:, 2]
    return float(np.degrees(np.arctan2(up[2], up[0])))


def leg_elevation_deg(body: Body, joints_m: Floats, side: str) -> float:
    """Angle of the hip-ankle line over the floor, seen square from the side."""
    leg = joints_m[body.bone(f"foot.{side}")] - joints_m[body.bone(f"upperleg01.{side}")]
    return float(np.degrees(np.arctan2(leg[2], -leg[0])))
