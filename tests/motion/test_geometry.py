import pytest

from factories import SHOULDER_BREADTH, Body, Camera, Lifts
from leglift.motion.geometry import shot_view
from leglift.motion.posture import ON_SIDE

ONE_LIFT = Body(near_leg=Lifts(n=1).course)


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
def test_lying_on_the_side_needs_a_square_on_view(
    frames_of, params, stacked_norm, off_axis_deg, on_side
):
    camera = Camera(stacked_norm=stacked_norm, off_axis_deg=off_axis_deg)
    seen = shot_view(frames_of(ONE_LIFT, camera), params.view)
    assert seen.lies_otherwise(params.reps) == (ON_SIDE if on_side else "")
