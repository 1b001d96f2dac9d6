"""Nobody is judged by a curve that has seen them; cut-offs keep what they promise."""

import numpy as np
import pandas as pd
import pytest

from leglift.instrument.edge import LEVELS
from leglift.study import fit

PEOPLE = [f"P{i}" for i in range(12)]


@pytest.fixture
def rows():
    """Twelve people with ten moments; lifted backs read higher."""
    rng = np.random.default_rng(0)
    lifted = rng.random(120) < 0.4
    height = 0.03 + 0.05 * lifted + rng.normal(0, 0.015, 120)
    table = pd.DataFrame({"person_id": np.repeat(PEOPLE, 10), "lifted": lifted})
    for name in LEVELS:
        table[name], table[f"{name}_over_flat"] = height, 0.0
    return table


def test_what_the_gate_shuts_out_teaches_nothing(rows, monkeypatch):
    shut = np.arange(len(rows)) % 3 == 0
    monkeypatch.setattr(fit, "seen", lambda rows: ~rows["shut"].to_numpy())
    wrong = rows.assign(shut=shut, lifted=rows["lifted"] ^ shut)
    p = fit.left_out_seen(wrong)
    assert np.isnan(p[shut]).all()
    assert p[~shut] == pytest.approx(fit.left_out(rows[~shut].reset_index(drop=True)))


def test_a_person_s_own_label_does_not_change_what_is_said_of_them(rows):
    own = (rows["person_id"] == PEOPLE[0]).to_numpy()
    before, after = fit.left_out(rows), fit.left_out(rows.assign(lifted=rows["lifted"] ^ own))
    assert before[own] == pytest.approx(after[own])
    assert not np.allclose(before[~own], after[~own])


def test_people_and_states_weigh_alike(rows):
    """A person shown ten times over, and a state seen ten times over, move nothing much."""
    curve = fit.fit_curve(rows)
    heavy = pd.concat([rows, *[rows[rows["person_id"] == PEOPLE[3]]] * 9], ignore_index=True)
    assert curve.coef_[0, 0] > 0
    assert fit.fit_curve(heavy).coef_[0, 0] == pytest.approx(curve.coef_[0, 0], rel=0.05)
    middle = -curve.intercept_[0] / curve.coef_[0, 0]
    assert middle == pytest.approx(0.055, abs=0.01)


def test_lifted_is_known_from_flat_and_cut_offs_keep_their_share(rows):
    p, up, people = fit.left_out(rows), rows["lifted"].to_numpy(), rows["person_id"]
    assert p[up].mean() > 0.7
    assert p[~up].mean() < 0.3
    for share in (0.05, 0.15, 0.5):
        cut = fit.alarm_cutoff(p, up, people, share)
        assert (p[~up] >= cut).mean() <= share + 0.02
    assert (p[up] < fit.miss_cutoff(p, up, people)).mean() <= fit.MISSES + 0.02
    assert fit.alarm_cutoff(np.ones(2), np.array([False, False]), pd.Series(["a", "b"]), 0.1) == 1.0


def test_moments_on_which_describers_disagree_are_left_out():
    edge = pd.DataFrame({"clip_id": "c1", "time_s": np.arange(0, 4, 0.1)})
    said = pd.DataFrame({"clip_id": ["c1", "c1", "c2"], "visible_s": ["0-2", "0-1;3-3.5", "0-9"]})
    found = fit.gate_moments(pd.concat([edge, edge.assign(clip_id="c2")]), said)
    assert set(found["clip_id"]) == {"c1"}
    assert found.loc[found["visible"], "time_s"].max() <= 1.0
    assert found.loc[~found["visible"], "time_s"].min() > 2.0
