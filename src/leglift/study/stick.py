"""One frame of a clip's table as a stick figure in its silhouette: what can be shown of a person.

Drawn from stored landmarks and outlines. There are no pixels to show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from leglift.motion.signals import POINT_COLUMNS, SIDES
from leglift.vision.extract import read_frames
from leglift.vision.silhouette import Ring, unflatten

Floats = npt.NDArray[np.float64]

LIMBS = (("ear", "shoulder", "hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))
"""Landmarks of one side that are joined by a line."""

MAX_OFF_S = 0.25
"""A frame further than this from the wanted moment shows another moment."""


@dataclass(frozen=True)
class StickFigure:
    """A body at one moment, in trunk lengths from the near hip, feet to the right, y up.

    `rings` are polygons (n, 2); `joints` are points (2,) by `left_hip` and so on.
    """

    rings: list[Floats]
    joints: dict[str, Floats]
    near_side: str

    def corners(self) -> Floats:
        """Lower left and upper right corner of all that is drawn, (2, 2)."""
        points = np.concatenate([*self.rings, np.array(list(self.joints.values()))])
        return np.array([points.min(axis=0), points.max(axis=0)])

    def moved(self, size: float, shift: Floats) -> StickFigure:
        """Return it `size` times as large, then shifted."""
        return StickFigure(
            rings=[ring * size + shift for ring in self.rings],
            joints={name: point * size + shift for name, point in self.joints.items()},
            near_side=self.near_side,
        )


def stick_figures(
    table: Path, times_s: Sequence[float], near_side: str, track_idx: int = 0
) -> list[StickFigure | None]:
    """Read the bodies at several moments of a clip; None where nobody is seen at that moment."""
    frames = read_frames(table, POINT_COLUMNS, track_idx)
    seen = frames[frames["detected"]].reset_index(drop=True)
    wanted = [_nearest(seen, time_s) for time_s in times_s]
    needed = {int(seen["frame_idx"].iloc[i]) for i in wanted if i is not None}
    rings = _rings(table, track_idx, needed)
    return [
        None
        if i is None
        else upright(seen.iloc[i], rings.get(int(seen["frame_idx"].iloc[i]), []), near_side)
        for i in wanted
    ]


def _rings(table: Path, track_idx: int, frames: set[int]) -> dict[int, list[Ring]]:
    """Outlines of a few frames; the others stay packed, which is most of the time."""
    wanted = pc.field("frame_idx").isin(sorted(frames)) & (pc.field("track_idx") == track_idx)
    rows = pq.read_table(table, columns=["frame_idx", "rings_px"], filters=wanted).to_pylist()
    return {row["frame_idx"]: unflatten(row["rings_px"]) for row in rows}


def _nearest(seen: pd.DataFrame, time_s: float) -> int | None:
    off = (seen["time_s"] - time_s).abs().to_numpy(float)
    return int(np.argmin(off)) if len(off) and off.min() <= MAX_OFF_S else None


def upright(
    frame: pd.Series, rings_px: Sequence[npt.NDArray[np.floating]], near_side: str
) -> StickFigure:
    """Move a frame's points and outline into the body's own unit, mirrored if need be."""
    near = near_side if near_side in SIDES else SIDES[0]
    names = [column[: -len("_x_px")] for column in POINT_COLUMNS if column.endswith("_x_px")]
    points = {
        name: np.array([frame[f"{name}_x_px"], frame[f"{name}_y_px"]], float) for name in names
    }
    hip, shoulder = points[f"{near}_hip"], points[f"{near}_shoulder"]
    unit = float(np.hypot(*(hip - shoulder)))
    scale = np.array([1.0 if hip[0] >= shoulder[0] else -1.0, -1.0]) / unit
    return StickFigure(
        rings=[(np.asarray(ring, float) - hip) * scale for ring in rings_px],
        joints={name: (point - hip) * scale for name, point in points.items()},
        near_side=near,
    )
