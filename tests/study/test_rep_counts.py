"""Counts by eye against counts found, on tables small enough to check by hand."""

import pandas as pd
import pytest

from leglift.study.dataset import in_windows
from leglift.study.rep_counts import count_table, summarise

SIDE = {"group": "lying both-leg raise", "view": "side", "split": "develop"}


def by_eye() -> pd.DataFrame:
    """Two side clips: two reps of person P1, none of person P2."""
    return pd.DataFrame(
        [
            {"file": "a", **SIDE, "person_id": "P1", "n_reps": 2, "rep": 1,
             "start_s": 0.0, "top_s": 1.0, "end_s": 2.0},
            {"file": "a", **SIDE, "person_id": "P1", "n_reps": 2, "rep": 2,
             "start_s": 3.0, "top_s": 4.0, "end_s": 5.0},
            {"file": "b", **SIDE, "person_id": "P2", "n_reps": 0, "rep": 0},
        ]
    )  # fmt: skip


def found(*starts: float, clip_id: str = "ca") -> pd.DataFrame:
    return pd.DataFrame(
        [{"clip_id": clip_id, "start_s": s, "top_s": s + 1, "end_s": s + 2} for s in starts],
        columns=["clip_id", "start_s", "top_s", "end_s"],
    )


VIDEOS = pd.DataFrame({"file": ["a", "b"], "clip_id": ["ca", "cb"]})


def test_exact_counts_give_boundary_errors():
    table = count_table(by_eye(), found(0.1, 3.3), VIDEOS).set_index("clip_id")
    assert table.loc["ca", ["by_eye", "found"]].tolist() == [2, 2]
    assert table.loc["ca", "start_error_s"] == pytest.approx(0.2)
    assert pd.isna(table.loc["cb", "start_error_s"])


@pytest.mark.parametrize(
    ("starts", "n_exact", "n_within_one"), [((0, 3), 2, 2), ((0,), 1, 2), ((0, 1, 2, 3), 1, 1)]
)
def test_shares_of_clips(starts, n_exact, n_within_one):
    (row,) = summarise(count_table(by_eye(), found(*starts), VIDEOS))
    assert (row["n_clips"], row["n_people"], row["n_reps"]) == (2, 2, 2)
    assert (row["n_exact"], row["n_within_one"]) == (n_exact, n_within_one)


@pytest.mark.parametrize(
    ("start_s", "end_s", "inside"),
    [(1, 4, True), (0.8, 4.2, True), (3, 6, False), (6.5, 7, True), (4.5, 5.5, False)],
)
def test_windows(start_s, end_s, inside):
    assert in_windows(start_s, end_s, "1-4;6-7.5") is inside
