"""Raters' answers get into the study's tables whole, checked, or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from clips import ROOT
from leglift.errors import UsageError
from leglift.study.rating import run_collect

CLIP = "cc3b45f3d"
HEAD = "clip_id,back_visible,visible_s,hidden_by"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the tables that a round changes."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("pairs.csv", "answers.csv", "visibility.csv", "videos.csv"):
        shutil.copy(ROOT / "data" / name, folder)
    return folder


def write(folder: Path, **tables: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_pairs_are_added_after_those_that_are_there(data: Path, tmp_path: Path) -> None:
    before = (data / "pairs.csv").read_text("utf-8")
    key = f"clip_id,left_moment,right_moment,kind,code\n{CLIP},1,2,null,0badf00d\n"
    asked = write(tmp_path / "asked", key=key, A="pair_id,answer\n0badf00d,same\n")
    assert run_collect(data, "pairs", asked, ["A"]) == 0
    after = (data / "pairs.csv").read_text("utf-8")
    assert after.startswith(before)
    assert after.removeprefix(before).startswith(f"0badf00d,{CLIP},1,2,null,A,same,")


def test_a_wrong_word_leaves_the_tables_alone(data: Path, tmp_path: Path) -> None:
    before = (data / "answers.csv").read_bytes()
    rows = "code,visible,hidden_by,state,height_pct\n0badf00d,no,arm,contact,0\n"
    key = f"clip_id,moment,code\n{CLIP},99,0badf00d\n"
    asked = write(tmp_path / "asked", key=key, A=rows)
    with pytest.raises(UsageError, match="what is seen has a state"):
        run_collect(data, "moments", asked, ["A"])
    assert (data / "answers.csv").read_bytes() == before


def test_what_both_describers_see_gets_into_the_source_list(data: Path, tmp_path: Path) -> None:
    table = pd.read_csv(data / "visibility.csv", keep_default_na=False)
    table[table["clip_id"] != CLIP].to_csv(data / "visibility.csv", index=False)
    asked = write(
        tmp_path / "asked",
        D1=f"{HEAD}\n{CLIP},all,0-4,\n",
        D2=f"{HEAD}\n{CLIP},part,1-6.5,arm\n",
    )
    assert run_collect(data, "visibility", asked, ["D1", "D2"]) == 0
    videos = pd.read_csv(data / "videos.csv", keep_default_na=False).set_index("clip_id")
    assert tuple(videos.loc[CLIP, ["back_visible", "back_visible_s"]]) == ("part", "1-4")


@pytest.mark.parametrize(
    ("step", "words"), [("pairs", "no such table"), ("visibility", "no clip of the source list")]
)
def test_a_missing_key_and_an_unknown_clip_are_said(
    data: Path, tmp_path: Path, step: str, words: str
) -> None:
    asked = write(tmp_path / "asked", A=f"{HEAD}\nc00000000,none,,\n")
    with pytest.raises(UsageError, match=words):
        run_collect(data, step, asked, ["A"])
