"""A frame to draw on: lines, areas, words and a time strip that look alike at any size."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import distribution

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Coverage = npt.NDArray[np.float32]
Colour = tuple[int, int, int]

WHITE, BLACK, PALE = (255, 255, 255), (12, 16, 20), (205, 210, 216)

_SHIFT = 4  # fractional bits of drawing coordinates
_LIGHT = 128
_FONT = "matplotlib/mpl-data/fonts/ttf/DejaVuSans-Bold.ttf"


class Canvas:
    """A picture to draw on in pixels of the video; widths are in hundred-eightieths of its side.

    The unit follows the short side, so that lines and letters look alike at any size.
    """

    def __init__(self, rgb: Rgb, scale: float) -> None:
        self.rgb = rgb
        self._scale = scale
        self._unit = float(min(rgb.shape[:2])) / 180

    def lines(
        self, paths: Sequence[Floats], colour: Colour, width: float, halo: bool = False
    ) -> None:
        """Draw lines through points (n, 2), with a dark edge if they must stand out anywhere."""
        fixed = [self._fixed(path) for path in paths if np.isfinite(path).all()]
        thick = max(round(width * self._unit), 1)
        if halo:
            edge = thick + 2 * max(round(0.4 * self._unit), 1)
            cv2.polylines(self.rgb, fixed, False, BLACK, edge, cv2.LINE_AA, _SHIFT)
        cv2.polylines(self.rgb, fixed, False, colour, thick, cv2.LINE_AA, _SHIFT)

    def area(self, points: Floats, colour: Colour) -> None:
        """Fill a polygon (n, 2)."""
        cv2.fillPoly(self.rgb, [self._fixed(points)], colour, cv2.LINE_AA, _SHIFT)

    def dots(self, points: Sequence[Floats], radius: float) -> None:
        """Draw white dots with a dark edge."""
        size = max(radius * self._unit, 1.5)
        for x, y in self._fixed(np.stack(points)).tolist():
            for colour, r in ((BLACK, size + max(0.4 * self._unit, 1)), (WHITE, size)):
                fixed = round(r * 2**_SHIFT)
                cv2.circle(self.rgb, (x, y), fixed, colour, -1, cv2.LINE_AA, _SHIFT)

    def text(self, text: str, centre: Floats) -> None:
        """Write white letters with a dark edge about a point, pushed into the picture."""
        letters, cover = lettering(text, self._font_px)
        height, width = cover.shape[:2]
        rows, columns = self.rgb.shape[:2]
        x, y = centre * self._scale - (width / 2, height / 2)
        left = int(np.clip(x, 0, max(columns - width, 0)))
        top = int(np.clip(y, 0, max(rows - height, 0)))
        part = self.rgb[top : top + height, left : left + width]
        box = np.s_[: part.shape[0], : part.shape[1]]
        part[:] = part * (1 - cover[box]) + letters[box]

    def chip(self, text: str, left: int, colour: Colour) -> int:
        """Write a word on a ground in the top row; returns where the next one starts."""
        pad = max(round(1.5 * self._unit), 2)
        word = chip(text, self._font_px, pad, colour)
        left = left or 2 * pad
        part = self.rgb[2 * pad : 2 * pad + word.shape[0], left : left + word.shape[1]]
        part[:] = word[: part.shape[0], : part.shape[1]]
        return int(left + word.shape[1] + pad)

    def strip(self, bands: list[tuple[float, float, Colour]], done: float) -> None:
        """Draw the reps along the lower edge, as shares of the width, and where we are."""
        height, width = self.rgb.shape[:2]
        top = height - max(round(4 * self._unit), 4)
        self.rgb[top:] //= 3
        for start, end, colour in bands:
            self.rgb[top:, round(start * width) : max(round(end * width) - 1, 0)] = colour
        half = max(round(0.8 * self._unit), 1)
        at = round(min(done, 1.0) * width)
        self.rgb[top - half :, max(at - half, 0) : at + half] = 255

    @property
    def _font_px(self) -> int:
        return int(max(round(11 * self._unit), 10))

    def _fixed(self, points: Floats) -> npt.NDArray[np.int32]:
        shifted = (np.asarray(points) + 0.5) * self._scale - 0.5
        return np.asarray(np.round(shifted.clip(-1e5, 1e5) * 2**_SHIFT), np.int32)


@lru_cache(maxsize=512)
def lettering(text: str, size_px: int) -> tuple[Coverage, Coverage]:
    """White letters with a dark edge: their picture times their coverage, and the coverage.

    Shapes (height, width, 3) and (height, width, 1).
    """
    edge_px = max(size_px // 7, 1)
    inner, outer = (_mask(text, size_px, edge_px, around) for around in (0, 255))
    edge = np.asarray(BLACK, np.float32)
    return np.asarray(inner * 255 + (outer - inner) * edge, np.float32), outer


@lru_cache(maxsize=256)
def chip(text: str, size_px: int, pad_px: int, colour: Colour) -> Rgb:
    """White letters on a coloured ground, dark ones where it is light."""
    mask = np.pad(_mask(text, size_px, 0, 0), ((0, 0), (pad_px, pad_px), (0, 0)))
    ground = np.asarray(colour, np.float32)
    ink = np.asarray(BLACK if min(colour) > _LIGHT else WHITE, np.float32)
    return np.asarray(mask * ink + (1 - mask) * ground).astype(np.uint8)


def _mask(text: str, size_px: int, edge_px: int, around: int) -> Coverage:
    """Coverage (height, width, 1; 0..1) of letters, with `around` (0 or 255) for their edge."""
    font_file = distribution("matplotlib").locate_file(_FONT)  # matplotlib itself is large
    font = ImageFont.truetype(str(font_file), size_px)
    left, _, right, _ = font.getbbox(text, stroke_width=edge_px)
    sheet = Image.new("L", (int(right - left), sum(font.getmetrics()) + 2 * edge_px))
    ImageDraw.Draw(sheet).text(
        (-left, edge_px), text, 255, font, stroke_width=edge_px, stroke_fill=around
    )
    return np.asarray(sheet, np.float32)[..., None] / np.float32(255)
