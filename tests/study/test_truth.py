"""Raters' tables to figures, and phases whose state the exercise gives."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from clips import ROOT
from leglift.errors import UsageError
from leglift.labelling.quality import with_rise
from leglift.schemas import read_videos
from leglift.study.truth import (
    CONTRACT,
    DRAWN_ON,
    blinding_figures,
    phase_moments,
    read_moments,
    read_table,
    state_agreement,
    swapped,
    with_people,
    write_truth,
)

DATA = ROOT / "data"
PAIRS = ["clip_id", "left_moment", "right_moment", "kind", "rater", "answer"]


def test_repeats_agree_when_the_answer_changes_sides() -> None:
    pairs = pd.DataFrame(
        [
            ("c1", 1, 2, "real", "A", "left"),
            ("c1", 2, 1, "swap", "A", "right"),
            ("c1", 3, 4, "null", "A", "left"),
            ("c1", 4, 3, "swap", "A", "left"),
            ("c1", 5, 6, "real", "A", "same"),
            ("c1", 6, 5, "swap", "A", "same"),
            ("c1", 2, 1, "swap", "B", "right"),  # B never saw it the other way round
        ],
        columns=PAIRS,
    )
    assert swapped(pairs)["agrees"].tolist() == [True, False, True]


def test_catch_pairs_know_their_true_rise_right_minus_left() -> None:
    truth = pd.DataFrame({"clip_id": "s1", "moment": [0, 1], "gap_norm": [0.01, 0.04]})
    pairs = pd.DataFrame(
        [("s1", 0, 1, "catch", "A", "right"), ("s1", 1, 0, "catch", "A", "left"),
         ("c1", 0, 1, "real", "A", "same")], columns=PAIRS,
    )  # fmt: skip
    assert with_rise(pairs, truth, "gap_norm")["rise_norm"].tolist() == pytest.approx([0.03, -0.03])


@pytest.fixture
def videos() -> pd.DataFrame:
    rows = [
        ("c1", "P1", "pelvic_tilt", "study", "", "chest", "0-1;4-5", "2-3"),
        ("c2", "P2", "both_leg_raise", "test", "", "sides", "", ""),
        ("c3", "P3", "pelvic_tilt", "study", "rendered figure", "sides", "", ""),
    ]
    names = ["clip_id", "person_id", "exercise", "split", "exclusion", "arms", "flat_s", "arched_s"]
    return pd.DataFrame(rows, columns=names)


def test_phases_are_flat_or_arched_by_the_seconds_that_say_so(videos: pd.DataFrame) -> None:
    times = [0.5, 1.5, 2.5, 4.5]
    edge = pd.DataFrame({"clip_id": ["c1"] * 4 + ["c2"] * 4, "time_s": times * 2})
    found = phase_moments(edge, videos)
    assert found["clip_id"].unique().tolist() == ["c1"]
    assert dict(zip(found["time_s"], found["lifted"], strict=True)) == {
        0.5: False, 4.5: False, 2.5: True
    }  # fmt: skip
    assert found["phase_id"].tolist() == ["c1/0", "c1/4", "c1/2"]
    nobody = videos.assign(flat_s="", arched_s="")
    assert list(phase_moments(edge, nobody)) == ["clip_id", "time_s", "lifted", "phase_id"]


def test_excluded_clips_have_no_people(videos: pd.DataFrame) -> None:
    found = with_people(pd.DataFrame({"clip_id": ["c1", "c2", "c3", "c9"]}), videos)
    assert found["person_id"].tolist() == ["P1", "P2"]
    assert found["split"].tolist() == ["study", "test"]


def test_the_mask_in_use_and_the_one_before_are_told_apart(videos: pd.DataFrame) -> None:
    guesses = pd.DataFrame(
        {
            "clip_id": ["c1", "c2"] * 2,
            "legs": ["high"] * 4,
            "guess": ["high", "low", "high", "high"],
            "mask": [2, 2, 1, 1],
        }
    )
    found = blinding_figures(guesses, videos)
    assert found["blinding_accuracy"]["value"] == 0.5
    assert found["blinding_accuracy_first_mask"]["value"] == 1.0
    assert found["blinding_accuracy"]["n_people"] == 2


def test_raters_of_one_mind_have_a_kappa_of_one() -> None:
    answers = pd.DataFrame(
        {
            "clip_id": "c1",
            "moment": [1, 1, 2, 2, 3, 3],
            "rater": ["A", "B"] * 3,
            "visible": ["yes", "part", "yes", "yes", "no", "no"],
            "state": ["contact", "contact", "hollow", "hollow", "", ""],
        }
    )
    found = state_agreement(answers, pd.Series({"c1": "P1"}))
    assert {what: kappa["value"] for what, kappa in found.items()} == {"visible": 1.0, "state": 1.0}
    assert found["state"]["n_people"] == 1


def test_a_missing_table_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such table"):
        read_table(tmp_path / "answers.csv")
    with pytest.raises(UsageError, match="leglift study truth"):
        read_moments(tmp_path)


# --- the committed tables ----------------------------------------------------------------------


def test_every_rated_moment_is_one_that_was_drawn_and_no_drawing_shows_the_answer() -> None:
    moments, sampled = read_moments(DATA), pd.read_csv(DATA / "sampled.csv")
    keys = ["clip_id", "rep", "moment"]
    drawn = set(map(tuple, sampled[keys].to_numpy()))
    assert list(moments.columns) == CONTRACT
    assert set(map(tuple, moments[keys].to_numpy())) <= drawn
    assert not set(moments["clip_id"]) & set(DRAWN_ON)


def test_no_label_rests_on_what_cannot_be_seen() -> None:
    hidden = read_moments(DATA).query("not visible")
    assert set(hidden["lifted"]) == {"unknown"}
    assert hidden["lift_score"].isna().all()


def test_people_of_the_test_are_in_no_study_clip() -> None:
    known = with_people(read_moments(DATA), read_videos(DATA / "videos.csv"))
    split = known.groupby("person_id")["split"].nunique()
    assert split.max() == 1
    assert set(known["split"]) == {"study", "test", "fresh"}


def test_joining_the_answers_again_gives_the_same_labels(tmp_path: Path) -> None:
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
