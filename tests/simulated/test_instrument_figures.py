"""What an own scale buys, on bodies that read from different heights."""

import numpy as np
import pandas as pd
import pytest

from leglift.simulated.instrument import own_scale_gain

N = 40


def bodies(zero_norm: dict[str, float], reps: int = 2) -> pd.DataFrame:
    """Bodies whose true gap is 0 or 0.05 at any leg angle, read from a zero of their own."""
    true = np.tile(np.repeat([0.0, 0.05], N // 2), reps)
    return pd.concat(
        pd.DataFrame({
            "person_id": body, "rep": np.repeat(np.arange(reps) + 1, N), "true_gap_norm": true,
            "gap_norm": zero + true, "leg_angle_deg": 20.0,
        })
        for body, zero in zero_norm.items()
    )  # fmt: skip


def test_an_own_scale_takes_away_what_bodies_differ_by():
    found = own_scale_gain(bodies({"a": 0.0, "b": 0.1, "c": 0.2}))
    assert found["with"]["value"] == 1.0
    assert found["without"]["value"] < 0.7
    assert found["with"]["n_people"] == 3


def test_the_rep_that_gives_the_scale_is_not_compared():
    table = bodies({"a": 0.0, "b": 0.1})
    assert own_scale_gain(table)["with"]["n_moments"] == pytest.approx(len(table) / 2 / 3, abs=1)


def test_a_body_that_never_shows_both_ends_has_no_scale():
    flat = bodies({"flat": 0.3}).assign(true_gap_norm=0.0)
    found = own_scale_gain(pd.concat([bodies({"a": 0.0, "b": 0.1}), flat]))
    assert found["with"]["n_people"] == 2
