"""Pictures to pictures: crops, covered captions, contrast, words in a corner.

Pictures are arrays (height, width, 3), uint8, RGB.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from leglift.files import write_whole

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

_OUTSIDE = (60, 60, 60)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def crop(rgb: Picture, centre_px: Floats, width_px: float, size: tuple[int, int]) -> Picture:
    """Cut out a box of `width_px` around a point and bring it to `size` (width, height).

    What lies outside the frame is grey. Enlarges with Lanczos, and smooths before it shrinks.
    """
    scale = size[0] / width_px
    half = np.array([size[0], size[1]]) / 2 / scale
    low = np.floor(centre_px - half - 8).astype(int)
    high = np.ceil(centre_px + half + 8).astype(int)
    part = _window(rgb, low, high)
    if scale < 0.7:
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.45 / scale), np.uint8)
    shift = np.array(size) / 2 - scale * (centre_px - low)
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    return np.asarray(
        cv2.warpAffine(part, matrix, size, flags=cv2.INTER_LANCZOS4, borderValue=_OUTSIDE)
    )


def _window(rgb: Picture, low: npt.NDArray[np.int_], high: npt.NDArray[np.int_]) -> Picture:
    """Pixels of a box that may reach beyond the frame."""
    height, width = rgb.shape[:2]
    out = np.full((*(high - low)[::-1], 3), _OUTSIDE[0], np.uint8)
    a, b = np.maximum(low, 0), np.minimum(high, [width, height])
    if (b > a).all():
        out[a[1] - low[1] : b[1] - low[1], a[0] - low[0] : b[0] - low[0]] = rgb[
            a[1] : b[1], a[0] : b[0]
        ]
    return out


def cover(rgb: Picture, masks: Sequence[Floats]) -> Picture:
    """Paint polygons grey; their corners (n, 2) are shares of the frame's width and height."""
    if not masks:
        return rgb
    out = rgb.copy()
    for corners in masks:
        spots = np.round(corners * rgb.shape[1::-1]).astype(np.int32)
        cv2.fillPoly(out, [spots], (90, 90, 90))
    return out


def stretch(rgb: Picture) -> Picture:
    """Even out the contrast tile by tile (CLAHE on lightness), so that dark on dark shows."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(2.5, (6, 4)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def captioned(rgb: Picture, text: str) -> Picture:
    """Write a line into the upper left corner, on a dark ground."""
    out = rgb.copy()
    (width, height), _ = cv2.getTextSize(text, _FONT, 0.5, 1)
    out[: height + 9, : width + 9] //= 4
    cv2.putText(out, text, (4, height + 4), _FONT, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
    return out


def write_png(path: Path, rgb: Picture) -> None:
    """Write a picture whole or not at all."""
    done, data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    if not done:
        raise OSError(f"{path}: the picture cannot be encoded")
    write_whole(path, lambda part: part.write_bytes(data.tobytes()))
