"""Croissant metadata is what the script writes now, and says what the tables hold.

`make croissant` reads the tables by it with mlcroissant, which has an environment of its own.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from clips import ROOT
from leglift.params import file_sha256

DATA = ROOT / "data"
STORED = (DATA / "croissant.json").read_text(encoding="utf-8")
CROISSANT: dict[str, Any] = json.loads(STORED)


@pytest.fixture
def writer(script) -> ModuleType:
    return script("write_croissant")


def test_the_file_is_what_the_script_writes_now_and_names_files_with_their_hashes(writer) -> None:
    assert writer.as_text() == STORED
    files = {part["@id"]: part for part in CROISSANT["distribution"]}
    for name in ("videos.csv", "reps.parquet"):
        assert files[name]["sha256"] == file_sha256(DATA / name)
    assert files["landmarks/*.parquet"]["includes"] == "landmarks/*.parquet"


def test_descriptions_are_sentences_and_references_lead_somewhere() -> None:
    fields = [field for record_set in CROISSANT["recordSet"] for field in record_set["field"]]
    assert [f["@id"] for f in fields if not re.match(r"\S.*\.$", f["description"])] == []
    targets = {f["references"]["field"]["@id"] for f in fields if "references" in f}
    assert "videos/clip_id" in targets
    assert targets <= {field["@id"] for field in fields}


@pytest.fixture
def copied(writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("columns.yaml", "videos.csv"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    monkeypatch.setattr(writer, "DATA", tmp_path)
    monkeypatch.setattr(writer, "TARGET", tmp_path / "croissant.json")
    return tmp_path


def test_tables_that_do_not_exist_are_left_out_and_a_stale_file_is_noticed(writer, copied) -> None:
    writer.main([])
    sets = json.loads((copied / "croissant.json").read_text())["recordSet"]
    assert [record_set["@id"] for record_set in sets] == ["videos"]
    with pytest.raises(SystemExit) as current:
        writer.main(["--check"])
    assert current.value.code == 0
    (copied / "videos.csv").write_text((copied / "videos.csv").read_text() + "\n")
    with pytest.raises(SystemExit, match="stale"):
        writer.main(["--check"])


@pytest.mark.parametrize(
    ("name", "said"), [("moods.csv", r"moods\.csv"), ("rep_counts.csv", r"rep_counts\.csv, mood")]
)
def test_what_nobody_described_is_refused(writer, copied, name: str, said: str) -> None:
    pd.read_csv(DATA / "rep_counts.csv").assign(mood="good").to_csv(copied / name, index=False)
    with pytest.raises(SystemExit, match=f"{said}: describe"):
        writer.main([])
