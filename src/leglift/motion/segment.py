"""A clip's table to signals and reps: everything between the pixels and the verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.memory import give_back
from leglift.motion.arm import ARM, arm_cover_frac
from leglift.motion.geometry import (
    ShotView,
    body_points,
    foot_drop_px,
    leg_angles,
    outside_parts,
    picture_tilt_deg,
    resting_deg,
    rolled_deg,
    shot_view,
)
from leglift.motion.hanging import hanging_view, hold_columns
from leglift.motion.lumbar import LUMBAR_COLUMNS, lumbar_table
from leglift.motion.posture import shot_posture, steady_stretches
from leglift.motion.profile import PROFILE_COLUMNS, profile_table
from leglift.motion.reps import REP_COLUMNS, UPRIGHT, leg_reps, merge_legs, reversal_deg
from leglift.motion.shake import leg_shake
from leglift.motion.signals import NEEDED_COLUMNS, POINT_COLUMNS, by_shot, shot_index, to_grid
from leglift.params import BackParams, Params
from leglift.vision.table import CUT_THUMB_DIFF, iter_rings, read_frames, read_meta, track_ids

Floats = npt.NDArray[np.float64]

TUCKED_KNEE_DEG = 100.0
"""Legs that come up with knees bent more than this are followed by the thigh, not the foot."""

_POSTURE_COLUMNS = (
    "shoulder_norm",
    "tilt_deg",
    "drop_norm",
    "hand_x_norm",
    "hand_y_norm",
    "grip_norm",
)
_GAP_COLUMNS = ("gap_norm", "gap_mean_norm", "support_deg", "support_base_norm")
_HIGH_THIGH_DEG = 45.0
_MIN_FLOOR_DEG = 6.0  # less is the shape of the back, not a tilted camera
_MAX_FLOOR_DEG = 15.0
_MAX_FLOOR_ARM_FRAC = 0.2
_MIN_FLOOR_FRAMES = 5
_BODY = (*ARM, "knee", "ankle")
_TRACED = [
    "time_s", "shot_idx", *_POSTURE_COLUMNS,
    *(f"{rank}_{name}" for rank in ("near", "far")
      for name in ("followed_deg", "foot_x_norm", "foot_y_norm")),
]  # fmt: skip


@dataclass(frozen=True)
class Motion:
    """What the motion room knows of one person in one clip.

    `signals` is an even grid (`time_s`, `shot_idx`, angles, trunk outline), `movements` has a row
    for every up-and-down of a leg, with the `posture` (lying or hanging) and the `reason` why it is
    no leg lift where it is none.
    `track_idx` is the person's number in the clip's table.
    """

    signals: pd.DataFrame
    movements: pd.DataFrame
    views: dict[int, ShotView]
    track_idx: int = 0

    @property
    def reps(self) -> pd.DataFrame:
        """The leg lifts, numbered from 1 in order of time."""
        lifts = self.movements[self.movements["reason"] == ""].reset_index(drop=True)
        return lifts.assign(rep=np.arange(1, len(lifts) + 1))


def segment_lifter(table: Path, params: Params) -> Motion | None:
    """Segment the person of a clip's table who does most leg lifts.

    Without any leg lift it is the person seen most often; None when nobody is seen.
    """
    people = [segment_clip(table, params, track) for track in track_ids(table)]
    seen = [person for person in people if person is not None]
    return max(seen, key=lambda person: len(person.reps), default=None)


def segment_clip(table: Path, params: Params, track_idx: int = 0) -> Motion | None:
    """Read one person's rows of a clip's table and find the leg lifts.

    Returns None when the person is never seen.
    """
    frames = read_frames(table, NEEDED_COLUMNS, track_idx)
    if not frames["detected"].any():
        return None
    cuts = shot_index(frames, params.motion)
    frames["shot_idx"], turning = steady_stretches(frames, cuts, params.posture)
    views = _views(frames, table, cuts, turning, params)
    if not views:
        return Motion(pd.DataFrame(), _stacked([]), views, track_idx)
    frames = frames[["frame_idx", "time_s", "shot_idx", *POINT_COLUMNS]]
    profiles = profile_table(
        iter_rings(table, track_idx), _trunks(frames, views), views, params.back
    )
    views = _with_floors(frames, profiles["support_deg"], views, params.back)
    body = body_signals(frames, views, params)
    movements = [
        shot_movements(rows.reset_index(drop=True), views[shot], params)
        for shot, rows in by_shot(body[_TRACED], body["shot_idx"])
    ]
    # Long clips: what the landmarks were read for is there, so that they make room.
    frames = frames[["frame_idx", "time_s", "shot_idx"]].copy()
    give_back()
    outline = _on_grid(frames, profiles, PROFILE_COLUMNS, views, params)
    del profiles
    lumbar = lumbar_table(table, track_idx)
    back = _on_grid(frames, lumbar, LUMBAR_COLUMNS, views, params)
    give_back()
    signals = pd.concat([outline, back, body.drop(columns=["time_s", "shot_idx"])], axis=1)
    return Motion(signals, _stacked(movements), views, track_idx)


def _views(
    frames: pd.DataFrame, table: Path, cuts: pd.Series, turning: set[int], params: Params
) -> dict[int, ShotView]:
    """View of every stretch in which somebody's trunk is seen and not turning round.

    `cuts` numbers the frames' shots, of which a stretch is a part.
    """
    meta = read_meta(table)
    first = ~cuts.duplicated()
    views = {
        shot: _seen_view(rows, (meta.width_px, meta.height_px), params)
        for shot, rows in by_shot(frames, frames["shot_idx"])
        if shot not in turning
    }
    begins = {shot: rows.index[0] for shot, rows in frames.groupby("shot_idx")}
    holes = frames["thumb_diff"] >= CUT_THUMB_DIFF
    return {
        shot: replace(
            view, turned=not bool(first[begins[shot]]), after_hole=bool(holes[begins[shot]])
        )
        for shot, view in views.items()
        if view is not None
    }


def _seen_view(rows: pd.DataFrame, size_px: tuple[int, int], params: Params) -> ShotView | None:
    """View of one shot, with what leaves the picture; of somebody who hangs where that is so."""
    view = shot_view(rows, params.view)
    if view is None:
        return None
    outside = outside_parts(rows, view.near_side, size_px, params.check.max_outside_frac)
    view = replace(view, outside=outside, posture=shot_posture(rows, params.posture))
    return hanging_view(rows, view, params.reps, params.view) or view


def _on_grid(
    frames: pd.DataFrame,
    found: pd.DataFrame,
    columns: list[str],
    views: dict[int, ShotView],
    params: Params,
) -> pd.DataFrame:
    """Put what was found in frames (by `frame_idx`) on the even grid of the shots with a view.

    The first of the results also has `time_s` and `shot_idx`, those of the profiles. Nobody who
    hangs lies on anything: the gap is NaN then.
    """
    known = found.reindex(frames["frame_idx"]).set_axis(frames.index)
    grid = to_grid(pd.concat([frames, known], axis=1), columns, frames["shot_idx"], params.motion)
    grid = _of_shots(grid, views)
    hanging = grid["shot_idx"].isin([shot for shot, view in views.items() if view.hanging])
    if hanging.any() and set(_GAP_COLUMNS) <= set(columns):
        grid.loc[hanging, list(_GAP_COLUMNS)] = np.nan
    return grid if columns is PROFILE_COLUMNS else grid[columns]


def _of_shots(grid: pd.DataFrame, views: dict[int, ShotView]) -> pd.DataFrame:
    inside = grid["shot_idx"].isin(list(views))
    return grid if inside.all() else grid[inside].reset_index(drop=True)


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    if not filled:
        return pd.DataFrame(columns=[*REP_COLUMNS, "shot_idx", "posture"])
    return pd.concat(filled, ignore_index=True)


def _trunks(frames: pd.DataFrame, views: dict[int, ShotView]) -> pd.DataFrame:
    """Near shoulder and hip of every frame in pixels, by `frame_idx`."""
    near = frames["shot_idx"].map({i: v.near_side for i, v in views.items()})
    columns = {
        f"{part}_{axis}_px": np.where(
            near == "left", frames[f"left_{part}_{axis}_px"], frames[f"right_{part}_{axis}_px"]
        )
        for part in ("shoulder", "hip")
        for axis in "xy"
    }
    index = pd.Index(frames["frame_idx"], name="frame_idx")
    return pd.DataFrame({"shot_idx": frames["shot_idx"].to_numpy(), **columns}, index=index)


def _with_floors(
    frames: pd.DataFrame, support_deg: pd.Series, views: dict[int, ShotView], params: BackParams
) -> dict[int, ShotView]:
    """Turn each shot's body frame so that x runs along what the body rests on.

    The floor's direction is the median support line of the shot (buttocks to upper back), taken
    where no arm lies in between: a near arm is lower in the picture than the back it hides.
    Where there is no such line, or it is steep, the joints tell a rolled camera; else the picture's
    horizontal has to do.
    `support_deg` is that line in frames, by `frame_idx`.
    """
    floors = {}
    for shot, view in views.items():
        if view.hanging:
            floors[shot] = view
            continue
        rows = frames[frames["shot_idx"] == shot]
        bare = arm_cover_frac(body_points(rows, view, ARM), params) <= _MAX_FLOOR_ARM_FRAC
        lines = support_deg.reindex(rows.loc[bare, "frame_idx"]).dropna()
        floor = float(lines.median()) if len(lines) >= _MIN_FLOOR_FRAMES else 0.0
        tilted = _MIN_FLOOR_DEG <= abs(floor) <= _MAX_FLOOR_DEG
        rolled = 0.0 if tilted else rolled_deg(rows, view)
        lying = replace(view, lies_deg=resting_deg(rows, view))
        floors[shot] = lying.with_floor(floor if tilted else rolled)
    return floors


def body_signals(frames: pd.DataFrame, views: dict[int, ShotView], params: Params) -> pd.DataFrame:
    """Angles and heights of all shots with a view, on their even time grid."""
    grid = to_grid(frames, POINT_COLUMNS, frames["shot_idx"], params.motion)
    shots = [
        shot_signals(rows, own, views[shot], params)
        for (shot, rows), (_, own) in zip(
            by_shot(grid, grid["shot_idx"]), by_shot(frames, frames["shot_idx"]), strict=True
        )
        if shot in views
    ]
    return shots[0] if len(shots) == 1 else pd.concat(shots, ignore_index=True)


def shot_signals(
    grid: pd.DataFrame, frames: pd.DataFrame, view: ShotView, params: Params
) -> pd.DataFrame:
    """Angles and heights of one shot on its even time grid.

    `frames` are the shot's own frames, not smoothed, for what is quicker than the signals.
    """
    body = body_points(grid, view, _BODY)
    time_s = grid["time_s"].to_numpy(float)
    legs = {
        rank: with_followed(leg_angles(body, rank)).add_prefix(f"{rank}_")
        for rank in ("near", "far")
    }
    low_shoulder = np.nanpercentile(body["near_shoulder"][:, 1], 5)
    return pd.concat(
        [
            grid[["time_s", "shot_idx"]].reset_index(drop=True),
            *(table.reset_index(drop=True) for table in legs.values()),
            pd.DataFrame(
                {
                    "tilt_deg": picture_tilt_deg(grid),
                    "drop_norm": foot_drop_px(grid) / view.trunk_px,
                    "shoulder_norm": body["near_shoulder"][:, 1] - low_shoulder,
                    "hip_norm": body["near_hip"][:, 1] - body["near_shoulder"][:, 1],
                    "trunk_norm": np.linalg.norm(body["near_hip"] - body["near_shoulder"], axis=1),
                    "trunk_x_norm": (body["near_hip"] + body["near_shoulder"])[:, 0] / 2,
                    "trunk_y_norm": (body["near_hip"] + body["near_shoulder"])[:, 1] / 2,
                    "ankle_x_norm": body["near_ankle"][:, 0] - body["near_hip"][:, 0],
                    "ankle_y_norm": body["near_ankle"][:, 1] - body["near_hip"][:, 1],
                    "arm_cover_frac": arm_cover_frac(body, params.back),
                }
            ),
            hold_columns(grid, view.trunk_px),
            leg_shake(frames, view, time_s, params.motion),
        ],
        axis=1,
    )


def shot_movements(signals: pd.DataFrame, view: ShotView, params: Params) -> pd.DataFrame:
    """Every up-and-down of the legs in one shot; both legs together are one movement."""
    traces = {rank: _leg_trace(signals, rank) for rank in ("near", "far")}
    # The busier leg sets the scale, so that the other's jitter does not pass for lifts.
    scale = max(reversal_deg(t["angle_deg"].to_numpy(float), params.reps) for t in traces.values())
    near, far = (
        leg_reps(trace, rank, scale, params.reps, view.hanging) for rank, trace in traces.items()
    )
    movements = merge_legs(near, far, params.reps).assign(
        shot_idx=view.shot_idx, posture="hanging" if view.hanging else "lying"
    )
    lifts = movements["reason"] == ""
    lies = view.lies_otherwise(params.reps)
    if lies:  # whatever else it is, unless it is done upright
        lifts |= ~movements["reason"].str.startswith(UPRIGHT)
        movements["reason"] = movements["reason"].mask(lifts, lies)
    if view.hanging:
        one_leg = lifts & (movements["leg"] != "both")
        movements["reason"] = movements["reason"].mask(one_leg, "the other foot may stand")
    return movements


def with_followed(leg: pd.DataFrame) -> pd.DataFrame:
    """Add `followed_deg`, the angle that reps are found on: the thigh's where knees stay tucked."""
    high = leg["thigh_deg"] > _HIGH_THIGH_DEG
    tucked = leg.loc[high, "knee_deg"].median() < TUCKED_KNEE_DEG
    return leg.assign(followed_deg=leg["thigh_deg"] if tucked else leg["leg_deg"])


def _leg_trace(signals: pd.DataFrame, rank: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time_s": signals["time_s"],
            "angle_deg": signals[f"{rank}_followed_deg"],
            "foot_x_norm": signals[f"{rank}_foot_x_norm"],
            "foot_y_norm": signals[f"{rank}_foot_y_norm"],
            **{name: signals[name] for name in _POSTURE_COLUMNS},
        }
    )
