from __future__ import annotations

import numpy as np
import pytest

from factories import LEG, Body, Camera, Lifts, alternating
from leglift.motion.features import rep_features
from leglift.motion.shake import tremor_rms

SLOW = Lifts(n=2)
QUICK = Lifts(n=2, lift_s=0.6, lowering_s=0.6)


def shaking(hz=7.0, amplitude=0.01, fps=60.0, seconds=6.0):
    t = np.arange(round(seconds * fps)) / fps
    return t, amplitude * np.sin(2 * np.pi * hz * t)


@pytest.mark.parametrize("fps", [25.0, 29.97, 60.0, 240.0])
@pytest.mark.parametrize("hz", [4.5, 7.0, 10.0])
def test_a_tremor_is_measured_as_it_is(hz, fps, params):
    t, angle = shaking(hz, fps=fps)
    middle = np.array([2.0, 3.0, 4.0])
    rms = tremor_rms(t, angle, middle, params.motion)
    assert rms == pytest.approx([0.01 / np.sqrt(2)] * 3, rel=0.2)


@pytest.mark.parametrize("hz", [0.3, 1.0, 2.0])
def test_what_is_slower_is_no_tremor(hz, params):
    t, angle = shaking(hz)
    assert (tremor_rms(t, angle, np.array([2.0, 3.0]), params.motion) < 0.0005).all()


def test_whole_turns_are_no_tremor(params):
    t, angle = shaking(0.2, amplitude=0.3)
    turned = np.angle(np.exp(1j * (angle + np.pi)))
    assert np.abs(np.diff(turned)).max() > 6  # it really jumps
    assert (tremor_rms(t, turned, np.array([2.0, 3.0]), params.motion) < 0.001).all()


@pytest.mark.parametrize("fps", [4.0, 8.0, 10.0])
def test_frames_that_come_too_seldom_show_no_tremor(fps, params):
    t, angle = shaking(fps=fps, seconds=20)
    assert np.isnan(tremor_rms(t, angle, np.array([5.0]), params.motion)).all()


def test_a_long_hole_stays_a_hole(params):
    t, angle = shaking()
    angle[(t > 2.0) & (t < 3.0)] = np.nan
    rms = tremor_rms(t, angle, np.array([1.0, 2.5, 4.5]), params.motion)
    assert np.isfinite(rms).tolist() == [True, False, True]


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_moment_is_too_short(n, params):
    t, angle = shaking()
    assert np.isnan(tremor_rms(t[:n], angle[:n], np.array([0.0]), params.motion)).all()


# --- of stick figures ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shake_of(motion_of, params):
    def shake_of(body: Body, fps: float = 30.0):
        return rep_features(motion_of(body, Camera(fps=fps)), params)["shake_norm"].to_numpy()

    return shake_of


@pytest.mark.parametrize("lifts", [SLOW, QUICK], ids=["slow", "quick"])
def test_shaking_feet_shake_at_any_tempo(shake_of, lifts, params):
    """5 Hz up and down by 0.04 trunk lengths, of which the leg turns by the part across it."""
    shaky = shake_of(Body(near_leg=lifts.course, tremor_norm=0.04))
    across = 0.04 / np.sqrt(2)
    assert ((shaky > 0.4 * across) & (shaky < 1.05 * across)).all()
    assert (shake_of(Body(near_leg=lifts.course)) < params.cues.shake_norm / 2).all()


def test_tempo_is_no_shaking(shake_of):
    slow, quick = (shake_of(Body(near_leg=lifts.course)) for lifts in (SLOW, QUICK))
    assert slow.max() < 0.001
    assert quick.max() < 0.01 * LEG


def test_the_leg_that_lifts_is_the_one_that_shakes(motion_of, params):
    near, far = alternating(Lifts(n=1, low_deg=0, top_deg=30))
    motion = motion_of(Body(near_leg=near, far_leg=far, tremor_norm=0.04), Camera(fps=30.0))
    features = rep_features(motion, params)
    assert features["leg"].tolist() == ["near", "far"]
    assert (features["shake_norm"] > 0.02).all()
