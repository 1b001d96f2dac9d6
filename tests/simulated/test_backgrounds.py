"""The same bodies before drawn rooms and before photographs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from leglift.errors import UsageError
from leglift.params import load_params
from leglift.simulated.backgrounds import background_figures, run_backgrounds


@pytest.fixture
def table() -> pd.DataFrame:
    """Ten bodies; a drawn room tells lifted from flat, a photograph half of the time."""
    rng = np.random.default_rng(3)
    n = 600
    lifted = rng.random(n) < 0.5
    people = np.repeat([f"b{i}" for i in range(10)], n // 10)
    return pd.DataFrame(
        {
            "clip_id": people, "person_id": people, "time_s": np.arange(n) / 10,
            "leg_angle_deg": rng.uniform(0, 90, n),
            "true_gap_norm": np.where(lifted, 0.04, 0.0),
            "drawn_norm": np.where(lifted, 0.05, 0.01) + rng.normal(0, 1e-4, n),
            "photo_norm": rng.normal(0, 1.0, n),
        }
    )  # fmt: skip


def test_what_a_background_costs_is_paired_over_bodies(tmp_path, table):
    (tmp_path / "synthetic").mkdir()
    table.loc[:59, "photo_norm"] = np.nan
    table.to_parquet(tmp_path / "synthetic" / "backgrounds.parquet")
    figures = background_figures(tmp_path)
    assert figures["drawn"]["value"] == 1.0
    assert 0.3 < figures["photo"]["value"] < 0.7
    gap = figures["photo"]["value"] - figures["drawn"]["value"]
    assert figures["difference"]["value"] == pytest.approx(gap)
    assert figures["difference"]["high"] < 0
    assert figures["difference"]["n_people"] == 9
    assert figures["read_frac"] == {"drawn_norm": 1.0, "photo_norm": 0.9}


def test_runs_without_a_set_in_common_are_refused(tmp_path) -> None:
    with pytest.raises(UsageError, match="render both with the same seed"):
        run_backgrounds(tmp_path, tmp_path, tmp_path / "out.parquet", load_params())
