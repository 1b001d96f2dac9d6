"""A failure's cause is named by rule, and none is lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clips import ROOT
from leglift.params import load_params
from leglift.study.failures import (
    CAUSES,
    blame,
    cause_counts,
    circumstances,
    deciding_times,
    gap_jitter,
    named_cause,
    outcome_of,
    raters_said,
    verdict_of,
)
from leglift.study.results import read_verdicts

PARAMS = load_params()
CLEAR = {
    "n_good": 3, "n_arched": 0, "off_axis_deg": 5.0, "gap_jitter_norm": 0.002, "outline_frac": 1.0,
    "trunk_px": 200.0, "clothing": "fitted", "arm_cover_frac": 0.0, "gap_rise_norm": 0.01,
    "p_arched": 0.9, "threshold": 0.5, "unsure_from": 0.45, "unsure_to": 0.55, "label": "good",
}  # fmt: skip


def reps(*changes: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([CLEAR | change for change in changes])


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({}, "model error"),
        ({"n_good": 2, "n_arched": 1}, "label doubt"),
        ({"off_axis_deg": 30.0}, "camera off-axis"),
        ({"gap_jitter_norm": 0.05}, "mask error"),
        ({"outline_frac": 0.3}, "mask error"),
        ({"trunk_px": 80.0}, "small in the picture"),
        ({"clothing": "loose"}, "loose clothing"),
        ({"arm_cover_frac": 1.0}, "arm hides the back"),
        ({"gap_jitter_norm": np.nan}, "model error"),
        ({"clothing": "loose", "arm_cover_frac": 1.0, "off_axis_deg": 30.0}, "camera off-axis"),
    ],
)
def test_the_first_circumstance_that_applies_is_the_cause(
    change: dict[str, object], cause: str
) -> None:
    assert named_cause(circumstances(reps(change), PARAMS)).tolist() == [cause]


def test_every_cause_but_the_last_is_a_circumstance() -> None:
    assert [*circumstances(reps({}), PARAMS), "model error"] == list(CAUSES)


@pytest.mark.parametrize(
    ("change", "verdict", "outcome"),
    [
        ({}, "arched", "false alarm"),
        ({"p_arched": 0.1}, "good", "right"),
        ({"p_arched": 0.1, "label": "arched"}, "good", "missed arch"),
        ({"label": "arched"}, "arched", "right"),
        ({"p_arched": 0.52}, "cant_tell", "too close to call"),
        ({"off_axis_deg": 50.0}, "cant_tell", "not judged"),
        ({"trunk_px": 20.0}, "cant_tell", "not judged"),
        ({"arm_cover_frac": 1.0}, "arched", "false alarm"),
    ],
)
def test_verdict_and_outcome(change: dict[str, object], verdict: str, outcome: str) -> None:
    table = reps(change)
    table = table.assign(verdict=verdict_of(table, PARAMS))
    assert table["verdict"].tolist() == [verdict]
    assert outcome_of(table, PARAMS).tolist() == [outcome]


def moments(**columns: list[float]) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"clip_id": "c", "rep": 1, "time_s": np.arange(n) / 10, **columns})


def test_the_deciding_moment_is_held_and_not_a_spike() -> None:
    tilt = [0.0, 0, 30, 0, 0, 8, 9, 8, 0, 0]
    assert deciding_times(moments(tilt_deg=tilt)).tolist() == [0.6]


def test_a_rep_of_two_moments_has_a_deciding_one() -> None:
    assert deciding_times(moments(tilt_deg=[1.0, 5.0])).tolist() == [0.1]


def test_jitter_is_what_leaves_the_course() -> None:
    slow = list(np.linspace(0, 0.05, 30))
    rng = np.random.default_rng(1)
    assert gap_jitter(moments(gap_norm=slow)).item() == pytest.approx(0, abs=1e-12)
    noisy = list(np.array(slow) + rng.normal(0, 0.02, 30))
    assert gap_jitter(moments(gap_norm=noisy)).item() == pytest.approx(0.02, rel=0.5)


def test_raters_are_quoted_with_their_reasons() -> None:
    ratings = pd.DataFrame(
        {
            "clip_id": "c",
            "rep": 1,
            "rater": ["b", "a", "c"],
            "label": ["cant_tell", "arched", "cant_tell"],
            "cant_tell_reason": ["arm;out_of_frame", None, None],
        }
    )
    assert raters_said(ratings).tolist() == [
        "arched, can't tell (arm and out of frame), can't tell"
    ]


# --- the stored table -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored() -> pd.DataFrame:
    return read_verdicts(ROOT / "reports" / "verdicts.csv")


def test_every_failure_has_a_cause_and_nothing_else_has(stored: pd.DataFrame) -> None:
    assert ((stored["cause"] != "") == (stored["outcome"] != "right")).all()
    assert set(stored["cause"]) - {""} <= set(CAUSES)


def test_the_stored_rules_are_these_rules(stored: pd.DataFrame) -> None:
    failed = stored[stored["outcome"] != "right"]
    found = named_cause(circumstances(failed, PARAMS))
    assert found.tolist() == failed["cause"].tolist()
    assert verdict_of(stored, PARAMS).tolist() == stored["verdict"].tolist()


def test_counts_lose_nobody(stored: pd.DataFrame) -> None:
    counts = cause_counts(stored)
    n_failed = (stored["outcome"] != "right").sum()
    assert list(counts.index) == list(CAUSES)
    assert counts["reps"].sum() == n_failed
    table = blame(stored, PARAMS)
    assert (table["with_n"] + table["without_n"] == len(stored)).all()
    assert (table["with_failed"] + table["without_failed"] == n_failed).all()
