"""What a rater gets to see of one moment: the dorsal half of the trunk, never the legs.

Every crop shows the same place in trunk coordinates, head to the left, and the same parts of it are
painted over at every moment, so that neither a thigh nor the outline of a mask tells where the
legs are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.labelling.pictures import Picture, cover
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

_GREY = (110, 110, 110)
_STEADY_S = 0.35
_STILL_NORM = 0.12
_SHOULDERS = [f"{s}_shoulder_{a}_px" for s in ("left", "right") for a in "xy"]
_HIPS = [f"{s}_hip_{a}_px" for s in ("left", "right") for a in "xy"]


def trunk_frames(table: Path, moments: pd.DataFrame) -> dict[int, tuple[int, Trunk]]:
    """Frame index and place of the trunk for every row of `moments` (`time_s`, `shot_idx`).

    Where the trunk rests still all moments of a shot share one place, so that crops of different
    moments can be laid over each other; a moving camera is followed.
    """
    frames = _middles(table)
    times = frames["time_s"].to_numpy(float)
    placed = {}
    for _, rows in moments.groupby("shot_idx"):
        own = [_local(frames, float(t)) for t in rows["time_s"]]
        still = _still(np.array(own))
        for (i, at), t in zip(rows["time_s"].items(), own, strict=True):
            ends = np.median(own, axis=0) if still else t
            frame = int(frames["frame_idx"].iloc[int(np.abs(times - at).argmin())])
            placed[int(i)] = frame, Trunk(*ends.astype(np.float32).reshape(2, 2))
    return placed


def _middles(table: Path) -> pd.DataFrame:
    tracks = track_ids(table)
    frames = read_frames(table, [*_SHOULDERS, *_HIPS], tracks[0] if tracks else 0)
    out = frames[["frame_idx", "time_s"]].copy()
    for part, names in (("shoulder", _SHOULDERS), ("hip", _HIPS)):
        xy = frames[names].to_numpy(float).reshape(-1, 2, 2).mean(axis=1)
        out[f"{part}_x"], out[f"{part}_y"] = xy[:, 0], xy[:, 1]
    return out


def _local(frames: pd.DataFrame, at_s: float) -> Floats:
    """Median place of shoulder and hip around a moment; the nearest seen one where none is."""
    ends = frames[["shoulder_x", "shoulder_y", "hip_x", "hip_y"]]
    near = ends[(frames["time_s"] - at_s).abs() <= _STEADY_S].dropna()
    if near.empty:
        known = ends.dropna()
        near = known.iloc[[int((frames.loc[known.index, "time_s"] - at_s).abs().argmin())]]
    return np.asarray(near.median().to_numpy(float))


def _still(ends: Floats) -> bool:
    trunk_px = np.median(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]))
    spread = np.abs(ends - np.median(ends, axis=0)).max()
    return bool(spread <= _STILL_NORM * trunk_px)


def blind_crop(rgb: Picture, trunk: Trunk) -> Picture:
    """Cut out the dorsal half of the trunk, head left, with the legs' place painted over."""
    (u0, u1), (v0, v1) = U_SPAN, V_SPAN
    corners = np.stack([trunk.to_px(u0, v0), trunk.to_px(u1, v0), trunk.to_px(u0, v1)])
    width, height = CROP_PX
    target = np.array([[0, 0], [width - 1, 0], [0, height - 1]], np.float32)
    matrix = cv2.getAffineTransform(corners.astype(np.float32), target)
    scale = width / ((u1 - u0) * trunk.length_px)
    smooth = cv2.GaussianBlur(rgb, (0, 0), 0.45 / scale) if scale < 0.7 else rgb
    out = cv2.warpAffine(
        smooth, matrix, CROP_PX, flags=cv2.INTER_CUBIC, borderValue=_GREY
    )  # fmt: skip
    return painted(np.asarray(out, np.uint8))


def painted(crop: Picture) -> Picture:
    """Paint the legs' place over, the same at every moment; to be done last."""
    (u0, u1), (v0, v1), (width, height) = U_SPAN, V_SPAN, CROP_PX
    spots = [[(u - u0) / (u1 - u0) * width, (v - v0) / (v1 - v0) * height] for u, v in PAINTED]
    out = crop.copy()
    cv2.fillPoly(out, [np.round(spots).astype(np.int32)], _GREY)
    return out


def cut_moments(
    video: Path, table: Path, moments: pd.DataFrame, masks: Sequence[Floats]
) -> dict[int, Picture]:
    """Blind crops of a clip's moments, by the moments' index; the video is decoded once."""
    placed = trunk_frames(table, moments)
    by_frame: dict[int, list[int]] = defaultdict(list)
    for i, (frame_idx, _) in placed.items():
        by_frame[frame_idx].append(i)
    pictures = {}
    for frame in FrameReader(video, 100_000):
        if frame.frame_idx in by_frame:
            rgb = cover(frame.rgb, masks)
            for i in by_frame[frame.frame_idx]:
                pictures[i] = blind_crop(rgb, placed[i][1])
        if frame.frame_idx >= max(by_frame):
            break
    return pictures
