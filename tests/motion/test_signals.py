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


@given(st.lists(st.booleans(), max_size=40))
def test_runs_mark_exactly_what_is_true(flags):
    marked = np.zeros(len(flags), bool)
    for start, stop in true_runs(np.array(flags, bool)):
        assert not marked[max(start - 1, 0) : stop].any()  # apart from each other
        marked[start:stop] = True
    assert marked.tolist() == flags


def test_infinite_is_as_unknown_as_nan():
    assert finite_runs(np.array([NAN, 1.0, 2.0, np.inf, 3.0])) == [(1, 3), (4, 5)]


def test_grid_is_even_and_starts_with_the_clip(params):
    table = gridded([5.0, 5.01, 5.2, 5.5, 6.0], 1.0, params)
    assert_allclose(np.diff(table["time_s"]), 1 / 30)
    assert table["time_s"].iloc[[0, -1]].tolist() == pytest.approx([5.0, 6.0])


RATES = {f"{fps} a second": np.arange(0, 3, 1 / fps) for fps in (10, 24, 29.97, 60, 240)}
RATES["60, then 12 a second"] = np.r_[np.arange(60) / 60, 1 + np.arange(25) / 12]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hole_s", [0.0, 0.3])
def test_ramp_stays_a_ramp_at_any_rate_and_over_a_short_hole(params, rate, hole_s):
    """Over time, that is, not over frames."""
    time_s = RATES[rate]
    hidden = (time_s > 1.0) & (time_s < 1.0 + hole_s)
    table = gridded(time_s, np.where(hidden, NAN, 20 * time_s), params)
    middle = table[table["time_s"].between(0.3, 2.5)]
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


def test_long_hole_stays_a_hole_of_its_own_length(params):
    """Nothing known in it or at both ends: NaN, and smoothing eats no more of the rest."""
    time_s = np.arange(0, 91) / 30
    unknown = ((time_s > 1.01) & (time_s < 1.59)) | (time_s < 0.49) | (time_s > 2.51)
    table = gridded(time_s, np.where(unknown, np.nan, 7.0), params)
    assert table["value"].isna().tolist() == unknown.tolist()
    assert_allclose(table["value"].dropna(), 7.0)


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


@pytest.mark.parametrize(
    ("seen", "n_shots"),
    [
        ({}, 2),
        ({"cut_thumb_diff": 0.01}, 1),
        ({"cut_jump_norm": 0.05}, 1),
        ({"cut_jump_norm": 0.0, "cut_thumb_diff": 0.0}, 1),
        ({"cut_jump_norm": 0.0, "lost": ((1.6, 2.2),)}, 2),
    ],
    ids=["cut", "landmarks jump", "picture flashes", "nothing", "person lost in a new picture"],
)
def test_a_cut_needs_a_jump_and_a_new_picture(frames_of, params, seen, n_shots):
    frames = frames_of(ONE_LIFT, Camera(cut_s=1.6, **seen))
    shots = shot_index(frames, params.motion)
    assert shots.nunique() == n_shots
    assert n_shots == 1 or frames["time_s"][shots == 1].min() == pytest.approx(1.6, abs=0.02)


def test_fast_legs_are_no_cut(frames_of, params):
    swing = Body(near_leg=Lifts(n=1, lift_s=0.15, lowering_s=0.15).course)
    frames = frames_of(swing).assign(thumb_diff=0.9)
    assert set(shot_index(frames, params.motion)) == {0}
