from dataclasses import asdict

import numpy as np
import pyarrow.parquet as pq
import pytest

from clips import demo_shot, noise, write_shot, write_video
from factories import fill_rings
from leglift.params import file_sha256, load_params, params_sha256
from leglift.vision.extract import extract_clip
from leglift.vision.pose import LANDMARKS, find_bundle
from leglift.vision.table import (
    LANDMARK_COLUMNS,
    SCHEMA,
    iter_rings,
    read_frames,
    read_meta,
    track_ids,
)

PARAMS = load_params().vision
BUNDLE = find_bundle("full")
N_FRAMES = 15
WIDTH_PX, HEIGHT_PX = 854, 480  # of the demo clip
TIMES_S = [i / 30 + (0.25 if i >= 7 else 0) for i in range(N_FRAMES)]
"""Half a second with a pause in it."""


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    frames = demo_shot(1.2, 1.2 + N_FRAMES / 30).frames
    return write_video(tmp_path_factory.mktemp("cut") / "cut.mp4", frames, TIMES_S)


@pytest.fixture(scope="module")
def told():
    """What was told of the progress of `table`."""
    return []


@pytest.fixture(scope="module")
def table(cut, told):
    table = cut.with_name("clip.parquet")
    extract_clip(cut, table, BUNDLE, PARAMS, on_frame=lambda n, time_s: told.append((n, time_s)))
    return table


def rows(path):
    return pq.read_table(path).to_pandas()


def test_a_row_a_frame_with_the_containers_times(table, told):
    frames = rows(table)
    assert pq.read_schema(table).remove_metadata().equals(SCHEMA.remove_metadata())
    assert frames["frame_idx"].tolist() == list(range(N_FRAMES))
    assert frames["time_s"].to_numpy() == pytest.approx(TIMES_S, abs=1e-3)
    assert frames["detected"].all()
    assert set(frames["track_idx"]) == {0}
    assert frames[LANDMARK_COLUMNS].notna().all(axis=None)
    nobody = read_frames(table, ["nose_x_px"], track_idx=1)
    assert nobody["time_s"].tolist() == frames["time_s"].tolist()
    assert not nobody["detected"].any()
    assert nobody["nose_x_px"].isna().all()
    assert [n for n, _ in told] == list(range(1, N_FRAMES + 1))
    assert [time_s for _, time_s in told] == pytest.approx(frames["time_s"].tolist(), abs=1e-5)


def test_metadata_says_what_the_table_was_made_from(table, cut):
    meta = read_meta(table)
    assert asdict(meta).items() >= {
        "source_name": "cut.mp4", "source_sha256": file_sha256(cut), "width_px": WIDTH_PX,
        "height_px": HEIGHT_PX, "rotation_deg": 0, "n_frames": N_FRAMES, "n_detected": N_FRAMES,
        "codec": "h264", "damaged_at_s": None, "pose_variant": "full", "num_poses": 1,
        "pose_sha256": BUNDLE.sha256, "params_sha256": params_sha256(PARAMS),
    }.items()  # fmt: skip
    assert meta.detected_frac == 1.0
    assert meta.duration_s == pytest.approx(0.25 + N_FRAMES / 30, abs=0.03)
    assert meta.fps == pytest.approx(N_FRAMES / meta.duration_s, rel=0.01)
    assert meta.versions.keys() == {"leglift", "mediapipe", "av"}


def test_landmarks_and_rings_are_pixels_of_the_upright_frame(table):
    middle = rows(table).iloc[N_FRAMES // 2]
    seen = [name for name in LANDMARKS if middle.get(f"{name}_visibility", 0) > 0.9]
    assert len(seen) > 4
    for name in seen:
        assert 0 <= middle[f"{name}_x_px"] <= WIDTH_PX
        assert 0 <= middle[f"{name}_y_px"] <= HEIGHT_PX
    assert middle["left_hip_x_px"] < middle["left_shoulder_x_px"] < middle["nose_x_px"]
    outlines = dict(iter_rings(table))
    assert list(outlines) == list(range(N_FRAMES))
    inside = fill_rings(outlines[N_FRAMES // 2], HEIGHT_PX, WIDTH_PX)
    assert 0.03 < inside.mean() < 0.3
    for name in ("left_hip", "left_knee"):
        assert inside[round(middle[f"{name}_y_px"]), round(middle[f"{name}_x_px"])] == 1


def test_two_runs_give_identical_tables(cut, table):
    again = cut.with_name("again.parquet")
    extract_clip(cut, again, BUNDLE, PARAMS)
    assert again.read_bytes() == table.read_bytes()


def test_groups_grow_in_long_clips(cut, table, monkeypatch):
    monkeypatch.setattr("leglift.vision.writing._SMALL_GROUPS", 2)
    grouped = cut.with_name("grown.parquet")
    extract_clip(cut, grouped, BUNDLE, PARAMS.model_copy(update={"rows_per_group": 2}))
    groups = pq.read_metadata(grouped)
    sizes = [groups.row_group(i).num_rows for i in range(groups.num_row_groups)]
    assert sizes == [2, 2, 4, 4, 3]
    assert pq.read_table(grouped).equals(pq.read_table(table))


def test_a_scaled_clip_keeps_the_videos_own_pixels(cut, table):
    small = cut.with_name("small.parquet")
    extract_clip(cut, small, BUNDLE, PARAMS.model_copy(update={"max_side_px": 320}))
    places = [f"{name}_{axis}_px" for name in ("left_hip", "left_knee") for axis in "xy"]
    assert (rows(table)[places] - rows(small)[places]).abs().median().max() < 6
    areas = [
        np.median([fill_rings(rings, HEIGHT_PX, WIDTH_PX).sum() for _, rings in iter_rings(path)])
        for path in (table, small)
    ]
    assert areas[1] == pytest.approx(areas[0], rel=0.1)


@pytest.mark.parametrize(("n", "duration_s"), [(1, 0.0), (4, 4 / 30)])
def test_frames_without_a_person_are_rows_too(tmp_path, n, duration_s):
    """One frame has a rate and no length."""
    video, table = write_video(tmp_path / "noise.mp4", noise(n)), tmp_path / "a.parquet"
    meta = extract_clip(video, table, BUNDLE, PARAMS)
    frames = rows(table)
    assert (meta.n_frames, meta.n_detected, meta.detected_frac) == (n, 0, 0.0)
    assert (meta.duration_s, meta.fps) == pytest.approx((duration_s, 30.0), abs=0.04)
    assert frames["frame_idx"].tolist() == list(range(n))
    assert not frames["detected"].any()
    assert frames[LANDMARK_COLUMNS].isna().all(axis=None)
    assert list(iter_rings(table)) == track_ids(table) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rgb: rgb, []),
        (lambda rgb: rgb // 5, ["dark or hazy"]),
        (lambda rgb: 100 + rgb // 5, ["dark or hazy"]),
        (lambda rgb: rgb[..., :1].repeat(3, axis=2), ["no colours"]),
    ],
    ids=["ordinary", "dark", "hazy", "grey"],
)
def test_a_faint_picture_is_said(tmp_path, change, said):
    video = write_shot(tmp_path / "a.mp4", demo_shot(1, 1.1).mapped(change))
    meta = extract_clip(video, tmp_path / "a.parquet", BUNDLE, PARAMS)
    assert len(meta.complaints) == len(said)
    assert all(words in line for words, line in zip(said, meta.complaints, strict=True))


def test_two_people_are_two_tracks(tmp_path):
    shot = demo_shot(1.2, 1.4).mapped(lambda f: np.hstack([f, f]))
    video, table = write_shot(tmp_path / "two.mp4", shot), tmp_path / "a.parquet"
    extract_clip(video, table, BUNDLE, PARAMS, num_poses=2)
    assert sorted(track_ids(table)) == [0, 1]
    hips = [read_frames(table, ["left_hip_x_px"], i)["left_hip_x_px"].dropna() for i in (0, 1)]
    assert sum(hip.median() < WIDTH_PX for hip in hips) == 1
    assert max(map(np.ptp, hips)) < 100  # nobody changes places


def interrupt(n, _):
    if n == 2:
        raise KeyboardInterrupt


def test_an_older_table_survives_when_the_user_stops_it(cut, tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"older")
    with pytest.raises(KeyboardInterrupt):
        extract_clip(cut, tmp_path / "a.parquet", BUNDLE, PARAMS, on_frame=interrupt)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"older"]
