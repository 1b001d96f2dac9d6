"""The lower back at the video's own resolution: what a 256-pixel mask cannot hold.

The landmark model's mask is 256 pixels wide for a whole person, so a gap of two centimetres under
the back is about two of its pixels. While the frame is at hand, two things are taken from it that
hold no picture of anybody: the dorsal edge of the mask pulled onto the picture's own edges (guided
filter, He, Sun and Tang 2013), and the brightness steps across that edge.

Coordinates are those of the trunk: `u` along the line from the middle of the shoulders (0) to the
middle of the hips (1), `v` downwards from that line, both in lengths of the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from leglift.params import VisionParams
from leglift.vision.table import EDGE_U, STEP_LEVELS, STEP_U, STEP_V

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Steps = npt.NDArray[np.int8]

_CROP_U = (0.05, 1.35)
_CROP_V = (-0.05, 0.55)
_CROP_SIZE = (104, 96)  # columns along u, rows along v
_STEEPEST_DEG = 60.0  # a trunk that stands or hangs has no floor side
_SMALLEST_TRUNK_PX = 24.0


@dataclass(frozen=True)
class Trunk:
    """Shoulder and hip middle in pixels of the decoded frame."""

    shoulder: Floats
    hip: Floats

    @property
    def length_px(self) -> float:
        """Length of the line from shoulder to hip."""
        return float(np.hypot(*(self.hip - self.shoulder)))

    @property
    def lies(self) -> bool:
        """Whether the trunk is large and level enough to have a floor side."""
        along = np.abs(self.hip - self.shoulder)
        steep = np.degrees(np.arctan2(along[1], along[0])) > _STEEPEST_DEG
        return self.length_px >= _SMALLEST_TRUNK_PX and not steep

    def to_px(self, u: float, v: float) -> Floats:
        """Pixel of a place in trunk coordinates."""
        along = self.hip - self.shoulder
        down = np.array([-along[1], along[0]], np.float32)
        down = down if down[1] > 0 else -down
        return np.asarray(self.shoulder + u * along + v * down, np.float32)


def trunk_of(points_px: Floats) -> Trunk:
    """Trunk from the 33 landmarks (33, 2) in pixels."""
    return Trunk(points_px[[11, 12]].mean(axis=0), points_px[[23, 24]].mean(axis=0))


def look_at_lumbar(
    rgb: Bytes, mask: Floats, trunk: Trunk, params: VisionParams
) -> tuple[Floats, Steps] | None:
    """Refined edge and brightness steps of one frame; None for a trunk that does not lie.

    The edge (len(EDGE_U),) is in trunk lengths, NaN where there is none; steps (len(STEP_U),
    len(STEP_V) - 1) are positive where it gets brighter downwards.
    """
    if not trunk.lies:
        return None
    (u0, u1), (v0, v1) = _CROP_U, _CROP_V
    corners = np.stack([trunk.to_px(u0, v0), trunk.to_px(u1, v0), trunk.to_px(u0, v1)])
    columns, rows = _CROP_SIZE
    target = np.array([[0, 0], [columns - 1, 0], [0, rows - 1]], np.float32)
    turn = cv2.getAffineTransform(corners, target).astype(np.float32)
    crop = cv2.warpAffine(rgb, turn, _CROP_SIZE, flags=cv2.INTER_LINEAR, borderMode=1)
    inside = cv2.warpAffine(mask, turn, _CROP_SIZE, flags=cv2.INTER_LINEAR)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = cv2.ximgproc.guidedFilter(grey / 255, inside, params.guide_radius_px, params.guide_eps)
    return _at_stations(_dorsal_edge(fine), EDGE_U), _steps(grey, _dorsal_edge(inside))


def _dorsal_edge(inside: npt.NDArray[Any]) -> Floats:
    """First crossing of 0.5 from the axis downwards in every column of a soft mask (rows, columns).

    Returns `v` per column, NaN where the axis is outside the mask or it never ends.
    """
    start = round(-_CROP_V[0] / (_CROP_V[1] - _CROP_V[0]) * (len(inside) - 1))
    below = inside[start:]
    out = below < 0.5
    first = out.argmax(axis=0)
    columns = np.arange(inside.shape[1])
    last_in, first_out = below[first - 1, columns], below[first, columns]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        row = start + first - (0.5 - first_out) / (last_in - first_out)
    v = _CROP_V[0] + row * (_CROP_V[1] - _CROP_V[0]) / (len(inside) - 1)
    return np.where(out.any(axis=0) & (first > 0), v, np.nan).astype(np.float32)


def _at_stations(values: Floats, stations: npt.NDArray[np.float64]) -> Floats:
    """Median of what is known near each station, NaN where nothing is.

    It is `np.nanmedian`, which takes ten times as long.
    """
    u = np.linspace(*_CROP_U, len(values))
    near = np.abs(u - stations[:, None]) <= 0.02
    ordered = np.sort(np.where(near, values, np.float32(np.nan)), axis=1)  # NaN last
    n, row = np.isfinite(ordered).sum(axis=1), np.arange(len(stations))
    return np.asarray((ordered[row, (n - 1) // 2] + ordered[row, n // 2]) / 2)


def _steps(grey: Floats, edge: Floats) -> Steps:
    """Brightness steps across the edge, in eighths of the crop's contrast, as small integers."""
    u = np.linspace(*_CROP_U, grey.shape[1])
    at_edge = _at_stations(edge, STEP_U)
    missing = ~np.isfinite(at_edge)
    v = np.where(missing, 0, at_edge)[:, None] + STEP_V
    rows = (v - _CROP_V[0]) / (_CROP_V[1] - _CROP_V[0]) * (grey.shape[0] - 1)
    columns = np.interp(STEP_U, u, np.arange(len(u)))[:, None].repeat(len(STEP_V), 1)
    smooth = cv2.blur(grey, (3, 1))
    levels = cv2.remap(
        smooth, columns.astype(np.float32), rows.astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    contrast = max(float(grey.std()), 4.0)
    steps = np.round(np.diff(levels, axis=1) / contrast * 8)
    steps[missing] = 0
    return np.clip(steps, -STEP_LEVELS, STEP_LEVELS).astype(np.int8)
