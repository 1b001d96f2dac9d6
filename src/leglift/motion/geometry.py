"""Where the camera stands, and the body in its own frame: angles as `docs/conventions.md` has them.

The body frame of a shot: x along the floor from head to feet, y up from the floor, unit one
trunk length (shoulder to hip). In it mirrored, shifted and scaled clips are the same clip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.motion.posture import ON_SIDE, PRONE, Posture
from leglift.motion.signals import BODY, SIDES, Floats, middle, points
from leglift.params import RepParams, ViewParams

AXIS_DEG = 3.5
"""The line from shoulder to hip against the floor: the median of 35 shots of leg raises."""

ROLL_DEG = (12.0, 35.0)
"""A trunk that lies at less is the shape of the body, or near enough; at more it sits or stands."""

_BELOW_DEG, _SUNK_DEG, _LOW_DEG = 5.0, 10.0, 30.0  # legs against picture and floor
_SQUARE_DEG, _SQUARE_NORM = 12.0, 0.3

TUCKED_KNEE_DEG = 100.0
"""Legs that come up with knees bent more than this are followed by the thigh, not the foot."""

_HIGH_THIGH_DEG = 45.0

Side = Literal["left", "right"]


@dataclass(frozen=True)
class ShotView:
    """How one shot sees the person.

    `near_side` is the person's side that faces the camera; `feet_right` tells whether the feet
    point to the right of the picture; `floor_deg` is the angle of the floor's direction (head to
    feet) against the picture's horizontal, positive when the feet's end is higher.
    `off_axis_deg` is how far the camera stands off the perpendicular to the trunk, 0 = side-on;
    `raised_deg` is how steeply it looks down: the far side seems to lie higher by `stacked_norm`.
    `towards` is the end of the body that the camera stands nearer to than square-on.
    `hanging` says that the person hangs from a bar; the vertical then takes the floor's place.
    `lies_deg` is the lying trunk's own direction in the picture, as `resting_deg` has it: a camera
    that was not held level, or a body that does not lie flat.
    `posture` says how somebody who does not hang lies. `turned` says that the stretch begins where
    the body has turned round, `after_hole` that it begins where pictures are missing in the file.
    `outside` names the parts of the near side that leave the picture, `lost_frac` is the share of
    the frames without the person.
    """

    shot_idx: int
    near_side: Side
    side_known: bool
    feet_right: bool
    trunk_px: float
    off_axis_deg: float
    stacked_norm: float
    raised_deg: float = 0.0
    floor_deg: float = 0.0
    lies_deg: float = 0.0
    towards: Literal["head", "feet"] = "feet"
    hanging: bool = False
    posture: Posture = "supine"
    turned: bool = False
    after_hole: bool = False
    outside: tuple[str, ...] = ()
    lost_frac: float = 0.0

    def lies_otherwise(self, params: RepParams) -> str:
        """How a person lies who does not lie on the back, in words; empty for one who does.

        On the side is who turns the front to the camera, or is seen square-on with one shoulder
        over the other.
        """
        if self.hanging:
            return ""
        stacked = (
            self.stacked_norm > params.max_stacked_norm
            and self.off_axis_deg < params.stacked_off_axis_deg
        )
        if stacked or self.posture == "side":
            return ON_SIDE
        return PRONE if self.posture == "prone" else ""

    def to_body(self, xy_px: npt.NDArray[np.floating]) -> Floats:
        """Pixels (..., 2), y down, to the body frame (..., 2), y up, in trunk lengths."""
        x = xy_px[..., 0] if self.feet_right else -xy_px[..., 0]
        y = -xy_px[..., 1]
        c, s = np.cos(np.radians(self.floor_deg)), np.sin(np.radians(self.floor_deg))
        turned: Floats = np.stack([c * x + s * y, c * y - s * x], axis=-1) / self.trunk_px
        return turned

    def rings_to_body(self, rings: Sequence[npt.NDArray[np.floating]]) -> list[Floats]:
        """`to_body` of polygons (n, 2), all at once."""
        if not rings:
            return []
        turned, ends = self.to_body(np.concatenate(rings)), np.cumsum([len(r) for r in rings])
        return [turned[a:b] for a, b in pairwise([0, *ends.tolist()])]


def shot_view(frames: pd.DataFrame, params: ViewParams) -> ShotView | None:
    """Work out the view of one shot from its frames; None where the trunk is never seen."""
    seen = frames[np.isfinite(frames["left_hip_x_px"].to_numpy(float))]
    if len(seen) < 2:
        return None
    lead = _near_side_lead(seen)
    near: Side = "left" if lead >= 0 else "right"
    far: Side = "right" if near == "left" else "left"
    trunk = points(seen, near, "hip") - points(seen, near, "shoulder")
    lengths = np.linalg.norm(trunk, axis=1, keepdims=True)
    trunk_px = float(np.median(lengths))
    if trunk_px < 1.0:
        return None
    # Far shoulder and hip from the near ones, along the trunk and across it: seen from the side
    # both are about 0; a camera towards head or feet shifts them along, lying on the side across.
    unit = trunk / lengths
    offsets = [points(seen, far, part) - points(seen, near, part) for part in ("shoulder", "hip")]
    along, across = (
        float(np.mean([np.median((offset * axis).sum(axis=1)) for offset in offsets]) / trunk_px)
        for axis in (unit, np.column_stack([-unit[:, 1], unit[:, 0]]))
    )
    raised = np.clip(abs(across) / params.breadth_to_trunk, 0.0, 1.0)
    return ShotView(
        shot_idx=int(seen["shot_idx"].iloc[0]),
        near_side=near,
        side_known=abs(lead) > 0.05,
        feet_right=float(np.median(trunk[:, 0])) >= 0,
        trunk_px=trunk_px,
        off_axis_deg=float(np.degrees(np.arctan(abs(along) / params.breadth_to_trunk))),
        stacked_norm=abs(across),
        raised_deg=float(np.degrees(np.arcsin(raised))),
        towards="feet" if along >= 0 else "head",
        lost_frac=1 - len(seen) / len(frames),
    )


def resting_deg(body: dict[str, Floats]) -> float:
    """Angle of the lying trunk in a body frame, 0 = as in a level picture; positive: feet's end up.

    Of the joints, whose line differs from the floor's by `AXIS_DEG`: an arm that hides the back
    does not matter. NaN where the trunk is never seen.
    """
    trunk_deg = direction_deg(body["near_shoulder"], body["near_hip"])
    known = trunk_deg[np.isfinite(trunk_deg)]
    return (float(np.median(known)) if len(known) else np.nan) - AXIS_DEG


def rolled_deg(body: dict[str, Floats], view: ShotView) -> float:
    """How far the camera was rolled, by the resting body; 0 where the body itself may lie so.

    `body` is in the frame of a level picture. A body whose feet's end is higher by this much lies
    on no floor, unless the hips are lifted off it: the feet are then far below the hips. One whose
    head's end is higher may be propped up on the elbows, but the legs cannot go below the floor.
    Only where the camera looks square across, at a body whose legs come down: an oblique view
    tilts lines too.
    """
    square_on = view.off_axis_deg <= _SQUARE_DEG and view.stacked_norm <= _SQUARE_NORM
    if not (square_on and ROLL_DEG[0] <= abs(view.lies_deg) <= ROLL_DEG[1]):
        return 0.0
    legs_deg = direction_deg(body["near_hip"], body["near_ankle"])
    legs_deg = legs_deg[np.isfinite(legs_deg)]
    lowest_deg = float(np.percentile(legs_deg, 5)) if len(legs_deg) else np.nan
    below = view.lies_deg > 0 or lowest_deg < -_BELOW_DEG
    rests = -_SUNK_DEG <= lowest_deg - view.lies_deg <= _LOW_DEG
    return view.lies_deg if below and rests else 0.0


def outside_parts(
    frames: pd.DataFrame, side: str, size_px: tuple[int, int], max_frac: float
) -> tuple[str, ...]:
    """Name the parts of one side that lie outside the picture in more than this share of frames."""
    names = []
    for part in BODY:
        xy = points(frames, side, part)
        xy = xy[np.isfinite(xy[:, 0])]
        if len(xy) and ((xy < 0) | (xy > size_px)).any(axis=1).mean() > max_frac:
            names.append(part)
    return tuple(names)


def _near_side_lead(frames: pd.DataFrame) -> float:
    """Evidence that the left side is the near one: depth first, visibility beside it."""
    trunk = points(frames, "left", "hip") - points(frames, "left", "shoulder")
    width = np.median(np.linalg.norm(trunk, axis=1))

    def lead(first: str, second: str, what: str) -> float:
        return float(frames[f"{first}_{what}"].mean() - frames[f"{second}_{what}"].mean())

    nearer = sum(lead("right", "left", f"{part}_z_px") for part in ("shoulder", "hip"))
    clearer = sum(lead("left", "right", f"{part}_visibility") for part in BODY)
    return float(nearer / max(width, 1.0) / 2 + clearer / len(BODY))


def body_points(
    grid: pd.DataFrame, view: ShotView, parts: Sequence[str] = BODY
) -> dict[str, Floats]:
    """Landmarks of a shot in the body frame, by name `near_hip`, `far_knee`, ... each (n, 2)."""
    far = "right" if view.near_side == "left" else "left"
    names = {"near": view.near_side, "far": far}
    return {
        f"{rank}_{part}": view.to_body(points(grid, side, part))
        for rank, side in names.items()
        for part in parts
    }


def direction_deg(origin: Floats, end: Floats) -> Floats:
    """Angle (n,) of origin -> end above the body frame's x axis, in (-180, 180] degrees."""
    d = end - origin
    return np.asarray(np.degrees(np.arctan2(d[..., 1], d[..., 0])))


def joint_deg(a: Floats, joint: Floats, b: Floats) -> Floats:
    """Inner angle (n,) at a joint between two neighbours, 180 = straight."""
    u, v = a - joint, b - joint
    cross = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
    dot = (u * v).sum(axis=-1)
    return np.asarray(np.degrees(np.arctan2(np.abs(cross), dot)))


def leg_angles(body: dict[str, Floats], rank: str) -> pd.DataFrame:
    """Angles of one leg ('near' or 'far').

    Columns: `leg_deg` (hip to ankle above the floor: 0 along the floor, 90 perpendicular),
    `thigh_deg` (hip to knee), `knee_deg` (180 straight), `length_norm` (thigh and shank, in trunk
    lengths), `foot_x_norm`, `foot_y_norm` (ankle from the near shoulder, which stays on the floor
    while hips and feet may not), `followed_deg` (that on which reps are found: of the thigh where
    knees stay tucked). Angles are unwrapped into (-90, 270], as legs may pass the vertical towards
    the head.
    """
    hip, knee, ankle = (body[f"{rank}_{part}"] for part in ("hip", "knee", "ankle"))
    foot = ankle - body["near_shoulder"]
    leg = pd.DataFrame(
        {
            "leg_deg": _past_vertical(direction_deg(hip, ankle)),
            "thigh_deg": _past_vertical(direction_deg(hip, knee)),
            "knee_deg": joint_deg(hip, knee, ankle),
            "length_norm": np.linalg.norm(knee - hip, axis=1)
            + np.linalg.norm(ankle - knee, axis=1),
            "foot_x_norm": foot[:, 0],
            "foot_y_norm": foot[:, 1],
        }
    )
    high = leg["thigh_deg"] > _HIGH_THIGH_DEG
    tucked = leg.loc[high, "knee_deg"].median() < TUCKED_KNEE_DEG
    return leg.assign(followed_deg=leg["thigh_deg"] if tucked else leg["leg_deg"])


def _past_vertical(angle_deg: Floats) -> Floats:
    return np.where(angle_deg < -90, angle_deg + 360, angle_deg)


def picture_tilt_deg(frames: pd.DataFrame) -> Floats:
    """Angle (n,) of the trunk (mid shoulders to mid hips) against the horizontal, 0 to 90."""
    d = np.abs(middle(frames, "hip") - middle(frames, "shoulder"))
    return np.asarray(np.degrees(np.arctan2(d[:, 1], d[:, 0])))


def foot_drop_px(frames: pd.DataFrame) -> Floats:
    """How far the lower foot (n,) is below its hip in the picture, negative above it."""
    drops = [(points(frames, s, "ankle") - points(frames, s, "hip"))[:, 1] for s in SIDES]
    return np.asarray(np.maximum(*drops))
