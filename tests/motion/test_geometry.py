from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from factories import SHOULDER_BREADTH, Body, Camera, Lifts
from leglift.motion.geometry import ShotView, leg_angles, picture_tilt_deg, shot_view
from leglift.motion.posture import ON_SIDE

ONE_LIFT = Body(near_leg=Lifts(n=1).course)
VIEW = ShotView(
    shot_idx=0, near_side="right", side_known=True, feet_right=True, trunk_px=100.0,
    off_axis_deg=0.0, stacked_norm=0.0,
)  # fmt: skip
"""Square on, one trunk length is 100 pixels, the feet are on the right."""


def at(*points):
    return np.array(points, float)


@pytest.mark.parametrize(
    ("knee", "ankle", "leg_deg", "thigh_deg", "knee_deg"),
    [
        ((2, 0), (3, 0), 0, 0, 180),
        ((1, 1), (1, 2), 90, 90, 180),
        ((2, 1), (3, 2), 45, 45, 180),
        ((1, 1), (2, 1), 45, 90, 90),
        ((0, 1), (-1, 2), 135, 135, 180),
        ((0, -1), (-1, -2), 225, 225, 180),
        ((1, -1), (1, -2), -90, -90, 180),
    ],
    ids=["on the floor", "upright", "half-way", "table top", "past the head", "behind", "hanging"],
)
def test_leg_angles_of_plain_figures(knee, ankle, leg_deg, thigh_deg, knee_deg):
    joints = {"shoulder": (0, 0), "hip": (1, 0), "knee": knee, "ankle": ankle}
    row = leg_angles({f"near_{name}": at(xy) for name, xy in joints.items()}, "near").iloc[0]
    angles = row[["leg_deg", "thigh_deg", "knee_deg"]].tolist()
    assert angles == pytest.approx([leg_deg, thigh_deg, knee_deg])


def test_unknown_joints_give_unknown_angles():
    body = {f"near_{part}": at((0, 0), (np.nan, np.nan)) for part in ("shoulder", "hip", "knee")}
    angles = leg_angles({**body, "near_ankle": at((1, 0), (1, 0))}, "near")
    assert angles["leg_deg"].isna().tolist() == [False, True]


@pytest.mark.parametrize(("floor_deg", "tilt_deg"), [(0, 0), (8, 8), (-30, 30), (45, 45)])
def test_picture_tilt_is_the_trunk_against_the_horizon(frames_of, floor_deg, tilt_deg):
    frames = frames_of(ONE_LIFT, Camera(floor_deg=floor_deg))
    assert_allclose(picture_tilt_deg(frames), tilt_deg, atol=1e-3)


@pytest.mark.parametrize(
    ("changes", "px", "body"),
    [
        ({}, (100, -50), (1, 0.5)),
        ({"feet_right": False}, (-100, -50), (1, 0.5)),
        ({"trunk_px": 200.0}, (100, -50), (0.5, 0.25)),
        ({"floor_deg": 90.0}, (0, -100), (1, 0)),
        ({"floor_deg": -90.0}, (0, 100), (1, 0)),
        ({"floor_deg": 45.0}, (100, -100), (np.sqrt(2), 0)),
        ({"floor_deg": 45.0, "feet_right": False}, (-100, -100), (np.sqrt(2), 0)),
    ],
)
def test_body_frame_has_feet_to_the_right_and_up_off_the_floor(changes, px, body):
    assert_allclose(replace(VIEW, **changes).to_body(np.array(px, float)), body, atol=1e-12)


@pytest.mark.parametrize(("near_side", "feet_right"), [("left", True), ("right", False)])
def test_near_side_is_the_person_s_and_not_the_picture_s(frames_of, params, near_side, feet_right):
    camera = Camera(near_side=near_side, feet_right=feet_right, shoulder_px=(640.0, 500.0))
    seen = shot_view(frames_of(ONE_LIFT, camera), params.view)
    assert (seen.near_side, seen.side_known, seen.feet_right) == (near_side, True, feet_right)


def test_side_is_unknown_where_nothing_tells_the_sides_apart(frames_of, params):
    frames = frames_of(ONE_LIFT)
    depth = frames.columns[frames.columns.str.endswith("_z_px")]
    sure = frames.columns[frames.columns.str.endswith("_visibility")]
    alike = frames.assign(**dict.fromkeys(depth, 0.0), **dict.fromkeys(sure, 0.9))
    assert not shot_view(alike, params.view).side_known


@pytest.mark.parametrize(
    ("trunk_px", "floor_deg", "off_axis_deg", "stacked_norm"),
    [
        (60.0, 0.0, 0.0, 0.0),
        (220.0, -8.0, 20.0, 0.0),
        (220.0, 0.0, 45.0, 0.0),
        (333.0, 8.0, -30.0, 0.0),
        (220.0, -8.0, 0.0, SHOULDER_BREADTH / 2),
    ],
)
def test_trunk_length_and_where_the_camera_stands(
    frames_of, params, trunk_px, floor_deg, off_axis_deg, stacked_norm
):
    camera = Camera(
        trunk_px=trunk_px, floor_deg=floor_deg, off_axis_deg=off_axis_deg, stacked_norm=stacked_norm
    )
    breadth = params.view.model_copy(update={"breadth_to_trunk": SHOULDER_BREADTH})
    seen = shot_view(frames_of(ONE_LIFT, camera), breadth)
    assert seen.trunk_px == pytest.approx(trunk_px, rel=1e-4)
    assert seen.off_axis_deg == pytest.approx(abs(off_axis_deg), abs=0.1)
    assert seen.stacked_norm == pytest.approx(stacked_norm, abs=1e-3)
    assert seen.raised_deg == pytest.approx(30 if stacked_norm else 0, abs=0.5)


@pytest.mark.parametrize(
    ("stacked_norm", "off_axis_deg", "on_side"),
    [(0.6, 0.0, True), (0.6, 30.0, False), (0.2, 0.0, False)],
)
def test_lying_on_the_side_needs_a_square_on_view(params, stacked_norm, off_axis_deg, on_side):
    seen = replace(VIEW, stacked_norm=stacked_norm, off_axis_deg=off_axis_deg)
    assert seen.lies_otherwise(params.reps) == (ON_SIDE if on_side else "")


@pytest.mark.parametrize("n_frames", [0, 1])
def test_no_view_from_less_than_two_frames(frames_of, params, n_frames):
    assert shot_view(frames_of(ONE_LIFT).head(n_frames), params.view) is None
