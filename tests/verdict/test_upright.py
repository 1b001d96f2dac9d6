"""Pictures that lie on their side, stand on their head or were filmed with a tilted camera."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factories import UPRIGHT, Body, Clip, Lifts, write_clip
from leglift.motion.segment import segment_clip
from leglift.params import load_params
from leglift.verdict.check import advice
from leglift.verdict.upright import WORDS, front_turn_deg

PARAMS = load_params()
SET = Body(near_leg=Lifts(n=2).course)
POINTS = [
    *(f"{s}_{p}" for s in ("left", "right") for p in ("ear", "shoulder", "hip", "ankle")),
    "nose",
]


def landmarks(turned_deg: float = 0.0):
    """A supine body, head to the left, legs at 45 deg, with the picture turned clockwise."""
    body = {"ear": 0, "nose": -25j, "shoulder": 40, "hip": 160, "ankle": 280 - 120j}
    turn, row = np.exp(1j * np.radians(turned_deg)), {}
    for name in POINTS:
        at = turn * body[name.split("_")[-1]]
        row |= {f"{name}_x_px": at.real, f"{name}_y_px": at.imag}
    return pd.DataFrame([row] * 5)


@pytest.mark.parametrize(
    ("turned_deg", "back_deg"), [(0, 0), (90, 270), (180, 180), (270, 90), (20, 0), (-30, 0)]
)
def test_the_belly_tells_how_the_picture_is_turned(turned_deg, back_deg):
    assert front_turn_deg(landmarks(turned_deg)) == back_deg


def test_nothing_is_said_where_nobody_is_seen():
    assert front_turn_deg(landmarks() * np.nan) == 0
    assert set(WORDS) == {90, 180, 270}


def rolled(tmp_path, roll_deg):
    """Motion of a figure before a camera that is rolled, so that the feet's end comes up."""
    path = write_clip(tmp_path / "a.parquet", Clip(SET))
    whole, meta = pq.read_table(path), pq.read_metadata(path).metadata[b"leglift"]
    table = whole.to_pandas()
    c, s = np.cos(np.radians(roll_deg)), np.sin(np.radians(roll_deg))
    for name in [col[:-5] for col in table if col.endswith("_x_px")]:
        x, y = table[f"{name}_x_px"] - 640, table[f"{name}_y_px"] - 360
        table[f"{name}_x_px"], table[f"{name}_y_px"] = c * x + s * y + 640, c * y - s * x + 360
    table["rings_px"] = [None] * len(table)  # an arm hides the back: the joints have to do
    with pq.ParquetWriter(path, whole.schema) as writer:
        writer.write_table(pa.Table.from_pandas(table, whole.schema, preserve_index=False))
        writer.add_key_value_metadata({"leglift": meta})
    return segment_clip(path, PARAMS)


@pytest.mark.parametrize("roll_deg", [20.0, 30.0, -20.0])
def test_a_rolled_camera_is_read_off_the_resting_body(tmp_path, roll_deg):
    level, tilted = rolled(tmp_path, 0.0), rolled(tmp_path, roll_deg)
    assert level.views[0].floor_deg == 0
    assert tilted.views[0].floor_deg == pytest.approx(roll_deg, abs=5)
    assert len(tilted.reps) == len(level.reps) == 2
    off = tilted.signals["near_leg_deg"] - level.signals["near_leg_deg"]
    assert off.abs().median() < 5
    assert any("rolled by about" in said for said in advice(tilted, PARAMS))


def test_a_camera_that_is_rolled_a_little_is_said(tmp_path):
    motion = rolled(tmp_path, -11.0)
    assert motion.views[0].floor_deg == 0
    assert any("hold the camera level" in said for said in advice(motion, PARAMS))


def test_who_hangs_is_not_straightened(tmp_path):
    view = segment_clip(write_clip(tmp_path / "a.parquet", Clip(SET, UPRIGHT)), PARAMS).views[0]
    assert view.hanging
    assert replace(view, lies_deg=0.0) == view
