"""Raters' tables to figures, and phases whose state the exercise gives."""

import json
from functools import partial

import numpy as np
import pandas as pd
import pytest

from clips import ROOT
from leglift.equal_angle import over_people
from leglift.errors import UsageError
from leglift.labelling.quality import with_rise
from leglift.schemas import read_videos
from leglift.study import truth
from leglift.study.truth import (
    COVERED_FRAC,
    DRAWN_ON,
    blinding_figures,
    first_label_figures,
    legs_auc,
    phase_moments,
    read_moments,
    read_table,
    state_agreement,
    swapped,
    with_people,
    write_truth,
)

DATA = ROOT / "data"


@pytest.fixture
def few_draws(monkeypatch):
    monkeypatch.setattr(truth, "over_people", partial(over_people, n_draws=40))


PAIRS = ["clip_id", "left_moment", "right_moment", "kind", "rater", "answer"]


def test_repeats_agree_when_the_answer_changes_sides():
    """B never saw the first pair the other way round."""
    said = (
        "1 2 real A left, 2 1 swap A right, 3 4 null A left, 4 3 swap A left, 5 6 real A same, "
        "6 5 swap A same, 2 1 swap B right"
    )
    rows = [("c1", int(a), int(b), *rest) for a, b, *rest in map(str.split, said.split(", "))]
    assert swapped(pd.DataFrame(rows, columns=PAIRS))["agrees"].tolist() == [True, False, True]


def test_catch_pairs_know_their_true_rise_right_minus_left():
    true = pd.DataFrame({"clip_id": "s1", "moment": [0, 1], "gap_norm": [0.01, 0.04]})
    pairs = pd.DataFrame(
        [("s1", 0, 1, "catch", "A", "right"), ("s1", 1, 0, "catch", "A", "left"),
         ("c1", 0, 1, "real", "A", "same")], columns=PAIRS,
    )  # fmt: skip
    assert with_rise(pairs, true, "gap_norm")["rise_norm"].tolist() == pytest.approx([0.03, -0.03])


@pytest.fixture
def videos():
    rows = [
        ("c1", "P1", "pelvic_tilt", "study", "", "chest", "0-1;4-5", "2-3"),
        ("c2", "P2", "both_leg_raise", "test", "", "sides", "", ""),
        ("c3", "P3", "pelvic_tilt", "study", "rendered figure", "sides", "", ""),
    ]
    names = ["clip_id", "person_id", "exercise", "split", "exclusion", "arms", "flat_s", "arched_s"]
    return pd.DataFrame(rows, columns=names)


def test_phases_are_flat_or_arched_by_the_seconds_that_say_so(videos):
    times = [0.5, 1.5, 2.5, 4.5]
    edge = pd.DataFrame({"clip_id": ["c1"] * 4 + ["c2"] * 4, "time_s": times * 2})
    found = phase_moments(edge, videos)
    assert found[["clip_id", "time_s", "lifted", "phase_id"]].to_numpy().tolist() == [
        ["c1", 0.5, False, "c1/0"], ["c1", 4.5, False, "c1/4"], ["c1", 2.5, True, "c1/2"]
    ]  # fmt: skip
    nobody = videos.assign(flat_s="", arched_s="")
    assert list(phase_moments(edge, nobody)) == ["clip_id", "time_s", "lifted", "phase_id"]


def test_excluded_clips_have_no_people(videos):
    found = with_people(pd.DataFrame({"clip_id": ["c1", "c2", "c3", "c9"]}), videos)
    assert found["person_id"].tolist() == ["P1", "P2"]
    assert found["split"].tolist() == ["study", "test"]


def test_the_mask_in_use_and_the_one_before_are_told_apart(videos):
    guess = ["high", "low", "high", "high"]
    guesses = pd.DataFrame({"clip_id": ["c1", "c2"] * 2, "legs": "high", "guess": guess})
    people = videos.set_index("clip_id")["person_id"]
    found = blinding_figures(guesses.assign(mask=[2, 2, 1, 1]), people)
    assert found["blinding_accuracy"]["value"] == 0.5
    assert found["blinding_accuracy_first_mask"]["value"] == 1.0
    assert found["blinding_accuracy"]["n_people"] == 2


def test_raters_of_one_mind_have_a_kappa_of_one():
    answers = pd.DataFrame(
        {
            "clip_id": "c1", "moment": [1, 1, 2, 2, 3, 3], "rater": ["A", "B"] * 3,
            "visible": ["yes", "part", "yes", "yes", "no", "no"],
            "state": ["contact", "contact", "hollow", "hollow", "", ""],
        }
    )  # fmt: skip
    found = state_agreement(answers, pd.Series({"c1": "P1"}))
    assert {what: kappa["value"] for what, kappa in found.items()} == {"visible": 1.0, "state": 1.0}
    assert found["state"]["n_people"] == 1


def test_labels_guessed_from_the_legs_are_found_where_the_back_is_hidden(tmp_path, few_draws):
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


def test_every_rep_counts_once_and_intervals_are_over_people(few_draws):
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


def test_the_committed_figures_are_those_of_the_table(few_draws):
    stored = json.loads((ROOT / "reports/metrics.json").read_text())["labels_v1"]
    again = first_label_figures(DATA)
    for name in ("legs_only_auc_hidden", "legs_only_auc_in_view"):
        assert stored[name]["value"] == pytest.approx(again[name]["value"], abs=1e-6)


def test_a_missing_table_is_one_clear_line(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        read_table(tmp_path / "answers.csv")
    with pytest.raises(UsageError, match="leglift study truth"):
        read_moments(tmp_path)


def test_the_committed_moments_were_drawn_and_no_drawing_shows_the_answer():
    moments, sampled = read_moments(DATA), read_table(DATA / "sampled.csv")
    keys = ["clip_id", "rep", "moment"]
    assert set(map(tuple, moments[keys].to_numpy())) <= set(map(tuple, sampled[keys].to_numpy()))
    assert not set(moments["clip_id"]) & set(DRAWN_ON)
    assert moments.loc[~moments["visible"], "lift_score"].isna().all()
    known = with_people(moments, read_videos(DATA / "videos.csv"))
    assert set(known["split"]) == {"study", "test", "fresh"}


def test_joining_the_answers_again_gives_the_same_labels(tmp_path):
    """Two clips, so that it is quick; classes are joined over all raters' answers."""
    pytest.importorskip("choix")
    pytest.importorskip("crowdkit")
    for name in ("answers.csv", "pairs.csv", "sampled.csv"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    few = pd.read_csv(tmp_path / "sampled.csv", keep_default_na=False)
    stored = read_moments(DATA)
    chosen = sorted(stored.groupby("clip_id").size().nsmallest(2).index)
    few[few["clip_id"].isin(chosen)].to_csv(tmp_path / "sampled.csv", index=False)
    again = write_truth(tmp_path).set_index(["clip_id", "moment"])
    same = stored.set_index(["clip_id", "moment"]).loc[again.index]
    for column in ("visible", "state"):
        assert again[column].fillna("").tolist() == same[column].fillna("").tolist()
