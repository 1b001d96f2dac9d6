"""The instrument beside the raters on the same stills."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leglift.simulated.stills import catch_figures

GAPS_NORM = np.linspace(0.0, 0.10, 6)


def folder(tmp_path: Path, read: np.ndarray) -> Path:
    """Three bodies in the same six states, each state compared with the next by two raters."""
    bodies = [f"synth-{k}" for k in range(3)]
    keys = pd.MultiIndex.from_product([bodies, range(6)], names=["clip_id", "moment"])
    table = pd.DataFrame(index=keys).reset_index()
    (tmp_path / "synthetic").mkdir()
    for name, column, values in (
        ("catch_truth.csv", "gap_norm", GAPS_NORM),
        ("catch_read.csv", "height_norm", read),
    ):
        table.assign(**{column: np.tile(values, 3)}).to_csv(
            tmp_path / "synthetic" / name, index=False
        )
    pairs = [
        {"pair_id": f"{body}/{m}", "clip_id": body, "left_moment": m, "right_moment": m + 1,
         "kind": "catch", "rater": rater, "answer": "same"}
        for body in bodies for m in range(5) for rater in "AB"
    ]  # fmt: skip
    pd.DataFrame(pairs).to_csv(tmp_path / "pairs.csv", index=False)
    return tmp_path


def test_each_pair_counts_once_and_the_higher_side_is_the_answer(tmp_path):
    found = catch_figures(folder(tmp_path, 2 * GAPS_NORM))
    assert (found["n"], found["n_people"], found["right_frac"]) == (15, 3, 1.0)
    assert found["value"] < 0.02


def test_what_is_not_read_is_left_out_and_counted(tmp_path):
    found = catch_figures(folder(tmp_path, np.where(GAPS_NORM > 0.07, np.nan, GAPS_NORM)))
    assert (found["n"], found["n_unread"]) == (9, 6)


def test_an_instrument_that_sees_it_the_wrong_way_is_never_right(tmp_path):
    assert catch_figures(folder(tmp_path, -GAPS_NORM))["right_frac"] == pytest.approx(0.0)
