"""MediaPipe's PoseLandmarker: which bundle, and what it says of each frame."""

from __future__ import annotations

import hashlib
import os
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

_BUILT_DETECTOR_SHA256 = "f7609a928b6191dc077b8d60e1f45b22976cc8e68cffd651de168c9ad253c165"
_BUILT_LANDMARKER_SHA256 = {
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

    `image` has shape (33, 4): x, y as shares of the frame's width and height, z, visibility;
    `mask` is (height, width), 0..1.
    """

    image: npt.NDArray[np.float32]
    mask: npt.NDArray[np.float32]


def cache_dir() -> Path:
    """Where downloads go: `LEGLIFT_CACHE`, else the user's cache folder."""
    import pooch

    return Path(os.environ.get("LEGLIFT_CACHE") or pooch.os_cache("leglift"))


def find_bundle(spec: str) -> PoseBundle:
    """Find the bundle `lite`, `full`, `heavy`, or a file, and check what it is.

    Raises
    ------
    ModelError
        It is missing and cannot be had, or its checksum is none that we know.
    """
    path = Path(spec)
    if spec in OFFICIAL_SHA256:
        name = f"pose_landmarker_{spec}.task"
        places = (resource(f"models/{name}"), cache_dir() / "models" / name)
        path = next((place for place in places if place.is_file()), None) or _download(spec, name)
    elif not path.is_file():
        raise ModelError(f"pose bundle {spec}: no such file; use lite, full, heavy or a file")
    digest = file_sha256(path)
    variant = _known_variants().get(digest) or _variant_by_models(path)
    if variant is None:
        raise ModelError(
            f"pose bundle {path}: unknown contents (sha256 {digest[:12]}...); it is damaged or not "
            "one this version was tested with: restore it or use --pose full"
        )
    return PoseBundle(variant, path, digest)


def _known_variants() -> dict[str, str]:
    """Variants by checksum: bundles of `scripts/build_pose_bundle.py`, and the official ones."""
    lines = resource("models/SHA256SUMS").read_text(encoding="utf-8").splitlines()
    built = (line.split() for line in lines if line and not line.startswith("#"))
    known = {digest: Path(name).stem.rsplit("_", 1)[1] for digest, name in built}
    return known | {digest: variant for variant, digest in OFFICIAL_SHA256.items()}


def _variant_by_models(path: Path) -> str | None:
    """Know a bundle by the two models inside, whatever the zip around them looks like."""
    try:
        with zipfile.ZipFile(path) as bundle:
            detector, landmarker = (
                hashlib.sha256(bundle.read(f"pose_{name}.tflite")).hexdigest()
                for name in ("detector", "landmarks_detector")
            )
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError, RuntimeError):
        return None
    built = {digest: variant for variant, digest in _BUILT_LANDMARKER_SHA256.items()}
    return built.get(landmarker) if detector == _BUILT_DETECTOR_SHA256 else None


def _download(variant: str, name: str) -> Path:
    import pooch

    url = f"{_OFFICIAL}/pose_landmarker_{variant}/float16/1/{name}"
    folder = cache_dir() / "models"
    pooch.get_logger().setLevel("WARNING")
    try:
        known_hash = f"sha256:{OFFICIAL_SHA256[variant]}"
        return Path(pooch.retrieve(url=url, known_hash=known_hash, fname=name, path=folder))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"pose bundle '{variant}' is not here and could not be downloaded from {url}; put it "
            f"into {folder}, or use --pose full, which needs no download"
        ) from error


@contextmanager
def open_landmarker(
    bundle: PoseBundle, params: VisionParams, num_poses: int = 1, *, follows: bool = True
) -> Iterator[PoseLandmarker]:
    """Open a landmarker that gives masks and follows people through one clip.

    Without `follows` it looks at every picture afresh and gives no masks.
    """
    os.environ.setdefault("GLOG_minloglevel", "2")  # read when the library loads
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(bundle.path)),
        running_mode=vision.RunningMode.VIDEO if follows else vision.RunningMode.IMAGE,
        num_poses=num_poses,
        min_pose_detection_confidence=params.min_detection_confidence,
        min_pose_presence_confidence=params.min_presence_confidence,
        min_tracking_confidence=params.min_tracking_confidence,
        output_segmentation_masks=follows,
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
    rgb: npt.NDArray[Any] = frame.rgb
    if border_frac:
        wide = _border_px(frame, border_frac)
        rgb = cv2.GaussianBlur(rgb, (0, 0), _BORDER_BLUR_PX)
        rgb = cv2.copyMakeBorder(rgb, wide, wide, wide, wide, cv2.BORDER_REPLICATE)
    return landmarker.detect_for_video(as_image(rgb), round(frame.time_s * 1000))


def as_image(rgb: npt.NDArray[Any]) -> Any:
    """Picture as MediaPipe takes it; its rows must follow each other without gaps."""
    import mediapipe as mp

    return mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))


def _border_px(frame: Frame, frac: float) -> int:
    longer: int = max(frame.rgb.shape[:2])
    return round(frac * longer)


def poses_of(result: PoseLandmarkerResult, frame: Frame, border_frac: float = 0.0) -> list[Pose]:
    """All people that `detect` found in a frame, in that frame also where it had a border."""
    height, width = frame.rgb.shape[:2]
    size = np.array([width, height, width], np.float32)
    wide = _border_px(frame, border_frac)
    poses = []
    for points, view in zip(result.pose_landmarks, result.segmentation_masks or [], strict=True):
        image = np.array([(p.x, p.y, p.z, p.visibility) for p in points], np.float32)
        if border_frac:
            image[:, :3] *= size + 2 * wide
            image[:, :2] -= wide
            image[:, :3] /= size
        mask = view.numpy_view().reshape(height + 2 * wide, width + 2 * wide)
        # The view does not keep its image alive, and the image is freed with the result: copy.
        poses.append(Pose(image, mask[wide : wide + height, wide : wide + width].copy()))
    return poses
