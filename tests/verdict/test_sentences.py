"""What is said and shown of a set when a trained model judged it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from factories import MODEL, Back, Body, Clip, Lifts
from leglift.instrument.gate import REASONS
from leglift.params import load_params
from leglift.verdict.course import FLAT, LIFTED, UNSEEN, UNSURE, course_of, state_at
from leglift.verdict.drawing.annotate import _paired
from leglift.verdict.sections import set_section
from leglift.verdict.table import (
    NOT_VISIBLE,
    conclusion,
    control_line,
    grouped_cues,
    trust,
    verdict_text,
    wrapped,
)

PARAMS = load_params()
NAN = float("nan")


def said_of(*lifts_deg: float, error_deg: float | None = 5.0, reason="too close to call", **reps):
    """A document, as far as the sentences read it, of reps that lift at these angles."""
    known = {"posture": "lying", "leg": "both", "verdict": "arched", "flat_to_deg": NAN}
    table = pd.DataFrame({"rep": range(1, len(lifts_deg) + 1), "back_lift_angle_deg": lifts_deg})
    table = table.assign(shake_norm=0.0, **{**known, **reps})
    shown = [{"verdict": verdict, "reason": reason} for verdict in table["verdict"]]
    return {"set": set_section(table, 1.65, error_deg, PARAMS), "reps": shown}


def control(said: dict, *keys: str) -> list:
    return [said["set"][f"point_of_control_{key}"] for key in keys]


@pytest.mark.parametrize(
    ("lifts_deg", "how"),
    [(30.0, {"leg": "near"}), (NAN, {"leg": "far", "verdict": "good", "flat_to_deg": 8.0})],
)
def test_one_leg_at_a_time_is_not_laid_beside_the_norms_of_both(lifts_deg, how):
    said = said_of(lifts_deg, **how)
    assert said["set"]["legs"] == "one"
    assert "One leg" in control_line(said)[1]
    assert not any("Krause" in line for line in control_line(said))


def test_the_point_of_control_leads_with_its_interval_beside_the_norms():
    said = said_of(30.0, 50.0, NAN, 36.0)
    assert control(said, "deg", "range_deg", "error_deg") == [36.0, [30.0, 50.0], 5.0]
    first, norms = control_line(said)
    assert "about 36 deg (26 to 50)" in first
    assert "men 15, women 37 deg" in norms


@pytest.mark.parametrize("error_deg", [5.0, 10.0, 20.0])
def test_the_margin_above_the_floor_is_never_less_than_the_instrument_s_own_error(error_deg):
    said = said_of(30.0, 40.0, error_deg=error_deg)
    deg, stop = control(said, "deg", "high_deg")
    assert stop - deg >= 1.95 * error_deg
    least_cm = 1.65 * PARAMS.cues.trunk_cm * np.sin(np.radians(min(stop, 90)))
    assert said["set"]["stop_height_cm"] >= least_cm


def test_a_rule_has_no_interval_and_a_margin_of_its_own():
    said = said_of(30.0, error_deg=None)
    assert control(said, "deg", "low_deg", "high_deg", "error_deg") == [30.0, None, None, None]
    assert said["set"]["stop_height_cm"] == 60.0  # 81 cm of leg at 45 deg


def test_a_back_that_stays_down_is_censored_there():
    said = said_of(NAN, NAN, verdict="good", flat_to_deg=12.0)
    assert control(said, "deg", "censored", "high_deg") == [None, True, 12.0]
    assert said["set"]["stop_height_cm"] is None
    assert "below 12 deg" in control_line(said)[0]


@pytest.mark.parametrize("verdict", ["arched", "cant_tell"])
def test_nothing_known_no_point_of_control(verdict):
    said = said_of(NAN, NAN, verdict=verdict)
    keys = ("deg", "low_deg", "high_deg", "censored", "range_deg", "error_deg")
    assert control(said, *keys) == [None] * 6
    assert control_line(said) == []


def test_a_back_that_is_not_seen_is_said_first_with_what_folded_arms_would_add():
    said = said_of(NAN, verdict="cant_tell", reason=f"{NOT_VISIBLE}{REASONS['arm']}")
    first, folded = control_line(said)
    assert first == f"The back is not visible: {REASONS['arm']}."
    assert "would be judged too" in folded


@pytest.mark.parametrize(
    ("good", "n", "words"),
    [(0, 2, "in any rep"), (1, 1, "in the only rep"), (3, 3, "in all 3"), (1, 2, "in 1 of 2 reps")],
)
def test_the_conclusion_says_in_how_many_reps(good, n, words):
    said = {"exercise": "lying_leg_raise", "set_over_at_rep": None, "n_good": good, "n_reps": n}
    assert words in conclusion({"set": said})


def test_figures_of_a_cue_say_whose_they_are():
    def grouped(*messages: str) -> list[tuple[str, str]]:
        first, third = ([{"code": "lowering_too_fast", "message": said}] for said in messages)
        return grouped_cues([{"rep": 1, "cues": first}, {"rep": 3, "cues": third}])

    assert grouped("in 1 s", "in 2 s") == [("1, 3 (the figures are those of rep 1)", "in 1 s")]
    assert grouped("in 1 s", "in 1 s") == [("1, 3", "in 1 s")]


@pytest.mark.parametrize(
    ("verdict", "p", "shown"),
    [
        ("arched", (0.1, 0.9, 0.1, 0.9, 0.9), [FLAT, UNSURE, FLAT, UNSURE, UNSURE]),
        ("arched", (0.9, 0.9, 0.9, 0.5, NAN), [LIFTED, LIFTED, LIFTED, UNSURE, UNSEEN]),
        ("good", (0.1, 0.9, 0.9, 0.9), [FLAT, UNSURE, UNSURE, UNSURE]),
        ("cant_tell", (0.1, 0.9, 0.9, 0.9), [UNSURE] * 4),
    ],
)
def test_a_moment_is_lifted_only_where_that_lasts_and_the_verdict_agrees(verdict, p, shown):
    edge = pd.DataFrame({"time_s": np.arange(len(p)) / 10, "rep": 1, "p_lifted": p})
    edge = edge.assign(shot_idx=0, leg_angle_deg=40.0, back_visible=1.0, height_norm=0.1)
    reps = pd.DataFrame({"rep": [1], "verdict": [verdict]})
    assert course_of(edge, reps, MODEL, PARAMS)["state"].tolist() == shown


def test_between_moments_the_last_one_holds_and_not_for_long():
    course = pd.DataFrame({"time_s": [1.0, 1.1], "state": [FLAT, LIFTED]})
    assert state_at(course, [0.9, 1.05, 1.2, 2.0]).tolist() == [UNSEEN, FLAT, LIFTED, UNSEEN]


def test_frames_that_were_passed_over_show_what_the_last_one_showed():
    frames = [SimpleNamespace(frame_idx=i) for i in range(7)]
    live = [SimpleNamespace(frame_idx=i) for i in (0, 3, 6)]
    looks = [(0, "first"), (6, "last")]
    shown = [(look, now.frame_idx) for _, look, now in _paired(frames, iter(looks), iter(live))]
    assert shown == [("first", 0)] * 3 + [(None, 3)] * 3 + [("last", 6)]


def test_the_text_leads_with_the_answer_and_fits_a_terminal(judge_figure):
    clip = Clip(Body(near_leg=Lifts(n=10).course, back=Back(rise_norm=0.08)))
    lines = verdict_text(judge_figure(clip, Path("a.mp4")).document).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 40
    first = next(i for i, line in enumerate(lines) if "Point of control" in line)
    table = next(i for i, line in enumerate(lines) if line.startswith("rep "))
    assert first < table
    assert sum("ARCHED from" in line for line in lines) == 10


def test_words_are_not_broken_and_points_hang():
    lines = wrapped(["- " + "a-word-that-goes-on " * 9])
    assert all(line.endswith("on") for line in lines)
    assert [line[:2] for line in lines] == ["- ", *["  "] * (len(lines) - 1)]


def test_how_far_to_trust_it_is_one_line_of_measured_figures():
    assert trust({}) == ""
    assert "error on simulated bodies" in trust({"error_from": "simulated bodies"})
