from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from factories import Body, Camera, Lifts
from leglift.motion.signals import finite_runs, shot_index, to_grid, true_runs

NAN = float("nan")
ONE_LIFT = Body(near_leg=Lifts(n=1).course)


def gridded(time_s, value, params, shot_idx=0):
    """Put one signal on the even grid."""
    frames = pd.DataFrame({"time_s": np.asarray(time_s, float), "value": value})
    shots = pd.Series(np.broadcast_to(shot_idx, len(frames)), index=frames.index)
    return to_grid(frames, ["value"], shots, params.motion)


def known_span(table):
    known = table.dropna()
    return known["time_s"].min(), known["time_s"].max()


# --- runs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "runs"),
    [
        ([], []),
        ([0, 0], []),
        ([1], [(0, 1)]),
        ([1, 1, 1], [(0, 3)]),
        ([0, 1, 1, 0, 1], [(1, 3), (4, 5)]),
        ([1, 0, 0, 1], [(0, 1), (3, 4)]),
    ],
)
def test_true_runs_are_half_open(flags, runs):
    assert true_runs(np.array(flags, bool)) == runs


def test_infinite_is_as_unknown_as_nan():
    assert finite_runs(np.array([NAN, 1.0, 2.0, np.inf, 3.0])) == [(1, 3), (4, 5)]


@given(st.lists(st.booleans(), max_size=40))
def test_runs_mark_exactly_what_is_true(flags):
    marked = np.zeros(len(flags), bool)
    for start, stop in true_runs(np.array(flags, bool)):
        assert not marked[max(start - 1, 0) : stop].any()  # apart from each other
        marked[start:stop] = True
    assert marked.tolist() == flags


# --- the even grid ---------------------------------------------------------------------------


def test_grid_is_even_and_starts_with_the_clip(params):
    table = gridded([5.0, 5.01, 5.2, 5.5, 6.0], 1.0, params)
    assert_allclose(np.diff(table["time_s"]), 1 / 30)
    assert table["time_s"].iloc[0] == 5.0
    assert table["time_s"].iloc[-1] == pytest.approx(6.0)


@pytest.mark.parametrize("fps", [10, 24, 29.97, 60, 240])
def test_ramp_stays_a_ramp_at_any_rate(params, fps):
    time_s = np.arange(0, 3, 1 / fps)
    table = gridded(time_s, 20 * time_s, params)
    middle = table[table["time_s"].between(0.3, 2.5)]
    assert_allclose(middle["value"], 20 * middle["time_s"], atol=1e-6)


def test_time_stamps_count_and_not_frame_numbers(params):
    """First second at 60 frames a second, second one at 12: a ramp over time, not over frames."""
    time_s = np.r_[np.arange(60) / 60, 1 + np.arange(13) / 12]
    table = gridded(time_s, 20 * time_s, params)
    middle = table[table["time_s"].between(0.3, 1.7)]
    assert_allclose(middle["value"], 20 * middle["time_s"], atol=1e-6)


@pytest.mark.parametrize(
    ("hz", "gain"), [(0.5, 1.0), (1.0, 0.99), (3.0, 0.917), (6.0, np.sqrt(0.5))]
)
def test_low_pass_halves_the_power_at_its_cut_off(params, hz, gain):
    """A Gaussian that loses 3 dB at 6 Hz loses a quarter of that, 0.75 dB, at 3 Hz."""
    time_s = np.arange(0, 8, 1 / 240)
    table = gridded(time_s, np.sin(2 * np.pi * hz * time_s), params)
    middle = table.loc[table["time_s"].between(1, 7), "value"]
    assert np.sqrt(2 * (middle**2).mean()) == pytest.approx(gain, abs=0.03)


def test_short_hole_is_bridged(params):
    time_s = np.arange(0, 3, 1 / 30)
    value = np.where((time_s > 1.0) & (time_s < 1.3), np.nan, 2 * time_s)
    table = gridded(time_s, value, params)
    inside = table[table["time_s"].between(0.5, 2)]
    assert_allclose(inside["value"], 2 * inside["time_s"], atol=1e-6)


def test_long_hole_stays_a_hole_of_its_own_length(params):
    """Nothing known from 1.0 to 1.6 s: that span is NaN, and smoothing eats no more of the rest."""
    time_s = np.arange(0, 91) / 30
    value = np.where((time_s > 1.01) & (time_s < 1.59), np.nan, 7.0)
    table = gridded(time_s, value, params)
    unknown = table.loc[table["value"].isna(), "time_s"]
    assert unknown.min() == pytest.approx(1.0 + 1 / 30)
    assert unknown.max() == pytest.approx(1.6 - 1 / 30)
    assert_allclose(table["value"].dropna(), 7.0)


def test_nothing_is_made_up_before_the_first_and_after_the_last_value(params):
    time_s = np.arange(0, 61) / 30
    value = np.where((time_s >= 0.49) & (time_s <= 1.51), 3.0, np.nan)
    assert known_span(gridded(time_s, value, params)) == pytest.approx((0.5, 1.5))


def test_clip_of_two_frames_a_second_has_no_holes(params):
    """Half a second between frames is longer than `max_gap_s`, but is this clip's own pace."""
    table = gridded(np.arange(0, 10, 0.5), 1.0, params)
    assert table["value"].notna().all()


def test_nothing_is_bridged_or_smoothed_across_a_cut(params):
    time_s = np.arange(0, 60) / 30
    shot = (time_s >= 1.0).astype(int)
    table = gridded(time_s, np.where(shot, 100.0, 0.0), params, shot)
    assert set(table["value"]) == {0.0, 100.0}
    assert table.groupby("shot_idx")["value"].nunique().tolist() == [1, 1]


@pytest.mark.parametrize("value", [[NAN] * 30, [NAN] * 12 + [1.0] + [NAN] * 17])
def test_fewer_than_two_values_are_no_signal(params, value):
    assert gridded(np.arange(30) / 30, value, params)["value"].isna().all()


@given(
    st.lists(st.floats(-100, 100) | st.just(NAN), min_size=2, max_size=60),
    st.floats(0.2, 5.0),
)
def test_smoothing_never_leaves_the_range_of_the_values(params, value, pace):
    table = gridded(np.arange(len(value)) / 30 * pace, value, params)
    known = table["value"].dropna()
    assert known.empty or np.nanmin(value) - 1e-9 <= known.min()
    assert known.empty or known.max() <= np.nanmax(value) + 1e-9


# --- cuts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("jump_norm", "thumb_diff", "n_shots"),
    [(1.0, 0.3, 2), (1.0, 0.01, 1), (0.05, 0.3, 1), (0.0, 0.0, 1)],
    ids=["cut", "landmarks jump", "picture flashes", "nothing"],
)
def test_a_cut_needs_a_jump_and_a_new_picture(frames_of, params, jump_norm, thumb_diff, n_shots):
    camera = Camera(cut_s=1.6, cut_jump_norm=jump_norm, cut_thumb_diff=thumb_diff)
    shots = shot_index(frames_of(ONE_LIFT, camera), params.motion)
    assert shots.nunique() == n_shots


def test_the_cut_is_where_the_picture_changes(frames_of, params):
    frames = frames_of(ONE_LIFT, Camera(cut_s=1.6))
    shots = shot_index(frames, params.motion)
    assert frames.loc[shots == 1, "time_s"].min() == pytest.approx(1.6, abs=0.02)


def test_a_new_picture_in_which_the_person_is_lost_is_a_cut(frames_of, params):
    camera = Camera(cut_s=1.6, cut_jump_norm=0.0, lost=((1.6, 2.2),))
    assert shot_index(frames_of(ONE_LIFT, camera), params.motion).nunique() == 2


def test_fast_legs_are_no_cut(frames_of, params):
    swing = Body(near_leg=Lifts(n=1, lift_s=0.15, lowering_s=0.15).course)
    frames = frames_of(swing).assign(thumb_diff=0.9)
    assert set(shot_index(frames, params.motion)) == {0}
