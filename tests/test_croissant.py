"""Croissant metadata is what the script writes now, and says what the tables hold.

`make croissant` reads the tables by it with mlcroissant, which has an environment of its own.
"""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from clips import ROOT
from leglift.params import file_sha256

DATA = ROOT / "data"
STORED = (DATA / "croissant.json").read_text(encoding="utf-8")
CROISSANT: dict[str, Any] = json.loads(STORED)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("w", ROOT / "scripts" / "write_croissant.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def column_names(record_set: dict[str, Any]) -> list[str]:
    return [field["source"]["extract"]["column"] for field in record_set["field"]
            if "column" in field["source"]["extract"]]  # fmt: skip


def test_the_file_is_what_the_script_writes_now(script: ModuleType) -> None:
    assert script.as_text() == STORED


def test_every_column_of_every_table_is_described() -> None:
    sets = {record_set["@id"]: record_set for record_set in CROISSANT["recordSet"]}
    assert column_names(sets["videos"]) == list(pd.read_csv(DATA / "videos.csv", nrows=0).columns)
    assert column_names(sets["reps"]) == pq.read_schema(DATA / "reps.parquet").names
    table = next((DATA / "landmarks").glob("*.parquet"))
    assert column_names(sets["landmarks"]) == pq.read_schema(table).names
    for record_set in sets.values():
        said = [field["description"] for field in record_set["field"]]
        assert all(re.match(r"\S.*\.$", text) for text in said), record_set["@id"]


def test_files_are_named_with_their_hashes() -> None:
    files = {part["@id"]: part for part in CROISSANT["distribution"]}
    for name in ("videos.csv", "reps.parquet"):
        assert files[name]["sha256"] == file_sha256(DATA / name)
    assert files["landmarks/*.parquet"]["includes"] == "landmarks/*.parquet"


def test_references_point_to_fields_that_exist() -> None:
    fields = [field for record_set in CROISSANT["recordSet"] for field in record_set["field"]]
    targets = {f["references"]["field"]["@id"] for f in fields if "references" in f}
    assert "videos/clip_id" in targets
    assert targets <= {field["@id"] for field in fields}


@pytest.fixture
def copied(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small data folder in the place of the real one."""
    for name in ("columns.yaml", "videos.csv"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    monkeypatch.setattr(script, "DATA", tmp_path)
    monkeypatch.setattr(script, "TARGET", tmp_path / "croissant.json")
    return tmp_path


def test_tables_that_do_not_exist_are_left_out(script: ModuleType, copied: Path) -> None:
    script.main([])
    sets = json.loads((copied / "croissant.json").read_text())["recordSet"]
    assert [record_set["@id"] for record_set in sets] == ["videos"]


@pytest.mark.parametrize(
    ("name", "said"), [("moods.csv", r"moods\.csv"), ("rep_counts.csv", r"rep_counts\.csv, mood")]
)
def test_what_nobody_described_is_refused(
    script: ModuleType, copied: Path, name: str, said: str
) -> None:
    pd.read_csv(DATA / "rep_counts.csv").assign(mood="good").to_csv(copied / name, index=False)
    with pytest.raises(SystemExit, match=f"{said}: describe"):
        script.main([])


def test_a_stale_file_is_noticed(script: ModuleType, copied: Path) -> None:
    script.main([])
    with pytest.raises(SystemExit) as current:
        script.main(["--check"])
    assert current.value.code == 0
    (copied / "videos.csv").write_text((copied / "videos.csv").read_text() + "\n")
    with pytest.raises(SystemExit, match="stale"):
        script.main(["--check"])
