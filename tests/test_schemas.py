"""Tables are checked before any long job, and the committed ones are in order."""

from pathlib import Path

import pandas as pd
import pytest

from leglift.errors import UsageError
from leglift.schemas import read_checked, read_videos, tables

VIDEOS = Path(__file__).parents[1] / "data" / "videos.csv"


def test_the_committed_list_is_valid_and_every_used_clip_names_its_person() -> None:
    videos = read_videos(VIDEOS)
    assert len(videos) > 100
    assert videos["n_people"].dtype.kind == "i"
    assert (videos.loc[videos["exclusion"] == "", "person_id"] != "").all()


WRONG = [
    ("sha256", "0" * 63), ("url", "ftp://example.org/a.mp4"), ("view", "sideways"),
    ("windows_s", "0-4.1;5"), ("n_people", "several"), ("person_id", "Jane"),
    ("clip_id", "c00000000"), ("mood", "good"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value"), WRONG)
def test_a_wrong_cell_or_column_is_refused(tmp_path: Path, column: str, value: str) -> None:
    rows = pd.read_csv(VIDEOS, dtype=str, keep_default_na=False)
    rows.loc[0, column] = value
    rows.fillna("").to_csv(tmp_path / "videos.csv", index=False)
    with pytest.raises(UsageError, match=column):
        read_videos(tmp_path / "videos.csv")


def test_a_missing_list_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such source list"):
        read_videos(tmp_path / "videos.csv")


DATA = VIDEOS.parent
TABLES = {
    "visibility.csv": tables.VISIBILITY,
    "sampled.csv": tables.SAMPLED,
    "answers.csv": tables.ANSWERS,
    "pairs.csv": tables.PAIRS,
    "blinding.csv": tables.BLINDING,
    "moments.csv": tables.MOMENTS,
    "rep_labels.csv": tables.REP_LABELS,
    "first_labels.csv": tables.FIRST_LABELS,
    "synthetic/catch_truth.csv": tables.CATCH_TRUTH,
    "labels.csv": tables.LABELS,
    "adjudication.csv": tables.ADJUDICATION,
    "coach_labels.csv": tables.COACH,
    "caption_masks.csv": tables.MASKS,
}


@pytest.mark.parametrize("name", TABLES)
def test_the_committed_table_is_valid(name: str) -> None:
    assert len(read_checked(DATA / name, TABLES[name], "table")) > 0


def row_of(name: str, **where: str) -> pd.Series:
    """First row of a table in which some cells are so."""
    table = pd.read_csv(DATA / name, dtype=str, keep_default_na=False)
    return table[(table[list(where)] == pd.Series(where)).all(axis=1)].iloc[0]


@pytest.mark.parametrize(
    ("name", "where", "changed", "said"),
    [
        ("answers.csv", {"visible": "no"}, {"state": "slit"}, "what is seen has a state"),
        ("answers.csv", {"visible": "yes"}, {"state": ""}, "what is seen has a state"),
        ("answers.csv", {"visible": "no"}, {"height_pct": "3"}, "has no height"),
        ("answers.csv", {}, {"hidden_by": "ghosts"}, "hidden_by"),
        ("moments.csv", {"visible": "False"}, {"lifted": "yes"}, "has no label"),
        ("pairs.csv", {"kind": "real"}, {"kind": "catch"}, "simulated bodies"),
        ("pairs.csv", {"kind": "real"}, {"answer": "both"}, "answer"),
        ("visibility.csv", {"back_visible": "all"}, {"back_visible": "none"}, "has no seconds"),
        ("blinding.csv", {}, {"guess": "perhaps"}, "guess"),
    ],
)
def test_a_statement_that_cannot_be_is_refused(
    tmp_path: Path, name: str, where: dict[str, str], changed: dict[str, str], said: str
) -> None:
    row = row_of(name, **where)
    pd.DataFrame([{**row, **changed}]).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(UsageError, match=said):
        read_checked(tmp_path / "t.csv", TABLES[name], "table")


def test_a_moment_is_answered_once_by_each_panel(tmp_path: Path) -> None:
    row = row_of("answers.csv")
    pd.DataFrame([row, row]).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(UsageError, match="uniqueness"):
        read_checked(tmp_path / "t.csv", tables.ANSWERS, "table")


def test_what_is_visible_in_the_list_was_described() -> None:
    videos = read_videos(VIDEOS)
    described = set(pd.read_csv(DATA / "visibility.csv")["clip_id"])
    assert described <= set(videos["clip_id"])
    seen = videos[videos["back_visible_s"] != ""]
    assert set(seen["back_visible"]) <= {"part", "all"}


def test_answers_and_pairs_are_about_moments_that_were_drawn() -> None:
    drawn = pd.read_csv(DATA / "sampled.csv").set_index(["clip_id", "moment"]).index
    truth = pd.read_csv(DATA / "synthetic/catch_truth.csv").set_index(["clip_id", "moment"]).index
    answers, pairs = pd.read_csv(DATA / "answers.csv"), pd.read_csv(DATA / "pairs.csv")
    assert pd.MultiIndex.from_frame(answers[["clip_id", "moment"]]).isin(drawn).all()
    for side in ("left_moment", "right_moment"):
        shown = pd.MultiIndex.from_frame(pairs[["clip_id", side]])
        catch = (pairs["kind"] == "catch").to_numpy()
        assert shown[~catch].isin(drawn).all()
        assert shown[catch].isin(truth).all()
