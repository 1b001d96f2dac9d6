from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from leglift.labelling.reps import rep_labels


def rep(*moments: tuple[str, float, str]) -> pd.DataFrame:
    """Moments of one rep: phase, leg angle, what is known of the back ("" is not visible)."""
    return pd.DataFrame(
        [
            {
                "clip_id": "c1", "rep": 1, "phase": phase, "time_s": float(i),
                "leg_angle_deg": angle, "visible": lifted != "", "lifted": lifted or "unknown",
            }
            for i, (phase, angle, lifted) in enumerate(moments)
        ]
    )  # fmt: skip


def label(*moments: tuple[str, float, str]) -> pd.Series:
    return rep_labels(rep(*moments)).iloc[0]


def test_a_rep_is_arched_when_any_moment_is_lifted() -> None:
    found = label(("top", 90, "no"), ("lowering", 45, "no"), ("lowering", 30, "yes"))
    assert found["label"] == "arched"
    assert (found["flat_deg"], found["lifted_deg"]) == (45, 30)


def test_a_rep_seen_flat_to_the_bottom_is_good_and_censored() -> None:
    found = label(("top", 90, "no"), ("lowering", 45, "no"), ("lowest", 10, "no"))
    assert found["label"] == "good"
    assert found["flat_deg"] == 10
    assert np.isnan(found["lifted_deg"])


@pytest.mark.parametrize(
    "moments",
    [
        [("top", 90, "no"), ("lowering", 60, "no"), ("lowering", 45, "no"), ("lowest", 10, "")],
        [("top", 90, "no"), ("lowering", 45, "unknown"), ("lowest", 10, "no")],
        [("top", 90, ""), ("lowering", 45, ""), ("lowest", 10, "")],
        [("top", 90, "no"), ("lowest", 10, "no")],
    ],
    ids=["not seen low", "one unknown", "never seen", "one moment on the way down"],
)
def test_what_was_not_seen_to_stay_down_is_not_good(moments: list) -> None:
    assert label(*moments)["label"] == "cant_tell"


def test_a_back_lifted_from_the_top_has_no_flat_angle() -> None:
    assert label(("top", 90, "yes"), ("lowest", 10, "yes"))["flat_deg"] == np.inf
