import numpy as np
import pytest

from leglift.synth import body as bodies
from leglift.synth import torso
from leglift.synth.actor import make_actor
from leglift.synth.body import Body
from leglift.synth.draw import draw_sample
from leglift.synth.generate import demo_sample
from leglift.synth.pose import Frame, leg_rotations, pose_body
from leglift.synth.torso import TorsoTable
from leglift.synth.truth import pitch_deg

pytest.importorskip("anny")
pytest.importorskip("torch")

# The contact is solved with straight legs, on a grid of lumbar angles; lifted thighs pull the skin.
CONTACT_ERROR_M = 0.005


@pytest.fixture(scope="module", params=[0, 1, 5])
def person(request):
    body = bodies.build_body(draw_sample(3, request.param).body)
    return body, torso.solve_torso(body)


def trunk_points(body: Body, table: TorsoTable, tilt_deg: float) -> bodies.Floats:
    frame = Frame(table.extension_for_tilt(tilt_deg), (30.0, 30.0))
    posed = pose_body(body, table, frame, demo_sample().arms)
    mask = torso.trunk_mask(body)
    return bodies.skin(body.weights[mask], body.rest_m[mask], posed.transforms)


def gap_mm(body: Body, points: bodies.Floats) -> float:
    rest_z = body.rest_m[torso.trunk_mask(body), 2]
    return 1e3 * torso.lumbar_gap_m(points, rest_z, torso.lumbar_window(body))


def test_a_flat_body_has_no_gap_and_the_gap_grows_with_the_tilt(person):
    gaps = [gap_mm(person[0], trunk_points(*person, tilt_deg=t)) for t in (0, 5, 10, 20)]
    assert gaps[0] < 3.0
    assert np.all(np.diff(gaps) > 0)
    assert gaps[-1] > 20.0


@pytest.mark.parametrize("tilt_deg", [0.0, 8.0, 20.0])
def test_buttocks_and_back_rest_on_the_floor(person, tilt_deg):
    body, table = person
    points = trunk_points(body, table, tilt_deg)
    _, pelvis, chest = torso._contact_masks(body)
    lowest = [points[mask, 2].min() for mask in (pelvis, chest)]
    assert lowest[0] == pytest.approx(-torso.BUTTOCK_PRESS_M, abs=CONTACT_ERROR_M)
    assert lowest[1] == pytest.approx(-torso.BACK_PRESS_M, abs=CONTACT_ERROR_M)
    assert bodies.press_on_floor(points)[:, 2].min() == 0.0


def test_the_tilt_asked_for_is_the_tilt_posed(person):
    body, table = person
    for tilt in (-2.0, 0.0, 12.0, 25.0):
        frame = Frame(table.extension_for_tilt(tilt), (40.0, 40.0))
        posed = pose_body(body, table, frame, demo_sample().arms)
        assert pitch_deg(posed.transforms[0]) - table.flat_pitch_deg == pytest.approx(tilt, abs=0.1)


@pytest.mark.parametrize("knee_deg", [0.0, 20.0, 90.0])
@pytest.mark.parametrize("side", ["L", "R"])
def test_the_hip_ankle_line_has_the_elevation(person, side, knee_deg):
    body = person[0]
    thigh, shin = leg_rotations(body, side, 60.0, knee_deg, 0.13)
    hip, knee, ankle = (
        body.joints_m[body.bone(f"{b}.{side}")] for b in ("upperleg01", "lowerleg01", "foot")
    )
    leg = thigh @ (knee - hip) + shin @ (ankle - knee)
    assert np.degrees(np.arctan2(leg[2], -leg[0])) == pytest.approx(60.0, abs=0.1)


def test_hands_under_the_glutes_raise_the_pelvis():
    sample = demo_sample()
    arms = sample.arms.model_copy(update={"name": "under_glutes"})
    flat, raised = (
        make_actor(s).table.root_z_m[10] for s in (sample, sample.model_copy(update={"arms": arms}))
    )
    assert raised > flat + 0.01
