"""How the frames of a clip are to be shown: upright, and in true proportions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Rgb = npt.NDArray[np.uint8]

Orientation = tuple[bool, bool, bool]
"""How frames are to be shown: sides swapped, then mirrored along x, then along y."""

_NEARLY = 0.01  # of a side: such pixels are square, and such pictures alike
_FLATTEST = 4.0  # width over height of a pixel; beyond it the number is a mistake


@dataclass(frozen=True)
class Showing:
    """What the first frame says of all of them.

    `width_px` and `height_px` are of the stored frame, `pixel_shape` is width over height of one
    of its pixels. `rotate_deg` is asked for by the user: clockwise, after `orientation`.
    """

    width_px: int
    height_px: int
    pixel_shape: float = 1.0
    orientation: Orientation = (False, False, False)
    rotate_deg: int = 0

    def true_size(self, width_px: int, height_px: int) -> tuple[float, float]:
        """Size with square pixels of a stored frame; the longer side of a pixel is kept."""
        return width_px * max(self.pixel_shape, 1.0), height_px * max(1 / self.pixel_shape, 1.0)

    def is_usual(self, width_px: int, height_px: int) -> bool:
        """Whether a stored frame has the size of the first one."""
        return (width_px, height_px) == (self.width_px, self.height_px)

    def upright_size(self) -> tuple[int, int]:
        """Width and height of the first frame as it is shown."""
        wide, high = self.true_size(self.width_px, self.height_px)
        if self.orientation[0] ^ (self.rotate_deg % 180 != 0):
            wide, high = high, wide
        return round(wide), round(high)

    def turned(self, rgb: Rgb) -> Rgb:
        """Turn and mirror pixels as the container and the user ask for.

        Rows come padded for some widths, and MediaPipe misreads arrays with gaps without a word:
        the result has none.
        """
        transposed, flip_x, flip_y = self.orientation
        shown = rgb.transpose(1, 0, 2) if transposed else rgb
        shown = shown[:, ::-1] if flip_x else shown
        shown = shown[::-1] if flip_y else shown
        return np.ascontiguousarray(np.rot90(shown, -self.rotate_deg // 90))

    def framed(self, rgb: Rgb) -> tuple[Rgb, float]:
        """Put an upright picture of another shape into the middle of the first one's shape.

        Returns it and its pixels a pixel of the first frame.
        """
        width, height = self.upright_size()
        scale = max(rgb.shape[1] / width, rgb.shape[0] / height)
        wide, high = round(width * scale), round(height * scale)
        beside, above = (max(wide - rgb.shape[1], 0), max(high - rgb.shape[0], 0))
        if beside <= _NEARLY * wide and above <= _NEARLY * high:
            return rgb, scale
        edges = (above // 2, above - above // 2, beside // 2, beside - beside // 2)
        bordered = cv2.copyMakeBorder(rgb, *edges, cv2.BORDER_CONSTANT, value=(0, 0, 0))
        return np.asarray(bordered, np.uint8), scale


def showing_of(raw: Any, pixel_shape: Fraction | None, rotate_deg: int) -> Showing:
    """Ask the first frame of a clip how to show all of them."""
    shape = float(pixel_shape or 1)
    if abs(shape - 1) < _NEARLY or not 1 / _FLATTEST <= shape <= _FLATTEST:
        shape = 1.0
    return Showing(raw.width, raw.height, shape, _orientation_of(raw), rotate_deg)


def _orientation_of(raw: Any) -> Orientation:
    """Orientation that travels with a frame; ask the first one only, for all of its clip.

    The display matrix sends a pixel (x, y) to (a x + c y, b x + d y). PyAV's `rotation` leaves out
    that it may also mirror, as phones ask for with the front camera. Who has asked a frame for its
    `side_data` has made a cycle of references: the frame's pixels then wait for Python's collector,
    which came around after 140 MiB of a small clip.
    """
    matrix = next((part for part in raw.side_data if part.type.name == "DISPLAYMATRIX"), None)
    if matrix is None:
        return False, False, False
    a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].astype(float)
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return False, a < 0, d < 0
    return True, c < 0, b < 0
