"""Ten moments a second of figures whose gap is known."""

import numpy as np
import pandas as pd
import pytest

from factories import LYING_STILL, Back, Body, Camera, Lifts, alternating
from leglift.instrument.edge import COLUMNS, EDGE_HZ, edge_moments, jitter, with_reps

FLAT_NORM, RISE_NORM = 0.02, 0.08
SLOW = Lifts(n=2, lift_s=1.5, lowering_s=3.0)
FLAT = Body(near_leg=SLOW.course, back=Back(FLAT_NORM))
ARCHED = Body(near_leg=SLOW.course, back=Back(FLAT_NORM, RISE_NORM))
MIRRORED = Camera(fps=30.0, feet_right=False, near_side="left", shoulder_px=(860.0, 500.0))


@pytest.fixture
def moments_of(motion_of):
    def moments_of(body: Body, camera: Camera | None = None) -> pd.DataFrame:
        motion = motion_of(body, camera)
        return with_reps(edge_moments(motion), motion)

    return moments_of


@pytest.mark.parametrize("camera", [Camera(), MIRRORED], ids=["15 Hz", "mirrored"])
def test_the_gap_is_read_ten_times_a_second(moments_of, camera):
    flat = moments_of(FLAT, camera)
    assert set(COLUMNS) <= set(flat.columns)
    assert flat["time_s"].diff().median() == pytest.approx(1 / EDGE_HZ, rel=0.05)
    assert flat["gap_norm"].to_numpy() == pytest.approx(FLAT_NORM, abs=0.005)
    assert flat["gap_norm_over_flat"].to_numpy() == pytest.approx(0.0, abs=0.005)
    arched = moments_of(ARCHED, camera)
    low = arched[arched["leg_angle_deg"] < 25].median(numeric_only=True)
    high = arched[arched["leg_angle_deg"] > 60].median(numeric_only=True)
    assert low["gap_norm"] == pytest.approx(FLAT_NORM + RISE_NORM, abs=0.01)
    assert high["gap_norm"] == pytest.approx(FLAT_NORM, abs=0.005)
    assert low["gap_norm_over_flat"] == pytest.approx(RISE_NORM, abs=0.01)
    assert low["gap_mean_norm"] > high["gap_mean_norm"] + 0.02


def test_still_legs_are_read_too(moments_of):
    """A pelvic tilt has no rep."""
    moments = moments_of(LYING_STILL)
    assert len(moments) > 4 * EDGE_HZ
    assert set(zip(moments["rep"], moments["phase"], strict=True)) == {(0, "rest")}


def test_moments_know_their_rep_and_phase(moments_of):
    moments = moments_of(ARCHED)
    assert set(moments["rep"]) == {0, 1, 2}
    angle = moments[moments["rep"] > 0].groupby("phase")["leg_angle_deg"].median()
    assert angle["hold"] > 80
    down = moments[(moments["rep"] == 1) & (moments["phase"] == "lowering")]
    assert down["leg_angle_deg"].is_monotonic_decreasing


def test_the_leg_that_moves_is_the_one_whose_angle_counts(moments_of):
    near, far = alternating(Lifts(n=1, lift_s=1.5, lowering_s=2.0))
    moments = moments_of(Body(near_leg=near, far_leg=far))
    tops = moments[moments["rep"] > 0].groupby("rep")["leg_angle_deg"].max()
    assert (tops > 75).tolist() == [True, True]


def test_jitter_is_none_of_a_steady_rise():
    steady = pd.Series(np.linspace(0, 0.1, 60))
    shaken = steady + 0.02 * (np.arange(60) % 2)
    assert jitter(steady, 1 / 30).max() < 0.005
    assert jitter(shaken, 1 / 30).median() > 0.008
