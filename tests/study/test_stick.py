"""Bodies from stored landmarks: in trunk lengths from the near hip, feet to the right, y up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clips import ROOT
from leglift.motion.signals import POINT_COLUMNS
from leglift.schemas import read_videos
from leglift.study.stick import LIMBS, stick_figures, upright
from leglift.vision.extract import iter_rings, read_frames

LANDMARKS = ROOT / "data" / "landmarks"


def frame(feet_to: str = "right", unit_px: float = 100.0) -> pd.Series:
    """A body 200 px down, hip at x = 300: shoulder one unit behind, ankle one and a half ahead."""
    way = 1 if feet_to == "right" else -1
    along = {"ear": -1.3, "shoulder": -1.0, "elbow": -0.5, "wrist": 0.0, "hip": 0.0,
             "knee": 0.8, "ankle": 1.5}  # fmt: skip
    cells = dict.fromkeys(POINT_COLUMNS, 200.0)
    for side in ("left", "right"):
        for part, x in along.items():
            cells[f"{side}_{part}_x_px"] = 300 + way * unit_px * x
        cells[f"{side}_ankle_y_px"] = 200 - 0.5 * unit_px
    return pd.Series(cells)


@pytest.mark.parametrize("feet_to", ["right", "left"])
@pytest.mark.parametrize("unit_px", [20.0, 100.0])
def test_size_and_camera_side_do_not_matter(feet_to: str, unit_px: float) -> None:
    way = 1 if feet_to == "right" else -1
    ring = np.array([[300 + way * unit_px, 200 - unit_px]])
    body = upright(frame(feet_to, unit_px), [ring], "left")
    assert body.joints["left_hip"] == pytest.approx([0, 0])
    assert body.joints["left_shoulder"] == pytest.approx([-1, 0])
    assert body.joints["right_ankle"] == pytest.approx([1.5, 0.5])
    assert body.rings[0] == pytest.approx(np.array([[1.0, 1.0]]))


def test_an_unknown_side_still_has_a_near_one() -> None:
    assert upright(frame(), [], "unknown").near_side == "left"


def test_limbs_join_landmarks_that_are_read() -> None:
    body = upright(frame(), [], "right")
    assert {f"right_{part}" for limb in LIMBS for part in limb} <= set(body.joints)


@pytest.fixture(scope="module")
def clip() -> tuple[Path, str]:
    videos = read_videos(ROOT / "data" / "videos.csv")
    row = videos[videos["clip_id"] == "c1d716f7d"].iloc[0]
    return LANDMARKS / f"{row['clip_id']}.parquet", row["camera_side"]


def test_the_nearest_frame_is_shown_in_its_own_outline(clip: tuple[Path, str]) -> None:
    table, near_side = clip
    times = read_frames(table, [])["time_s"]
    wanted = times.iloc[5] + 0.01
    (body,) = stick_figures(table, [wanted], near_side)
    assert body is not None
    rings = dict(iter_rings(table))[5]
    assert [len(ring) for ring in body.rings] == [len(ring) for ring in rings]
    hip = body.joints[f"{near_side}_hip"]
    everything = np.concatenate(body.rings)
    assert (everything.min(axis=0) < hip).all()
    assert (hip < everything.max(axis=0)).all()


def test_nobody_is_drawn_far_from_any_frame(clip: tuple[Path, str]) -> None:
    table, near_side = clip
    last_s = float(read_frames(table, [])["time_s"].max())
    there, gone = stick_figures(table, [last_s, last_s + 1.0], near_side)
    assert there is not None
    assert gone is None
