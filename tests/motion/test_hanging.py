"""Who hangs from a bar and lifts the legs, and who only stands upright."""

from dataclasses import replace

import pytest

from factories import UPRIGHT, Back, Body, Camera, Lifts, alternating, still
from leglift.instrument.edge import edge_moments
from leglift.motion.back import HANGING, GapRule, judge_back
from leglift.motion.features import rep_features
from leglift.motion.reps import leg_reps

LIFTS = Lifts(n=3, low_deg=0.0, top_deg=95.0)
HANGS = Body(near_leg=LIFTS.course)
"""Hands over the head, where they stay."""
FACING_LEFT = replace(UPRIGHT, feet_right=False, floor_deg=-90.0, near_side="left")


@pytest.fixture(scope="session")
def hanging_reps(motion_of, params):
    def hanging_reps(body: Body = HANGS, camera: Camera = UPRIGHT):
        motion = motion_of(body, camera)
        seen = edge_moments(motion)
        return judge_back(rep_features(motion, params), seen, GapRule(params), params)

    return hanging_reps


@pytest.mark.parametrize("camera", [UPRIGHT, FACING_LEFT], ids=["facing right", "facing left"])
@pytest.mark.parametrize(("low_deg", "top_deg"), [(0, 60), (0, 95), (0, 150), (-25, 95)])
def test_lifts_of_who_hangs_are_reps_with_their_angles(hanging_reps, camera, low_deg, top_deg):
    """0 deg hangs straight down, 90 deg is level, and legs may swing behind the vertical."""
    reps = hanging_reps(
        Body(near_leg=replace(LIFTS, low_deg=low_deg, top_deg=top_deg).course), camera
    )
    assert reps["posture"].tolist() == ["hanging"] * 3
    assert reps["top_leg_angle_deg"].tolist() == pytest.approx([top_deg] * 3, abs=2)
    assert reps["lowest_leg_angle_deg"].tolist() == pytest.approx([low_deg] * 3, abs=3)
    assert reps["lowering_s"].tolist() == pytest.approx([LIFTS.lowering_s] * 3, rel=0.05)


@pytest.mark.parametrize("rise_norm", [0.0, 0.1])
def test_the_back_of_who_hangs_is_never_judged(hanging_reps, rise_norm):
    reps = hanging_reps(replace(HANGS, back=Back(rise_norm=rise_norm)))
    assert set(reps["verdict"]) == {"cant_tell"}
    assert set(reps["reason"]) == {HANGING}
    assert reps[["gap_rise_norm", "back_lift_angle_deg"]].isna().all(axis=None)


def test_camera_off_axis_shows_beside_the_body(hanging_reps):
    """The far side stands beside the near one by the breadth times the sine of the angle."""
    reps = hanging_reps(HANGS, replace(UPRIGHT, stacked_norm=0.25))
    assert reps["off_axis_deg"].tolist() == pytest.approx([30.0] * 3, abs=1)


@pytest.mark.parametrize(
    ("body", "camera"),
    [
        (replace(HANGS, arm="on_belly"), UPRIGHT),
        (replace(HANGS, arm="along_waist"), UPRIGHT),
        (HANGS, replace(UPRIGHT, floor_deg=90.0)),
        (replace(HANGS, far_leg=still(0.0)), UPRIGHT),
        (Body(*alternating(LIFTS)), UPRIGHT),
    ],
    ids=["hands on the belly", "arms down", "upside down", "the other leg may stand", "in turns"],
)
def test_who_is_upright_does_not_always_hang(motion_of, body, camera):
    motion = motion_of(body, camera)
    assert motion.reps.empty
    assert (motion.movements["reason"] != "").any()


def test_who_walks_below_the_bar_loses_that_rep_only(motion_of):
    walks = replace(UPRIGHT, cut_s=2.0, cut_jump_norm=1.5, cut_thumb_diff=0.0)
    reasons = motion_of(HANGS, walks).movements["reason"].tolist()
    assert "do not hold on" in " ".join(reasons)
    assert "" in reasons


def test_a_pull_up_is_no_leg_lift(motion_of, params):
    """The arms bend by half a trunk while the legs come up a little."""
    signals = motion_of(HANGS, UPRIGHT).signals
    pulled = signals.assign(grip_norm=0.9 - signals["near_leg_deg"] / 200)
    for rows, reason in ((pulled, "the arms pull the body up"), (signals, "")):
        reps = leg_reps(rows, "near", 30.0, params.reps, hanging=True)
        assert reps["reason"].tolist() == [reason] * 3
