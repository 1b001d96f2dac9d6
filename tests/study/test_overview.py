"""Tables behind notebook 01, on cases small enough to check by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clips import ROOT
from leglift.params import file_sha256
from leglift.schemas import read_videos
from leglift.study.overview import (
    agreement_table,
    bottom_figures,
    detection_table,
    fingerprints,
    visibility_table,
)

LANDMARKS = ROOT / "data" / "landmarks"
SHORT = ["c1d716f7d", "ca08ce1ca"]


@pytest.fixture(scope="module")
def videos() -> pd.DataFrame:
    listed = read_videos(ROOT / "data" / "videos.csv")
    return listed[listed["clip_id"].isin(SHORT)]


def test_a_fingerprint_changes_with_contents_and_names(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "a.parquet").write_bytes(b"1")
    (folder / "notes.txt").write_bytes(b"not a table")
    one = fingerprints([folder, folder / "a.parquet"])
    assert one["files"].tolist() == [1, 1]
    assert one["sha256"][1] == file_sha256(folder / "a.parquet")
    (folder / "a.parquet").rename(folder / "b.parquet")
    renamed = fingerprints([folder])
    (folder / "b.parquet").write_bytes(b"2")
    changed = fingerprints([folder])
    assert len({one["sha256"][0], renamed["sha256"][0], changed["sha256"][0]}) == 3


def test_detection_comes_from_the_tables(videos: pd.DataFrame) -> None:
    found = detection_table(videos, LANDMARKS).set_index("clip_id")
    assert found.loc["c1d716f7d", "n_frames"] == 24
    assert found["detected_frac"].between(0, 1).all()


def test_near_and_far_change_places_with_the_camera(videos: pd.DataFrame) -> None:
    seen = visibility_table(videos, LANDMARKS)
    assert seen.groupby("clip_id").size().tolist() == [14, 14]
    other = videos["camera_side"].map({"left": "right", "right": "left"})
    turned = visibility_table(videos.assign(camera_side=other), LANDMARKS)
    near, far = (t.set_index(["clip_id", "part", "side"])["visibility"] for t in (seen, turned))
    key = ("c1d716f7d", "wrist")
    assert near[(*key, "near")] == far[(*key, "far")]
    assert near[(*key, "near")] > near[(*key, "far")]


def test_clips_without_a_known_side_are_left_out(videos: pd.DataFrame) -> None:
    unknown = videos.assign(camera_side=["unknown", *videos["camera_side"].iloc[1:]])
    assert len(set(visibility_table(unknown, LANDMARKS)["clip_id"])) == 1


def test_bodies_carry_person_clip_and_rep(videos: pd.DataFrame) -> None:
    reps = pd.DataFrame({"clip_id": ["c1d716f7d"] * 2, "person_id": "P14", "rep": [1, 2],
                         "end_s": [1.0, 99.0]})  # fmt: skip
    assert [name for _, name in bottom_figures(reps, videos, LANDMARKS)] == ["P14 c1d71·1"]
    crowd = videos.assign(n_people=2)
    assert bottom_figures(reps, crowd, LANDMARKS) == []


def test_agreement_is_unknown_where_it_was_not_computed() -> None:
    whole = {"n_reps": 9, "fleiss_kappa": 0.5, "fleiss_kappa_95": [0.3, 0.7],
             "n_reps_all_decided": 4, "fleiss_kappa_decided": 0.8,
             "fleiss_kappa_decided_95": None}  # fmt: skip
    little = {"n_reps": 2, "fleiss_kappa": None, "fleiss_kappa_95": None}
    pair = {"n_reps": 9, "kappa": 0.4, "kappa_95": None}
    labels = {"all": whole, "by_view": {"side": whole, "oblique": little},
              "by_clothing": {"bare": whole}, "pairs": {"A B": pair}}  # fmt: skip
    table = agreement_table(labels).set_index("name")
    assert table.loc["all reps", ["value", "low", "high"]].tolist() == [0.5, 0.3, 0.7]
    assert np.isnan(table.loc["oblique", "value"])
    assert table.loc["reps that all decided", ["n_reps", "value"]].tolist() == [4, 0.8]
    assert table.loc["A and B", "value"] == 0.4
    assert np.isnan(table.loc["A and B", "low"])
    assert table["n_reps"].tolist() == [9, 4, 9, 2, 9, 9]
