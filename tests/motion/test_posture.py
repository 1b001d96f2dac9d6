"""Which way a body lies, and clips in which it turns round."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from factories import Body, Camera, Clip, Lifts, still, write_turning
from leglift.motion.posture import front_up, shot_posture, steady_stretches
from leglift.motion.segment import segment_clip

SET = Body(near_leg=Lifts(n=2).course)
FACE_DOWN = replace(SET, front="down")
ON_THE_SIDE = replace(SET, front="camera")
LEFT = Camera(feet_right=False, near_side="left", shoulder_px=(860.0, 500.0))
PRONE_CAMERA = Camera(near_side="left")
"""Who lies face down with the feet to the right has the left side towards the camera."""


@pytest.mark.parametrize(
    ("body", "camera", "front", "posture"),
    [
        (SET, Camera(), 1, "supine"),
        (SET, LEFT, 1, "supine"),
        (SET, Camera(near_side="left"), 1, "supine"),
        (FACE_DOWN, PRONE_CAMERA, -1, "prone"),
        (FACE_DOWN, replace(LEFT, near_side="right"), -1, "prone"),
        (ON_THE_SIDE, Camera(), 0, "side"),
    ],
)
def test_front_up_down_or_to_the_camera(frames_of, params, body, camera, front, posture):
    """Also where the sides are taken for one another."""
    frames = frames_of(body, camera)
    assert_allclose(np.median(front_up(frames)), front, atol=0.16)
    assert shot_posture(frames, params.posture) == posture


@pytest.fixture
def turned(tmp_path, params):
    def turned(*parts: Clip, turn_s: float = 0.0):
        table = write_turning(tmp_path / "turn.parquet", parts, turn_s)
        return segment_clip(table, params)

    return turned


@pytest.mark.parametrize("turn_s", [0.0, 1.5], ids=["at once", "slowly"])
def test_both_halves_are_read_each_with_its_own_facing(turned, turn_s):
    motion = turned(Clip(SET, Camera()), Clip(SET, LEFT), turn_s=turn_s)
    views = [(view.feet_right, view.near_side, view.turned) for view in motion.views.values()]
    assert views == [(True, "right", False), (False, "left", True)]
    assert len(motion.reps) == 4
    assert motion.signals["near_leg_deg"].dropna().between(0, 95).all()


def test_who_rolls_over_does_lifts_only_while_on_the_back(turned):
    motion = turned(Clip(SET, Camera()), Clip(FACE_DOWN, PRONE_CAMERA))
    assert [view.posture for view in motion.views.values()] == ["supine", "prone"]
    assert motion.reps["shot_idx"].tolist() == [0, 0]


def test_a_glimpse_of_another_facing_is_no_turn(turned):
    glimpse = Clip(Body(near_leg=still(10.0, 0.4)), LEFT)
    motion = turned(Clip(SET, Camera()), glimpse, Clip(SET, Camera()))
    assert len(motion.views) == 1


def test_a_shot_of_nobody_is_one_stretch(frames_of, params):
    frames = frames_of(SET, Camera(lost=((0.0, 99.0),)))
    part, turning = steady_stretches(frames, frames["shot_idx"], params.posture)
    assert set(part) == {0}
    assert not turning
