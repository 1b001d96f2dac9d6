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
    "rep": 1,
    "posture": "lying",
    "verdict": "good",
    "back_lift_angle_deg": NAN,
    "lowest_leg_angle_deg": 10.0,
    "top_leg_angle_deg": 88.0,
    "lift_s": 1.8,
    "lowering_s": 3.2,
    "knee_angle_min_deg": 170.0,
    "swing_deg": 2.0,
    "momentum_frac": 0.1,
    "sway_norm": 0.05,
    "shake_norm": 0.004,
}
"""A rep at which there is nothing to mend."""
ARCHED = {"verdict": "arched", "back_lift_angle_deg": 40.0}
LEG_NORM = 1.65
STOP_DEG = 55.0


def codes(**changes) -> list[str]:
    return [cue["code"] for cue in rep_cues({**FINE, **changes}, CUES)]


def set_codes(*reps: dict) -> list[str]:
    return [cue["code"] for cue in set_cues(a_set(*reps), LEG_NORM, NAN, CUES)]


def a_set(*reps: dict) -> pd.DataFrame:
    return pd.DataFrame([{**FINE, "rep": k, **rep} for k, rep in enumerate(reps, 1)])


def said(cues: list[dict[str, str]], code: str) -> str:
    return next(cue["message"] for cue in cues if cue["code"] == code)


def test_nothing_is_said_of_a_rep_as_it_should_be():
    assert codes() == []
    assert set_codes({}, {}) == []


def test_nothing_that_rests_on_an_angle_is_said_from_a_view_that_bends_it():
    worst = {**FINE, "top_leg_angle_deg": 40.0, "knee_angle_min_deg": 60.0, "swing_deg": 30.0,
             "momentum_frac": 3.0, "lowering_s": 1.0}  # fmt: skip
    said = rep_cues(worst, CUES, angles_hold=False)
    assert [cue["code"] for cue in said] == ["lowering_too_fast"]
    assert len(rep_cues(worst, CUES)) == 3


def test_bent_legs_are_not_asked_to_be_upright_and_not_made_harder_while_the_back_is_unknown():
    bent = {**FINE, "top_leg_angle_deg": 59.0, "knee_angle_min_deg": 72.0}
    assert [cue["code"] for cue in rep_cues(bent, CUES)] == ["knees_bent"]
    assert "the full one" in said(rep_cues(bent, CUES), "knees_bent")
    unknown = said(rep_cues({**bent, "verdict": "cant_tell"}, CUES), "knees_bent")
    assert "the full one" not in unknown
    assert "until the back stays down" in unknown


def test_a_leg_that_was_mistaken_does_not_tremble():
    reps = a_set({"shake_norm": 1.0}, {"shake_norm": 1.0}).assign(doubt=["", "legs mixed up"])
    assert "rep 1:" in said(set_cues(reps, LEG_NORM, STOP_DEG, CUES), "shaking_is_normal")


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
    code = rule.removesuffix(" by momentum")
    assert codes(**{measure: threshold + step}) == [code]
    assert codes(**{measure: threshold}) == []
    assert codes(**{measure: threshold - step}) == []


@pytest.mark.parametrize(
    "measure", [key for key, value in FINE.items() if isinstance(value, float)]
)
@pytest.mark.parametrize("verdict", ["good", "cant_tell"])
def test_what_is_unknown_gives_no_cue(measure, verdict):
    assert codes(**{measure: NAN, "verdict": verdict}) == []


def test_the_asked_time_is_that_of_the_article():
    (cue,) = rep_cues({**FINE, "lowering_s": 1.24}, CUES)
    assert cue["message"] == "Lowered in about 1.2 s; take 3 seconds."


def test_an_arched_rep_ends_the_set():
    first = rep_cues({**FINE, **ARCHED, "rep": 4}, CUES, 4)
    later = rep_cues({**FINE, **ARCHED, "rep": 6}, CUES, 4)
    assert "the set is over at rep 4" in said(first, "back_arched")
    assert "was over at rep 4" in said(later, "back_arched")


@pytest.mark.parametrize(("lowest", "past"), [(10.0, True), (34.0, True), (36.0, False)])
def test_lowered_past_the_point_of_control(lowest, past):
    found = codes(**ARCHED, lowest_leg_angle_deg=lowest)
    assert ("past_point_of_control" in found) == past


def test_an_arched_rep_of_unknown_angle_has_no_point_to_pass():
    assert codes(verdict="arched") == ["back_arched"]


def test_who_hangs_is_asked_for_level_legs_and_a_still_body():
    hangs = {**FINE, "posture": "hanging", "top_leg_angle_deg": 60.0, "sway_norm": 0.5}
    cues = rep_cues(hangs, CUES)
    assert "level" in said(cues, "not_perpendicular")
    assert "hang still" in said(cues, "swinging")
    assert codes(sway_norm=0.5) == []  # who lies sways on nothing


# --- of the whole set ----------------------------------------------------------------------------


def test_the_set_is_over_at_the_first_arched_rep():
    cues = set_cues(a_set({}, {}, {}, {}, ARCHED, ARCHED), LEG_NORM, STOP_DEG, CUES)
    assert "over at rep 5" in said(cues, "set_over")
    assert "regress" not in [cue["code"] for cue in cues]


def test_arching_early_in_the_set_asks_for_the_easier_exercise():
    late = [{}] * CUES.early_rep + [ARCHED]
    assert "regress" not in set_codes(*late)
    assert "regress" in set_codes(*late[1:])


def test_arching_with_the_legs_high_asks_for_the_easier_exercise():
    high = {**ARCHED, "back_lift_angle_deg": CUES.early_arch_deg}
    cues = set_cues(a_set(*[{}] * 8, high), LEG_NORM, STOP_DEG, CUES)
    assert "legs still at 60 deg" in said(cues, "regress")


def test_shaking_is_measured_and_no_fault():
    shaken = {"shake_norm": 2 * CUES.shake_norm}
    cues = set_cues(a_set({}, shaken, {"shake_norm": NAN}, shaken), LEG_NORM, NAN, CUES)
    message = said(cues, "shaking_is_normal")
    assert "rep 2, 4" in message
    assert "normal" in message
    assert codes(**shaken) == []


def test_heels_are_as_high_as_the_leg_reaches():
    """A leg of 1.65 trunks of 49 cm is 81 cm long; what is rounded is rounded up."""
    assert heel_height_cm(29.0, LEG_NORM, CUES) == 40.0
    assert heel_height_cm(31.0, LEG_NORM, CUES) == 45.0
    assert heel_height_cm(90.0, LEG_NORM, CUES) == heel_height_cm(120.0, LEG_NORM, CUES) == 85.0
    assert math.isnan(heel_height_cm(30.0, NAN, CUES))
    assert math.isnan(heel_height_cm(NAN, LEG_NORM, CUES))


def test_where_to_stop_says_for_whom_it_is_reckoned():
    message = said(set_cues(a_set({}, ARCHED), LEG_NORM, STOP_DEG, CUES), "stop_above")
    assert "about 70 cm above the floor" in message
    assert "about 55 deg" in message
    assert "1.70 m" in message


def test_where_to_stop_without_the_legs_length_is_an_angle():
    message = said(set_cues(a_set(ARCHED), NAN, STOP_DEG, CUES), "stop_above")
    assert "55 deg" in message
    assert "cm" not in message


def test_who_arches_at_once_keeps_the_legs_upright():
    assert "near upright" in said(set_cues(a_set(ARCHED), 1.6, 88.0, CUES), "stop_above")


def test_no_cue_names_an_illness():
    bent = {"lowering_s": 1.0, "swing_deg": 20.0, "top_leg_angle_deg": 50.0}
    worst = {**FINE, **ARCHED, **bent, "knee_angle_min_deg": 90.0}
    shaken = a_set(ARCHED, {"shake_norm": 1.0})
    everything = rep_cues(worst, CUES) + set_cues(shaken, LEG_NORM, STOP_DEG, CUES)
    everything += rep_cues({**FINE, "top_leg_angle_deg": 50.0}, CUES)
    assert len({cue["code"] for cue in everything}) == 10
    for word in ("pain", "injur", "lordosis", "disc", "weak", "patient", "diagnos"):
        assert not any(word in cue["message"].lower() for cue in everything)


def test_heights_are_reckoned_for_a_person_as_tall_as_is_said():
    tall = for_height(load_params(), 187.0).cues
    message = said(set_cues(a_set({}), LEG_NORM, STOP_DEG, tall), "stop_above")
    assert "1.87 m" in message
    assert heel_height_cm(90.0, LEG_NORM, tall) == 90.0
    assert heel_height_cm(90.0, LEG_NORM, CUES) == 85.0
    assert for_height(load_params(), None).cues == CUES


@pytest.mark.parametrize("body_cm", [1.82, 72, 300, NAN])
def test_nobody_is_so_tall(body_cm):
    with pytest.raises(UsageError, match="--body-height-cm"):
        for_height(load_params(), body_cm)
