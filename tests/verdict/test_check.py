"""Camera help: what is said of a clip before it is judged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from factories import UPRIGHT, Body, Camera, Clip, Lifts, still
from leglift.errors import NoLegLiftError
from leglift.motion.features import rep_features
from leglift.params import load_params
from leglift.verdict.check import advice, obstacles, turn_deg, with_advice
from leglift.verdict.trial import check_text, check_video

PARAMS = load_params()
SET = Body(near_leg=Lifts(n=2).course)
HALF_WAY = (*Lifts(n=2).course[:-2], (0.9, 32.0))
"""Two lifts; the clip ends within the second lowering."""
SMALL = Camera(width_px=640, height_px=360, trunk_px=80.0, shoulder_px=(200.0, 280.0))
STEEP = Camera(stacked_norm=0.5 * 0.5)

HINDERS = {
    "far off side-on": (SET, Camera(off_axis_deg=50.0), "off side-on; film from the side"),
    "tiny": (SET, replace(SMALL, trunk_px=40.0), "film closer"),
    "arm along the waist": (replace(SET, arm="along_waist"), Camera(), "across the chest"),
    "hanging": (SET, UPRIGHT, "the back is not judged"),
    "face down": (replace(SET, front="down"), Camera(near_side="left"), "lies face down"),
    "on the side": (replace(SET, front="camera"), Camera(), "lies on the side"),
}
BETTER = {
    "a little off, feet": (SET, Camera(off_axis_deg=28.0), "move it towards the head"),
    "a little off, head": (SET, Camera(off_axis_deg=-28.0), "move it towards the feet"),
    "camera looks down": (SET, STEEP, "put it at mat height"),
    "feet leave the picture": (SET, Camera(width_px=900), "the feet are out of the picture"),
    "small": (SET, SMALL, "only 80 pixels long; come closer"),
    "often lost": (SET, Camera(lost=((0.0, 1.0),)), "nobody is found in"),
    "cut": (SET, Camera(cut_s=3.6), "film the set in one take"),
    "stops legs up": (
        replace(SET, near_leg=SET.near_leg[:-2]),
        Camera(),
        "until the legs are down",
    ),
    "stops half-way down": (Body(near_leg=HALF_WAY), Camera(), "not seen to its end"),
}


@pytest.fixture
def seen(motion_of):

    def seen(body: Body, camera: Camera):
        motion = motion_of(body, camera)
        return motion, rep_features(motion, PARAMS)

    return seen


def test_nothing_is_said_of_a_clip_as_it_should_be(seen):
    assert advice(seen(SET, Camera())[0], PARAMS) == []


@pytest.mark.parametrize("kind", HINDERS)
def test_what_hinders_comes_with_what_to_change(seen, kind):
    body, camera, words = HINDERS[kind]
    (said,) = obstacles(*seen(body, camera), PARAMS, None)
    assert words in said


@pytest.mark.parametrize("kind", BETTER)
def test_what_could_be_better_does_not_hinder(seen, kind):
    body, camera, words = BETTER[kind]
    motion, features = seen(body, camera)
    assert obstacles(motion, features, PARAMS, None) == []
    (said,) = advice(motion, PARAMS)
    assert words in said


def test_an_outline_that_flickers_is_said(seen):
    motion, _ = seen(SET, Camera())
    flicker = motion.signals["gap_norm"].where(motion.signals.index % 2 == 0, 0.1)
    noisy = replace(motion, signals=motion.signals.assign(gap_norm=flicker))
    assert any("tight shirt" in said for said in advice(noisy, PARAMS))


def test_what_hinders_is_not_said_again_as_advice(seen):
    motion, _ = seen(SET, STEEP)
    (note,) = advice(motion, PARAMS)
    hinder = f"back not visible: {note}"
    assert with_advice([hinder], motion, PARAMS) == [hinder]


@pytest.fixture
def checked(as_video):

    def checked(clip: Clip, *complaints: str, **how: float) -> dict:
        with as_video(clip, *complaints, **how):
            return check_video(Path("my set.mp4"), None, PARAMS)

    return checked


def test_two_people_close_together_hinder(checked):
    said = checked(Clip(SET), neighbour_frac=0.5)
    assert not said["usable"]
    assert "two people are close together" in said["notes"][0]


def test_the_answer_comes_first_then_what_to_change(checked):
    said = checked(Clip(SET, SMALL))
    assert json.loads(json.dumps(said)) == said
    assert (said["usable"], said["n_reps"], len(said["notes"])) == (True, 2, 1)
    assert check_text({**said, "back_visible": 0.94}) == (
        "my set.mp4: 2 leg lifts, the back is visible in 94% of the moments\n"
        "- The trunk is only 80 pixels long; come closer or film larger.\n"
    )


ARM = "back not visible: an arm lies along the waist; fold the arms across the chest"
ANSWERS = [
    (True, 3, 1.0, None, "3 leg lifts, the back is visible all along"),
    (True, 1, 0.8, None, "1 leg lift, the back is visible in 80% of the moments"),
    (True, 0, None, None, "no leg lift, the back is visible"),
    (False, 2, 0.36, ARM, "2 leg lifts, the back is visible in only 36% of the moments"),
    (False, 2, 0.0, ARM, "2 leg lifts, the back is not visible"),
    (False, 0, None, ARM, "no leg lift, the back is not visible"),
    (False, 0, 0.9, "lies face down", "no leg lift, the back cannot be judged"),
]


@pytest.mark.parametrize(("usable", "n_reps", "share", "reason", "words"), ANSWERS)
def test_every_answer_reads_as_one(usable, n_reps, share, reason, words):
    clip = {"path": "a.mp4", "usable": usable, "n_reps": n_reps, "back_visible": share}
    clip |= {"reason": reason, "notes": [reason] if reason else []}
    headline, *notes = check_text(clip).splitlines()
    assert headline == f"a.mp4: {words}"
    assert not any("visible" in note.casefold() for note in notes)


def test_who_lifts_no_leg_is_checked_and_no_line_is_wider_than_a_terminal(checked):
    rests = Body(near_leg=still(20.0, 3.0))
    assert checked(Clip(rests))["usable"]
    lines = check_text(checked(Clip(rests, Camera(off_axis_deg=50.0)))).splitlines()
    assert lines[0] == "my set.mp4: no leg lift, the back is not visible"
    assert lines[1].startswith("- The camera stands")
    assert max(map(len, lines)) <= 80


def test_a_line_says_that_the_file_is_damaged(checked):
    said = checked(Clip(SET), "damaged after 4.2 s, where it ends early")
    assert said["usable"]
    assert "damaged after 4.2 s" in check_text(said).lower()


def test_nobody_in_it_is_no_line_but_a_failure(checked):
    with pytest.raises(NoLegLiftError, match="no person found"):
        checked(Clip(SET, Camera(lost=((0.0, 99.0),))))


# Pictures that lie on their side, stand on their head or were filmed with a tilted camera.
HIDDEN = replace(SET, arm="along_waist")
"""An arm hides the back: the joints have to do."""


def landmarks(turned_deg: float = 0.0) -> pd.DataFrame:
    """A supine body, head to the left, legs at 45 deg, with the picture turned clockwise."""
    body = {"ear": 0, "shoulder": 40, "hip": 160, "ankle": 280 - 120j}
    points = {f"{side}_{part}": at for side in ("left", "right") for part, at in body.items()}
    row = {}
    for name, at in {**points, "nose": -25j}.items():
        at = at * np.exp(1j * np.radians(turned_deg))
        row |= {f"{name}_x_px": at.real, f"{name}_y_px": at.imag}
    return pd.DataFrame([row] * 5)


@pytest.mark.parametrize(
    ("turned_deg", "back_deg"), [(0, 0), (90, 270), (180, 180), (270, 90), (20, 0), (-30, 0)]
)
def test_the_belly_tells_how_the_picture_is_turned(turned_deg, back_deg):
    assert turn_deg(landmarks(turned_deg)) == back_deg


def test_nothing_is_said_where_nobody_is_seen():
    assert turn_deg(landmarks() * np.nan) == 0


@pytest.mark.parametrize("roll_deg", [20.0, 30.0, -20.0])
def test_a_rolled_camera_is_read_off_the_resting_body(motion_of, roll_deg):
    level, tilted = (motion_of(HIDDEN, Camera(floor_deg=deg)) for deg in (0.0, roll_deg))
    assert level.views[0].floor_deg == 0
    assert tilted.views[0].floor_deg == pytest.approx(roll_deg, abs=5)
    assert len(tilted.reps) == len(level.reps) == 2
    off = tilted.signals["near_leg_deg"] - level.signals["near_leg_deg"]
    assert off.abs().median() < 5
    assert any("rolled by about" in said for said in advice(tilted, PARAMS))


def test_a_camera_that_is_rolled_a_little_is_said(motion_of):
    motion = motion_of(HIDDEN, Camera(floor_deg=-11.0))
    assert motion.views[0].floor_deg == 0
    assert any("hold the camera level" in said for said in advice(motion, PARAMS))


def test_who_hangs_is_not_straightened(motion_of):
    view = motion_of(replace(HIDDEN, arm="overhead"), UPRIGHT).views[0]
    assert view.hanging
    assert view.lies_deg == 0.0
