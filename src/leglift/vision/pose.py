"""MediaPipe's PoseLandmarker: which bundle, and what it says of each frame."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from leglift.errors import ModelError
from leglift.params import VisionParams, file_sha256, resource
from leglift.vision.video import Frame

if TYPE_CHECKING:
    from mediapipe.tasks.python.vision import PoseLandmarker, PoseLandmarkerResult

LANDMARKS = (
    "nose", "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye",
    "right_eye_outer", "left_ear", "right_ear", "mouth_left", "mouth_right", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_pinky",
    "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb", "left_hip",
    "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle", "left_heel",
    "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
"""The 33 landmarks in the model's order; left and right are the person's own."""

_BORDER_BLUR_PX = 1.2  # a GIF's dither hides the body from the detector
_OFFICIAL = "https://storage.googleapis.com/mediapipe-models/pose_landmarker"
OFFICIAL_SHA256 = {
    "lite": "59929e1d1ee95287735ddd833b19cf4ac46d29bc7afddbbf6753c459690d574a",
    "full": "4eaa5eb7a98365221087693fcc286334cf0858e2eb6e15b506aa4a7ecdcec4ad",
    "heavy": "64437af838a65d18e5ba7a0d39b465540069bc8aae8308de3e318aad31fcbc7b",
}
"""Google's own bundles, version float16/1 (same weights as ours, other metadata)."""


_MEMBERS = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
BUILT_DETECTOR_SHA256 = "f7609a928b6191dc077b8d60e1f45b22976cc8e68cffd651de168c9ad253c165"
BUILT_LANDMARKER_SHA256 = {
    "lite": "1fadfbad994a1fc291201eee5a7baa9657fa176c047cf6ccf5e89b56699e98ae",
    "full": "5d2ba2a8cd4ccd1d48350fa215bbadc0e1b49e3c706d020e6b7efea6eace83cd",
    "heavy": "182d4d9a8cf1e3ebd1727a8915b85bb8d9193506710b2fa30182a40d55440b46",
}
"""The models inside the bundles of `scripts/build_pose_bundle.py`."""


@dataclass(frozen=True)
class PoseBundle:
    """A pose model bundle whose checksum is one we know."""

    variant: str
    path: Path
    sha256: str


@dataclass(frozen=True)
class Pose:
    """One person in one frame.

    `image` has shape (33, 5): x, y as shares of the frame's width and height, z, visibility,
    presence. `world` has shape (33, 3), metres, origin between the hips. `mask` is
    (height, width), 0..1.
    """

    image: npt.NDArray[np.float32]
    world: npt.NDArray[np.float32]
    mask: npt.NDArray[np.float32]


def cache_dir() -> Path:
    """Where downloads go: `LEGLIFT_CACHE`, else the user's cache folder."""
    import pooch

    return Path(os.environ.get("LEGLIFT_CACHE") or pooch.os_cache("leglift"))


def built_sha256() -> dict[str, str]:
    """Checksums of the bundles that `scripts/build_pose_bundle.py` makes, by variant."""
    lines = resource("models/SHA256SUMS").read_text(encoding="utf-8").split("\n")
    pairs = (line.split() for line in lines if line.strip() and not line.startswith("#"))
    return {Path(name).stem.rsplit("_", 1)[1]: digest for digest, name in pairs}


def find_bundle(spec: str) -> PoseBundle:
    """Find the bundle `lite`, `full`, `heavy`, or a file, and check what it is.

    Raises
    ------
    ModelError
        It is missing and cannot be had, or its checksum is none that we know.
    """
    if spec in OFFICIAL_SHA256:
        path = _shipped_or_cached(spec) or _download(spec)
    else:
        path = Path(spec)
        if not path.is_file():
            raise ModelError(f"pose bundle {spec}: no such file; use lite, full, heavy or a file")
    digest = file_sha256(path)
    return PoseBundle(_variant_of(path, digest), path, digest)


def _variant_of(path: Path, digest: str) -> str:
    known = {
        sha: variant
        for table in (built_sha256(), OFFICIAL_SHA256)
        for variant, sha in table.items()
    }
    variant = known.get(digest) or _variant_by_models(path)
    if variant:
        return variant
    raise ModelError(
        f"pose bundle {path}: unknown contents (sha256 {digest[:12]}...); "
        "it is damaged or not one this version was tested with: restore it or use --pose full"
    )


def _variant_by_models(path: Path) -> str | None:
    """Know a bundle by the two models inside, whatever the zip around them looks like."""
    try:
        with zipfile.ZipFile(path) as bundle:
            inside = {name: hashlib.sha256(bundle.read(name)).hexdigest() for name in _MEMBERS}
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, RuntimeError):
        return None
    if inside["pose_detector.tflite"] != BUILT_DETECTOR_SHA256:
        return None
    landmarker = inside["pose_landmarks_detector.tflite"]
    return next((v for v, sha in BUILT_LANDMARKER_SHA256.items() if sha == landmarker), None)


def _shipped_or_cached(variant: str) -> Path | None:
    name = f"pose_landmarker_{variant}.task"
    places = (resource(f"models/{name}"), cache_dir() / "models" / name)
    return next((place for place in places if place.is_file()), None)


def _download(variant: str) -> Path:
    import pooch

    name = f"pose_landmarker_{variant}.task"
    url = f"{_OFFICIAL}/pose_landmarker_{variant}/float16/1/{name}"
    pooch.get_logger().setLevel("WARNING")
    try:
        got = pooch.retrieve(
            url=url,
            known_hash=f"sha256:{OFFICIAL_SHA256[variant]}",
            fname=name,
            path=cache_dir() / "models",
        )
    except (OSError, ValueError) as error:
        shutil.rmtree(cache_dir() / "models" / f"{name}.part", ignore_errors=True)
        raise ModelError(
            f"pose bundle '{variant}' is not here and could not be downloaded from {url}; put it "
            f"into {cache_dir() / 'models'}, or use --pose full, which needs no download"
        ) from error
    return Path(got)


@contextmanager
def open_landmarker(
    bundle: PoseBundle, params: VisionParams, num_poses: int = 1
) -> Iterator[PoseLandmarker]:
    """Open a landmarker in VIDEO mode with masks; one is needed per clip, and it must be closed."""
    os.environ.setdefault("GLOG_minloglevel", "2")  # read when the library loads
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(bundle.path)),
        running_mode=vision.RunningMode.VIDEO,
        num_poses=num_poses,
        min_pose_detection_confidence=params.min_detection_confidence,
        min_pose_presence_confidence=params.min_presence_confidence,
        min_tracking_confidence=params.min_tracking_confidence,
        output_segmentation_masks=True,
    )
    try:
        landmarker = vision.PoseLandmarker.create_from_options(options)
    except (RuntimeError, ValueError) as error:
        raise ModelError(f"pose bundle {bundle.path}: MediaPipe cannot load it") from error
    try:
        yield landmarker
    finally:
        landmarker.close()


def detect(
    landmarker: PoseLandmarker, frame: Frame, border_frac: float = 0.0
) -> PoseLandmarkerResult:
    """Look for people in one frame, for `poses_of`; call with increasing times only.

    With `border_frac` the frame's edges are drawn out by this share of its longer side, and noise
    is smoothed: a body that the picture cuts off, at the neck say, is found once there is room.
    """
    import mediapipe as mp

    rgb = frame.rgb if border_frac == 0 else _bordered(frame.rgb, border_frac)
    image = mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb)
    return landmarker.detect_for_video(image, round(frame.time_s * 1000))


def _bordered(rgb: npt.NDArray[np.uint8], frac: float) -> npt.NDArray[np.uint8]:
    wide = _border_px(rgb.shape[1], rgb.shape[0], frac)
    smooth = cv2.GaussianBlur(rgb, (0, 0), _BORDER_BLUR_PX)
    grown = cv2.copyMakeBorder(smooth, wide, wide, wide, wide, cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(grown)


def _border_px(width: int, height: int, frac: float) -> int:
    return round(frac * max(width, height))


def poses_of(result: PoseLandmarkerResult) -> list[Pose]:
    """All people the landmarker found, as arrays of their own."""
    masks = result.segmentation_masks or []
    return [
        Pose(_image_array(points), _world_array(world), _mask_array(mask))
        for points, world, mask in zip(
            result.pose_landmarks, result.pose_world_landmarks, masks, strict=True
        )
    ]


def without_border(pose: Pose, size_px: tuple[int, int], border_frac: float) -> Pose:
    """Bring a pose found in a bordered frame back to the frame of `size_px` (width, height)."""
    width, height = size_px
    wide = _border_px(width, height, border_frac)
    grown = np.array([width, height, width], np.float32) + 2 * wide
    image = pose.image.copy()
    image[:, :3] *= grown
    image[:, :2] -= wide
    image[:, :3] /= np.array([width, height, width], np.float32)
    return Pose(image, pose.world, pose.mask[wide : wide + height, wide : wide + width].copy())


def _image_array(points: list[Any]) -> npt.NDArray[np.float32]:
    return np.array([(p.x, p.y, p.z, p.visibility, p.presence) for p in points], np.float32)


def _world_array(points: list[Any]) -> npt.NDArray[np.float32]:
    return np.array([(p.x, p.y, p.z) for p in points], np.float32)


def _mask_array(mask: Any) -> npt.NDArray[np.float32]:
    # The view does not keep its image alive, and the image is freed with the result: copy.
    pixels = np.array(mask.numpy_view(), dtype=np.float32)
    return pixels[..., 0] if pixels.ndim == 3 else pixels
