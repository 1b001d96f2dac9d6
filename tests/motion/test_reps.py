from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leglift.motion.reps import (
    REP_COLUMNS,
    find_lifts,
    merge_legs,
    reversal_deg,
)

REVERSAL_DEG = 30.0
CORNERS = st.lists(st.floats(-20, 120), min_size=2, max_size=10)


def zigzag(corners, steps=20):
    """Straight ways between corners, so many samples each."""
    at = np.arange((len(corners) - 1) * steps + 1) / steps
    return np.interp(at, np.arange(len(corners)), corners)


def listed(*spans, leg="near", reason=""):
    """Reps that start, top and end at these seconds."""
    rows = [
        {"leg": leg, "start_s": a, "hold_start_s": t, "top_s": t, "hold_end_s": t, "end_s": b,
         "lift_seen": True, "lowering_seen": True, "travel_deg": 70.0,
         "lowered_frac": 1.0, "after_s": 1.0, "end_speed_deg_s": 0.0, "reason": reason}
        for a, t, b in spans
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=REP_COLUMNS)


STRAY = zigzag([0, 60] * 6)
STRAY[5] = -170.0


@pytest.mark.parametrize(
    ("angle_deg", "expected_deg"),
    [
        (zigzag([0, 30, 0, 30]), 20),
        (zigzag([0, 80, 0, 80, 0]), 32),
        (STRAY, 24.0),
    ],
    ids=["small swings", "full swings", "a stray jump"],
)
def test_reversal_is_a_share_of_the_usual_swing(params, angle_deg, expected_deg):
    rules = params.reps.model_copy(update={"min_range_deg": 20.0, "min_range_frac": 0.4})
    assert reversal_deg(angle_deg, rules) == pytest.approx(expected_deg)


def test_a_rest_after_a_dip_is_no_part_of_the_lift(params):
    """Half a second at 6.5 deg, five at 8.5, up to 87 in 1 s: the lift begins after the rest."""
    rest = np.r_[np.full(15, 6.5), np.full(150, 8.5)]
    angle = np.r_[rest, np.linspace(8.5, 87, 31), np.full(30, 87), np.linspace(87, 9, 90)]
    (lift,) = find_lifts(angle, REVERSAL_DEG, params.reps)
    assert lift.start == pytest.approx(len(rest), abs=1)


@pytest.mark.parametrize(
    ("corners", "n"),
    [([0, 90, 65, 90, 0], 1), ([0, 90, 40, 90, 0], 2), ([0, 25, 0], 0), ([10], 0)],
    ids=["dip", "deep dip", "small", "short"],
)
def test_a_lift_is_as_deep_as_the_reversal(params, corners, n):
    assert len(find_lifts(zigzag(corners), REVERSAL_DEG, params.reps)) == n


@given(CORNERS)
def test_phases_come_in_order_and_hold_the_highest_angle(params, corners):
    angle = zigzag(corners)
    lifts = find_lifts(angle, REVERSAL_DEG, params.reps)
    for lift in lifts:
        assert 0 <= lift.start <= lift.hold_start <= lift.top <= lift.hold_end <= lift.end
        inside = angle[lift.start : lift.end + 1]
        assert inside.max() == angle[lift.hold_start : lift.hold_end + 1].max()
        assert np.ptp(inside) >= 0.9 * REVERSAL_DEG
    assert all(a.end <= b.start for a, b in pairwise(lifts))
    assert not lifts or lifts[-1].end < len(angle)


@pytest.mark.parametrize(
    ("near", "far", "legs"),
    [
        ([(0, 2, 4)], [(0.2, 2.3, 4.4)], ["both"]),
        ([(0, 2, 4)], [(2, 4, 6)], ["near", "far"]),
        ([(4, 6, 8)], [(0, 2, 4)], ["far", "near"]),
        ([(0, 2, 4)], [(0.5, 0.9, 1.2)], ["both"]),
    ],
    ids=["nearly same", "half-way shifted", "far first", "dip within"],
)
def test_legs_together_are_one_rep_and_in_turns_are_two(params, near, far, legs):
    merged = merge_legs(listed(*near), listed(*far, leg="far"), params.reps)
    assert merged["leg"].tolist() == legs
    assert merged["top_s"].is_monotonic_increasing


@pytest.mark.parametrize(
    ("reason", "far_reason", "leg"),
    [("no lift", "", "far"), ("", "no lift", "both"), ("", "", "both")],
)
def test_a_lift_of_one_leg_is_not_lost_to_the_other_leg_s_twitch(params, reason, far_reason, leg):
    """Both legs move at once, but only one of them does a leg lift: that is a rep."""
    near = listed((0, 2, 4), reason=reason)
    merged = merge_legs(near, listed((0, 2, 4), leg="far", reason=far_reason), params.reps)
    assert merged.loc[merged["reason"] == "", "leg"].tolist() == [leg]
    assert near["leg"].tolist() == ["near"]  # what was given stays as it is
