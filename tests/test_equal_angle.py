"""At equal leg angle only the back counts: scores that know the legs, the back, or neither."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from leglift.equal_angle import BIN_DEG, auc_equal_leg_angle, over_people, person_weights, strata

ONES = np.ones(200)


@pytest.fixture
def moments() -> pd.DataFrame:
    """Backs that lift more often the lower the legs, at angles in the middle of their bins."""
    rng = np.random.default_rng(0)
    angle = rng.integers(0, 6, 200) * BIN_DEG + BIN_DEG / 2
    lifted = rng.random(200) < 1 - angle / 100
    table = pd.DataFrame({"leg_angle_deg": angle, "lifted": lifted})
    table = table.assign(exercise="both_leg_raise", rep=1)
    return table.assign(stratum=strata(table))


def test_legs_alone_are_worth_one_half(moments: pd.DataFrame) -> None:
    legs = -moments["leg_angle_deg"].to_numpy()
    assert auc_equal_leg_angle(moments, legs, ONES) == 0.5
    assert auc_equal_leg_angle(moments.assign(stratum="all"), legs, ONES) > 0.7


def test_who_knows_the_back_is_right_its_opposite_wrong_and_chance_one_half(
    moments: pd.DataFrame,
) -> None:
    back, chance = moments["lifted"].to_numpy(float), np.random.default_rng(2).random(200)
    assert auc_equal_leg_angle(moments, back, ONES) == 1.0
    assert auc_equal_leg_angle(moments, -back, ONES) == 0.0
    assert auc_equal_leg_angle(moments, chance, ONES) == pytest.approx(0.5, abs=0.1)


def test_without_a_pair_at_equal_angle_there_is_no_figure(moments: pd.DataFrame) -> None:
    alone = moments.assign(stratum=range(200))
    assert np.isnan(auc_equal_leg_angle(alone, ONES, ONES))
    assert np.isnan(auc_equal_leg_angle(moments, ONES, 0 * ONES))


def test_strata_are_exercise_and_bin_and_unknown_angles_share_one() -> None:
    rows = [("a", 1.0, 1), ("a", 14.0, 1), ("a", 16.0, 1), ("b", 1.0, 1), ("a", 70.0, 0)]
    columns = ["exercise", "leg_angle_deg", "rep"]
    table = pd.DataFrame([*rows, ("a", np.nan, 1)], columns=columns)
    assert strata(table).tolist() == ["a/0", "a/0", "a/1", "b/0", "a/4", "a/unknown"]


def test_people_weigh_alike_however_many_moments_they_have() -> None:
    people = pd.Series(["a"] * 9 + ["b"])
    weights = person_weights(people)
    assert weights[:9].sum() == pytest.approx(weights[9])
    right = np.r_[np.ones(9), 0.0]
    found = over_people(people, lambda w: float((w * right).sum() / w.sum()), n_draws=50)
    assert found["value"] == pytest.approx(0.5)
    assert (found["low"], found["high"]) == (0.0, 1.0)
    assert (found["n_moments"], found["n_people"]) == (10, 2)


def test_a_person_with_many_moments_does_not_decide_the_headline() -> None:
    """One person's score is perfect in 90 pairs, another's is inverted in one."""
    lifted = [True] * 9 + [False] * 10 + [True, False]
    score = np.array([1.0] * 9 + [0.0] * 10 + [0.0, 1.0])
    people = pd.Series(["a"] * 19 + ["b"] * 2)
    table = pd.DataFrame({"lifted": lifted, "stratum": ["x"] * 19 + ["y"] * 2})
    alike = auc_equal_leg_angle(table, score, person_weights(people))
    assert auc_equal_leg_angle(table, score, np.ones(21)) > 0.98
    assert alike < 0.6
