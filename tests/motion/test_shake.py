import numpy as np
import pytest

from factories import LEG, Body, Camera, Lifts, alternating
from leglift.motion.features import rep_features
from leglift.motion.shake import tremor_rms

TEMPO = {"slow": Lifts(n=2), "quick": Lifts(n=2, lift_s=0.6, lowering_s=0.6)}


def shaking(hz=7.0, amplitude=0.01, fps=60.0, seconds=6.0):
    t = np.arange(round(seconds * fps)) / fps
    return t, amplitude * np.sin(2 * np.pi * hz * t)


@pytest.mark.parametrize("fps", [25.0, 29.97, 60.0, 240.0])
@pytest.mark.parametrize(
    ("hz", "least", "most"),
    [(4.5, 0.8, 1.2), (7.0, 0.8, 1.2), (10.0, 0.8, 1.2), (0.3, 0, 0.07), (2.0, 0, 0.07)],
)
def test_a_tremor_is_measured_as_it_is_and_what_is_slower_is_none(hz, least, most, fps, params):
    t, angle = shaking(hz, fps=fps)
    rms = tremor_rms(t, angle, np.array([2.0, 3.0, 4.0]), params.motion) * np.sqrt(2) / 0.01
    assert ((least <= rms) & (rms <= most)).all()


def test_whole_turns_are_no_tremor(params):
    t, angle = shaking(0.2, amplitude=0.3)
    turned = np.angle(np.exp(1j * (angle + np.pi)))
    assert np.abs(np.diff(turned)).max() > 6  # it really jumps
    assert (tremor_rms(t, turned, np.array([2.0, 3.0]), params.motion) < 0.001).all()


@pytest.mark.parametrize(
    ("fps", "seconds"), [(4, 20), (8, 20), (10, 20), (60, 0), (60, 1 / 60), (60, 5 / 60)]
)
def test_frames_that_come_too_seldom_or_end_at_once_show_no_tremor(fps, seconds, params):
    t, angle = shaking(fps=fps, seconds=seconds)
    assert np.isnan(tremor_rms(t, angle, np.array([seconds / 2]), params.motion)).all()


def test_a_long_hole_stays_a_hole(params):
    t, angle = shaking()
    angle[(t > 2.0) & (t < 3.0)] = np.nan
    rms = tremor_rms(t, angle, np.array([1.0, 2.5, 4.5]), params.motion)
    assert np.isfinite(rms).tolist() == [True, False, True]


@pytest.mark.parametrize(("tempo", "steady"), [("slow", 0.001), ("quick", 0.01 * LEG)])
def test_shaking_feet_shake_at_any_tempo_and_tempo_is_no_shaking(motion_of, tempo, steady, params):
    """5 Hz up and down by 0.04 trunk lengths, of which the leg turns by the part across it."""

    def shake(tremor_norm):
        body = Body(near_leg=TEMPO[tempo].course, tremor_norm=tremor_norm)
        return rep_features(motion_of(body, Camera(fps=30.0)), params)["shake_norm"]

    across = 0.04 / np.sqrt(2)
    assert shake(0.04).between(0.4 * across, 1.05 * across).all()
    assert shake(0.0).max() < min(steady, params.cues.shake_norm / 2)


def test_the_leg_that_lifts_is_the_one_that_shakes(motion_of, params):
    near, far = alternating(Lifts(n=1, low_deg=0, top_deg=30))
    motion = motion_of(Body(near_leg=near, far_leg=far, tremor_norm=0.04), Camera(fps=30.0))
    features = rep_features(motion, params)
    assert features["leg"].tolist() == ["near", "far"]
    assert (features["shake_norm"] > 0.02).all()
