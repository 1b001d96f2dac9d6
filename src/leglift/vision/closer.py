"""A second look where nobody was found: there may be a person after all, only far away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from leglift.params import VisionParams
from leglift.vision.pose import PoseBundle, detect, open_landmarker
from leglift.vision.video import Frame, Reading, some_pictures

Rgb = npt.NDArray[np.uint8]

_LOOKS = 5
_LEAST_LOOKS = 2  # what is seen once only may be a stain
_TILES = 3  # a row and column; each half as wide as the picture, so that they overlap
_SIDE_PX = 512  # the detector sees 224; more is for the outline only
_MOST_FRAMES = 3000


def is_far_away(video: Path, bundle: PoseBundle, params: VisionParams, reading: Reading) -> bool:
    """Whether a few pictures, looked at in enlarged parts, show a person that was not found."""
    seen = 0
    for rgb in some_pictures(video, params.max_side_px, reading, _LOOKS, _MOST_FRAMES):
        seen += _shows_a_person(rgb, bundle, params)
        if seen >= _LEAST_LOOKS:
            return True
    return False


def tiles(rgb: Rgb) -> Iterator[Rgb]:
    """Overlapping parts of a picture, half its sides, enlarged; the middle first."""
    height, width = (max(side // 2, 1) for side in rgb.shape[:2])
    order = sorted(range(_TILES**2), key=lambda i: i != _TILES**2 // 2)
    for row, column in (divmod(i, _TILES) for i in order):
        top, left = (row * height // (_TILES - 1), column * width // (_TILES - 1))
        part = rgb[top : top + height, left : left + width]
        scale = max(_SIDE_PX / max(part.shape[:2]), 1.0)
        size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
        yield np.ascontiguousarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC))


def _shows_a_person(rgb: Rgb, bundle: PoseBundle, params: VisionParams) -> bool:
    with open_landmarker(bundle, params) as landmarker:  # a new one: it must not follow anybody
        looks = (Frame(i, i / 10, tile, 1.0) for i, tile in enumerate(tiles(rgb)))
        return any(detect(landmarker, look).pose_landmarks for look in looks)
