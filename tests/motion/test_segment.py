from dataclasses import replace

import pytest
from numpy.testing import assert_allclose

from factories import (
    BRIDGES,
    FLICKS,
    LYING_STILL,
    SIT_UPS,
    SMALL_KICKS,
    UPRIGHT,
    V_UPS,
    Body,
    Camera,
    Lifts,
    alternating,
    still,
)
from leglift.motion.posture import ON_SIDE, PRONE
from leglift.motion.reps import CUT_OFF
from leglift.motion.reps import UPRIGHT as NOBODY_LIES
from leglift.motion.segment import segment_clip

SET = Lifts(n=2)
TWO_LIFTS = Body(near_leg=SET.course)
STANDS = replace(TWO_LIFTS, arm="on_belly")
SITS = replace(STANDS, near_leg=Lifts(n=2, low_deg=60, top_deg=120).course)
LOW = replace(STANDS, near_leg=Lifts(n=2, low_deg=0, top_deg=60).course)
HEAD_DOWN = replace(UPRIGHT, floor_deg=90.0)

"""A failing example of a whole clip is not made smaller: that takes minutes."""


def test_same_reps_and_angles_however_they_are_seen(motion_of, camera):
    """Low 10, top 85 deg over the floor."""
    motion = motion_of(TWO_LIFTS, camera)
    assert motion.reps["rep"].tolist() == [1, 2]
    assert motion.reps["leg"].tolist() == ["both", "both"]
    for rep, (start_s, hold_start_s, hold_end_s, end_s) in zip(
        motion.reps.itertuples(), SET.phases, strict=True
    ):
        assert start_s - 0.1 <= rep.start_s <= start_s + 0.2 * SET.lift_s
        assert hold_start_s - 0.3 * SET.lift_s <= rep.hold_start_s <= hold_start_s + 0.1
        assert hold_end_s - 0.1 <= rep.hold_end_s <= hold_end_s + 0.3 * SET.lowering_s
        assert end_s - 0.2 * SET.lowering_s <= rep.end_s <= end_s + 0.1
    angle = motion.signals["near_leg_deg"].dropna()
    assert angle.quantile([0.02, 0.98]).tolist() == pytest.approx([10, 85], abs=1.0)
    assert motion.signals["near_knee_deg"].min() > 174


@pytest.mark.parametrize(
    "lifts",
    [
        Lifts(n=4, lift_s=0.6, lowering_s=0.9),
        Lifts(n=1, lift_s=2.0, lowering_s=2.0),
        Lifts(n=3, rest_s=0.0, hold_s=0.0),
        Lifts(n=2, pause_s=3.0),
        Lifts(n=1, top_deg=130.0),
    ],
    ids=["quick", "slow", "no rest", "a long pause on the way down", "past the vertical"],
)
def test_as_many_reps_as_were_done_at_any_pace(motion_of, lifts):
    motion = motion_of(Body(near_leg=lifts.course))
    ends = [end_s for *_, end_s in lifts.phases]
    tops = [(begins + ends) / 2 for _, begins, ends, _ in lifts.phases]
    assert motion.reps["end_s"].tolist() == pytest.approx(ends, abs=0.3)
    assert motion.reps["top_s"].tolist() == pytest.approx(tops, abs=0.1)
    assert motion.signals["near_leg_deg"].max() == pytest.approx(lifts.top_deg, abs=0.5)


FLOW = alternating(Lifts(n=2, rest_s=0.0, hold_s=0.0))


@pytest.mark.parametrize(
    ("near", "far", "legs"),
    [
        (SET.course, still(8.0), ["near", "near"]),
        (still(8.0), SET.course, ["far", "far"]),
        (SET.course, None, ["both", "both"]),
        (*alternating(SET), ["near", "far"] * 2),
        (*FLOW, ["near", "far"] * 2),
    ],
    ids=["near", "far", "both", "in turns", "in turns without rest"],
)
def test_which_leg_lifts(motion_of, near, far, legs):
    assert motion_of(Body(near_leg=near, far_leg=far)).reps["leg"].tolist() == legs


@pytest.mark.parametrize(
    ("knee_deg", "lifts", "thigh_deg"),
    [(150.0, SET, 99.5), (75.0, SET, 135), (75.0, Lifts(n=2, low_deg=-8.0, top_deg=22.0), 72)],
    ids=["bent", "tucked", "tucked, the feet low"],
)
def test_bent_knees_lift_too_and_are_followed_by_the_thigh(motion_of, knee_deg, lifts, thigh_deg):
    """Knees at 75 deg: the thigh stands 50 deg over the line to the foot."""
    motion = motion_of(Body(near_leg=lifts.course, knee_deg=knee_deg))
    assert len(motion.reps) == 2
    assert_allclose(motion.signals["near_knee_deg"], knee_deg, atol=0.1)
    assert motion.signals["near_thigh_deg"].max() == pytest.approx(thigh_deg, abs=1)


@pytest.mark.parametrize("floor_deg", [-3.0, 2.0])
def test_a_small_roll_costs_no_more_than_itself(motion_of, floor_deg):
    """So little may be the back's shape and is not corrected: the legs seem that much higher."""
    angle = motion_of(TWO_LIFTS, Camera(floor_deg=floor_deg)).signals["near_leg_deg"]
    shift_deg = [angle.min() - 10, angle.max() - 85]
    assert shift_deg == pytest.approx([floor_deg, floor_deg], abs=0.2)


@pytest.mark.parametrize("cut_s", [0.3, 1.8, 3.8], ids=["before", "at the top", "between reps"])
def test_a_cut_starts_a_new_shot_and_loses_no_rep(motion_of, cut_s):
    motion = motion_of(TWO_LIFTS, Camera(cut_s=cut_s))
    assert set(motion.views) == {0, 1}
    assert len(motion.reps) == 2
    across = (motion.reps["start_s"] < cut_s - 0.05) & (motion.reps["end_s"] > cut_s + 0.05)
    assert not across.any()


def test_a_long_hole_stays_unknown(motion_of):
    """Nobody seen from 0.1 s before the second lift for 0.8 s."""
    hole = (3.9, 4.7)
    motion = motion_of(TWO_LIFTS, Camera(lost=(hole,)))
    assert len(motion.reps) == 2
    unknown = motion.signals[motion.signals["near_leg_deg"].isna()]
    assert unknown["time_s"].min() == pytest.approx(hole[0], abs=0.08)
    assert unknown["time_s"].max() == pytest.approx(hole[1], abs=0.08)
    assert unknown["gap_norm"].isna().all()


@pytest.mark.parametrize("at_s", [1.8, 2.7])
def test_a_hole_of_half_a_second_never_makes_two_reps_of_one(motion_of, at_s):
    motion = motion_of(TWO_LIFTS, Camera(lost=((at_s, at_s + 0.5),)))
    assert len(motion.reps) <= 2


OTHERWISE = {
    "standing leg raise": (STANDS, UPRIGHT, f"{NOBODY_LIES}: the person stands"),
    "seated leg raise": (SITS, UPRIGHT, f"{NOBODY_LIES}: the person sits or kneels"),
    "upside down": (LOW, HEAD_DOWN, f"{NOBODY_LIES}: the person is upside down"),
    "v-up": (V_UPS, Camera(), "the upper body sits up"),
    "hip bridge": (BRIDGES, Camera(), "the feet stay where they are"),
    "small kicks": (SMALL_KICKS, Camera(), "the legs do not come up"),
    "flicks": (FLICKS, Camera(fps=60.0), "too short for a leg lift"),
    "side leg raise": (TWO_LIFTS, Camera(stacked_norm=0.6), ON_SIDE),
    "front to the camera": (replace(TWO_LIFTS, front="camera"), Camera(), ON_SIDE),
    "face down": (replace(TWO_LIFTS, front="down"), Camera(near_side="left"), PRONE),
}


@pytest.mark.parametrize("kind", OTHERWISE)
def test_other_movements_are_no_leg_lifts(motion_of, kind):
    body, camera, reason = OTHERWISE[kind]
    motion = motion_of(body, camera)
    assert motion.reps.empty
    assert set(motion.movements["reason"]) == {reason}


@pytest.mark.parametrize(
    ("end", "reason"),
    [((), CUT_OFF), ([(0.8, 50.0)], CUT_OFF), ([(0.9, 32.0)], "")],
    ids=["up", "above half-way", "below half-way"],
)
def test_what_the_clip_ends_in_is_no_lift_unless_it_is_half_way_down(motion_of, end, reason):
    movements = motion_of(Body(near_leg=(*SET.course[:-2], *end))).movements
    assert movements["reason"].tolist() == ["", reason]
    assert movements["lowering_seen"].tolist() == [True, bool(end)]


def test_a_set_that_begins_legs_up_says_so(motion_of):
    reps = motion_of(Body(near_leg=replace(SET, begins="high").course)).reps
    assert reps["lift_seen"].tolist() == [False, True]


@pytest.mark.parametrize("body", [LYING_STILL, SIT_UPS], ids=["still", "sit-ups"])
def test_no_movement_of_the_legs_is_no_movement(motion_of, body):
    assert motion_of(body).movements.empty


def test_nobody_there_and_another_person_s_track_are_none(motion_of, table_of, params):
    assert motion_of(TWO_LIFTS, Camera(lost=((0.0, 99.0),))) is None
    assert segment_clip(table_of(TWO_LIFTS, Camera()), params, track_idx=1) is None


@pytest.mark.parametrize(
    "lost",
    [((0.01, 99.0),), ((0.04, 99.0),), ((0.01, 1.0), (1.04, 2.0), (2.04, 99.0)), ((0.0, 6.5),)],
    ids=["one frame", "two frames", "three frames far apart", "the very end"],
)
def test_somebody_seen_for_a_moment_does_no_reps(motion_of, lost):
    assert motion_of(TWO_LIFTS, Camera(lost=lost)).reps.empty
