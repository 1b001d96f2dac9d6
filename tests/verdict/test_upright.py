"""Pictures that lie on their side, stand on their head or were filmed with a tilted camera."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from factories import UPRIGHT, Body, Camera, Lifts
from leglift.params import load_params
from leglift.verdict.check import advice, turn_deg

PARAMS = load_params()
SET = Body(near_leg=Lifts(n=2).course, arm="along_waist")
"""An arm hides the back: the joints have to do."""


def landmarks(turned_deg: float = 0.0) -> pd.DataFrame:
    """A supine body, head to the left, legs at 45 deg, with the picture turned clockwise."""
    body = {"ear": 0, "shoulder": 40, "hip": 160, "ankle": 280 - 120j}
    points = {f"{side}_{part}": at for side in ("left", "right") for part, at in body.items()}
    row = {}
    for name, at in {**points, "nose": -25j}.items():
        at = at * np.exp(1j * np.radians(turned_deg))
        row |= {f"{name}_x_px": at.real, f"{name}_y_px": at.imag}
    return pd.DataFrame([row] * 5)


@pytest.mark.parametrize(
    ("turned_deg", "back_deg"), [(0, 0), (90, 270), (180, 180), (270, 90), (20, 0), (-30, 0)]
)
def test_the_belly_tells_how_the_picture_is_turned(turned_deg, back_deg):
    assert turn_deg(landmarks(turned_deg)) == back_deg


def test_nothing_is_said_where_nobody_is_seen():
    assert turn_deg(landmarks() * np.nan) == 0


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
