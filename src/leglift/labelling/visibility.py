"""A sheet a clip that asks when the edge between lower back and surface can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.labelling.pictures import Picture, captioned, cover, crop
from leglift.vision.table import read_frames, track_ids
from leglift.vision.video import FrameReader

Floats = npt.NDArray[np.float64]
Spans = Sequence[tuple[float, float]]

N_MOMENTS = 11
CELL_PX = (500, 320)
_WIDTH_NORM = 2.0
_COLUMNS = 3
_TRUNK = [f"{s}_{p}_{a}_px" for s in ("left", "right") for p in ("shoulder", "hip") for a in "xy"]


def visibility_sheet(
    video: Path, table: Path, windows_s: Spans, masks: Sequence[Floats]
) -> Picture:
    """Whole first frame and evenly spread trunk crops of one clip, each with its time.

    `windows_s` are the seconds looked at, the whole clip without any; `masks` hide captions.
    """
    trunk = trunk_course(table)
    times = spread_times(trunk["time_s"].to_numpy(float), windows_s, N_MOMENTS)
    rows = {int(np.abs(trunk["time_s"] - t).to_numpy().argmin()): t for t in times}
    wanted = {int(trunk["frame_idx"].iloc[i]): trunk.iloc[i] for i in rows}
    cells: list[Picture] = []
    for frame in FrameReader(video, 100_000):
        if frame.frame_idx not in wanted:
            continue
        rgb = cover(frame.rgb, masks)
        if not cells:
            cells.append(captioned(_fitted(rgb), f"whole picture {frame.time_s:.1f} s"))
        cells.append(_cell(rgb, wanted[frame.frame_idx], frame.time_s))
    return _grid(cells)


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
    tracks = track_ids(table)
    frames = read_frames(table, _TRUNK, tracks[0] if tracks else 0)
    xy = frames[_TRUNK].to_numpy(float).reshape(-1, 2, 2, 2).mean(axis=1)  # side, part, axis
    course = pd.DataFrame(
        {
            "frame_idx": frames["frame_idx"].astype(int),
            "time_s": frames["time_s"],
            "x_px": xy[:, :, 0].mean(axis=1),
            "y_px": xy[:, :, 1].mean(axis=1),
            "trunk_px": np.hypot(*(xy[:, 1] - xy[:, 0]).T),
        }
    )
    steady = course[["x_px", "y_px", "trunk_px"]].rolling(9, center=True, min_periods=1).median()
    course[["x_px", "y_px", "trunk_px"]] = steady.interpolate(limit_direction="both")
    return course


def spread_times(times: Floats, windows_s: Spans, n: int) -> Floats:
    """Spread `n` moments evenly over the frames inside the windows."""
    inside = np.zeros(len(times), bool)
    for start, end in windows_s:
        inside |= (times >= start) & (times <= end)
    chosen = times[inside] if inside.any() else times
    at = np.linspace(0, len(chosen) - 1, min(n, len(chosen))).round().astype(int)
    return np.asarray(chosen[at])


def _cell(rgb: Picture, at: pd.Series, time_s: float) -> Picture:
    if not np.isfinite(at["trunk_px"]):
        return captioned(_fitted(rgb), f"{time_s:.1f} s")
    centre = at[["x_px", "y_px"]].to_numpy(float)
    width = max(_WIDTH_NORM * float(at["trunk_px"]), 60.0)
    return captioned(crop(rgb, centre, width, CELL_PX), f"{time_s:.1f} s")


def _fitted(rgb: Picture) -> Picture:
    """Show the whole frame in one cell."""
    scale = min(CELL_PX[0] / rgb.shape[1], CELL_PX[1] / rgb.shape[0])
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    out = np.full((CELL_PX[1], CELL_PX[0], 3), 60, np.uint8)
    out[: small.shape[0], : small.shape[1]] = small
    return out


def _grid(cells: Sequence[Picture]) -> Picture:
    blank = np.full((CELL_PX[1], CELL_PX[0], 3), 245, np.uint8)
    filled = [*cells, *[blank] * (-len(cells) % _COLUMNS)]
    rows = [np.hstack(filled[i : i + _COLUMNS]) for i in range(0, len(filled), _COLUMNS)]
    return np.asarray(np.vstack(rows), np.uint8)
