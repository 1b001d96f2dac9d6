"""Sentences follow the figures: other figures, other words."""

from __future__ import annotations

import copy
import json
from typing import Any

import pandas as pd
import pytest

from clips import ROOT
from leglift.study import words


@pytest.fixture
def metrics() -> dict[str, Any]:
    return json.loads((ROOT / "reports" / "metrics.json").read_text(encoding="utf-8"))


def between(low: float, value: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        (between(0.02, 0.1, 0.2), "the model clearly does better"),
        (between(-0.3, -0.2, -0.1), "the legs clearly do better"),
        (between(-0.1, 0.1, 0.3), "the model comes out ahead, but not beyond chance"),
        (between(-0.3, -0.1, 0.1), "the legs come out ahead, but not beyond chance"),
    ],
)
def test_legs_or_back(metrics: dict[str, Any], difference: dict[str, float], said: str) -> None:
    metrics["model"]["all"]["auc_over_legs_only"] = difference
    assert said in words.legs(metrics)


@pytest.mark.parametrize(
    ("value", "said"), [(0.7, "about as well as"), (0.5, "less well than"), (0.9, "better than")]
)
def test_simulated(metrics: dict[str, Any], value: float, said: str) -> None:
    methods = metrics["model"]["all"]["methods"]
    methods["both"]["auc"] = between(0.6, 0.7, 0.8)
    methods["simulated"]["auc"] = between(value - 0.1, value, value + 0.1)
    assert said in words.simulated(metrics)


@pytest.mark.parametrize(("value", "said"), [(0.3, "below"), (0.99, "above")])
def test_raters_are_the_ceiling(metrics: dict[str, Any], value: float, said: str) -> None:
    metrics["model"]["all"]["methods"]["both"]["balanced_accuracy"] = between(0.2, value, 1)
    assert f"is {said} it" in words.raters(metrics)


def test_few_good_reps_do_not_bind(metrics: dict[str, Any]) -> None:
    raises = metrics["model"]["headline"]["methods"]["both"]
    raises |= {"n_reps": 30, "n_arched": 26, "n_people_good": 3}
    assert "does not bind" in words.headline(metrics)
    raises |= {"n_reps": 90, "n_arched": 45}
    assert "does not bind" not in words.headline(metrics)


def test_an_angle_worse_than_a_guess_is_not_to_be_relied_on(metrics: dict[str, Any]) -> None:
    found = metrics["model"]["onset"]
    found["usual"]["median_error_deg"] = between(9, 15, 20)
    for error, said in ((28, "not to be relied on"), (8, "better than a guess")):
        found["model"]["median_error_deg"] = between(error, error, error)
        assert said in words.onset(metrics)


def test_chance(metrics: dict[str, Any]) -> None:
    scope = metrics["model"]["all"]
    scope |= {"permutation_p": 0.001, "permutation_p_within": 0.3}
    assert "is not shown to be more than chance" in words.beyond_chance(metrics)
    scope["permutation_p_within"] = 0.01
    assert "is more than chance" in words.beyond_chance(metrics)


def test_figures_that_could_not_be_computed_are_said_so(metrics: dict[str, Any]) -> None:
    none = {"value": None, "low": None, "high": None}
    changed = copy.deepcopy(metrics)
    changed["model"]["all"]["auc_over_legs_only"] = none
    changed["model"]["onset"]["model"]["median_error_deg"] = none
    assert "too few to compare" in words.legs(changed)
    assert "could not be compared" in words.onset(changed)


def test_blame_names_what_goes_with_failures() -> None:
    table = pd.DataFrame(
        {"with_n": 10, "with_failed": [8, 1], "without_n": 10, "without_failed": [2, 2]},
        index=["loose clothing", "arm hides the back"],
    )
    said = words.blame(table)
    assert "clearly more frequent with loose clothing" in said
    assert "not more frequent with arm hides the back" in said


@pytest.mark.parametrize(
    ("last", "said"), [(0.8, "still rises"), (0.705, "is flat"), (0.6, "does not rise")]
)
def test_the_learning_curve(last: float, said: str) -> None:
    rows = [
        {"trained_on": "people and simulated", "n_people": n, "auc": a}
        for n, a in ((8, 0.6), (16, 0.7), (26, last))
    ]
    assert said in words.more_people({"learning_curve": rows})
