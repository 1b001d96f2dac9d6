"""Every rule of the article as a cue: it speaks just beyond its threshold and is silent before."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from leglift.errors import UsageError
from leglift.params import load_params
from leglift.verdict.cues import for_height, heel_height_cm, rep_cues, set_cues

CUES = load_params().cues
NAN = math.nan
FINE = {
    "rep": 1, "posture": "lying", "verdict": "good", "back_lift_angle_deg": NAN,
    "lowest_leg_angle_deg": 10.0, "top_leg_angle_deg": 88.0, "lift_s": 1.8, "lowering_s": 3.2,
    "knee_angle_min_deg": 170.0, "swing_deg": 2.0, "momentum_frac": 0.1, "sway_norm": 0.05,
    "shake_norm": 0.004,
}  # fmt: skip
"""A rep at which there is nothing to mend."""
ARCHED = {"verdict": "arched", "back_lift_angle_deg": 40.0}
LEG_NORM = 1.65
STOP_DEG = 55.0


def of_rep(**changes) -> dict[str, str]:
    """Messages by code of a rep that is fine but for what is changed."""
    return {cue["code"]: cue["message"] for cue in rep_cues({**FINE, **changes}, CUES)}


def of_set(*reps: dict, leg_norm: float = LEG_NORM, stop_deg: float = STOP_DEG, cues=CUES):
    return {c["code"]: c["message"] for c in set_cues(a_set(*reps), leg_norm, stop_deg, cues)}


def a_set(*reps: dict) -> pd.DataFrame:
    return pd.DataFrame([{**FINE, "rep": k, **rep} for k, rep in enumerate(reps, 1)])


def test_nothing_is_said_of_a_rep_as_it_should_be():
    assert of_rep() == of_set({}, {}, stop_deg=NAN) == {}


def test_nothing_that_rests_on_an_angle_is_said_from_a_view_that_bends_it():
    worst = {**FINE, "top_leg_angle_deg": 40.0, "knee_angle_min_deg": 60.0, "swing_deg": 30.0,
             "momentum_frac": 3.0, "lowering_s": 1.0}  # fmt: skip
    said = rep_cues(worst, CUES, angles_hold=False)
    assert [cue["code"] for cue in said] == ["lowering_too_fast"]
    assert len(rep_cues(worst, CUES)) == 3


def test_bent_legs_are_not_asked_to_be_upright_and_not_made_harder_while_the_back_is_unknown():
    bent = {"top_leg_angle_deg": 59.0, "knee_angle_min_deg": 72.0}
    assert list(of_rep(**bent)) == ["knees_bent"]
    assert "the full one" in of_rep(**bent)["knees_bent"]
    unknown = of_rep(**bent, verdict="cant_tell")["knees_bent"]
    assert "the full one" not in unknown
    assert "until the back stays down" in unknown


EDGES = {
    "lowering_too_fast": ("lowering_s", CUES.min_lowering_s, -1),
    "not_perpendicular": ("top_leg_angle_deg", CUES.min_top_deg, -1),
    "knees_bent": ("knee_angle_min_deg", CUES.min_knee_deg, -1),
    "swinging": ("swing_deg", CUES.max_swing_deg, +1),
    "swinging by momentum": ("momentum_frac", CUES.max_momentum_frac, +1),
}


@pytest.mark.parametrize("rule", EDGES)
def test_a_cue_speaks_beyond_its_threshold_only(rule):
    measure, threshold, beyond = EDGES[rule]
    step = 0.01 * abs(threshold) * beyond
    assert list(of_rep(**{measure: threshold + step})) == [rule.removesuffix(" by momentum")]
    assert of_rep(**{measure: threshold}) == of_rep(**{measure: threshold - step}) == {}


@pytest.mark.parametrize("measure", [k for k, value in FINE.items() if isinstance(value, float)])
@pytest.mark.parametrize("verdict", ["good", "cant_tell"])
def test_what_is_unknown_gives_no_cue(measure, verdict):
    assert of_rep(**{measure: NAN, "verdict": verdict}) == {}


def test_the_asked_time_is_that_of_the_article():
    said = of_rep(lowering_s=1.24)["lowering_too_fast"]
    assert said == "Lowered in about 1.2 s; take 3 seconds."


def test_an_arched_rep_ends_the_set():
    (first, *_), (later, *_) = (rep_cues({**FINE, **ARCHED, "rep": n}, CUES, 4) for n in (4, 6))
    assert first["code"] == later["code"] == "back_arched"
    assert "the set is over at rep 4" in first["message"]
    assert "was over at rep 4" in later["message"]


@pytest.mark.parametrize(
    ("lowest", "lifts_at", "past"),
    [(10.0, 40.0, True), (34.0, 40.0, True), (36.0, 40.0, False), (10.0, NAN, False)],
)
def test_lowered_past_the_point_of_control(lowest, lifts_at, past):
    """An arched rep of unknown angle has no point to pass."""
    found = of_rep(verdict="arched", back_lift_angle_deg=lifts_at, lowest_leg_angle_deg=lowest)
    assert list(found) == ["back_arched", "past_point_of_control"][: 1 + past]


def test_who_hangs_is_asked_for_level_legs_and_a_still_body():
    said = of_rep(posture="hanging", top_leg_angle_deg=60.0, sway_norm=0.5)
    assert "level" in said["not_perpendicular"]
    assert "hang still" in said["swinging"]
    assert of_rep(sway_norm=0.5) == {}  # who lies sways on nothing


def test_the_set_is_over_at_the_first_arched_rep():
    said = of_set({}, {}, {}, {}, ARCHED, ARCHED)
    assert "over at rep 5" in said["set_over"]
    assert "regress" not in said


def test_arching_early_in_the_set_or_with_the_legs_high_asks_for_the_easier_exercise():
    late = [{}] * CUES.early_rep + [ARCHED]
    assert "regress" not in of_set(*late)
    assert "regress" in of_set(*late[1:])
    high = {**ARCHED, "back_lift_angle_deg": CUES.early_arch_deg}
    assert "legs still at 60 deg" in of_set(*[{}] * 8, high)["regress"]


def test_shaking_is_measured_and_no_fault():
    shaken = {"shake_norm": 2 * CUES.shake_norm}
    message = of_set({}, shaken, {"shake_norm": NAN}, shaken)["shaking_is_normal"]
    assert "rep 2, 4" in message
    assert "normal" in message
    assert of_rep(**shaken) == {}
    mistaken = [{**shaken, "doubt": doubt} for doubt in ("", "legs mixed up")]
    assert "rep 1:" in of_set(*mistaken)["shaking_is_normal"]


def test_heels_are_as_high_as_the_leg_reaches():
    """A leg of 1.65 trunks of 49 cm is 81 cm long; what is rounded is rounded up."""
    assert heel_height_cm(29.0, LEG_NORM, CUES) == 40.0
    assert heel_height_cm(31.0, LEG_NORM, CUES) == 45.0
    assert heel_height_cm(90.0, LEG_NORM, CUES) == heel_height_cm(120.0, LEG_NORM, CUES) == 85.0
    assert math.isnan(heel_height_cm(30.0, NAN, CUES))
    assert math.isnan(heel_height_cm(NAN, LEG_NORM, CUES))


@pytest.mark.parametrize(
    ("how", "words", "silent"),
    [
        ({}, ("about 70 cm above the floor", "about 55 deg", "1.70 m"), "upright"),
        ({"leg_norm": NAN}, ("55 deg",), "cm"),
        ({"stop_deg": 88.0}, ("near upright",), "88"),
    ],
    ids=["for whom it is reckoned", "an angle where the leg is unknown", "arched at once"],
)
def test_where_to_stop(how, words, silent):
    message = of_set(ARCHED, **how)["stop_above"]
    assert all(word in message for word in words)
    assert silent not in message


def test_no_cue_names_an_illness():
    bent = {"lowering_s": 1.0, "swing_deg": 20.0, "top_leg_angle_deg": 50.0}
    everything = {
        **of_rep(**ARCHED, **bent, knee_angle_min_deg=90.0),
        **of_set(ARCHED, {"shake_norm": 1.0}),
        **of_rep(top_leg_angle_deg=50.0),
    }
    assert len(everything) == 10
    for word in ("pain", "injur", "lordosis", "disc", "weak", "patient", "diagnos"):
        assert not any(word in message.lower() for message in everything.values())


def test_heights_are_reckoned_for_a_person_as_tall_as_is_said():
    tall = for_height(load_params(), 187.0).cues
    assert "1.87 m" in of_set({}, cues=tall)["stop_above"]
    assert heel_height_cm(90.0, LEG_NORM, tall) == 90.0
    assert for_height(load_params(), None).cues == CUES


@pytest.mark.parametrize("body_cm", [1.82, 72, 300, NAN])
def test_nobody_is_so_tall(body_cm):
    with pytest.raises(UsageError, match="--body-height-cm"):
        for_height(load_params(), body_cm)
