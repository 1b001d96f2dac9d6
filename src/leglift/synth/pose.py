"""From the angles of one frame to the posed body: legs, arms and head around the resting trunk."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from leglift.synth.body import (
    SUPINE,
    Body,
    Floats,
    bone_transforms,
    pitch_matrix,
    pose_joints,
    yaw_matrix,
)
from leglift.synth.torso import TorsoTable, bend_neck, torso_rotations

SIDES = ("L", "R")


class ArmPose(BaseModel):
    """Where the arms lie; angles in the floor plane, 0 along the legs, 180 past the head."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["sides", "under_glutes", "overhead", "behind_head", "chest", "away"] = "overhead"
    upper_deg: float = Field(default=135.0, ge=-20, le=180)
    fore_deg: float = Field(default=165.0, ge=-120, le=280)
    elbow_z_m: float = Field(default=0.05, ge=0, le=0.4)
    wrist_z_m: float = Field(default=0.03, ge=0, le=0.8)


@dataclass(frozen=True)
class Frame:
    """Joint angles of one frame; pairs are (left, right), angles in degrees."""

    extension_deg: float
    elevation_deg: tuple[float, float]
    knee_deg: tuple[float, float] = (0.0, 0.0)
    plantar_deg: float = 25.0
    head_lift_deg: float = 0.0
    ankle_apart_m: float = 0.13


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


def _segment(body: Body, start: str, end: str) -> Floats:
    """Vector (3,) between two joints of the unposed supine body."""
    rest = body.joints_m[body.bone(end)] - body.joints_m[body.bone(start)]
    vector: Floats = SUPINE @ rest
    return vector


def leg_rotations(
    body: Body, side: str, elevation_deg: float, knee_deg: float, ankle_apart_m: float
) -> tuple[Floats, Floats]:
    """World rotations (3, 3) of thigh and shin.

    Seen from the side, the line from hip to ankle ends up at `elevation_deg` over the floor
    whatever the knee does: that line is what the leg elevation means everywhere in this project.
    """
    thigh = _segment(body, f"upperleg01.{side}", f"lowerleg01.{side}")
    shin = _segment(body, f"lowerleg01.{side}", f"foot.{side}")
    turn = yaw_matrix(_adduction_deg(body, side, thigh + shin, ankle_apart_m))
    leg = turn @ thigh + pitch_matrix(knee_deg) @ turn @ shin
    thigh_deg = np.degrees(np.arctan2(leg[2], -leg[0])) - elevation_deg
    thigh_turn = pitch_matrix(float(thigh_deg)) @ turn @ SUPINE
    return thigh_turn, pitch_matrix(knee_deg) @ thigh_turn


def leg_reach_m(body: Body, knee_deg: float, ankle_apart_m: float) -> float:
    """Distance (m) from hip to ankle, seen square from the side; the same for both legs."""
    thigh, shin = leg_rotations(body, "L", 0.0, knee_deg, ankle_apart_m)
    bones = ("upperleg01.L", "lowerleg01.L", "foot.L")
    hip, knee, ankle = (body.joints_m[body.bone(bone)] for bone in bones)
    leg = thigh @ (knee - hip) + shin @ (ankle - knee)
    return float(np.hypot(leg[0], leg[2]))


def _adduction_deg(body: Body, side: str, leg: Floats, ankle_apart_m: float) -> float:
    """Yaw (deg) that brings the ankle to half of `ankle_apart_m` from the middle."""
    hip_y = _segment(body, "root", f"upperleg01.{side}")[1]
    wanted_y = np.copysign(ankle_apart_m / 2, hip_y) - hip_y
    length = np.hypot(leg[0], leg[1])
    return float(np.degrees(np.arctan2(leg[1], -leg[0]) - np.arcsin(wanted_y / length)))


def _reach(angle_deg: float, outward: float, rise_m: float, length_m: float) -> Floats:
    """Point along the floor while rising by `rise_m` over the bone's length: unit vector (3,)."""
    up = float(np.clip(rise_m / length_m, -0.95, 0.95))
    flat = np.sqrt(1.0 - up**2)
    a = np.radians(angle_deg)
    return np.array([-np.cos(a) * flat, outward * np.sin(a) * flat, up])


@lru_cache(maxsize=16)
def _bones(labels: tuple[str, ...], start: str, side: str) -> list[int]:
    """Bones of one side whose label begins like this."""
    return [j for j, name in enumerate(labels) if name.startswith(start) and name.endswith(side)]


def _set_arm(body: Body, rotations: Floats, root_m: Floats, arms: ArmPose, side: str) -> None:
    """Write the rotations of one arm in place; elbow and wrist reach their heights exactly."""
    outward = -1.0 if side == "L" else 1.0
    lift = max(0.0, arms.upper_deg - 60.0)
    for label, share in ((f"clavicle.{side}", 0.12), (f"shoulder01.{side}", 0.3)):
        j = body.bone(label)
        rotations[j] = yaw_matrix(-outward * share * lift) @ rotations[j]
    shoulder = pose_joints(body, rotations, root_m)[body.bone(f"upperarm01.{side}")]
    upper = _segment(body, f"upperarm01.{side}", f"lowerarm01.{side}")
    length = float(np.linalg.norm(upper))
    aim = _reach(arms.upper_deg, outward, arms.elbow_z_m - shoulder[2], length)
    upper_turn = align(upper, aim)
    fore = upper_turn @ _segment(body, f"lowerarm01.{side}", f"wrist.{side}")
    fore_length = float(np.linalg.norm(fore))
    elbow_z = shoulder[2] + length * aim[2]
    fore_aim = _reach(arms.fore_deg, outward, arms.wrist_z_m - elbow_z, fore_length)
    fore_turn = align(fore, fore_aim) @ upper_turn
    for label, turn in (("upperarm", upper_turn), ("lowerarm", fore_turn), ("wrist", fore_turn)):
        rotations[_bones(body.labels, label, side)] = turn @ SUPINE


def _set_leg(body: Body, rotations: Floats, frame: Frame, index: int) -> None:
    """Write the rotations of one leg in place."""
    side = SIDES[index]
    thigh, shin = leg_rotations(
        body, side, frame.elevation_deg[index], frame.knee_deg[index], frame.ankle_apart_m
    )
    for label in ("upperleg01", "upperleg02"):
        rotations[body.bone(f"{label}.{side}")] = thigh
    for label in ("lowerleg01", "lowerleg02"):
        rotations[body.bone(f"{label}.{side}")] = shin
    rotations[body.bone(f"foot.{side}")] = pitch_matrix(frame.plantar_deg) @ shin


def pose_body(body: Body, table: TorsoTable, frame: Frame, arms: ArmPose) -> Posed:
    """Pose the whole body for one frame, resting on the floor."""
    pelvis_deg, root_z, neck_deg = table.at(frame.extension_deg)
    rotations = torso_rotations(body, frame.extension_deg, pelvis_deg)
    rotations = bend_neck(
        body, rotations, neck_deg + 0.8 * frame.head_lift_deg, frame.head_lift_deg
    )
    root = np.array([0.0, 0.0, root_z])
    for index, side in enumerate(SIDES):
        _set_leg(body, rotations, frame, index)
        _set_arm(body, rotations, root, arms, side)
    joints = pose_joints(body, rotations, root)
    # The chest carries most of the weight and does not slide; the pelvis moves instead.
    joints[:, 0] -= joints[body.bone("spine01"), 0]
    return Posed(joints, bone_transforms(body, rotations, joints))
