"""Labels that follow the legs are found out, by people."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest

from clips import ROOT
from leglift.equal_angle import over_people
from leglift.study import truth
from leglift.study.truth import COVERED_FRAC, first_label_figures, legs_auc


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr(truth, "over_people", partial(over_people, n_draws=40))


def test_labels_guessed_from_the_legs_are_found_where_the_back_is_hidden(tmp_path):
    rng = np.random.default_rng(0)
    hidden = rng.random(400) < 0.5
    legs = rng.random(400)
    arched = np.where(hidden, legs > 0.5, rng.random(400) < 0.5)
    table = pd.DataFrame(
        {
            "clip_id": "c1", "rep": 1, "person_id": rng.integers(0, 20, 400).astype(str),
            "arched": arched, "arm_cover_frac": np.where(hidden, COVERED_FRAC, 0.1),
            "p_legs_only": legs,
        }
    )  # fmt: skip
    table.to_csv(tmp_path / "first_labels.csv", index=False)
    found = first_label_figures(tmp_path)
    assert found["legs_only_auc_hidden"]["value"] == 1.0
    assert found["legs_only_auc_in_view"]["value"] == pytest.approx(0.5, abs=0.1)
    assert found["n_reps"] == 400


def test_every_rep_counts_once_and_intervals_are_over_people():
    """Nine reps of one person are right, one of another is wrong."""
    table = pd.DataFrame(
        {
            "person_id": ["a"] * 10 + ["b"] * 2,
            "arched": [True, False] * 6,
            "p_legs_only": [0.9, 0.1] * 5 + [0.1, 0.9],
        }
    )
    found = legs_auc(table)
    assert found["value"] == pytest.approx((5 * 5 + 5 * 0.5 + 5 * 0.5) / 36, abs=0.03)
    assert found["high"] == 1.0
    assert found["n_people"] == 2


def test_the_committed_figures_are_those_of_the_table():
    stored = json.loads((ROOT / "reports/metrics.json").read_text())["labels_v1"]
    again = first_label_figures(ROOT / "data")
    for name in ("legs_only_auc_hidden", "legs_only_auc_in_view"):
        assert stored[name]["value"] == pytest.approx(again[name]["value"], abs=1e-6)
