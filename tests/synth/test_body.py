import numpy as np
import pytest
from unrendered import held

from leglift.synth import body as bodies
from leglift.synth import torso
from leglift.synth.actor import make_actor, posed_surface
from leglift.synth.draw import draw_sample
from leglift.synth.generate import demo_sample
from leglift.synth.truth import leg_elevation_deg, pitch_deg

pytest.importorskip("anny")
pytest.importorskip("torch")

# The contact is solved with straight legs, on a grid of lumbar angles; lifted thighs pull the skin.
CONTACT_ERROR_M = 0.005


@pytest.fixture(scope="module", params=[0, 1, 5])
def actor(request):
    return make_actor(demo_sample().model_copy(update={"body": draw_sample(3, request.param).body}))


def test_a_flat_body_has_no_gap_and_the_gap_grows_with_the_tilt(actor):
    skins = [bodies.skin(actor.trunk, held(actor, tilt).transforms) for tilt in (0, 5, 10, 20)]
    gaps_mm = [1e3 * torso.lumbar_gap_m(actor.trunk, skin) for skin in skins]
    assert gaps_mm[0] < 3.0
    assert np.all(np.diff(gaps_mm) > 0)
    assert gaps_mm[-1] > 20.0


@pytest.mark.parametrize("tilt_deg", [0.0, 8.0, 20.0])
def test_buttocks_and_back_rest_on_the_floor(actor, tilt_deg):
    posed = held(actor, tilt_deg)
    skin = bodies.skin(actor.trunk, posed.transforms)
    lowest = [skin[mask, 2].min() for mask in torso.contacts(actor.trunk)]
    pressed = [-torso.BUTTOCK_PRESS_M, -torso.BACK_PRESS_M]
    assert lowest == pytest.approx(pressed, abs=CONTACT_ERROR_M)
    assert posed_surface(actor, posed)[0][:, 2].min() == 0.0


@pytest.mark.parametrize("tilt_deg", [-2.0, 0.0, 12.0, 25.0])
def test_the_tilt_asked_for_is_the_tilt_posed(actor, tilt_deg):
    turned = pitch_deg(held(actor, tilt_deg, leg_deg=40.0).transforms[0])
    assert turned - actor.table.flat_pitch_deg == pytest.approx(tilt_deg, abs=0.1)


@pytest.mark.parametrize("knee_deg", [0.0, 20.0, 90.0])
def test_the_hip_ankle_line_has_the_elevation(actor, knee_deg):
    joints = held(actor, 0.0, 60.0, knee_deg).joints_m
    legs = [leg_elevation_deg(actor.body, joints, side) for side in "LR"]
    assert legs == pytest.approx([60.0, 60.0], abs=0.1)


def test_hands_under_the_glutes_raise_the_pelvis():
    sample = demo_sample()
    arms = sample.arms.model_copy(update={"name": "under_glutes"})
    flat, raised = (
        make_actor(s).table.root_z_m[10] for s in (sample, sample.model_copy(update={"arms": arms}))
    )
    assert raised > flat + 0.01
