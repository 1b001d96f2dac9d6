import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import minimum_jerk
from leglift.motion.tempo import momentum_frac, swing_deg, way_s

HZ = 30


def at_rest_before_and_after(seconds, way=minimum_jerk, low=10.0, high=85.0, rest_s=0.5):
    """Times and angles of one way from low to high, at rest on both sides."""
    t = np.arange(round((seconds + 2 * rest_s) * HZ) + 1) / HZ
    share = np.clip((t - rest_s) / seconds, 0, 1)
    return t, low + (high - low) * way(share)


WAYS = {
    "even": lambda share: share,
    "minimum jerk": minimum_jerk,
    "cosine": lambda share: (1 - np.cos(np.pi * share)) / 2,
}
"""How a movement may spread over its time."""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seconds", [0.8, 5.0])
@pytest.mark.parametrize("rest_s", [0.0, 0.5, 4.0])
def test_a_way_takes_its_time_without_the_rest_and_however_even_it_is(way, seconds, rest_s):
    t, angle = at_rest_before_and_after(seconds, WAYS[way], rest_s=rest_s)
    assert way_s(t, angle) == pytest.approx(seconds, rel=0.12 if way == "cosine" else 0.05)


def test_a_wobble_at_rest_is_no_part_of_the_way():
    t, angle = at_rest_before_and_after(2.0, rest_s=3.0)
    wobble = 2.5 * np.sin(2 * np.pi * t) * ((t < 2) | (t > 6))
    assert way_s(t, angle + wobble) == pytest.approx(2.0, rel=0.08)


@pytest.mark.parametrize("angle", [[], [5.0], [5.0, 5.0, 5.0], [5.0, 9.0, 5.0]])
def test_who_goes_nowhere_takes_no_known_time(angle):
    assert np.isnan(way_s(np.arange(len(angle)) / HZ, np.array(angle)))


@given(st.lists(st.floats(-90, 200), min_size=2, max_size=30))
def test_any_way_is_finite_and_not_negative(angles):
    t = np.arange(len(angles)) / HZ
    taken = way_s(t, np.array(angles))
    assert np.isnan(taken) or 0 <= taken <= 1.2 * (t[-1] - t[0]) + 1e-9


def rep(swing=0.0, lift_s=1.5, hold_s=1.0, lowering_s=2.8, noise=0.0, way=minimum_jerk):
    """A rep whose legs run ahead by `swing` on the way up and overshoot by as much at the top."""
    t = np.arange(round((lift_s + hold_s + lowering_s + 0.4) * HZ)) / HZ
    since = t - 0.2
    up = way(np.clip(since / lift_s, 0, 1))
    down = minimum_jerk(np.clip((since - lift_s - hold_s) / lowering_s, 0, 1))
    swung = np.sin(np.clip(since / lift_s, 0, 2) * np.pi) ** 2
    angle = 10 + 75 * (up - down) + swing * swung
    return t, angle + np.random.default_rng(0).normal(0, noise, len(t))


@pytest.mark.parametrize("lift_s", [1.0, 2.0])
@pytest.mark.parametrize("swing", [5.0, 15.0])
def test_swing_is_what_was_put_in(swing, lift_s):
    t, angle = rep(swing, lift_s, hold_s=lift_s)
    assert swing_deg(t, angle, int(np.argmax(angle))) == pytest.approx(swing, abs=1.5)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("lift_s", [1.0, 2.5])
def test_a_lift_that_is_even_or_smooth_does_not_swing(way, lift_s, params):
    t, angle = rep(0.0, lift_s, noise=0.5, way=WAYS[way])
    assert swing_deg(t, angle, int(np.argmax(angle))) < params.cues.max_swing_deg - 2


@pytest.mark.parametrize(("top", "hole"), [(0, []), (-1, []), (60, [20])])
def test_swing_of_half_a_rep_or_across_a_hole_is_unknown(top, hole):
    t, angle = rep()
    angle[hole] = np.nan
    assert np.isnan(swing_deg(t, angle, top % len(t)))


def momentum(seconds, params, low=10.0, top=85.0):
    angle = at_rest_before_and_after(seconds, low=low, high=top, rest_s=0.2)[1]
    return momentum_frac(angle, 0.0, params.motion)


def test_momentum_of_a_leg_at_a_known_speed(params):
    """Even speed from 0 to 90 deg in 1 s; half the height is 30 deg, half the height is to go."""
    angle = np.linspace(0, 90, HZ + 1)
    speed = np.radians(90)
    fall = 9.81 * 0.447 / (0.560**2 * params.motion.leg_m)
    assert momentum_frac(angle, 0.0, params.motion) == pytest.approx(speed**2 / 2 / (fall * 0.5))
    assert momentum(1.0, params) == pytest.approx(4 * momentum(2.0, params), rel=0.15)


@pytest.mark.parametrize(
    ("seconds", "thrown"), [(0.5, True), (0.7, True), (1.2, False), (3, False)]
)
def test_only_quick_lifts_are_thrown(seconds, thrown, params):
    assert (momentum(seconds, params) > params.cues.max_momentum_frac) == thrown


def test_no_height_no_momentum(params):
    assert np.isnan(momentum(1.0, params, 80, 110))
    assert np.isnan(momentum_frac(np.array([10.0, np.nan, 60.0, 80.0]), 0.0, params.motion))
