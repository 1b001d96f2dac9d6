"""A sheet a clip that asks when the edge between lower back and surface can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.labelling.blinding import ENDS, trunk_ends
from leglift.labelling.pictures import Picture, captioned, cut_out, sheet
from leglift.spans import Spans, in_spans
from leglift.vision.video import FrameReader

Floats = npt.NDArray[np.float64]

N_MOMENTS = 11
CELL_PX = (500, 320)
_WIDTH_NORM = 2.0
_COLUMNS = 3
_OUTSIDE = 60


def visibility_sheet(video: Path, table: Path, windows_s: Spans) -> Picture:
    """Whole first frame and evenly spread trunk crops of one clip, each with its time.

    `windows_s` are the seconds looked at, the whole clip without any.
    """
    trunk = trunk_course(table)
    inside = in_spans(trunk["time_s"], windows_s)
    looked_at = trunk[inside] if inside.any() else trunk
    n = min(N_MOMENTS, len(looked_at))
    spread = looked_at.iloc[np.linspace(0, len(looked_at) - 1, n).round().astype(int)]
    wanted = {int(row["frame_idx"]): row for _, row in spread.iterrows()}
    cells: list[Picture] = []
    for frame in FrameReader(video, 100_000):
        if frame.frame_idx not in wanted:
            continue
        if not cells:
            cells.append(captioned(_fitted(frame.rgb), f"whole picture {frame.time_s:.1f} s"))
        cell = _trunk_cell(frame.rgb, wanted[frame.frame_idx])
        cells.append(captioned(cell, f"{frame.time_s:.1f} s"))
    return sheet(cells, _COLUMNS)


def both_see(seen: Sequence[str], spans: Sequence[Spans]) -> tuple[str, Spans]:
    """Agree on what all describers of a clip see: the least of them, and their common seconds."""
    least = min(seen, key=("none", "part", "all").index)
    common = list(spans[0])
    for other in spans[1:]:
        overlaps = [(max(a, c), min(b, d)) for a, b in common for c, d in other]
        common = [(a, b) for a, b in overlaps if a < b]
    if least == "none" or not common:
        return "none", []
    return least, common


def trunk_course(table: Path) -> pd.DataFrame:
    """Middle of the trunk and its length in pixels for every frame, bridged where nobody is seen.

    Columns `frame_idx`, `time_s`, `x_px`, `y_px`, `trunk_px`.
    """
    frames = trunk_ends(table)
    x, y, other_x, other_y = frames[ENDS].to_numpy(float).T
    course = pd.DataFrame(
        {
            "x_px": (x + other_x) / 2,
            "y_px": (y + other_y) / 2,
            "trunk_px": np.hypot(other_x - x, other_y - y),
        }
    )
    steady = course.rolling(9, center=True, min_periods=1).median()
    return frames[["frame_idx", "time_s"]].join(steady.interpolate(limit_direction="both"))


def _trunk_cell(rgb: Picture, at: pd.Series) -> Picture:
    """Cut out what lies around the trunk; the whole frame where nobody is seen at any time."""
    if not np.isfinite(at["trunk_px"]):
        return _fitted(rgb)
    scale = CELL_PX[0] / max(_WIDTH_NORM * float(at["trunk_px"]), 60.0)
    shift = np.array(CELL_PX) / 2 - scale * at[["x_px", "y_px"]].to_numpy(float)
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    return cut_out(rgb, matrix, scale, CELL_PX, _OUTSIDE)


def _fitted(rgb: Picture) -> Picture:
    """Show the whole frame in one cell."""
    scale = min(CELL_PX[0] / rgb.shape[1], CELL_PX[1] / rgb.shape[0])
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    out = np.full((CELL_PX[1], CELL_PX[0], 3), _OUTSIDE, np.uint8)
    out[: small.shape[0], : small.shape[1]] = small
    return out
