"""Sentences and figures follow the measured numbers, whatever these are."""

from __future__ import annotations

import copy
import json
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest

from clips import ROOT
from leglift.study import figures_instrument as figures
from leglift.study import words_instrument as words

mpl.use("agg")


@pytest.fixture
def found() -> dict[str, Any]:
    """Return the committed figures, to be changed at will."""
    return copy.deepcopy(json.loads((ROOT / "reports" / "instrument.json").read_text()))


def test_targets_are_called_reached_or_missed_by_the_numbers(found: dict[str, Any]) -> None:
    reps = found["scopes"][words.GOAL_SCOPE]["reps"]
    reps |= {"rise_mae_deg": 4.5, "control_mae_deg": 5.0}
    reps["auc"] = {"value": 0.98, "low": 0.9, "high": 1.0}
    said = words.goals(found)
    assert "4.5 deg (asked for: 3, missed by 1.5)" in said
    assert "0.98 (0.90 to 1.00) (asked for: 0.97, reached)" in said
    assert "off by 5.0 deg (asked for: 6, reached)" in said


def test_a_hidden_waist_is_said_to_cost_only_where_it_does(found: dict[str, Any]) -> None:
    scopes = found["scopes"]
    scopes["side, fitted, waist free"]["reps"]["auc"]["value"] = 0.95
    scopes["side, fitted, waist hidden"]["reps"]["auc"]["value"] = 0.70
    assert "A hidden waist costs" in words.why(found)
    scopes["side, fitted, waist hidden"]["reps"]["auc"]["value"] = 0.94
    assert "A hidden waist is not what costs" in words.why(found)


def test_the_smallest_arch_is_seen_from_there_on(found: dict[str, Any]) -> None:
    shares = (0.05, 0.6, 0.4, 0.7, 0.9)  # a lucky bin before does not count
    found["detection"] = [
        {"waist": "all", "from_deg": 4.0 * i, "called_frac": share}
        for i, share in enumerate(shares)
    ]
    assert "half from 12 deg, four in five from 16 deg" in words.smallest(found)


def test_poor_conditions_are_named(found: dict[str, Any]) -> None:
    for row in found["conditions"]:
        row["auc"] = {"value": 0.9, "low": 0.8, "high": 1.0}
    assert "none" in words.unclear(found)
    found["conditions"][1]["auc"]["value"] = 0.6
    assert f"{found['conditions'][1]['condition']} " in words.unclear(found)


def test_a_tilt_that_is_read_too_small_is_admitted(found: dict[str, Any]) -> None:
    tilts = next(iter(found["real"].values()))["summary"]["change"]
    tilts |= {"low_deg": 0.0, "high_deg": 2.0}
    assert "too small" in words.real(found)
    tilts["high_deg"] = 12.0
    assert "too small" not in words.real(found)


def test_every_scope_has_a_column(found: dict[str, Any]) -> None:
    assert list(words.goal_table(found).columns) == list(found["scopes"])


def test_figures_hold_what_they_are_given(found: dict[str, Any]) -> None:
    conditions = figures.conditions(found["conditions"])
    assert len(conditions.axes) == 2 * len({row["condition"] for row in found["conditions"]})
    lines = figures.detection(found["detection"]).axes[0].get_lines()
    waists = pd.DataFrame(found["detection"])["waist"].nunique()
    assert len(lines) == waists + 1  # and the false alarms
    assert len(figures.real(found["real"]).axes) == 2 * len(found["real"])
