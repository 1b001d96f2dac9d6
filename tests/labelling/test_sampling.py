"""Moments to rate lie at set leg angles, at rest, and where the back was described as seen."""

import numpy as np
import pandas as pd
import pytest

from factories import LYING_STILL, Body, Camera, Lifts
from leglift.labelling.sampling import (
    LIFTING_DEG,
    LOWERING_DEG,
    MOMENT_COLUMNS,
    STILL_MOMENTS,
    apart,
    first_reached,
    sample_moments,
)

EVERYTHING = [(0.0, 99.0)]
SLOW = Body(near_leg=Lifts(n=2, low_deg=5, top_deg=85, rest_s=1.0, lift_s=2, lowering_s=3).course)
NEAR_DEG = 8.0


@pytest.fixture(scope="module")
def sampled(table_of, params):
    return sample_moments(table_of(SLOW, Camera()), "c1", EVERYTHING, params)


def test_every_rep_is_met_at_the_set_angles_at_the_top_and_at_rest(sampled):
    assert set(sampled["rep"]) == {1, 2}
    for phase, degrees in (("lifting", LIFTING_DEG), ("lowering", LOWERING_DEG)):
        for _, own in sampled[sampled["phase"] == phase].groupby("rep"):
            assert own["leg_angle_deg"].tolist() == pytest.approx(list(degrees), abs=NEAR_DEG)
    angle = sampled.groupby("phase")["leg_angle_deg"].mean()
    met = angle[["top", "rest before", "lowest"]].tolist()
    assert met == pytest.approx([85, 5, 5], abs=NEAR_DEG)
    assert list(sampled.columns) == MOMENT_COLUMNS
    assert sampled["moment"].tolist() == list(range(1, len(sampled) + 1))
    assert sampled["time_s"].is_monotonic_increasing


def test_nothing_lies_outside_the_seconds_in_which_the_back_is_seen(table_of, params):
    spans = [(0.0, 7.2)]  # the first of two reps
    own = sample_moments(table_of(SLOW, Camera()), "c1", spans, params)
    assert set(own["rep"]) == {1}
    assert own["time_s"].max() <= 7.2
    assert sample_moments(table_of(SLOW, Camera()), "c1", [], params).empty


def test_still_legs_are_met_evenly(table_of, params):
    own = sample_moments(table_of(LYING_STILL, Camera()), "c1", [(1.0, 5.0)], params)
    assert len(own) == STILL_MOMENTS
    assert set(own["phase"]) == {"still"}
    assert own["time_s"].between(1.0, 5.0).all()
    assert own["time_s"].diff().dropna().tolist() == pytest.approx([4 / 7] * 7, abs=0.1)


def test_no_two_moments_show_the_same_instant():
    rows = pd.DataFrame({"time_s": [1.0, 1.05, 2.0]})
    assert apart(rows)["time_s"].tolist() == [1.0, 2.0]


def test_angles_that_a_leg_does_not_pass_are_left_out():
    way = np.array([40.0, 60, 80])
    assert [first_reached(way, deg) for deg in (30, 55, 80, 90)] == [None, 1, 2, None]
