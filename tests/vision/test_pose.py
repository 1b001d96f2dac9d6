from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest

from clips import BUNDLE, DEMO_REPS, demo_shot, noise
from leglift.errors import ModelError
from leglift.params import load_params
from leglift.vision.pose import (
    LANDMARKS,
    OFFICIAL_SHA256,
    PoseBundle,
    built_sha256,
    detect,
    find_bundle,
    open_landmarker,
    poses_of,
)
from leglift.vision.video import Frame

LEGS_UP_S = DEMO_REPS[1]["top_s"]


@pytest.fixture(autouse=True)
def no_network(tmp_path, monkeypatch):
    """An empty cache and no way out: whoever tries to download gets an OSError."""

    def refuse(**asked):
        raise OSError("no network in tests")

    monkeypatch.setenv("LEGLIFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("pooch.retrieve", refuse)


def rezipped(path, change=lambda name, data: data, compression=zipfile.ZIP_STORED, extra=False):
    """A bundle with the same models in another zip: other order, other dates, other bytes."""
    with zipfile.ZipFile(BUNDLE) as old, zipfile.ZipFile(path, "w", compression) as new:
        for name in sorted(old.namelist(), reverse=True):
            entry = zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6))
            entry.compress_type = compression
            new.writestr(entry, change(name, old.read(name)))
        if extra:
            new.writestr("README.txt", "not needed")
    return path


def flipped(data, at):
    changed = bytearray(data)
    changed[at] ^= 1
    return bytes(changed)


def test_full_is_the_default_bundle_of_the_repository():
    bundle = find_bundle("full")
    assert bundle.variant == "full"
    assert bundle.sha256 == hashlib.sha256(BUNDLE.read_bytes()).hexdigest()
    assert bundle.sha256 == built_sha256()["full"]


def test_a_file_is_known_by_its_checksum_not_its_name(tmp_path):
    path = tmp_path / "pose_landmarker_heavy.task"
    path.write_bytes(BUNDLE.read_bytes())
    assert find_bundle(str(path)) == PoseBundle("full", path, built_sha256()["full"])


def test_a_copy_in_the_cache_is_used(tmp_path):
    cached = tmp_path / "cache/models/pose_landmarker_lite.task"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(BUNDLE.read_bytes())
    assert find_bundle("lite").path == cached


# --- bundles that are not what they should be --------------------------------------------------


def refused(spec):
    with pytest.raises(ModelError) as caught:
        find_bundle(str(spec))
    assert caught.value.exit_code == 5
    assert "\n" not in str(caught.value)
    return str(caught.value)


def damaged(path):
    path.write_bytes(flipped(BUNDLE.read_bytes(), 5_000_000))


def changed_inside(path):
    member = "pose_landmarks_detector.tflite"
    rezipped(path, lambda name, data: flipped(data, 9_999) if name == member else data)


def damaged_zip(path):
    rezipped(path, compression=zipfile.ZIP_DEFLATED)
    path.write_bytes(flipped(path.read_bytes(), 3_000))


def other_contents(path):
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("pose_detector.tflite", b"")


NO_BUNDLE = {
    "a bit changed": damaged,
    "a model changed in a sound zip": changed_inside,
    "a damaged zip": damaged_zip,
    "cut": lambda path: path.write_bytes(BUNDLE.read_bytes()[:-1000]),
    "empty": lambda path: path.touch(),
    "no zip": lambda path: path.write_bytes(b"no bundle at all"),
    "a zip of something else": other_contents,
}


@pytest.mark.parametrize("kind", NO_BUNDLE)
def test_a_file_of_other_contents_is_refused(tmp_path, kind):
    path = tmp_path / "a.task"
    NO_BUNDLE[kind](path)
    line = refused(path)
    assert str(path) in line
    assert "unknown contents" in line
    assert "--pose full" in line


@pytest.mark.parametrize("spec", ["no.task", "Full", "", "."])
def test_a_missing_file_is_refused(spec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = refused(spec)
    assert "no such file" in said
    assert "lite, full, heavy" in said


@pytest.mark.parametrize("variant", ["lite", "heavy"])
@pytest.mark.parametrize("error", [OSError("unreachable"), ValueError("hash mismatch")])
def test_without_network_the_line_says_what_to_do(variant, error, tmp_path, monkeypatch):
    def fail(**asked):
        raise error

    monkeypatch.setattr("pooch.retrieve", fail)
    said = refused(variant)
    assert variant in said
    assert f"pose_landmarker_{variant}.task" in said
    assert str(tmp_path / "cache") in said
    assert "--pose" in said


def test_a_download_is_asked_for_by_checksum_and_over_https(monkeypatch, tmp_path):
    asked = {}

    def retrieve(**how):
        asked.update(how)
        got = Path(how["path"]) / how["fname"]
        got.parent.mkdir(parents=True)
        got.write_bytes(BUNDLE.read_bytes())
        return str(got)

    monkeypatch.setattr("pooch.retrieve", retrieve)
    assert find_bundle("heavy").path.parent == tmp_path / "cache/models"
    assert asked["known_hash"] == f"sha256:{OFFICIAL_SHA256['heavy']}"
    assert asked["url"] == (
        "https://storage.googleapis.com/mediapipe-models/pose_landmarker/"
        "pose_landmarker_heavy/float16/1/pose_landmarker_heavy.task"
    )


# --- what the landmarker says ------------------------------------------------------------------


def frame(rgb, time_s=0.0):
    return Frame(0, time_s, np.ascontiguousarray(rgb), 1.0)


def test_a_rezipped_bundle_sees_the_same_person(tmp_path):
    params = load_params().vision
    shown = frame(demo_shot(LEGS_UP_S, LEGS_UP_S + 0.05).frames[0])
    seen = []
    for spec in ("full", str(rezipped(tmp_path / "a.task", extra=True))):
        with open_landmarker(find_bundle(spec), params) as landmarker:
            seen.append(poses_of(detect(landmarker, shown))[0])
    np.testing.assert_allclose(seen[0].image, seen[1].image, atol=1e-3)
    np.testing.assert_allclose(seen[0].mask, seen[1].mask, atol=1e-2)


def test_the_demo_person_is_found_where_it_is():
    rgb = demo_shot(LEGS_UP_S, LEGS_UP_S + 0.05).frames[0]  # legs up, head on the right
    with open_landmarker(find_bundle("full"), load_params().vision) as landmarker:
        (pose,) = poses_of(detect(landmarker, frame(rgb)))
    assert pose.image.shape == (33, 5)
    assert pose.world.shape == (33, 3)
    assert pose.mask.shape == rgb.shape[:2]
    assert 0 <= pose.mask.min() <= pose.mask.max() <= 1
    assert 0.03 < (pose.mask > 0.5).mean() < 0.3
    at = {name: pose.image[i, :2] for i, name in enumerate(LANDMARKS)}
    assert at["left_hip"][0] < at["left_shoulder"][0] < at["nose"][0]
    assert at["left_ankle"][1] < at["left_knee"][1] < at["left_hip"][1]


def test_a_mask_outlives_what_it_came_from():
    """MediaPipe frees its images early; a mask that only looks at one turns to rubbish."""
    params = load_params().vision
    with open_landmarker(find_bundle("full"), params) as landmarker:
        masks = [
            poses_of(detect(landmarker, frame(rgb, i / 30)))[0].mask
            for i, rgb in enumerate(demo_shot(LEGS_UP_S, LEGS_UP_S + 0.2).frames)
        ]
    assert all(mask.base is None or mask.base.flags.owndata for mask in masks)
    sizes = [float((mask > 0.5).mean()) for mask in masks]
    assert sizes == pytest.approx([sizes[0]] * len(sizes), rel=0.1)


def test_noise_is_nobody():
    with open_landmarker(find_bundle("full"), load_params().vision) as landmarker:
        assert [
            poses_of(detect(landmarker, frame(rgb, i / 30))) for i, rgb in enumerate(noise(3))
        ] == [[]] * 3


def test_a_bundle_that_mediapipe_cannot_load_is_a_model_error(tmp_path):
    path = tmp_path / "a.task"
    path.write_bytes(b"no bundle")
    with (
        pytest.raises(ModelError, match=r"a\.task"),
        open_landmarker(PoseBundle("full", path, "0" * 64), load_params().vision),
    ):
        pass


def test_a_pose_in_a_bordered_frame_comes_back_to_the_frame_itself():
    from leglift.vision.pose import Pose, without_border

    image = np.full((33, 5), 0.5, np.float32)  # the middle of either frame is the same place
    image[0, :2] = (0.6 / 2.2, 0.5)  # the left edge of the inner frame: border 0.6 of its width
    mask = np.zeros((100 + 120, 100 + 120), np.float32)
    mask[60:160, 60:160] = 1
    found = without_border(Pose(image, np.zeros((33, 3), np.float32), mask), (100, 100), 0.6)
    assert found.image[1, :2] == pytest.approx((0.5, 0.5), abs=1e-5)
    assert found.image[0, :2] == pytest.approx((0.0, 0.5), abs=1e-5)
    assert found.mask.shape == (100, 100)
    assert found.mask.all()
