import numpy as np
import pandas as pd
import pytest

from factories import Body, Camera, Lifts
from leglift.motion.signals import finite_runs, shot_index, to_grid

NAN = float("nan")
ONE_LIFT = Body(near_leg=Lifts(n=1).course)


def gridded(time_s, value, params, shot_idx=0):
    """Put one signal on the even grid."""
    frames = pd.DataFrame({"time_s": np.asarray(time_s, float), "value": value})
    shots = pd.Series(np.broadcast_to(shot_idx, len(frames)), index=frames.index)
    return to_grid(frames, ["value"], shots, params.motion)


def test_infinite_is_as_unknown_as_nan():
    assert finite_runs(np.array([np.nan, 1.0, 2.0, np.inf, 3.0])) == [(1, 3), (4, 5)]


@pytest.mark.parametrize(
    ("hz", "gain"), [(0.5, 1.0), (1.0, 0.99), (3.0, 0.917), (6.0, np.sqrt(0.5))]
)
def test_low_pass_halves_the_power_at_its_cut_off(params, hz, gain):
    """A Gaussian that loses 3 dB at 6 Hz loses a quarter of that, 0.75 dB, at 3 Hz."""
    time_s = np.arange(0, 8, 1 / 240)
    table = gridded(time_s, np.sin(2 * np.pi * hz * time_s), params)
    middle = table.loc[table["time_s"].between(1, 7), "value"]
    assert np.sqrt(2 * (middle**2).mean()) == pytest.approx(gain, abs=0.03)


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
