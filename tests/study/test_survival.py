"""Time to event over the leg's way down: what is known, what is said, and who is nearer."""

import numpy as np
import pandas as pd
import pytest

from leglift.study.survival import (
    ANGLES_DEG,
    NORMS_DEG,
    before_of,
    concordance,
    integrated_brier,
    known_flat,
    still_flat,
    time_to_event_figures,
)

NAN = float("nan")
BEFORE = (25.0, 20.0)


def at(curve: np.ndarray, deg: float) -> float:
    return float(curve[deg == ANGLES_DEG][0])


def test_raters_say_nothing_between_flat_and_lifted_nor_below_a_back_that_stayed():
    between = known_flat(45.0, 30.0)
    assert (at(between, 60.0), at(between, 45.0), at(between, 30.0)) == (1.0, 1.0, 0.0)
    assert np.isnan(at(between, 40.0))
    stayed = known_flat(10.0, NAN)
    assert at(stayed, 10.0) == 1.0
    assert np.isnan(at(stayed, 5.0))
    assert np.nansum(known_flat(np.inf, 30.0)) == 0.0


def test_a_point_makes_a_curve_about_itself_and_a_back_that_stayed_one_below():
    about = still_flat(40.0, 40.0, 10.0, BEFORE)
    assert at(about, 40.0) == pytest.approx(0.5)
    assert at(about, 60.0) > 0.97
    assert at(about, 20.0) < 0.03
    below = still_flat(NAN, 20.0, 10.0, BEFORE)
    assert at(below, 20.0) == at(below, 60.0) == 1.0
    assert at(below, 5.0) > at(still_flat(NAN, NAN, 10.0, BEFORE), 5.0)


def test_the_score_is_nothing_for_who_knows_and_a_quarter_for_who_does_not():
    truth = known_flat(45.0, 30.0)
    assert integrated_brier(np.nan_to_num(truth), truth) == 0.0
    assert integrated_brier(np.full(len(truth), 0.5), truth) == 0.25
    assert np.isnan(integrated_brier(truth, known_flat(np.inf, NAN)))


@pytest.fixture
def reps():
    """Six people; three lift at 50, 40 and 30 deg, three stay down, and all is said as it is."""
    lifts = np.array([50.0, 40.0, 30.0, NAN, NAN, NAN])
    flat = np.where(np.isfinite(lifts), lifts + 5, 8.0)
    return pd.DataFrame(
        {
            "person_id": list("ABCDEF"), "lifted_deg": lifts - 5, "flat_deg": flat,
            "said_at_deg": lifts, "said_flat_deg": flat,
        }
    )  # fmt: skip


@pytest.mark.parametrize("way", [1, -1], ids=["right", "the wrong way round"])
def test_only_who_says_it_right_is_better_than_everybody_s_mean(reps, way):
    said = reps.assign(said_at_deg=reps["said_at_deg"].to_numpy()[::way])
    found = time_to_event_figures(said, 5.0)
    score, mean = (
        found["integrated_brier"][who]["value"] for who in ("instrument", "population_curve")
    )
    assert (score < 0.05 < mean) if way == 1 else (score > mean)
    assert (found["concordance"]["value"] == 1.0) == (way == 1)
    assert (found["n_reps"], found["n_lifted"]) == (6, 3)


def test_what_is_known_before_knows_nobody_s_own_answer(reps):
    turned = reps.assign(flat_deg=reps["flat_deg"].mask(reps["person_id"] == "A", 90.0))
    assert before_of(reps, "A") == before_of(turned, "A")
    assert before_of(reps, "B") != before_of(turned, "B")
    assert before_of(reps.iloc[:3], "A") == NORMS_DEG


def test_only_pairs_that_are_sure_are_compared():
    scores = pd.DataFrame(
        {
            "person_id": ["A", "B", "C"], "lifted_deg": [50.0, NAN, NAN],
            "flat_deg": [60.0, 20.0, 55.0], "said_deg": [50.0, 10.0, 90.0],
        }
    )  # fmt: skip
    assert concordance(scores, np.ones(3)) == 1.0
    assert np.isnan(concordance(scores.iloc[1:].reset_index(drop=True), np.ones(2)))
    assert time_to_event_figures(pd.DataFrame(columns=["person_id"]), 5.0) == {}
