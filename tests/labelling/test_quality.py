"""How far raters are trusted, on raters whose skill is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from leglift.labelling import quality
from leglift.labelling.quality import (
    catch_threshold,
    legs_only_auc,
    over_groups,
    psychometric,
    told_right,
)

SPREAD = 0.03


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(quality, "N_DRAWS", 200)


def test_the_threshold_is_recovered():
    """Of a rater whose eye errs by `SPREAD`, on 20 bodies."""
    rng = np.random.default_rng(0)
    rise = rng.uniform(-0.1, 0.1, 2000)
    answer = np.where(rise + rng.normal(0, SPREAD, 2000) > 0, "right", "left")
    bodies = [f"b{i % 20}" for i in range(2000)]
    found = catch_threshold(pd.DataFrame({"clip_id": bodies, "rise_norm": rise, "answer": answer}))
    assert found["value"] == pytest.approx(SPREAD * norm.ppf(0.75), rel=0.1)
    assert found["low"] < found["value"] < found["high"]
    assert (found["n"], found["n_people"]) == (2000, 20)


def test_who_guesses_has_no_threshold_within_reach():
    rng = np.random.default_rng(1)
    assert psychometric(rng.uniform(-0.1, 0.1, 500), rng.random(500) < 0.5) > 0.2


def test_same_is_half_right():
    pairs = pd.DataFrame({"rise_norm": [0.1, 0.1, -0.1], "answer": ["right", "same", "right"]})
    assert told_right(pairs).tolist() == [1.0, 0.5, 0.0]


def test_intervals_are_over_people():
    alike = over_groups(pd.Series([1, 0] * 50), pd.Series(range(100)))
    few = over_groups(pd.Series([1] * 50 + [0] * 50), pd.Series([0] * 50 + [1] * 50))
    assert alike["value"] == few["value"] == 0.5
    assert few["high"] - few["low"] > 2 * (alike["high"] - alike["low"])
    assert (few["n"], few["n_people"]) == (100, 2)


@pytest.mark.parametrize(("low_legs_lift", "auc"), [(True, 1.0), (False, 0.0)])
def test_legs_only_is_the_lower_the_more_lifted(low_legs_lift, auc):
    angle = np.tile([10.0, 80.0, np.nan], 6)
    lifted = np.where((angle < 45) == low_legs_lift, "yes", "no")
    people = np.repeat(["a", "b", "c"], 6)
    found = legs_only_auc(
        pd.DataFrame({"leg_angle_deg": angle, "person_id": people, "lifted": lifted})
    )
    assert (found["value"], found["n"]) == (auc, 12)
