import zipfile
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from clips import BUNDLE, DEMO_REPS, demo_shot
from leglift.errors import ModelError
from leglift.params import file_sha256, load_params
from leglift.vision.pose import (
    OFFICIAL_SHA256,
    PoseBundle,
    detect,
    find_bundle,
    open_landmarker,
    poses_of,
)
from leglift.vision.video import Frame

LEGS_UP_S = DEMO_REPS[1]["top_s"]
PARAMS = load_params().vision


@pytest.fixture(autouse=True)
def no_network(tmp_path, monkeypatch):
    """An empty cache and no way out: whoever tries to download gets an OSError."""

    def refuse(**asked):
        raise OSError("no network in tests")

    monkeypatch.setenv("LEGLIFT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("pooch.retrieve", refuse)


def test_a_file_is_known_by_its_checksum_not_its_name_or_place(tmp_path):
    full = file_sha256(BUNDLE)
    named = tmp_path / "pose_landmarker_heavy.task"
    cached = tmp_path / "cache/models/pose_landmarker_lite.task"
    cached.parent.mkdir(parents=True)
    for copy in (named, cached):
        copy.write_bytes(BUNDLE.read_bytes())
    assert find_bundle("full").variant == "full"
    assert find_bundle("full").sha256 == full
    assert find_bundle(str(named)) == PoseBundle("full", named, full)
    assert find_bundle("lite").path == cached


def refused(spec, *words):
    with pytest.raises(ModelError) as caught:
        find_bundle(str(spec))
    assert caught.value.exit_code == 5
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def rezipped(path, change=lambda name, data: data):
    """A bundle with the same models in another zip: other order, other dates, compressed."""
    with zipfile.ZipFile(BUNDLE) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), reverse=True):
            entry = zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6))
            new.writestr(entry, change(name, old.read(name)), zipfile.ZIP_DEFLATED)
        new.writestr("README.txt", "not needed")
    return path


def with_a_model_changed(path):
    rezipped(path, lambda name, data: data[:-1] + b"?" if "landmarks" in name else data)


def damaged_zip(path):
    data = bytearray(rezipped(path).read_bytes())
    data[3_000] ^= 1
    path.write_bytes(data)


def test_a_bundle_is_known_by_the_models_inside(tmp_path):
    assert find_bundle(str(rezipped(tmp_path / "a.task"))).variant == "full"


NO_BUNDLE = {
    "a model changed in a sound zip": with_a_model_changed,
    "a damaged zip": damaged_zip,
    "no zip": lambda path: path.write_bytes(b"no bundle at all"),
}


@pytest.mark.parametrize("kind", NO_BUNDLE)
def test_a_file_of_other_contents_is_refused(tmp_path, kind):
    path = tmp_path / "a.task"
    NO_BUNDLE[kind](path)
    refused(path, str(path), "unknown contents", "--pose full")


@pytest.mark.parametrize("spec", ["no.task", "Full", "", "."])
def test_a_missing_file_is_refused(spec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(spec, "no such file", "lite, full, heavy")


@pytest.mark.parametrize("variant", ["lite", "heavy"])
@pytest.mark.parametrize("error", [OSError("unreachable"), ValueError("hash mismatch")])
def test_without_network_the_line_says_what_to_do(variant, error, tmp_path, monkeypatch):
    def fail(**asked):
        raise error

    monkeypatch.setattr("pooch.retrieve", fail)
    refused(variant, f"pose_landmarker_{variant}.task", str(tmp_path / "cache"), "--pose")


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


def poses_in(pictures):
    with open_landmarker(find_bundle("full"), PARAMS) as landmarker:
        shown = [Frame(0, i / 30, np.array(rgb), 1.0) for i, rgb in enumerate(pictures)]
        return [poses_of(detect(landmarker, frame), frame) for frame in shown]


def test_a_mask_outlives_what_it_came_from():
    """MediaPipe frees its images early; a mask that only looks at one turns to rubbish."""
    masks = [found[0].mask for found in poses_in(demo_shot(LEGS_UP_S, LEGS_UP_S + 0.2).frames)]
    assert all(mask.base is None or mask.base.flags.owndata for mask in masks)
    sizes = [float((mask > 0.5).mean()) for mask in masks]
    assert sizes == pytest.approx([sizes[0]] * len(sizes), rel=0.1)


def test_a_bundle_that_mediapipe_cannot_load_is_a_model_error(tmp_path):
    path = tmp_path / "a.task"
    path.write_bytes(b"no bundle")
    with (
        pytest.raises(ModelError, match=r"a\.task"),
        open_landmarker(PoseBundle("full", path, "0" * 64), PARAMS),
    ):
        pass


def test_a_pose_found_with_a_border_comes_back_to_the_frame_itself():
    frame = Frame(0, 0.0, np.zeros((100, 100, 3), np.uint8), 1.0)
    middle, left = ((x, 0.5, 0.0, 1.0) for x in (0.5, 0.6 / 2.2))  # a border of 0.6 of its width
    mask = np.zeros((100 + 120, 100 + 120), np.float32)
    mask[60:160, 60:160] = 1
    point = namedtuple("Point", "x y z visibility")
    (found,) = poses_of(
        SimpleNamespace(
            pose_landmarks=[[point(*left), point(*middle)]],
            segmentation_masks=[SimpleNamespace(numpy_view=lambda: mask)],
        ),
        frame,
        0.6,
    )
    np.testing.assert_allclose(found.image[:, :2], [[0.0, 0.5], [0.5, 0.5]], atol=1e-5)
    assert found.mask.shape == (100, 100)
    assert found.mask.all()
