from __future__ import annotations

import hashlib
import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from clips import demo_shot, noise, write_shot, write_video
from factories import fill_rings
from leglift.errors import VideoError
from leglift.params import load_params, params_sha256
from leglift.vision import extract
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
N_FRAMES = 15
WIDTH_PX, HEIGHT_PX = 854, 480  # of the demo clip
UNEVEN = 7
"""This frame of the cut comes late."""


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """Half a second of the demo clip with a pause of 0.25 s in it."""
    shot = demo_shot(1.2, 1.2 + N_FRAMES / 30)
    times_s = [t + (0.25 if i >= UNEVEN else 0) for i, t in enumerate(shot.times_s)]
    return write_shot(tmp_path_factory.mktemp("cut") / "cut.mp4", shot.at(times_s))


@pytest.fixture(scope="module")
def table(cut):
    table = cut.with_name("clip.parquet")
    seen = []
    meta = extract_clip(
        cut, table, find_bundle("full"), PARAMS, on_frame=lambda n, t: seen.append((n, t))
    )
    table.with_name("seen.json").write_text(json.dumps([seen, meta.n_frames]))
    return table


def rows(path):
    return pq.read_table(path).to_pandas()


# --- what is in a table ------------------------------------------------------------------------


def test_columns_are_the_schema(table):
    assert pq.read_schema(table).remove_metadata().equals(SCHEMA.remove_metadata())
    assert len(LANDMARK_COLUMNS) == 19 * 2 + 4 + 14 == len(set(LANDMARK_COLUMNS))
    assert SCHEMA.names[:5] == ["frame_idx", "track_idx", "time_s", "detected", "thumb_diff"]


def test_a_row_a_frame_with_the_containers_times(table):
    frames = rows(table)
    assert frames["frame_idx"].tolist() == list(range(N_FRAMES))
    true = [i / 30 + (0.25 if i >= UNEVEN else 0) for i in range(N_FRAMES)]
    assert frames["time_s"].to_numpy() == pytest.approx(true, abs=1e-3)
    assert frames["detected"].all()
    assert set(frames["track_idx"]) == {0}
    assert frames[LANDMARK_COLUMNS].notna().all(axis=None)


def test_progress_was_told_every_frame(table):
    seen, n_frames = json.loads(table.with_name("seen.json").read_text())
    assert [n for n, _ in seen] == list(range(1, n_frames + 1))
    assert [t for _, t in seen] == pytest.approx(rows(table)["time_s"].tolist(), abs=1e-5)


def test_metadata_says_what_the_table_was_made_from(table, cut):
    meta = read_meta(table)
    assert meta.source_name == "cut.mp4"
    assert meta.source_sha256 == hashlib.sha256(cut.read_bytes()).hexdigest()
    assert (meta.width_px, meta.height_px, meta.rotation_deg) == (WIDTH_PX, HEIGHT_PX, 0)
    assert (meta.n_frames, meta.n_detected, meta.detected_frac) == (N_FRAMES, N_FRAMES, 1.0)
    assert meta.duration_s == pytest.approx(0.25 + N_FRAMES / 30, abs=0.03)
    assert meta.fps == pytest.approx(N_FRAMES / meta.duration_s, rel=0.01)
    assert meta.codec == "h264"
    assert meta.damaged_at_s is None
    assert (meta.pose_variant, meta.pose_sha256) == ("full", find_bundle("full").sha256)
    assert meta.params_sha256 == params_sha256(PARAMS)
    assert meta.num_poses == 1
    assert meta.versions.keys() == {"leglift", "mediapipe", "av"}


def test_landmarks_are_pixels_of_the_upright_frame(table):
    middle = rows(table).iloc[N_FRAMES // 2]
    seen = [name for name in LANDMARKS if middle.get(f"{name}_visibility", 0) > 0.9]
    assert len(seen) > 4
    for name in seen:
        assert 0 <= middle[f"{name}_x_px"] <= WIDTH_PX
        assert 0 <= middle[f"{name}_y_px"] <= HEIGHT_PX
    assert middle["left_hip_x_px"] < middle["left_shoulder_x_px"] < middle["nose_x_px"]


def test_rings_outline_the_person(table):
    outlines = dict(iter_rings(table))
    assert list(outlines) == list(range(N_FRAMES))
    middle = rows(table).iloc[N_FRAMES // 2]
    inside = fill_rings(outlines[N_FRAMES // 2], HEIGHT_PX, WIDTH_PX)
    assert 0.03 < inside.mean() < 0.3
    for name in ("left_hip", "left_knee"):
        assert inside[round(middle[f"{name}_y_px"]), round(middle[f"{name}_x_px"])] == 1


def test_frames_of_someone_who_is_not_there(table):
    nobody = read_frames(table, ["nose_x_px"], track_idx=1)
    assert len(nobody) == N_FRAMES
    assert not nobody["detected"].any()
    assert nobody["nose_x_px"].isna().all()
    assert nobody["time_s"].notna().all()


# --- the same again ----------------------------------------------------------------------------


def test_two_runs_give_identical_tables(cut, table):
    again = cut.with_name("again.parquet")
    extract_clip(cut, again, find_bundle("full"), PARAMS)
    assert pq.read_table(again).equals(pq.read_table(table))
    assert read_meta(again) == read_meta(table)
    assert again.read_bytes() == table.read_bytes()


def test_groups_grow_in_long_clips(cut, table, monkeypatch):
    monkeypatch.setattr("leglift.vision.writing._SMALL_GROUPS", 2)
    grouped = cut.with_name("grown.parquet")
    params = PARAMS.model_copy(update={"rows_per_group": 2})
    extract_clip(cut, grouped, find_bundle("full"), params)
    groups = pq.read_metadata(grouped)
    sizes = [groups.row_group(i).num_rows for i in range(groups.num_row_groups)]
    assert sizes == [2, 2, 4, 4, 3]
    assert pq.read_table(grouped).equals(pq.read_table(table))


def test_a_scaled_clip_keeps_the_videos_own_pixels(cut, table):
    small = cut.with_name("small.parquet")
    params = PARAMS.model_copy(update={"max_side_px": 320})
    extract_clip(cut, small, find_bundle("full"), params)
    one, other = rows(table), rows(small)
    for name in ("left_shoulder", "left_hip", "left_knee"):
        off = np.hypot(
            one[f"{name}_x_px"] - other[f"{name}_x_px"], one[f"{name}_y_px"] - other[f"{name}_y_px"]
        )
        assert off.median() < 6
    areas = [
        np.median([fill_rings(rings, HEIGHT_PX, WIDTH_PX).sum() for _, rings in iter_rings(path)])
        for path in (table, small)
    ]
    assert areas[1] == pytest.approx(areas[0], rel=0.1)


# --- nobody, several, damaged, interrupted -----------------------------------------------------


def test_frames_without_a_person_are_rows_too(tmp_path):
    video = write_video(tmp_path / "noise.mp4", noise(4))
    meta = extract_clip(video, tmp_path / "a.parquet", find_bundle("full"), PARAMS)
    frames = rows(tmp_path / "a.parquet")
    assert (meta.n_frames, meta.n_detected, meta.detected_frac) == (4, 0, 0.0)
    assert frames["frame_idx"].tolist() == [0, 1, 2, 3]
    assert not frames["detected"].any()
    assert frames[LANDMARK_COLUMNS].isna().all(axis=None)
    assert list(iter_rings(tmp_path / "a.parquet")) == []
    assert track_ids(tmp_path / "a.parquet") == []


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
    meta = extract_clip(video, tmp_path / "a.parquet", find_bundle("full"), PARAMS)
    assert len(meta.complaints) == len(said)
    assert all(words in line for words, line in zip(said, meta.complaints, strict=True))


def test_one_frame_has_a_rate_and_no_length(tmp_path):
    video = write_video(tmp_path / "one.mp4", noise(1))
    meta = extract_clip(video, tmp_path / "a.parquet", find_bundle("full"), PARAMS)
    assert (meta.n_frames, meta.duration_s, meta.fps) == (1, 0.0, 30.0)


def test_two_people_are_two_tracks(tmp_path):
    shot = demo_shot(1.2, 1.4)
    video = write_shot(tmp_path / "two.mp4", shot.mapped(lambda f: np.hstack([f, f])))
    table = tmp_path / "a.parquet"
    extract_clip(video, table, find_bundle("full"), PARAMS, num_poses=2)
    assert sorted(track_ids(table)) == [0, 1]
    sides = [read_frames(table, ["left_hip_x_px"], i)["left_hip_x_px"].median() for i in (0, 1)]
    assert sum(side < WIDTH_PX for side in sides) == 1
    for track in (0, 1):
        spread = read_frames(table, ["left_hip_x_px"], track)["left_hip_x_px"].dropna()
        assert np.ptp(spread) < 100  # nobody changes places


class StopHereError(Exception):
    pass


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, StopHereError])
def test_nothing_is_left_when_it_is_interrupted(cut, tmp_path, interruption):
    table = tmp_path / "a.parquet"
    parts = []

    def interrupt(n, _):
        if n == 2:
            parts.extend(path.name for path in tmp_path.iterdir())
            raise interruption

    with pytest.raises(interruption):
        extract_clip(cut, table, find_bundle("full"), PARAMS, on_frame=interrupt)
    assert parts == ["a.parquet.part"]
    assert list(tmp_path.iterdir()) == []


def test_an_older_table_survives_a_failure(cut, tmp_path, monkeypatch):
    table = tmp_path / "a.parquet"
    table.write_bytes(b"older")

    def fail(*_):
        raise StopHereError

    monkeypatch.setattr(extract, "frame_rows", fail)
    with pytest.raises(StopHereError):
        extract_clip(cut, table, find_bundle("full"), PARAMS)
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]
    assert table.read_bytes() == b"older"


def test_a_bad_video_leaves_nothing(tmp_path):
    video = tmp_path / "a.mp4"
    video.write_text("no video")
    with pytest.raises(VideoError):
        extract_clip(video, tmp_path / "a.parquet", find_bundle("full"), PARAMS)
    assert list(tmp_path.iterdir()) == [video]
