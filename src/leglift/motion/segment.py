"""A clip's table to signals and reps: everything between the pixels and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from leglift.memory import give_back
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
from leglift.motion.profile import arm_cover_frac, profile_table
from leglift.motion.reps import REP_COLUMNS, UPRIGHT, leg_reps, merge_legs, reversal_deg
from leglift.motion.shake import leg_shake
from leglift.motion.signals import POINT_COLUMNS, by_shot, shot_index, to_grid
from leglift.params import BackParams, Params
from leglift.vision.table import (
    CUT_THUMB_DIFF,
    LANDMARK_COLUMNS,
    iter_rings,
    read_frames,
    read_meta,
    track_ids,
)

RANKS = ("near", "far")
_MIN_FLOOR_DEG = 6.0  # less is the shape of the back, not a tilted camera
_MAX_FLOOR_DEG = 15.0
_MAX_FLOOR_ARM_FRAC = 0.2
_MIN_FLOOR_FRAMES = 5
_BACK_COLUMNS = ["gap_norm", "gap_mean_norm", "belly_norm", *LUMBAR_COLUMNS]
_BODY = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


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
    frames = read_frames(table, LANDMARK_COLUMNS, track_idx)
    if not frames["detected"].any():
        return None
    cuts = shot_index(frames, params.motion)
    frames["shot_idx"], turning = steady_stretches(frames, cuts, params.posture)
    views = _views(frames, table, cuts, turning, params)
    frames = frames[["frame_idx", "time_s", "shot_idx", *POINT_COLUMNS]]
    profiles = profile_table(iter_rings(table, track_idx), frames, views, params.back)
    frames = frames.join(profiles, on="frame_idx").join(
        lumbar_table(table, track_idx), on="frame_idx"
    )
    views = {
        shot: _on_floor(frames[frames["shot_idx"] == shot], view, params.back)
        for shot, view in views.items()
    }
    columns = [*POINT_COLUMNS, *_BACK_COLUMNS]
    grid = to_grid(frames, columns, frames["shot_idx"], params.motion)
    give_back()
    signals = [
        shot_signals(rows, own, views[shot], params)
        for (shot, rows), (_, own) in zip(
            by_shot(grid, grid["shot_idx"]), by_shot(frames, frames["shot_idx"]), strict=True
        )
        if shot in views
    ]
    movements = [
        shot_movements(rows, view, params)
        for rows, view in zip(signals, views.values(), strict=True)
    ]
    return Motion(
        _stacked(signals),
        _stacked(movements, [*REP_COLUMNS, "shot_idx", "posture"]),
        views,
        track_idx,
    )


def _stacked(parts: list[pd.DataFrame], columns: Sequence[str] = ()) -> pd.DataFrame:
    """Stack the parts that have rows; without any an empty table of these columns."""
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))


def _views(
    frames: pd.DataFrame, table: Path, cuts: pd.Series, turning: set[int], params: Params
) -> dict[int, ShotView]:
    """View of every stretch in which somebody's trunk is seen and not turning round.

    `cuts` numbers the frames' shots, of which a stretch is a part.
    """
    meta = read_meta(table)
    size_px, max_outside = (meta.width_px, meta.height_px), params.check.max_outside_frac
    first, holes = ~cuts.duplicated(), frames["thumb_diff"] >= CUT_THUMB_DIFF
    views = {}
    for shot, rows in by_shot(frames, frames["shot_idx"]):
        view = shot_view(rows, params.view)
        if view is None or shot in turning:
            continue
        begin = rows.index[0]
        view = replace(
            view,
            posture=shot_posture(rows, params.posture),
            turned=not first[begin],
            after_hole=bool(holes[begin]),
            outside=outside_parts(rows, view.near_side, size_px, max_outside),
        )
        views[shot] = hanging_view(rows, view, params.reps) or view
    return views


def _on_floor(rows: pd.DataFrame, view: ShotView, params: BackParams) -> ShotView:
    """Turn a shot's body frame so that x runs along what the body rests on.

    The floor's direction is the median support line of the frames (buttocks to upper back), taken
    where no arm lies in between: a near arm is lower in the picture than the back it hides.
    Where there is no such line, or it is steep, the joints tell a rolled camera; else the picture's
    horizontal has to do.
    """
    if view.hanging:
        return view
    body = body_points(rows, view, _BODY)
    lying = replace(view, lies_deg=resting_deg(body))
    bare = arm_cover_frac(body, params) <= _MAX_FLOOR_ARM_FRAC
    lines = rows.loc[bare, "support_deg"].dropna()
    floor = float(lines.median()) if len(lines) >= _MIN_FLOOR_FRAMES else 0.0
    tilted = _MIN_FLOOR_DEG <= abs(floor) <= _MAX_FLOOR_DEG
    return replace(lying, floor_deg=floor if tilted else rolled_deg(body, lying))


def shot_signals(
    grid: pd.DataFrame, frames: pd.DataFrame, view: ShotView, params: Params
) -> pd.DataFrame:
    """Angles and heights of one shot on its even time grid.

    `frames` are the shot's own frames, not smoothed, for what is quicker than the signals. Nobody
    who hangs lies on anything: the gap is NaN then.
    """
    grid = grid.reset_index(drop=True)
    body = body_points(grid, view, _BODY)
    shoulder, hip, ankle = (body[f"near_{part}"] for part in ("shoulder", "hip", "ankle"))
    back = grid[["time_s", "shot_idx", *_BACK_COLUMNS]]
    if view.hanging:
        back = back.assign(**dict.fromkeys(("gap_norm", "gap_mean_norm"), np.nan))
    others = {
        "tilt_deg": picture_tilt_deg(grid),
        "drop_norm": foot_drop_px(grid) / view.trunk_px,
        "shoulder_norm": shoulder[:, 1] - np.nanpercentile(shoulder[:, 1], 5),
        "hip_norm": hip[:, 1] - shoulder[:, 1],
        "trunk_norm": np.linalg.norm(hip - shoulder, axis=1),
        "trunk_x_norm": (hip + shoulder)[:, 0] / 2,
        "trunk_y_norm": (hip + shoulder)[:, 1] / 2,
        "hip_to_ankle_norm": np.linalg.norm(ankle - hip, axis=1),
        "arm_cover_frac": arm_cover_frac(body, params.back),
    }
    return pd.concat(
        [
            back,
            *(leg_angles(body, rank).add_prefix(f"{rank}_") for rank in RANKS),
            pd.DataFrame(others),
            hold_columns(grid, view.trunk_px),
            leg_shake(frames, view, grid["time_s"].to_numpy(float), params.motion),
        ],
        axis=1,
    )


def shot_movements(signals: pd.DataFrame, view: ShotView, params: Params) -> pd.DataFrame:
    """Every up-and-down of the legs in one shot; both legs together are one movement."""
    # The busier leg sets the scale, so that the other's jitter does not pass for lifts.
    scale = max(
        reversal_deg(signals[f"{rank}_followed_deg"].to_numpy(float), params.reps) for rank in RANKS
    )
    near, far = (leg_reps(signals, rank, scale, params.reps, view.hanging) for rank in RANKS)
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
