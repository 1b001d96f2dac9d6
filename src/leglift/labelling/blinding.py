"""What a rater gets to see of one moment: the dorsal half of the trunk, never the legs.

Every crop shows the same place in trunk coordinates, head to the left, and the same parts of it are
painted over at every moment, so that neither a thigh nor the outline of a mask tells where the
legs are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.labelling.pictures import Picture, cover, cut_out, stretch
from leglift.vision.lumbar import Trunk
from leglift.vision.table import read_frames, track_ids
from leglift.vision.video import FrameReader

Floats = npt.NDArray[np.float64]

U_SPAN = (0.20, 0.88)
V_SPAN = (-0.02, 0.42)
"""Shown: along the trunk (0 shoulder, 1 hip) and towards the surface, in trunk lengths."""

CROP_PX = (440, 284)
PAINTED = ((0.60, -0.03), (0.89, -0.03), (0.89, 0.12), (0.80, 0.10))
"""Corners (u, v) of what is painted over: where thigh and hip crease would come into the crop."""

ENDS = ["shoulder_x", "shoulder_y", "hip_x", "hip_y"]

_GREY = 110
_STEADY_S = 0.35
_STILL_NORM = 0.12
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_PAPER = 245
_BAR_PX = 24
_GAP_PX = 8
_PERCENT_PX = CROP_PX[0] / (U_SPAN[1] - U_SPAN[0]) / 100
_RULER_PX = 34
_DARK = 60.0


def trunk_ends(table: Path) -> pd.DataFrame:
    """Middle of shoulders and hips (`ENDS`) of the clip's first person in every frame."""
    tracks = track_ids(table)
    names = [f"{side}_{part}_px" for part in ENDS for side in ("left", "right")]
    frames = read_frames(table, names, tracks[0] if tracks else 0)
    middles = frames[names].to_numpy(float).reshape(-1, len(ENDS), 2).mean(axis=2)
    return frames[["frame_idx", "time_s"]].assign(**dict(zip(ENDS, middles.T, strict=True)))


def trunk_frames(table: Path, moments: pd.DataFrame) -> dict[int, tuple[int, Trunk]]:
    """Frame index and place of the trunk for every row of `moments` (`time_s`, `shot_idx`).

    Where the trunk rests still all moments of a shot share one place, so that crops of different
    moments can be laid over each other; a moving camera is followed.
    """
    frames = trunk_ends(table)
    times = frames["time_s"].to_numpy(float)
    placed = {}
    for _, rows in moments.groupby("shot_idx"):
        ends = np.stack([_ends_at(frames, float(t)) for t in rows["time_s"]])
        middle = np.median(ends, axis=0)
        trunk_px = np.median(np.hypot(*(ends[:, 2:] - ends[:, :2]).T))
        if np.abs(ends - middle).max() <= _STILL_NORM * trunk_px:
            ends[:] = middle
        for (i, at), own in zip(rows["time_s"].items(), ends, strict=True):
            frame = int(frames["frame_idx"].iloc[int(np.abs(times - at).argmin())])
            placed[int(i)] = frame, Trunk(*own.astype(np.float32).reshape(2, 2))
    return placed


def _ends_at(frames: pd.DataFrame, at_s: float) -> Floats:
    """Median place of shoulder and hip around a moment; the nearest seen one where none is."""
    known = frames.dropna(subset=ENDS)
    away_s = (known["time_s"] - at_s).abs()
    near = known[away_s <= max(_STEADY_S, away_s.min())]
    return np.asarray(near[ENDS].median().to_numpy(float))


def blind_crop(rgb: Picture, trunk: Trunk) -> Picture:
    """Cut out the dorsal half of the trunk, head left, with the legs' place painted over."""
    (u0, u1), (v0, v1) = U_SPAN, V_SPAN
    corners = np.stack([trunk.to_px(u0, v0), trunk.to_px(u1, v0), trunk.to_px(u0, v1)])
    width, height = CROP_PX
    target = np.array([[0, 0], [width - 1, 0], [0, height - 1]], np.float32)
    matrix = cv2.getAffineTransform(corners.astype(np.float32), target)
    scale = width / ((u1 - u0) * trunk.length_px)
    return painted(cut_out(rgb, np.asarray(matrix, float), scale, CROP_PX, _GREY))


def painted(crop: Picture) -> Picture:
    """Paint the legs' place over, the same at every moment; to be done last."""
    (u0, u1), (v0, v1), (width, height) = U_SPAN, V_SPAN, CROP_PX
    spots = [[(u - u0) / (u1 - u0) * width, (v - v0) / (v1 - v0) * height] for u, v in PAINTED]
    out = crop.copy()
    cv2.fillPoly(out, [np.round(spots).astype(np.int32)], (_GREY, _GREY, _GREY))
    return out


def cut_moments(
    video: Path, table: Path, moments: pd.DataFrame, masks: Sequence[Floats]
) -> dict[int, Picture]:
    """Blind crops of a clip's moments, by the moments' index; the video is decoded once."""
    placed = trunk_frames(table, moments)
    last = max(frame_idx for frame_idx, _ in placed.values())
    pictures: dict[int, Picture] = {}
    for frame in FrameReader(video, 100_000):
        own = [i for i, (frame_idx, _) in placed.items() if frame_idx == frame.frame_idx]
        if own:
            rgb = cover(frame.rgb, masks)
            pictures |= {i: blind_crop(rgb, placed[i][1]) for i in own}
        if frame.frame_idx >= last:
            break
    return pictures


def moment_cell(picture: Picture, code: str) -> Picture:
    """One blind crop under its code, beside a ruler in % of the trunk's length."""
    return _titled(np.hstack([_ruler(), readable(picture)]), code)


def pair_cell(left: Picture, right: Picture, code: str) -> Picture:
    """Two blind crops of one clip side by side under the pair's code."""
    between = np.full((CROP_PX[1], 3, 3), 255, np.uint8)
    return _titled(np.hstack([readable(left), between, readable(right)]), code)


def readable(picture: Picture) -> Picture:
    """Lift the contrast of dark crops, so that dark on dark shows."""
    return painted(stretch(picture)) if picture.mean() < _DARK else picture


def _titled(picture: Picture, code: str) -> Picture:
    height, width = picture.shape[:2]
    out = np.full((height + _BAR_PX + _GAP_PX, width + _GAP_PX, 3), _PAPER, np.uint8)
    cv2.putText(out, code, (4, _BAR_PX - 6), _FONT, 0.6, (20, 20, 20), 1, cv2.LINE_AA)
    out[_BAR_PX : _BAR_PX + height, :width] = picture
    return out


def _ruler() -> Picture:
    """Ticks from the lower edge upwards: every % of the trunk, longer and named every 5."""
    out = np.full((CROP_PX[1], _RULER_PX, 3), 255, np.uint8)
    for percent in range(int(CROP_PX[1] / _PERCENT_PX) + 1):
        y = CROP_PX[1] - 1 - round(percent * _PERCENT_PX)
        cv2.line(out, (_RULER_PX - (12 if percent % 5 == 0 else 6), y), (_RULER_PX, y), 0, 1)
        if percent % 5 == 0:
            cv2.putText(out, str(percent), (0, max(y + 4, 9)), _FONT, 0.34, (0, 0, 0), 1)
    return out
