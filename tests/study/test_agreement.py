"""Agreement against worked examples from the literature and tables with a known answer."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from leglift.schemas import LABELS, LABELS_GIVEN
from leglift.study.agreement import (
    DECIDED,
    coach_figures,
    cohen,
    counts_of,
    crossed,
    fleiss,
    icc,
    interval_over_people,
    label_figures,
    onset_figures,
    percent_agreement,
    wide,
)

# Fleiss 1971's kind of table: 10 subjects, 14 raters, 5 categories; kappa is 0.210.
TEN_SUBJECTS = np.array(
    [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ],
    dtype=float,
)
# Shrout & Fleiss 1979, table 2: 6 targets, 4 judges; ICC(2,1) is 0.29.
SIX_TARGETS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    dtype=float,
)


def ratings(given: dict[str, list[str]], n_people: int = 2) -> pd.DataFrame:
    """Labels of several raters, a list each, over reps of one clip a person."""
    rows = []
    for rater, words in given.items():
        for i, word in enumerate(words):
            row = dict.fromkeys(LABELS.columns, "")
            row |= {"clip_id": f"c{i % n_people:08d}", "rep": 1 + i // n_people, "overlap": 1.0}
            row |= {"start_s": 2.0 * i, "end_s": 2.0 * i + 1, "rater": rater, "pass": 1}
            row |= {"label": word, "guide_version": 1}
            row |= dict.fromkeys(["severity", "onset_s", "onset_deg"], np.nan)
            row |= {
                name: np.nan for name in row if name.endswith(("_pct", "flat_deg", "worst_deg"))
            }
            rows.append(row)
    return pd.DataFrame(rows)


def test_fleiss_kappa_of_the_worked_example():
    assert fleiss(TEN_SUBJECTS) == pytest.approx(0.210, abs=5e-4)
    assert percent_agreement(TEN_SUBJECTS) == pytest.approx(0.378, abs=5e-4)


def test_fleiss_kappa_is_one_when_all_agree_and_undefined_with_one_word():
    assert fleiss(np.array([[3.0, 0.0], [0.0, 3.0]])) == 1
    assert np.isnan(fleiss(np.array([[3.0, 0.0], [3.0, 0.0]])))
    assert np.isnan(fleiss(np.zeros((0, 3))))


def test_icc_of_the_worked_example():
    assert icc(SIX_TARGETS) == pytest.approx(0.29, abs=0.005)


def test_icc_counts_a_constant_offset_between_raters_as_disagreement():
    same = np.arange(6.0)
    assert icc(np.column_stack([same, same])) == pytest.approx(1)
    assert icc(np.column_stack([same, same + 5])) < 0.5
    assert np.isnan(icc(np.ones((1, 3))))


def test_cohens_kappa_by_hand():
    # 20 both yes, 5 and 10 split, 15 both no: agreement 0.7, by chance 0.5, kappa 0.4.
    pairs = [("good", "good")] * 20 + [("good", "arched")] * 5
    pairs += [("arched", "good")] * 10 + [("arched", "arched")] * 15
    a, b = (pd.Series(words) for words in zip(*pairs, strict=True))
    assert cohen(crossed(a, b), 3) == pytest.approx(0.4)


@pytest.mark.parametrize("seed", range(5))
def test_cohens_kappa_is_that_of_scikit_learn(seed):
    random = np.random.default_rng(seed)
    a, b = (pd.Series(random.choice(LABELS_GIVEN, 40)) for _ in range(2))
    assert cohen(crossed(a, b), 3) == pytest.approx(cohen_kappa_score(a, b))


def test_cohens_kappa_over_decided_reps_leaves_out_the_others():
    a = pd.Series(["good", "arched", "cant_tell", "good"])
    b = pd.Series(["good", "arched", "good", "cant_tell"])
    assert cohen(crossed(a, b, DECIDED), 2) == pytest.approx(1)
    assert cohen(crossed(a, b), 3) < 1
    assert np.isnan(cohen(crossed(a[:1], b[:1]), 3))
    assert np.isnan(cohen(crossed(a[:0], b[:0]), 3))


def test_counts_only_reps_that_every_rater_rated():
    table = wide(ratings({"A": ["good", "arched", "good"], "B": ["good", "good"]}))
    assert counts_of(table).tolist() == [[2, 0, 0], [1, 1, 0]]


def test_interval_is_wide_when_all_reps_are_of_few_people():
    values = np.repeat([0.0, 1.0, 0.0, 1.0, 1.0, 0.0], 50)
    clustered = pd.Series(np.repeat(list("abcdef"), 50))
    alone = pd.Series([f"p{i}" for i in range(300)])
    spans = [
        interval_over_people(people, lambda i: float(values[i].mean()), draws=400)
        for people in (clustered, alone)
    ]
    assert all(low < 0.5 < high for low, high in spans)
    assert np.ptp(spans[0]) > 3 * np.ptp(spans[1])


def test_no_interval_over_three_people():
    assert interval_over_people(pd.Series(list("aabbcc")), lambda i: 0.5, draws=10) is None


def test_interval_is_the_same_every_time():
    people = pd.Series(list("aabbccddee"))
    value = np.arange(10.0)
    first, second = (
        interval_over_people(people, lambda i: float(value[i].mean()), draws=50) for _ in range(2)
    )
    assert first == second


def test_onset_spread_is_among_those_who_said_arched():
    labels = ratings({r: ["arched"] for r in "ABC"})
    labels["onset_deg"], labels["onset_s"] = [30.0, 40.0, 45.0], [1.0, np.nan, np.nan]
    labels.loc[2, "label"] = "good"
    found = onset_figures(labels)
    assert found["onset_deg_median_spread"] == 10
    assert found["onset_deg_n_reps"] == 1
    assert found["onset_s_n_reps"] == 0
    assert found["onset_s_median_spread"] is None


def test_raters_against_a_coach():
    labels = ratings({"A": ["good", "arched"], "B": ["good", "cant_tell"]}, n_people=1)
    coach = pd.DataFrame(
        [("c00000000", 0.0, 5.0, "good", "flat")],
        columns=["clip_id", "start_s", "end_s", "coach_label", "caption"],
    )
    assert coach_figures(labels, coach) == {
        "A": {"n_reps": 2, "n_agree": 1, "n_cant_tell": 0},
        "B": {"n_reps": 2, "n_agree": 1, "n_cant_tell": 1},
    }


def test_all_figures_of_a_small_study():
    words = ["good", "arched", "cant_tell", "good", "arched", "good", "good", "arched"]
    labels = ratings({"A": words, "B": words, "C": [*words[:-1], "good"]}, n_people=4)
    again = labels[labels["rater"] == "A"].head(4).assign(**{"pass": 2})
    labels = pd.concat([labels, again], ignore_index=True)
    labels["severity"] = labels["label"].map({"good": 0.0, "arched": 2.0})
    clips = [f"c{i:08d}" for i in range(4)]
    videos = pd.DataFrame({"clip_id": clips, "person_id": ["P1", "P2", "P3", "P4"]})
    videos = videos.assign(view=["side", "side", "oblique", "oblique"], clothing="fitted")
    coach = pd.DataFrame(columns=["clip_id", "start_s", "end_s", "coach_label", "caption"])
    found = label_figures(labels, videos, coach, draws=50)
    assert found["raters"] == ["A", "B", "C"]
    assert (found["n_reps"], found["n_ratings"]) == (8, 28)
    assert found["pairs"]["A B"]["kappa"] == 1
    assert found["pairs"]["A C"]["agreement_frac"] == pytest.approx(7 / 8)
    assert found["all"]["cant_tell_frac"] == pytest.approx(1 / 8)
    assert found["all"]["fleiss_kappa_95"][0] <= found["all"]["fleiss_kappa"] <= 1
    assert found["self"] == {"A": found["self"]["A"]}
    assert found["self"]["A"]["agreement_frac"] == 1
    assert {name: g["n_reps"] for name, g in found["by_view"].items()} == {"side": 4, "oblique": 4}
    assert found["numbers"]["severity"]["n_reps"] == 7
    assert found["numbers"]["height_flat_pct"] == {
        "n_reps": 0, "given_frac": 0.0, "icc_2_1": None, "icc_2_1_95": None, "median_spread": None,
    }  # fmt: skip
    assert found["by_clothing"] == {"fitted": found["all"]}
