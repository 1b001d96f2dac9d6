"""Trend, change and rest days, and how they are told."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from histories import MONDAY, PLAN, a_document, add, kept
from leglift.verdict.history.summary import (
    change_lines,
    control_trend_deg_a_week,
    history_document,
    history_text,
    session_lines,
)


def trend(days: list[int], control: list[float | None]) -> float | None:
    done_on = [MONDAY + timedelta(days=d) for d in days]
    sets = pd.DataFrame({"done_on": done_on, "point_of_control_deg": np.array(control, float)})
    return control_trend_deg_a_week(sets, PLAN)


def test_trend_is_degrees_a_week_and_not_turned_by_one_odd_set():
    assert trend([0, 7, 14, 21], [50, 48, 46, 44]) == pytest.approx(-2.0)
    assert trend([0, 7, 14, 21, 28], [50, 48, 90, 44, 42]) == pytest.approx(-2.0, abs=0.5)


@pytest.mark.parametrize(
    ("days", "control"),
    [
        ([0, 14], [50, 40]),
        ([0, 1, 2], [50, 45, 40]),
        ([0, 0, 0], [50, 45, 40]),
        ([0, 7, 14], [50, None, 40]),
        ([], []),
    ],
    ids=["two sets", "half a week", "one day", "one unknown", "none"],
)
def test_too_little_for_a_trend(days, control):
    assert trend(days, control) is None


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([0, 2, 4], ["3 sessions, as planned"]),
        ([0, 2, 4, 6], ["4 sessions, as planned"]),
        ([0, 3], ["2 sessions, fewer than 3 to 4"]),
        ([0], ["1 session, fewer"]),
        ([0, 1, 3], ["as planned", "no rest day between"]),
        ([0, 1, 2, 3, 4], ["5 sessions, more than", *["no rest day"] * 4]),
        ([0, 1, 20, 22, 24], ["as planned"]),
        ([], []),
    ],
    ids=["three", "four", "two", "one", "no rest", "every day", "long ago", "none"],
)
def test_sessions_of_the_last_week_against_the_plan(days, words):
    lines = session_lines([MONDAY + timedelta(days=d) for d in days], PLAN)
    for line, word in zip(lines, words, strict=True):
        assert word in line


def test_what_is_shown(db):
    for i, (day, control) in enumerate([(0, 50.0), (7, 45.0), (9, None), (14, 40.0)]):
        document = a_document(i, control)
        if control is None:
            below = {"point_of_control_high_deg": 12.0, "point_of_control_censored": True}
            document["set"] |= below
        add(db, MONDAY + timedelta(days=day), document)
    said = history_document("Ada", kept(db), PLAN)
    assert (said["n_sets"], said["n_sessions"]) == (4, 4)
    assert said["control_trend_deg_a_week"] == -5.0
    assert said["sets"][2]["point_of_control_deg"] is None
    text = history_text(said)
    for words in ("4 sets in 4 sessions", "goes down by about 5.0 deg a week", "2026-03-16"):
        assert words in text
    assert "50 (40 to 60)" in text
    assert "below 12" in text


@pytest.mark.parametrize(
    ("last", "error_deg", "words"),
    [
        (40.0, 5.0, ["within what measuring alone can make it, 14 deg"]),
        (30.0, 5.0, ["better, by more than measuring alone can make it, 14 deg"]),
        (70.0, 5.0, ["worse, by more than measuring alone can make it, 14 deg"]),
        (20.0, None, []),  # of a rule
    ],
)
def test_a_change_is_held_against_the_measurement_s_own_error(db, last, error_deg, words):
    """Error 5 deg: the smallest detectable change is 1.96 x 1.41 x 5 = 14 deg."""
    add(db, MONDAY, a_document(1, 50.0))
    assert change_lines(kept(db)) == []  # of one set no change is told
    document = a_document(2, last)
    document["set"]["point_of_control_error_deg"] = error_deg
    add(db, MONDAY + timedelta(days=7), document)
    for line, word in zip(change_lines(kept(db)), words, strict=True):
        assert word in line
