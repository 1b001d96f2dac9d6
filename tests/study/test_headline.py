"""Figures by how much of the back describers see."""

import numpy as np
import pandas as pd

from leglift.study import headline


def test_each_kind_of_clip_is_judged_by_itself(monkeypatch):
    monkeypatch.setattr(headline, "seen", lambda rows: ~rows["shut"].to_numpy())
    rows = pd.DataFrame(
        {
            "clip_id": ["a", "a", "b", "b", "c", "a"],
            "person_id": ["P1", "P2", "P1", "P2", "P3", "P3"],
            "exercise": "dead_bug", "leg_angle_deg": 10.0,
            "lifted": [True, False, True, False, False, False],
            "shut": [False, False, False, False, False, True],
            "p": [0.9, 0.1, 0.2, 0.8, 0.5, np.nan],
        }
    )  # fmt: skip
    by_eye = pd.Series({"a": "all", "b": "part", "c": "none"})
    found = headline.visibility_figures(rows, 0.6, by_eye)
    assert set(found) == {"all", "part"}  # of c only one state is known
    assert found["all"]["auc_equal_leg_angle"]["value"] == 1.0
    assert found["part"]["auc_equal_leg_angle"]["value"] == 0.0
    assert found["all"]["auc"]["n_moments"] == 2
