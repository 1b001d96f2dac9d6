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
    table = pd.DataFrame({"clip_id": np.repeat(bodies, 6), "moment": np.tile(range(6), 3)})
    (tmp_path / "synthetic").mkdir()
    truth, said = table.assign(gap_norm=[*GAPS_NORM] * 3), table.assign(height_norm=[*read] * 3)
    truth.to_csv(tmp_path / "synthetic/catch_truth.csv", index=False)
    said.to_csv(tmp_path / "synthetic/catch_read.csv", index=False)
    pairs = [
        {"pair_id": f"{body}/{m}", "clip_id": body, "left_moment": m, "right_moment": m + 1,
         "kind": "catch", "rater": rater, "answer": "same"}
        for body in bodies for m in range(5) for rater in "AB"
    ]  # fmt: skip
    pd.DataFrame(pairs).to_csv(tmp_path / "pairs.csv", index=False)
    return tmp_path


@pytest.mark.parametrize(
    ("read", "n", "n_unread", "right_frac"),
    [
        (2 * GAPS_NORM, 15, 0, 1.0),
        (np.where(GAPS_NORM > 0.07, np.nan, GAPS_NORM), 9, 6, 1.0),
        (-GAPS_NORM, 15, 0, 0.0),
    ],
    ids=["right", "partly unread", "the wrong way"],
)
def test_each_read_pair_counts_once_and_the_higher_side_is_the_answer(
    tmp_path, read, n, n_unread, right_frac
):
    found = catch_figures(folder(tmp_path, read))
    assert (found["n"], found["n_unread"], found["n_people"]) == (n, n_unread, 3)
    assert found["right_frac"] == pytest.approx(right_frac)
    assert (found["value"] < 0.02) == (right_frac == 1)
