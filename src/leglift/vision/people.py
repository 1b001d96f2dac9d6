"""Is anybody there whom the pose model passed over? A few pictures are looked at afresh.

Where it found nobody there may be a person after all, only far away. And where it followed one
person it may have taken the legs of another close by: what it then says is smooth and looks like
one body.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from leglift.params import VisionParams
from leglift.vision.pose import LANDMARKS, PoseBundle, as_image, open_landmarker
from leglift.vision.video import AS_IT_COMES, Reading, some_pictures

if TYPE_CHECKING:
    from mediapipe.tasks.python.vision import PoseLandmarker

Floats = npt.NDArray[np.float64]
Rgb = npt.NDArray[np.uint8]

_CLOSE_LOOKS = 6
_MOST_FRAMES = 600  # a longer clip is looked at over its beginning only: decoding it all takes long
_MOST_PEOPLE = 3
_APART_NORM = (0.3, 3.0)  # trunk lengths: closer is the same body found twice, farther is not close
_SIZES = (0.5, 2.0)  # of a neighbour's trunk in the first one's: else it is a picture or a poster
_SHOULDERS, _HIPS = (
    [LANDMARKS.index(f"{side}_{part}") for side in ("left", "right")]
    for part in ("shoulder", "hip")
)

_FAR_LOOKS = 5
_LEAST_FAR_LOOKS = 2  # what is seen once only may be a stain
_MOST_FAR_FRAMES = 3000
_TILES = 3  # a row and column; each half as wide as the picture, so that they overlap
_SIDE_PX = 512  # the detector sees 224; more is for the outline only


def neighbour_frac(
    video: Path, bundle: PoseBundle, params: VisionParams, reading: Reading = AS_IT_COMES
) -> float:
    """Share of a few pictures in which a second person is close to the first, 0 to 1.

    NaN where nobody is seen in any of them.

    Raises
    ------
    VideoError
        The video is missing or cannot be read.
    """
    with open_landmarker(bundle, params, _MOST_PEOPLE, follows=False) as landmarker:
        pictures = some_pictures(video, params.max_side_px, reading, _CLOSE_LOOKS, _MOST_FRAMES)
        found = [_trunks(landmarker, rgb) for rgb in pictures]
    seen = [are_close(trunks) for trunks in found if len(trunks)]
    return float(np.mean(seen)) if seen else float("nan")


def are_close(trunks: Floats) -> bool:
    """Whether another trunk (n, 2 ends, 2) lies next to the first, by its length and distance."""
    middles = trunks.mean(axis=1)
    lengths = np.linalg.norm(trunks[:, 0] - trunks[:, 1], axis=1)
    if lengths[0] <= 0:
        return False
    apart = np.linalg.norm(middles[1:] - middles[0], axis=1) / lengths[0]
    size = lengths[1:] / lengths[0]
    near = (apart > _APART_NORM[0]) & (apart < _APART_NORM[1])
    return bool((near & (size > _SIZES[0]) & (size < _SIZES[1])).any())


def _trunks(landmarker: PoseLandmarker, rgb: Rgb) -> Floats:
    """Middle of the shoulders and of the hips (n, 2, 2) of everybody in a picture, in pixels."""
    people = landmarker.detect(as_image(rgb)).pose_landmarks
    xy = np.array([[(p.x, p.y) for p in points] for points in people], float)
    xy = xy.reshape(-1, len(LANDMARKS), 2) * rgb.shape[1::-1]
    return np.stack([xy[:, _SHOULDERS].mean(axis=1), xy[:, _HIPS].mean(axis=1)], axis=1)


def is_far_away(video: Path, bundle: PoseBundle, params: VisionParams, reading: Reading) -> bool:
    """Whether a few pictures, looked at in enlarged parts, show a person that was not found."""
    pictures = some_pictures(video, params.max_side_px, reading, _FAR_LOOKS, _MOST_FAR_FRAMES)
    seen = 0
    with open_landmarker(bundle, params, follows=False) as landmarker:
        for rgb in pictures:
            seen += any(landmarker.detect(as_image(tile)).pose_landmarks for tile in _tiles(rgb))
            if seen >= _LEAST_FAR_LOOKS:
                return True
    return False


def _tiles(rgb: Rgb) -> Iterator[Rgb]:
    """Overlapping parts of a picture, half its sides, enlarged; the middle first."""
    height, width = (max(side // 2, 1) for side in rgb.shape[:2])
    for i in sorted(range(_TILES**2), key=lambda i: i != _TILES**2 // 2):
        top, left = height * (i // _TILES) // (_TILES - 1), width * (i % _TILES) // (_TILES - 1)
        part = rgb[top : top + height, left : left + width]
        scale = max(_SIDE_PX / max(part.shape[:2]), 1.0)
        size = (round(part.shape[1] * scale), round(part.shape[0] * scale))
        yield np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), np.uint8)
