"""Raters' answers get into the study's tables whole, checked, or not at all."""

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
def data(tmp_path):
    """A copy of the tables that a round changes."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("pairs.csv", "answers.csv", "visibility.csv", "videos.csv"):
        shutil.copy(ROOT / "data" / name, folder)
    return folder


@pytest.fixture
def asked(tmp_path):
    """Write the tables of a round into its folder."""

    def asked(**tables: str) -> Path:
        folder = tmp_path / "asked"
        folder.mkdir()
        for name, text in tables.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return folder

    return asked


def test_pairs_are_added_after_those_that_are_there(data, asked):
    before = (data / "pairs.csv").read_text("utf-8")
    key = f"clip_id,left_moment,right_moment,kind,code\n{CLIP},1,2,null,0badf00d\n"
    folder = asked(key=key, A="pair_id,answer\n0badf00d,same\n")
    run_collect(data, "pairs", folder, ["A"])
    after = (data / "pairs.csv").read_text("utf-8")
    assert after.startswith(f"{before}0badf00d,{CLIP},1,2,null,A,same,")


@pytest.mark.parametrize(
    ("step", "tables", "words"),
    [
        (
            "moments",
            {
                "key": f"clip_id,moment,code\n{CLIP},99,0badf00d\n",
                "A": "code,visible,hidden_by,state,height_pct\n0badf00d,no,arm,contact,0\n",
            },
            "what is seen has a state",
        ),
        ("pairs", {"A": "pair_id,answer\n"}, "no such file"),
        ("visibility", {"A": f"{HEAD}\nc00000000,none,,\n"}, "no clip of the source list"),
    ],
    ids=["a wrong word", "no key", "an unknown clip"],
)
def test_what_is_wrong_is_said_and_leaves_the_tables_alone(data, asked, step, tables, words):
    before = {path: path.read_bytes() for path in data.iterdir()}
    with pytest.raises(UsageError, match=words):
        run_collect(data, step, asked(**tables), ["A"])
    assert {path: path.read_bytes() for path in data.iterdir()} == before


def test_what_both_describers_see_gets_into_the_source_list(data, asked):
    table = pd.read_csv(data / "visibility.csv", keep_default_na=False)
    table[table["clip_id"] != CLIP].to_csv(data / "visibility.csv", index=False)
    folder = asked(D1=f"{HEAD}\n{CLIP},all,0-4,\n", D2=f"{HEAD}\n{CLIP},part,1-6.5,arm\n")
    run_collect(data, "visibility", folder, ["D1", "D2"])
    videos = pd.read_csv(data / "videos.csv", keep_default_na=False).set_index("clip_id")
    assert tuple(videos.loc[CLIP, ["back_visible", "back_visible_s"]]) == ("part", "1-4")
