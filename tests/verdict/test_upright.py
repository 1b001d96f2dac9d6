"""Pictures that lie on their side, stand on their head or were filmed with a tilted camera."""

from __future__ import annotations

from dataclasses import replace

import pytest

from factories import UPRIGHT, Body, Camera, Lifts
from leglift.params import load_params
from leglift.verdict.check import advice
from leglift.verdict.upright import COLUMNS, turn_deg
from leglift.vision.table import read_frames

PARAMS = load_params()
SET = Body(near_leg=Lifts(n=2).course, arm="along_waist")
"""An arm hides the back: the joints have to do."""


@pytest.fixture
def turn_of(table_of):
    """By how much a figure's picture is to be turned."""
    return lambda camera: turn_deg(read_frames(table_of(SET, camera), COLUMNS))


@pytest.mark.parametrize(
    ("turned_deg", "back_deg"), [(0, 0), (90, 270), (180, 180), (270, 90), (20, 0), (-30, 0)]
)
def test_the_belly_tells_how_the_picture_is_turned(turn_of, turned_deg, back_deg):
    assert turn_of(Camera(floor_deg=-turned_deg)) == back_deg


def test_nothing_is_said_where_nobody_is_seen(turn_of):
    assert turn_of(Camera(lost=((0.0, 99.0),))) == 0


@pytest.mark.parametrize("roll_deg", [20.0, 30.0, -20.0])
def test_a_rolled_camera_is_read_off_the_resting_body(motion_of, roll_deg):
    level, tilted = (motion_of(SET, Camera(floor_deg=deg)) for deg in (0.0, roll_deg))
    assert level.views[0].floor_deg == 0
    assert tilted.views[0].floor_deg == pytest.approx(roll_deg, abs=5)
    assert len(tilted.reps) == len(level.reps) == 2
    off = tilted.signals["near_leg_deg"] - level.signals["near_leg_deg"]
    assert off.abs().median() < 5
    assert any("rolled by about" in said for said in advice(tilted, PARAMS))


def test_a_camera_that_is_rolled_a_little_is_said(motion_of):
    motion = motion_of(SET, Camera(floor_deg=-11.0))
    assert motion.views[0].floor_deg == 0
    assert any("hold the camera level" in said for said in advice(motion, PARAMS))


def test_who_hangs_is_not_straightened(motion_of):
    view = motion_of(replace(SET, arm="overhead"), UPRIGHT).views[0]
    assert view.hanging
    assert view.lies_deg == 0.0
