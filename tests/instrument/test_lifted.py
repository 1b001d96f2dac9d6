"""The height is a plain sum, its curve two numbers."""

import numpy as np
import pandas as pd
import pytest

from factories import CLEAR
from leglift.instrument.lifted import EdgeModel, edge_height, scaled, steady

MODEL = EdgeModel(middle_norm=0.05, slope=40.0, lifted_at=0.6, error_sd_deg=10.0)
NAN = float("nan")
SURE = 1 / (1 + np.exp(-2))
"""What is said 0.05 over the middle."""


def moment(gap: float, mean: float, edge: float, over: float = 0.0, **more: float) -> dict:
    levels = {"gap_norm": gap, "gap_mean_norm": mean, "edge_norm": edge}
    over_flat = {"gap_norm_over_flat": over, "gap_mean_norm_over_flat": over}
    return {**CLEAR, **levels, **over_flat, **more}


def test_the_height_is_the_mean_of_three_readings_and_half_the_rise():
    readings = [(0.06, 0.03, 0.0), (0.06, 0.03, 0.0, 0.02), (0.06, 0.03, NAN), (NAN, NAN, NAN, NAN)]
    heights = edge_height(pd.DataFrame([moment(*reading) for reading in readings]))
    assert heights == pytest.approx([0.03, 0.04, 0.045, NAN], nan_ok=True)


def test_one_bad_outline_makes_no_arch():
    values = pd.Series([0.01, 0.2, 0.01, 0.01, np.nan, 0.3], index=[3, 4, 5, 6, 7, 8])
    shots = pd.Series([0, 0, 0, 0, 0, 1], index=values.index)
    calm = [0.105, 0.01, 0.01, 0.01, NAN, 0.3]
    assert steady(values, shots).tolist() == pytest.approx(calm, nan_ok=True)


def test_where_the_back_is_not_seen_nothing_is_said(params):
    rows = [moment(0.1, 0.1, 0.1)] * 3 + [moment(0.1, 0.1, 0.1, arm_cover_frac=1.0)] * 3
    found = MODEL.measure(pd.DataFrame(rows), params.gate)
    assert found["p_lifted"].tolist() == pytest.approx([SURE] * 3 + [NAN] * 3, nan_ok=True)
    assert found["height_norm"].notna().all()


def test_an_own_scale_reads_own_flat_as_flat_and_own_arch_as_lifted():
    own = scaled(MODEL, np.array([0.08, 0.11, 0.14]), flat_norm=0.08, arch_norm=0.14)
    p = MODEL.probability(own)
    assert p[0] < 0.15
    assert p[1] == pytest.approx(0.5)
    assert p[2] > 0.85
