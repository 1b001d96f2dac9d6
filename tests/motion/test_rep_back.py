import numpy as np
import pandas as pd
import pytest

from leglift.motion.lumbar import HEIGHT_COLUMNS, TURNED_COLUMNS, edge_heights, turned
from leglift.motion.moments import MOMENT_COLUMNS, legs_high
from leglift.motion.rep_back import held, legs_low, lift_angle, raw_features, tilt_features
from leglift.vision.extract import EDGE_COLUMNS, TURN_COLUMNS
from leglift.vision.lumbar import EDGE_U


def test_a_straight_back_has_no_height_and_a_hollow_one_has():
    flat = pd.DataFrame([0.2 + 0.1 * EDGE_U], columns=EDGE_COLUMNS)
    assert np.abs(edge_heights(flat)).max(axis=None) < 0.02
    hollow = flat - 0.05 * np.exp(-(((EDGE_U - 0.65) / 0.1) ** 2))
    said = edge_heights(hollow).iloc[0]
    assert said.idxmax() == "height_+065_norm"
    assert said["height_+065_norm"] == pytest.approx(0.05, abs=0.01)
    assert list(said.index) == HEIGHT_COLUMNS


def test_an_unknown_edge_stays_unknown():
    edges = pd.DataFrame([np.full(len(EDGE_U), np.nan)], columns=EDGE_COLUMNS)
    assert edge_heights(edges).isna().all(axis=None)


def test_turns_add_up_against_the_chest_and_begin_anew_in_a_new_shot():
    turns = pd.DataFrame(np.ones((4, len(TURN_COLUMNS))), columns=TURN_COLUMNS)
    turns["chest_turn_deg"] = [0.0, 1.0, np.nan, 0.0]
    said = turned(turns, pd.Series([0, 0, 0, 1]))
    assert said[TURNED_COLUMNS[0]].tolist() == [1.0, 1.0, 1.0, 1.0]


def test_legs_low_and_high_are_quarters_of_the_way():
    angle = np.array([0.0, 24.0, 50.0, 76.0, 100.0])
    assert legs_low(angle).tolist() == [True, True, False, False, False]
    assert legs_high(angle).tolist() == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("values", "level"),
    [([0, 9, 0, 0], 0), ([0, 5, 6, 7, 0], 5), ([1, np.nan, 1], np.nan), ([1, 2], np.nan)],
)
def test_one_bad_moment_is_not_held(values, level):
    assert held(np.array(values, float)) == pytest.approx(level, nan_ok=True)


def rep(tilt_low: float = 0.0, n: int = 21) -> tuple[pd.DataFrame, np.ndarray]:
    """Up and down between 10 and 90 deg; the tilt rises below 45 deg on the way down."""
    angle = 90 - 80 * np.abs(np.linspace(-1, 1, n))
    phase = np.where(np.arange(n) < n // 2, "lift", "lowering")
    table = pd.DataFrame(np.zeros((n, len(MOMENT_COLUMNS))), columns=MOMENT_COLUMNS)
    ids = {"clip_id": "a", "rep": 1, "shot_idx": 0, "leg_angle_deg": angle, "phase": phase}
    tilt = np.where((phase == "lowering") & (angle < 45), tilt_low, 0.0)
    return pd.concat([pd.DataFrame(ids), table], axis=1), tilt


def test_the_lift_angle_is_where_the_tilt_rises_on_the_way_down():
    assert lift_angle(*rep(tilt_low=12.0)) == pytest.approx(42.0, abs=8.0)
    assert lift_angle(*rep(tilt_low=3.0)) == lift_angle(*rep(tilt_low=12.0))


def test_a_tilt_that_never_changes_has_no_lift_angle():
    assert np.isnan(lift_angle(*rep(tilt_low=0.0)))
    moments, tilt = rep(tilt_low=12.0)
    up = moments["phase"] == "lift"
    assert np.isnan(lift_angle(moments[up], tilt[up.to_numpy()]))


def test_a_rise_that_goes_again_before_the_peak_does_not_count():
    moments, tilt = rep(tilt_low=12.0, n=81)
    early = moments.index[
        (moments["phase"] == "lowering") & moments["leg_angle_deg"].between(70, 80)
    ]
    tilt[early] = 9.0
    assert lift_angle(moments, tilt) == pytest.approx(44.0, abs=4.0)


def test_tilt_features_tell_an_arch_from_a_flat_back():
    flat, arched = (tilt_features(*rep(tilt_low=level)).iloc[0] for level in (0.0, 12.0))
    assert arched["tilt_held_deg"] == 12.0
    assert arched["tilt_rise_deg"] == 12.0
    assert (flat == 0).all()


def test_raw_features_are_changes_with_the_legs_low():
    moments, _ = rep()
    moments["gap_norm_change"] = np.where(moments["leg_angle_deg"] < 35, 0.04, 0.0)
    said = raw_features(moments).iloc[0]
    assert said["gap_norm_low"] == pytest.approx(0.04, abs=0.02)
    assert said["gap_norm_held"] == pytest.approx(0.04)
    assert said["belly_norm_held"] == 0
