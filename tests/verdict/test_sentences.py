"""What is said and shown of a set when a trained model judged it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from factories import Back, Body, Clip, Lifts
from leglift.params import load_params
from leglift.verdict.annotate import _paired
from leglift.verdict.draw import back_is_up
from leglift.verdict.judge import set_section
from leglift.verdict.report import chapter, report_page
from leglift.verdict.table import conclusion, grouped_cues, point_of_control

PARAMS = load_params()
NAN = float("nan")


# --- the point of control ------------------------------------------------------------------------


def judged_reps(*lifts_deg: float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rep": range(1, len(lifts_deg) + 1),
            "posture": "lying",
            "verdict": "arched",
            "back_lift_angle_deg": lifts_deg,
            "shake_norm": 0.0,
        }
    )


def test_the_point_of_control_comes_with_its_range_and_its_error():
    said = set_section(judged_reps(30.0, 50.0, NAN, 36.0), 1.65, 12.34, PARAMS)
    assert said["point_of_control_deg"] == 36.0
    assert said["point_of_control_range_deg"] == [30.0, 50.0]
    assert said["point_of_control_error_deg"] == 12.3
    (line,) = point_of_control(said)
    assert "about 36 deg (30 to 50 deg over the arched reps)" in line
    assert "half of such angles were off by more than 12 deg" in line


def test_an_error_that_nobody_measured_is_not_made_up():
    said = set_section(judged_reps(30.0), 1.65, None, PARAMS)
    assert said["point_of_control_error_deg"] is None
    (line,) = point_of_control(said)
    assert line.endswith("at about 30 deg; take it as a hint.")


@pytest.mark.parametrize("lifts_deg", [(NAN,), (NAN, NAN)])
def test_no_point_of_control_no_words(lifts_deg):
    said = set_section(judged_reps(*lifts_deg), 1.65, 12.0, PARAMS)
    for key in ("deg", "range_deg", "error_deg"):
        assert said[f"point_of_control_{key}"] is None
    assert point_of_control(said) == []


@pytest.mark.parametrize(
    ("good", "n", "words"),
    [(0, 2, "in any rep"), (1, 1, "in the only rep"), (3, 3, "in all 3"), (1, 2, "in 1 of 2 reps")],
)
def test_the_conclusion_says_in_how_many_reps(good, n, words):
    said = {"exercise": "lying_leg_raise", "set_over_at_rep": None, "n_good": good, "n_reps": n}
    assert words in conclusion({"set": said})


def test_figures_of_a_cue_say_whose_they_are():
    def rep(number, message):
        return {"rep": number, "cues": [{"code": "lowering_too_fast", "message": message}]}

    assert grouped_cues([rep(1, "in 1 s"), rep(3, "in 2 s")]) == [
        ("1, 3 (the figures are those of rep 1)", "in 1 s")
    ]
    assert grouped_cues([rep(1, "in 1 s"), rep(3, "in 1 s")]) == [("1, 3", "in 1 s")]


# --- when the back is shown as off the floor ------------------------------------------------------

TIME_S = np.arange(0.0, 4.0, 0.5)
LEG_DEG = np.array([10.0, 40.0, 70.0, 90.0, 70.0, 40.0, 25.0, 10.0])
GAP = np.array([0.06, 0.0, 0.0, 0.0, 0.06, 0.0, 0.0, 0.0])


def up(**changes) -> list[float]:
    rep = {
        "verdict": "arched", "p_arched": 0.8, "start_s": 0.0, "top_s": 1.5, "end_s": 3.5,
        "back_lift_angle_deg": 30.0, "gap_flattest_norm": 0.0,
    }  # fmt: skip
    shown = back_is_up(SimpleNamespace(**{**rep, **changes}), TIME_S, LEG_DEG, GAP, 0.03)
    return TIME_S[shown].tolist()


def test_below_the_angle_that_the_model_names_and_on_the_way_up_where_the_gap_agrees():
    assert up() == [0.0, 3.0, 3.5]


@pytest.mark.parametrize("changes", [{"p_arched": NAN}, {"back_lift_angle_deg": NAN}])
def test_the_gap_decides_where_the_rule_judged_or_the_model_names_no_angle(changes):
    assert up(**changes) == [0.0, 2.0]


@pytest.mark.parametrize("verdict", ["good", "cant_tell"])
def test_never_in_other_reps(verdict):
    assert up(verdict=verdict) == []


def test_frames_that_were_passed_over_show_what_the_last_one_showed():
    frames = [SimpleNamespace(frame_idx=i) for i in range(7)]
    live = [SimpleNamespace(frame_idx=i) for i in (0, 3, 6)]
    looks = [(0, "first"), (6, "last")]
    shown = [(look, now.frame_idx) for _, look, now in _paired(frames, iter(looks), iter(live))]
    assert shown == [("first", 0)] * 3 + [(None, 3)] * 3 + [("last", 6)]


# --- the page ------------------------------------------------------------------------------------


def test_the_page_of_a_trained_model_shows_its_tilt_and_draws_no_line_to_pass(judge_figure):
    clip = Clip(Body(near_leg=Lifts(n=2).course, back=Back(rise_norm=0.08)))
    by_rule = judge_figure(clip, Path("a.mp4"))
    tilt = pd.DataFrame(
        {
            "rep": 1,
            "shot_idx": 0,
            "time_s": np.arange(1.0, 3.0, 0.1),
            "tilt_deg": np.linspace(0, 12, 20),
        }
    )
    figures = {"n_reps": 50, "n_people": 9,
               "balanced_accuracy": {"value": 0.7, "low": 0.6, "high": 0.8}}  # fmt: skip
    legs = {"balanced_accuracy": {"value": 0.75, "low": 0.65, "high": 0.85}}
    measured = {"metrics": {"all": figures}, "legs_only": {"all": legs}}
    by_model = replace(by_rule, tilt=tilt, measured=measured)
    rule, model = (report_page([chapter(seen, PARAMS)]) for seen in (by_rule, by_model))
    assert 'class="threshold"' in rule
    assert 'class="threshold"' not in model
    assert "Tilt of the pelvis" in model
    assert "Tilt of the pelvis" not in rule
    assert "probably arched" in model
    assert "probably arched" not in rule
    assert "on 50 reps of 9 people it was not trained on" in model
    assert "balanced accuracy was 0.70 (0.60 to 0.80)" in model
    assert "by the legs alone it was 0.75 (0.65 to 0.85)" in model
