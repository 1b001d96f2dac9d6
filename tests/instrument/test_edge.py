"""Ten moments a second of figures whose gap is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from factories import LYING_STILL, Back, Body, Camera, Lifts, alternating
from leglift.instrument.edge import COLUMNS, EDGE_HZ, edge_moments, jitter, own_flat, with_reps

FLAT_NORM, RISE_NORM = 0.02, 0.08
SLOW = Lifts(n=2, lift_s=1.5, lowering_s=3.0)
FLAT = Body(near_leg=SLOW.course, back=Back(FLAT_NORM))
ARCHED = Body(near_leg=SLOW.course, back=Back(FLAT_NORM, RISE_NORM))


MIRRORED = Camera(fps=30.0, feet_right=False, near_side="left", shoulder_px=(860.0, 500.0))


@pytest.fixture(params=[Camera(), MIRRORED], ids=["15 Hz", "mirrored"])
def camera(request: pytest.FixtureRequest) -> Camera:
    return request.param


def test_a_flat_back_stays_at_its_height(motion_of: Callable, camera: Camera) -> None:
    moments = edge_moments(motion_of(FLAT, camera))
    assert list(moments.columns) == COLUMNS
    assert moments["gap_norm"].to_numpy() == pytest.approx(FLAT_NORM, abs=0.005)
    assert moments["gap_norm_over_flat"].to_numpy() == pytest.approx(0.0, abs=0.005)


def test_an_arch_is_read_where_the_legs_are_low(motion_of: Callable, camera: Camera) -> None:
    moments = edge_moments(motion_of(ARCHED, camera))
    low = moments[moments["leg_angle_deg"] < 25]
    high = moments[moments["leg_angle_deg"] > 60]
    assert low["gap_norm"].median() == pytest.approx(FLAT_NORM + RISE_NORM, abs=0.01)
    assert high["gap_norm"].median() == pytest.approx(FLAT_NORM, abs=0.005)
    assert low["gap_norm_over_flat"].median() == pytest.approx(RISE_NORM, abs=0.01)
    assert low["gap_mean_norm"].median() > high["gap_mean_norm"].median() + 0.02


def test_still_legs_are_read_too(motion_of: Callable) -> None:
    """A pelvic tilt has no rep."""
    motion = motion_of(LYING_STILL, Camera())
    moments = with_reps(edge_moments(motion), motion)
    assert len(moments) > 4 * EDGE_HZ
    assert set(moments["rep"]) == {0}
    assert set(moments["phase"]) == {"rest"}


def test_moments_come_about_ten_a_second(motion_of: Callable, camera: Camera) -> None:
    step_s = edge_moments(motion_of(FLAT, camera))["time_s"].diff().median()
    assert step_s == pytest.approx(1 / EDGE_HZ, rel=0.05)


def test_moments_know_their_rep_and_phase(motion_of: Callable) -> None:
    motion = motion_of(ARCHED, Camera())
    moments = with_reps(edge_moments(motion), motion)
    assert set(moments["rep"]) == {0, 1, 2}
    angle = moments[moments["rep"] > 0].groupby("phase")["leg_angle_deg"].median()
    assert angle["hold"] > 80
    down = moments[(moments["rep"] == 1) & (moments["phase"] == "lowering")]
    assert down["leg_angle_deg"].is_monotonic_decreasing


def test_the_leg_that_moves_is_the_one_whose_angle_counts(motion_of: Callable) -> None:
    near, far = alternating(Lifts(n=1, lift_s=1.5, lowering_s=2.0))
    motion = motion_of(Body(near_leg=near, far_leg=far), Camera())
    moments = with_reps(edge_moments(motion), motion)
    tops = moments[moments["rep"] > 0].groupby("rep")["leg_angle_deg"].max()
    assert len(tops) == 2
    assert (tops > 75).all()


def test_nothing_known_stays_unknown() -> None:
    assert np.isnan(own_flat(pd.Series([np.nan, np.nan])))
    assert own_flat(pd.Series([0.01, 0.02, np.nan])) == pytest.approx(0.011)


def test_jitter_is_none_of_a_steady_rise() -> None:
    steady = pd.Series(np.linspace(0, 0.1, 60))
    shaken = steady + 0.02 * (np.arange(60) % 2)
    assert jitter(steady, 1 / 30).max() < 0.005
    assert jitter(shaken, 1 / 30).median() > 0.008
