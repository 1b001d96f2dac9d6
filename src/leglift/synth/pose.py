"""From the angles of one frame to the posed body: legs, arms and head around the resting trunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from leglift.synth.body import (
    SUPINE,
    Body,
    Floats,
    Frozen,
    bone_transforms,
    pitch_matrix,
    pose_joints,
    yaw_matrix,
)
from leglift.synth.motion import Programme
from leglift.synth.torso import TorsoTable, bend_neck, torso_rotations

SIDES = ("L", "R")


class ArmPose(Frozen):
    """Where the arms lie; angles in the floor plane, 0 along the legs, 180 past the head."""

    name: Literal["sides", "under_glutes", "overhead", "behind_head", "chest", "away"] = "overhead"
    upper_deg: float = Field(default=135.0, ge=-20, le=180)
    fore_deg: float = Field(default=165.0, ge=-120, le=280)
    elbow_z_m: float = Field(default=0.05, ge=0, le=0.4)
    wrist_z_m: float = Field(default=0.03, ge=0, le=0.8)


@dataclass(frozen=True)
class Posed:
    """A body in one frame: joints (J, 3) in metres and skinning transforms (J, 3, 4)."""

    joints_m: Floats
    transforms: Floats


def align(start: Floats, end: Floats) -> Floats:
    """Smallest rotation (3, 3) that turns one direction into another."""
    a, b = start / np.linalg.norm(start), end / np.linalg.norm(end)
    c = float(a @ b)
    cross = np.outer(b, a) - np.outer(a, b)  # the matrix of "a x b crossed with"
    rotation: Floats = np.eye(3) + cross + cross @ cross / max(1.0 + c, 1e-6)
    return rotation


def leg_rotations(
    body: Body, side: str, elevation_deg: float, knee_deg: float, ankle_apart_m: float
) -> tuple[Floats, Floats]:
    """World rotations (3, 3) of thigh and shin.

    Seen from the side, the line from hip to ankle ends up at `elevation_deg` over the floor
    whatever the knee does: that line is what the leg elevation means everywhere in this project.
    """
    thigh = SUPINE @ body.segment(f"upperleg01.{side}", f"lowerleg01.{side}")
    shin = SUPINE @ body.segment(f"lowerleg01.{side}", f"foot.{side}")
    turn = yaw_matrix(_adduction_deg(body, side, thigh + shin, ankle_apart_m))
    leg = turn @ thigh + pitch_matrix(knee_deg) @ turn @ shin
    thigh_deg = np.degrees(np.arctan2(leg[2], -leg[0])) - elevation_deg
    thigh_turn = pitch_matrix(float(thigh_deg)) @ turn @ SUPINE
    return thigh_turn, pitch_matrix(knee_deg) @ thigh_turn


def _adduction_deg(body: Body, side: str, leg: Floats, ankle_apart_m: float) -> float:
    """Yaw (deg) that brings the ankle to half of `ankle_apart_m` from the middle."""
    hip_y = (SUPINE @ body.segment("root", f"upperleg01.{side}"))[1]
    wanted_y = np.copysign(ankle_apart_m / 2, hip_y) - hip_y
    length = np.hypot(leg[0], leg[1])
    return float(np.degrees(np.arctan2(leg[1], -leg[0]) - np.arcsin(wanted_y / length)))


def leg_reach_m(body: Body, knee_deg: float, ankle_apart_m: float) -> float:
    """Distance (m) from hip to ankle, seen square from the side; the same for both legs."""
    thigh, shin = leg_rotations(body, "L", 0.0, knee_deg, ankle_apart_m)
    leg = thigh @ body.segment("upperleg01.L", "lowerleg01.L")
    leg = leg + shin @ body.segment("lowerleg01.L", "foot.L")
    return float(np.hypot(leg[0], leg[2]))


def _reach(angle_deg: float, outward: float, rise_m: float, length_m: float) -> Floats:
    """Point along the floor while rising by `rise_m` over the bone's length: unit vector (3,)."""
    up = float(np.clip(rise_m / length_m, -0.95, 0.95))
    flat = np.sqrt(1.0 - up**2)
    a = np.radians(angle_deg)
    return np.array([-np.cos(a) * flat, outward * np.sin(a) * flat, up])


def _set_arm(body: Body, rotations: Floats, root_m: Floats, arms: ArmPose, side: str) -> None:
    """Write the rotations of one arm in place; elbow and wrist reach their heights exactly."""
    outward = -1.0 if side == "L" else 1.0
    lift = max(0.0, arms.upper_deg - 60.0)
    for label, share in ((f"clavicle.{side}", 0.12), (f"shoulder01.{side}", 0.3)):
        j = body.bone(label)
        rotations[j] = yaw_matrix(-outward * share * lift) @ rotations[j]
    shoulder = pose_joints(body, rotations, root_m)[body.bone(f"upperarm01.{side}")]
    upper = SUPINE @ body.segment(f"upperarm01.{side}", f"lowerarm01.{side}")
    length = float(np.linalg.norm(upper))
    aim = _reach(arms.upper_deg, outward, arms.elbow_z_m - shoulder[2], length)
    upper_turn = align(upper, aim)
    fore = upper_turn @ (SUPINE @ body.segment(f"lowerarm01.{side}", f"wrist.{side}"))
    rise_m = arms.wrist_z_m - (shoulder[2] + length * aim[2])
    fore_aim = _reach(arms.fore_deg, outward, rise_m, float(np.linalg.norm(fore)))
    fore_turn = align(fore, fore_aim) @ upper_turn
    turns = {"upperarm": upper_turn, "lowerarm": fore_turn, "wrist": fore_turn}
    _turn(body, rotations, side, {name: turn @ SUPINE for name, turn in turns.items()})


def _turn(body: Body, rotations: Floats, side: str, turns: dict[str, Floats]) -> None:
    """Write the rotation of all bones of one side whose label begins like this."""
    for start, turn in turns.items():
        bones = [j for j, b in enumerate(body.labels) if b.startswith(start) and b.endswith(side)]
        rotations[bones] = turn


def pose_body(
    body: Body,
    table: TorsoTable,
    arms: ArmPose,
    programme: Programme,
    tilt_deg: float,
    elevation_deg: Sequence[float],
    knee_deg: Sequence[float],
) -> Posed:
    """Pose the whole body for one frame, resting on the floor; legs are (left, right)."""
    extension_deg, pelvis_deg, root_z, neck_deg = table.at(tilt_deg)
    head_deg = programme.head_lift_deg
    rotations = torso_rotations(body, extension_deg, pelvis_deg)
    rotations = bend_neck(body, rotations, neck_deg + 0.8 * head_deg, head_deg)
    root = np.array([0.0, 0.0, root_z])
    for side, leg_deg, bend_deg in zip(SIDES, elevation_deg, knee_deg, strict=True):
        thigh, shin = leg_rotations(body, side, leg_deg, bend_deg, programme.ankle_apart_m)
        foot = pitch_matrix(programme.plantar_deg) @ shin
        _turn(body, rotations, side, {"upperleg": thigh, "lowerleg": shin, "foot": foot})
        _set_arm(body, rotations, root, arms, side)
    joints = pose_joints(body, rotations, root)
    # The chest carries most of the weight and does not slide; the pelvis moves instead.
    joints[:, 0] -= joints[body.bone("spine01"), 0]
    return Posed(joints, bone_transforms(body, rotations, joints))
