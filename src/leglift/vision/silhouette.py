"""The person's silhouette as polygons: from the model's soft mask, and back to pixels."""

from __future__ import annotations

from functools import lru_cache

import contourpy
import cv2
import numpy as np
import numpy.typing as npt

from leglift.vision.table import Ring

_LEVEL = 0.5
_FINEST_STEP_PX = 0.125
_GRID_STEP = 128  # so that one grid fits many frames


def mask_to_rings(
    mask: npt.NDArray[np.float32], tolerance_px: float, min_ring_px: float
) -> list[Ring]:
    """Outline a soft mask (height, width; 0..1) at 0.5, with sub-pixel vertices.

    Holes are rings too; filling all rings by the even-odd rule gives the silhouette. Each ring
    is simplified (Douglas and Peucker 1973) so that it is off by `tolerance_px` at most, rings
    with a perimeter below `min_ring_px` are dropped, and vertices are rounded to 1/8 pixel.
    An empty mask gives an empty list.
    """
    box = _bounding_box(mask)
    if box is None:
        return []
    top, left, part = box
    lines = _contour_lines(part)
    offset = np.array([left, top], dtype=np.float32)
    rings = [np.asarray(line[:-1], np.float32) + offset for line in lines if len(line) > 3]
    kept = [_simplified(ring, tolerance_px) for ring in rings if _perimeter(ring) >= min_ring_px]
    return [ring for ring in kept if len(ring) >= 3]


def _contour_lines(part: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float64]]:
    """Lines at 0.5, straight from the generator class: its factory copies the grid twice over.

    The threaded class traces as the serial one does, and lets other Python threads run meanwhile.
    """
    height, width = part.shape
    wide = -(-width // _GRID_STEP) * _GRID_STEP
    x, y = _grid(wide, -(-height // _GRID_STEP) * _GRID_STEP)
    level = np.zeros((height, wide))
    level[:, :width] = part
    lines = contourpy.ThreadedContourGenerator(
        x[:height],
        y[:height],
        level,
        np.ma.nomask,  # type: ignore[arg-type]  # what the factory itself passes
        corner_mask=True,
        line_type=contourpy.LineType.Separate,
        fill_type=contourpy.FillType.OuterCode,
        quad_as_tri=False,
        z_interp=contourpy.ZInterp.Linear,
        thread_count=1,
    ).lines(_LEVEL)
    return [np.asarray(line) for line in lines]


@lru_cache(maxsize=1)
def _grid(width: int, height: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Column and row of every pixel; made anew for each frame they take longer than its outline."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    return x, y


def _bounding_box(
    mask: npt.NDArray[np.float32],
) -> tuple[int, int, npt.NDArray[np.float32]] | None:
    """Cut the silhouette's box out, framed by a zero border so that every outline closes."""
    inside = np.ascontiguousarray(mask > _LEVEL).view(np.uint8)
    x, y, width, height = cv2.boundingRect(inside)
    if width == 0:
        return None
    top, left = max(y - 1, 0), max(x - 1, 0)
    part = mask[top : y + height + 1, left : x + width + 1]
    return top - 1, left - 1, np.pad(part, 1)


def _perimeter(ring: Ring) -> float:
    return float(cv2.arcLength(ring, closed=True))


def _simplified(ring: Ring, tolerance_px: float) -> Ring:
    room = max(tolerance_px - _FINEST_STEP_PX, 0.0)  # rounding uses up the rest
    points = cv2.approxPolyDP(ring, room, closed=True)[:, 0]
    return np.asarray(np.round(points / _FINEST_STEP_PX) * _FINEST_STEP_PX, dtype=np.float32)
