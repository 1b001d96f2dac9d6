"""What is said and shown of a set when a trained model judged it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from factories import Back, Body, Clip, Lifts
from leglift.instrument.back import EdgeBack
from leglift.instrument.gate import REASONS
from leglift.instrument.lifted import EdgeModel
from leglift.params import load_params
from leglift.verdict.course import FLAT, LIFTED, UNSEEN, UNSURE, course_of, state_at
from leglift.verdict.drawing.annotate import _paired
from leglift.verdict.judge import set_section
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


# --- the point of control ------------------------------------------------------------------------


def judged_reps(
    *lifts_deg: float, verdict: str = "arched", flat_deg: float = NAN, leg: str = "both"
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rep": range(1, len(lifts_deg) + 1),
            "posture": "lying",
            "leg": leg,
            "verdict": verdict,
            "back_lift_angle_deg": lifts_deg,
            "flat_to_deg": flat_deg,
            "shake_norm": 0.0,
        }
    )


def said_of(reps: pd.DataFrame, error_deg: float | None = 5.0, reason: str = "") -> dict:
    """A document as far as the sentences read it."""
    shown = [
        {"verdict": verdict, "reason": reason or "too close to call"} for verdict in reps["verdict"]
    ]
    return {"set": set_section(reps, 1.65, error_deg, PARAMS), "reps": shown}


def test_one_leg_at_a_time_is_not_laid_beside_the_norms_of_both():
    for reps in (
        judged_reps(30.0, leg="near"),
        judged_reps(NAN, verdict="good", flat_deg=8.0, leg="far"),
    ):
        said = said_of(reps)
        assert said["set"]["legs"] == "one"
        assert "One leg" in control_line(said)[1]
        assert not any("Krause" in line for line in control_line(said))


def test_the_point_of_control_leads_with_its_interval_beside_the_norms():
    said = said_of(judged_reps(30.0, 50.0, NAN, 36.0))
    assert said["set"]["point_of_control_deg"] == 36.0
    assert said["set"]["point_of_control_range_deg"] == [30.0, 50.0]
    assert said["set"]["point_of_control_error_deg"] == 5.0
    first, norms = control_line(said)
    assert "about 36 deg (26 to 50)" in first
    assert "men 15, women 37 deg" in norms


@pytest.mark.parametrize("error_deg", [5.0, 10.0, 20.0])
def test_the_margin_above_the_floor_is_never_less_than_the_instrument_s_own_error(error_deg):
    said = set_section(judged_reps(30.0, 40.0), 1.65, error_deg, PARAMS)
    stop = said["point_of_control_high_deg"]
    assert stop - said["point_of_control_deg"] >= 1.95 * error_deg
    assert said["stop_height_cm"] >= 1.65 * PARAMS.cues.trunk_cm * np.sin(np.radians(min(stop, 90)))


def test_a_rule_has_no_interval_and_a_margin_of_its_own():
    said = set_section(judged_reps(30.0), 1.65, None, PARAMS)
    assert said["point_of_control_deg"] == 30.0
    for key in ("low_deg", "high_deg", "error_deg"):
        assert said[f"point_of_control_{key}"] is None
    assert said["stop_height_cm"] == 60.0  # 81 cm of leg at 45 deg


def test_a_back_that_stays_down_is_censored_there():
    said = said_of(judged_reps(NAN, NAN, verdict="good", flat_deg=12.0))
    assert said["set"]["point_of_control_deg"] is None
    assert said["set"]["point_of_control_censored"] is True
    assert said["set"]["point_of_control_high_deg"] == 12.0
    assert said["set"]["stop_height_cm"] is None
    assert "below 12 deg" in control_line(said)[0]


@pytest.mark.parametrize("verdict", ["arched", "cant_tell"])
def test_nothing_known_no_point_of_control(verdict):
    said = said_of(judged_reps(NAN, NAN, verdict=verdict))
    for key in ("deg", "low_deg", "high_deg", "censored", "range_deg", "error_deg"):
        assert said["set"][f"point_of_control_{key}"] is None
    assert control_line(said) == []


def test_a_back_that_is_not_seen_is_said_first_with_what_folded_arms_would_add():
    hidden = f"{NOT_VISIBLE}{REASONS['arm']}"
    first, folded = control_line(said_of(judged_reps(NAN, verdict="cant_tell"), reason=hidden))
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
    def rep(number, message):
        return {"rep": number, "cues": [{"code": "lowering_too_fast", "message": message}]}

    assert grouped_cues([rep(1, "in 1 s"), rep(3, "in 2 s")]) == [
        ("1, 3 (the figures are those of rep 1)", "in 1 s")
    ]
    assert grouped_cues([rep(1, "in 1 s"), rep(3, "in 1 s")]) == [("1, 3", "in 1 s")]


# --- when the back is shown as off the floor ------------------------------------------------------

MODEL = EdgeBack(
    {"id": "m", "flat_at": 0.2}, "0" * 64, EdgeModel(0.05, 40.0, 0.8, 5.0), PARAMS.gate
)


def states(verdict: str, *p: float) -> list[str]:
    edge = pd.DataFrame({"time_s": np.arange(len(p)) / 10, "rep": 1, "p_lifted": p})
    edge = edge.assign(shot_idx=0, leg_angle_deg=40.0, back_visible=1.0, height_norm=0.1)
    reps = pd.DataFrame({"rep": [1], "verdict": [verdict]})
    return course_of(edge, reps, MODEL, PARAMS)["state"].tolist()


def test_a_moment_is_lifted_only_where_that_lasts():
    p = (0.1, 0.9, 0.1, 0.9, 0.9, 0.9, 0.5, NAN)
    assert states("arched", *p) == [
        FLAT, UNSURE, FLAT, LIFTED, LIFTED, LIFTED, UNSURE, UNSEEN,
    ]  # fmt: skip


def test_what_is_shown_does_not_contradict_the_verdict():
    assert states("good", 0.1, 0.9, 0.9, 0.9) == [FLAT, UNSURE, UNSURE, UNSURE]
    assert states("cant_tell", 0.1, 0.9, 0.9, 0.9) == [UNSURE] * 4


def test_between_moments_the_last_one_holds_and_not_for_long():
    course = pd.DataFrame({"time_s": [1.0, 1.1], "state": [FLAT, LIFTED]})
    assert state_at(course, [0.9, 1.05, 1.2, 2.0]).tolist() == [UNSEEN, FLAT, LIFTED, UNSEEN]


def test_frames_that_were_passed_over_show_what_the_last_one_showed():
    frames = [SimpleNamespace(frame_idx=i) for i in range(7)]
    live = [SimpleNamespace(frame_idx=i) for i in (0, 3, 6)]
    looks = [(0, "first"), (6, "last")]
    shown = [(look, now.frame_idx) for _, look, now in _paired(frames, iter(looks), iter(live))]
    assert shown == [("first", 0)] * 3 + [(None, 3)] * 3 + [("last", 6)]


# --- the text ------------------------------------------------------------------------------------


def test_the_text_leads_with_the_answer_and_fits_a_terminal(judge_figure):
    clip = Clip(Body(near_leg=Lifts(n=10).course, back=Back(rise_norm=0.08)))
    seen = judge_figure(clip, Path("a.mp4"))
    lines = verdict_text(seen.document).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 40
    first = next(i for i, line in enumerate(lines) if "Point of control" in line)
    table = next(i for i, line in enumerate(lines) if line.startswith("rep "))
    assert first < table
    assert sum("ARCHED from" in line for line in lines) == 10


def test_words_are_not_broken_and_points_hang():
    long = "- " + "a-word-that-goes-on " * 9
    lines = wrapped([long])
    assert all(line.endswith("on") for line in lines)
    assert [line[:2] for line in lines] == ["- ", *["  "] * (len(lines) - 1)]


def test_how_far_to_trust_it_is_one_line_of_measured_figures():
    error = {"value": 6.4, "low": 4.0, "high": 9.0, "n_people": 9}
    said = trust({"metrics": {"test": {"point_of_control_error_deg": error}}})
    assert "on 9 people" in said
    assert "less than 6 deg" in said
    assert trust({}) == trust({"metrics": {}}) == ""
    assert "error on simulated bodies" in trust({"error_from": "simulated bodies"})
