"""Pictures to pictures: cut out, covered, evened out, captioned, laid out in rows.

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

_PAPER = 245
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def cut_out(
    rgb: Picture, matrix: Floats, scale: float, size: tuple[int, int], outside: int
) -> Picture:
    """Part of a picture that an affine matrix (2, 3) brings to `size` (width, height).

    It is smoothed before it shrinks (`scale`); what lies outside the picture is grey.
    """
    smooth = cv2.GaussianBlur(rgb, (0, 0), 0.45 / scale) if scale < 0.7 else rgb
    grey = (outside, outside, outside)
    out = cv2.warpAffine(smooth, matrix, size, flags=cv2.INTER_CUBIC, borderValue=grey)
    return np.asarray(out, np.uint8)


def cover(rgb: Picture, masks: Sequence[Floats]) -> Picture:
    """Paint polygons grey; their corners (n, 2) are shares of the frame's width and height."""
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


def sheet(cells: Sequence[Picture], columns: int) -> Picture:
    """Lay cells of one size out in rows."""
    blank = np.full_like(cells[0], _PAPER)
    filled = [*cells, *[blank] * (-len(cells) % columns)]
    rows = [np.hstack(filled[i : i + columns]) for i in range(0, len(filled), columns)]
    return np.asarray(np.vstack(rows), np.uint8)


def write_png(path: Path, rgb: Picture) -> None:
    """Write a picture whole or not at all."""
    _, data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    write_whole(path, lambda part: part.write_bytes(data.tobytes()))
