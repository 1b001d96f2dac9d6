"""Pictures to pictures: crops, magnification, overlay and the sheet that a rater looks at.

Pictures are arrays (height, width, 3), uint8, RGB. Colours and sizes are in pixels of the sheet.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

CELL_PX = (396, 224)
"""Width and height of one picture on the sheet."""

WAIST_PX = (396, 264)
"""Width and height of a magnified waist."""

COLUMNS = 4
_GAP_PX = 5
_BAR_PX = 22
_PAPER = (245, 245, 245)
_OUTSIDE = (60, 60, 60)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_TILE_PX = 12


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


def pixelate(rgb: Picture, centre_px: Floats, radius_px: float) -> Picture:
    """Copy of the picture with coarse tiles in a disc."""
    if not (np.isfinite(centre_px).all() and radius_px > 0):
        return rgb
    height, width = rgb.shape[:2]
    low = np.clip((centre_px - radius_px).astype(int), 0, [width, height])
    high = np.clip(np.floor(centre_px + radius_px).astype(int) + 1, 0, [width, height])
    if not (high > low).all():
        return rgb
    part = rgb[low[1] : high[1], low[0] : high[0]]
    coarse = cv2.resize(part, (5, 5), interpolation=cv2.INTER_AREA)
    tiles = cv2.resize(coarse, part.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]]
    disc = np.hypot(x - centre_px[0], y - centre_px[1]) <= radius_px
    out = rgb.copy()
    out[low[1] : high[1], low[0] : high[0]] = np.where(disc[..., None], tiles, part)
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


def ruler(rgb: Picture, trunk_px: float) -> Picture:
    """Draw a ruler on both upright edges, in % of the trunk's length, 0 at the lower edge."""
    out = rgb.copy()
    height, width = out.shape[:2]
    for percent in range(int(100 * height / trunk_px) + 1):
        y = height - 1 - round(percent * trunk_px / 100)
        length = 22 if percent % 10 == 0 else 14 if percent % 5 == 0 else 7
        for x0, x1 in ((0, length), (width - 1 - length, width - 1)):
            cv2.line(out, (x0, y), (x1, y), (0, 0, 0), 3 if percent % 5 == 0 else 1)
            cv2.line(out, (x0, y), (x1, y), (255, 255, 0), 1)
        if percent % 10 == 0 and percent:
            _text(out, str(percent), (25, y + 5), 0.4)
    return out


def anaglyph(high: Picture, low: Picture) -> Picture:
    """One picture of two: the first in red, the second in cyan; grey where nothing moved."""
    red, cyan = (_even(p) for p in (high, low))
    return np.stack([red, cyan, cyan], axis=-1)


def _even(rgb: Picture) -> npt.NDArray[np.uint8]:
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.createCLAHE(1.5, (4, 3)).apply(grey), np.uint8)


def settle(reference: Picture, moved: Picture, window: npt.NDArray[np.bool_]) -> Floats:
    """Shift (x, y) in pixels that lays `moved` over `reference` inside the window.

    Landmarks tremble by a pixel or two; the shoulder, which rests, does not.
    """
    weight = cv2.GaussianBlur(window.astype(np.float32), (0, 0), 6)
    a, b = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32) for p in (reference, moved))
    (dx, dy), response = cv2.phaseCorrelate((a - a.mean()) * weight, (b - b.mean()) * weight)
    return np.array([-dx, -dy]) if response > 0.1 else np.zeros(2)


def shifted(rgb: Picture, shift_px: Floats) -> Picture:
    """Move a picture by a fraction of pixels."""
    matrix = np.array([[1, 0, shift_px[0]], [0, 1, shift_px[1]]], float)
    size = rgb.shape[1::-1]
    return np.asarray(cv2.warpAffine(rgb, matrix, size, borderMode=cv2.BORDER_REPLICATE))


def captioned(rgb: Picture, text: str) -> Picture:
    """Write a line into the upper left corner, on a dark ground."""
    out = rgb.copy()
    (width, height), _ = cv2.getTextSize(text, _FONT, 0.5, 1)
    out[: height + 9, : width + 9] //= 4
    cv2.putText(out, text, (4, height + 4), _FONT, 0.5, (255, 255, 255), 1, cv2.LINE_AA)
    return out


def _text(rgb: Picture, text: str, at: tuple[int, int], size: float) -> None:
    cv2.putText(rgb, text, at, _FONT, size, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(rgb, text, at, _FONT, size, (255, 255, 0), 1, cv2.LINE_AA)


def bar(text: str) -> Picture:
    """Draw a heading across the sheet."""
    width = COLUMNS * CELL_PX[0] + (COLUMNS - 1) * _GAP_PX
    out = np.full((_BAR_PX, width, 3), _PAPER, np.uint8)
    cv2.putText(out, text, (4, _BAR_PX - 7), _FONT, 0.5, (20, 20, 20), 1, cv2.LINE_AA)
    return out


def sheet(sections: Sequence[tuple[str, Sequence[Picture]]]) -> Picture:
    """Headings with their pictures below, four to a row."""
    rows: list[Picture] = []
    for title, cells in sections:
        rows.append(bar(title))
        rows.extend(_row(cells[i : i + COLUMNS]) for i in range(0, len(cells), COLUMNS))
    return np.concatenate(rows)


def _row(cells: Sequence[Picture]) -> Picture:
    height = max(cell.shape[0] for cell in cells)
    out = np.full((height + _GAP_PX, bar("").shape[1], 3), _PAPER, np.uint8)
    for i, cell in enumerate(cells):
        x = i * (CELL_PX[0] + _GAP_PX)
        out[: cell.shape[0], x : x + cell.shape[1]] = cell
    return out
