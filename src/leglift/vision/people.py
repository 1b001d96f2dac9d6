"""Is somebody else close by? A pose model that follows one person may take the legs of another.

What it then says is smooth and looks like one body. So a few pictures of the clip are looked at
once more, each by itself and with several people allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from leglift.params import VisionParams
from leglift.vision.pose import LANDMARKS, PoseBundle
from leglift.vision.video import AS_IT_COMES, Reading, some_pictures

if TYPE_CHECKING:
    from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerResult

Floats = npt.NDArray[np.float64]
Rgb = npt.NDArray[np.uint8]

LOOKS = 6
_MOST_FRAMES = 600  # a longer clip is looked at over its beginning only: decoding it all takes long
_MOST_PEOPLE = 3
_APART_NORM = (0.3, 3.0)  # trunk lengths: closer is the same body found twice, farther is not close
_SIZES = (0.5, 2.0)  # of a neighbour's trunk in the first one's: else it is a picture or a poster
_SHOULDERS, _HIPS = (
    [LANDMARKS.index(f"{side}_{part}") for side in ("left", "right")]
    for part in ("shoulder", "hip")
)


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
    with _looking(bundle, params) as landmarker:
        pictures = some_pictures(video, params.max_side_px, reading, LOOKS, _MOST_FRAMES)
        found = [_trunks(landmarker, rgb) for rgb in pictures]
    seen = [are_close(trunks) for trunks in found if len(trunks)]
    return float(np.mean(seen)) if seen else float("nan")


def are_close(trunks: Floats) -> bool:
    """Whether another trunk (n, 2 ends, 2) lies next to the first, by its length and distance."""
    middles = trunks.mean(axis=1)
    lengths = np.linalg.norm(trunks[:, 0] - trunks[:, 1], axis=1)
    if not len(trunks) or lengths[0] <= 0:
        return False
    apart = np.linalg.norm(middles[1:] - middles[0], axis=1) / lengths[0]
    size = lengths[1:] / lengths[0]
    near = (apart > _APART_NORM[0]) & (apart < _APART_NORM[1])
    return bool((near & (size > _SIZES[0]) & (size < _SIZES[1])).any())


@contextmanager
def _looking(bundle: PoseBundle, params: VisionParams) -> Iterator[PoseLandmarker]:
    """Open a landmarker that looks at every picture afresh and follows nobody."""
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(bundle.path)),
        running_mode=vision.RunningMode.IMAGE,
        num_poses=_MOST_PEOPLE,
        min_pose_detection_confidence=params.min_detection_confidence,
        min_pose_presence_confidence=params.min_presence_confidence,
    )
    landmarker = vision.PoseLandmarker.create_from_options(options)
    try:
        yield landmarker
    finally:
        landmarker.close()


def _trunks(landmarker: PoseLandmarker, rgb: Rgb) -> Floats:
    """Middle of the shoulders and of the hips (n, 2, 2) of everybody in a picture, in pixels."""
    import mediapipe as mp

    found: PoseLandmarkerResult = landmarker.detect(
        mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))
    )
    size_px = np.array([rgb.shape[1], rgb.shape[0]], float)
    people = [np.array([(p.x, p.y) for p in points]) * size_px for points in found.pose_landmarks]
    ends = [[xy[_SHOULDERS].mean(axis=0), xy[_HIPS].mean(axis=0)] for xy in people]
    return np.array(ends, float).reshape(-1, 2, 2)
