"""Where the back leaves the floor, on lowerings and people whose answer is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from leglift.instrument.control import (
    MIN_SEEN,
    NOTHING_SEEN,
    Lift,
    held_true,
    hinge_deg,
    lift_of,
    point_of_control,
    population_curve,
)

NAN = float("nan")
ANGLE = np.arange(80.0, 4.0, -2.0)


def lowering(begins_deg: float, noise: float = 0.0) -> pd.DataFrame:
    """Legs go from 80 to 6 degrees; below `begins_deg` the back rises by 0.003 a degree."""
    rng = np.random.default_rng(0)
    level = 0.02 + 0.003 * np.maximum(begins_deg - ANGLE, 0) + rng.normal(0, noise, len(ANGLE))
    p = (level > 0.05).astype(float)
    return pd.DataFrame({"leg_angle_deg": ANGLE, "height_norm": level, "p_lifted": p})


@pytest.mark.parametrize("begins_deg", [60.0, 45.0, 30.0])
@pytest.mark.parametrize("noise", [0.0, 0.003])
def test_the_knee_is_where_the_back_begins_to_rise(begins_deg, noise):
    lift = lift_of(lowering(begins_deg, noise), 0.5)
    assert lift.lifted_deg < lift.flat_deg < begins_deg
    assert lift.at_deg == pytest.approx(begins_deg, abs=0.2 if noise == 0 else 4)
    assert not lift.censored


def test_a_knee_is_found_from_the_levels_alone():
    rise = 0.05 + 0.01 * np.maximum(50 - ANGLE, 0)
    assert hinge_deg(ANGLE, rise, len(ANGLE) - 5) == pytest.approx(50, abs=0.1)
    soon_all_the_way_up = np.minimum(rise, 0.25)
    assert hinge_deg(ANGLE, soon_all_the_way_up, 20) == pytest.approx(50, abs=0.1)
    assert hinge_deg(ANGLE, NAN * rise, 10) == ANGLE[10]


@pytest.mark.parametrize("seen_to_deg", [ANGLE.min(), 40])
def test_a_back_that_stays_down_is_censored_at_the_lowest_angle_seen(seen_to_deg):
    table = lowering(begins_deg=0.0)
    table.loc[10, "p_lifted"] = 1.0  # a lift has to be held
    table.loc[table["leg_angle_deg"] < seen_to_deg, "p_lifted"] = NAN
    lift = lift_of(table, 0.5)
    assert lift.censored
    assert lift.flat_deg == seen_to_deg
    assert np.isnan(lift.at_deg)


def test_too_little_seen_is_nothing_known():
    table = lowering(45.0)
    table.loc[MIN_SEEN - 1 :, "p_lifted"] = NAN
    lift = lift_of(table, 0.5)
    assert np.isnan([lift.flat_deg, lift.lifted_deg, lift.at_deg]).all()
    assert not lift.censored


def test_a_lift_has_to_be_held_for_three_moments():
    flags = np.array([False, True, True, False, True, True, True, False])
    assert held_true(flags).tolist() == [False] * 4 + [True] + [False] * 3


@pytest.mark.parametrize(
    ("lifts", "answer"),
    [
        (
            [Lift(50, 46, 48), Lift(44, 40, 42), Lift(42, 36, 40), NOTHING_SEEN],
            (42, pytest.approx(32.2), pytest.approx(51.8), False),
        ),
        ([Lift(20, NAN, NAN), Lift(12, NAN, NAN)], (None, None, 12, True)),
        ([NOTHING_SEEN], (None, None, None, None)),
    ],
    ids=["the middle rep", "stays down: an upper end only", "nothing seen"],
)
def test_a_set_answers_with_its_middle_rep(lifts, answer):
    said = point_of_control(lifts, error_sd_deg=5)
    assert (said.deg, said.low_deg, said.high_deg, said.censored) == answer


def test_the_curve_of_many_people_is_recovered_from_censored_answers():
    """A quarter never lifts as far as seen; the others lift somewhere in 15 degrees."""
    points = norm(45, 12).rvs(600, random_state=0)
    flat = np.where(points < 35, 35.0, np.ceil(points / 15) * 15)
    lifted = np.where(points < 35, NAN, np.floor(points / 15) * 15)
    mean, sd = population_curve(pd.DataFrame({"flat_deg": flat, "lifted_deg": lifted}))
    assert (mean, sd) == pytest.approx((45, 12), abs=2)
