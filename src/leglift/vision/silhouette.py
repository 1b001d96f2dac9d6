"""The person's silhouette as polygons: from the model's soft mask, and back to pixels."""

from __future__ import annotations

import contourpy
import cv2
import numpy as np
import numpy.typing as npt

from leglift.vision.table import Ring

_LEVEL = 0.5
_FINEST_STEP_PX = 0.125


def mask_to_rings(
    mask: npt.NDArray[np.float32], tolerance_px: float, min_ring_px: float
) -> list[Ring]:
    """Outline a soft mask (height, width; 0..1) at 0.5, with sub-pixel vertices.

    Holes are rings too; filling all rings by the even-odd rule gives the silhouette. Each ring
    is simplified (Douglas and Peucker 1973) so that it is off by `tolerance_px` at most, rings
    with a perimeter below `min_ring_px` are dropped, and vertices are rounded to 1/8 pixel.
    An empty mask gives an empty list.
    """
    inside = np.ascontiguousarray(mask > _LEVEL).view(np.uint8)
    x, y, width, height = cv2.boundingRect(inside)
    if width == 0:
        return []
    top, left = max(y - 1, 0), max(x - 1, 0)
    part = mask[top : y + height + 1, left : x + width + 1]
    contours = contourpy.contour_generator(
        z=np.pad(part, 1),  # a border of zeros, so that every outline closes
        name="threaded",  # traces as the serial one does, and lets other threads run meanwhile
        line_type=contourpy.LineType.Separate,
        thread_count=1,
    )
    room_px = max(tolerance_px - _FINEST_STEP_PX, 0.0)  # rounding uses up the rest
    rings = []
    for line in contours.lines(_LEVEL):
        ring = np.asarray(line[:-1], np.float32) + np.array([left - 1, top - 1], np.float32)
        if len(ring) >= 3 and cv2.arcLength(ring, closed=True) >= min_ring_px:
            points = cv2.approxPolyDP(ring, room_px, closed=True)[:, 0]
            if len(points) >= 3:
                rings.append(np.round(points / _FINEST_STEP_PX) * np.float32(_FINEST_STEP_PX))
    return rings
