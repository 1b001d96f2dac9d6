"""The source list is checked before any long job, and the committed one is in order."""

from pathlib import Path

import pandas as pd
import pytest

from leglift.errors import UsageError
from leglift.schemas import read_videos

VIDEOS = Path(__file__).parents[1] / "data" / "videos.csv"


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.read_csv(VIDEOS, dtype=str, keep_default_na=False)


def test_the_committed_list_is_valid() -> None:
    videos = read_videos(VIDEOS)
    assert len(videos) > 100
    assert videos["n_people"].dtype.kind == "i"


def test_every_used_clip_names_its_person(rows: pd.DataFrame) -> None:
    assert (rows.loc[rows["exclusion"] == "", "person_id"] != "").all()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("sha256", "0" * 63),
        ("url", "ftp://example.org/a.mp4"),
        ("view", "sideways"),
        ("windows_s", "0-4.1;5"),
        ("n_people", "several"),
        ("person_id", "Jane"),
        ("clip_id", "c00000000"),
    ],
)
def test_a_wrong_cell_is_refused(
    rows: pd.DataFrame, tmp_path: Path, column: str, value: str
) -> None:
    rows.loc[0, column] = value
    rows.to_csv(tmp_path / "videos.csv", index=False)
    with pytest.raises(UsageError, match=column):
        read_videos(tmp_path / "videos.csv")


def test_an_unknown_column_is_refused(rows: pd.DataFrame, tmp_path: Path) -> None:
    rows.assign(mood="good").to_csv(tmp_path / "videos.csv", index=False)
    with pytest.raises(UsageError, match="mood"):
        read_videos(tmp_path / "videos.csv")


def test_a_missing_list_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such source list"):
        read_videos(tmp_path / "videos.csv")
