"""The pipeline reproduces: stages are commands, tables come back, clips are who they are.

The whole of the tables is rebuilt by `make repro-check` (minutes), three clips here.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pandas as pd
import pytest
import typer
import yaml

from clips import ROOT, demo_shot, noise, write_shot, write_video
from leglift.cli import study
from leglift.params import file_sha256
from leglift.schemas import read_videos
from leglift.study.pipeline import NOT_A_LIFT, run_extract, run_fetch, run_segment
from leglift.vision.corpus import table_path
from leglift.vision.table import read_meta

DATA = ROOT / "data"
LANDMARKS = DATA / "landmarks"

STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
LOCK = yaml.safe_load((ROOT / "dvc.lock").read_text(encoding="utf-8"))["stages"]


@pytest.fixture(scope="module")
def videos() -> pd.DataFrame:
    return read_videos(DATA / "videos.csv")


@pytest.fixture(scope="module")
def reps() -> pd.DataFrame:
    return pd.read_parquet(DATA / "reps.parquet")


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_is_a_plain_command_on_what_there_is_and_its_outputs_live_in_git(name: str) -> None:
    stage = STAGES[name]
    program, *words = stage["cmd"].split()
    if program == "leglift":
        assert words == ["study", name]
        assert name in typer.main.get_command(study.app).commands
    else:
        assert program == "python"
        assert (ROOT / words[0]).is_file()
    assert [path for path in stage["deps"] if not (ROOT / path).exists()] == []
    in_rooms = r"src/leglift/(vision|motion|instrument|labelling|simulated|figures)/"
    files = [path for path in stage["deps"] if re.match(in_rooms, path)]  # but for whole folders
    assert files == []
    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert set(stage.get("params", [])) <= set(params)
    for out in stage["outs"]:
        ((path, how),) = out.items()
        assert how["cache"] is False, path
        assert (ROOT / path).exists()


def test_what_a_stage_imports_is_among_what_it_depends_on() -> None:
    """Rooms whose code decides a stage's output; between `vision` and the others lie tables."""
    rooms = "schemas|motion|instrument|labelling|simulated|study|figures|spans|equal_angle"
    imports = re.compile(rf"^ *(?:from|import) leglift\.((?:{rooms})[.\w]*)", re.MULTILINE)
    for name, stage in STAGES.items():
        deps = [ROOT / path for path in stage["deps"] if path.startswith("src/")]
        files = [file for path in deps for file in [path, *path.rglob("*.py")] if file.is_file()]
        used = {m.replace(".", "/") for file in files for m in imports.findall(file.read_text())}
        paths = {ROOT / "src" / "leglift" / module for module in used}
        known = {path.with_suffix("") for path in deps}
        assert {path for path in paths if not known & {path, *path.parents}} == set(), name


@pytest.mark.parametrize("name", STAGES)
def test_the_lock_notes_what_lies_in_the_repository(name: str) -> None:
    """A stage whose file was changed by hand is stale; folders are DVC's own matter."""
    lock = LOCK[name]
    assert set(LOCK) == set(STAGES)
    assert lock["cmd"] == STAGES[name]["cmd"]
    assert {part["path"] for part in lock["deps"]} == set(STAGES[name]["deps"])
    for part in [*lock["deps"], *lock["outs"]]:
        path = ROOT / part["path"]
        if not path.is_dir():
            md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            assert md5 == part["md5"], path


def test_dvc_reports_to_nobody_and_has_no_remote() -> None:
    config = (ROOT / ".dvc" / "config").read_text(encoding="utf-8")
    for setting in ("analytics", "autostage", "check_update"):
        assert f"{setting} = false" in config
    assert "remote" not in config


def test_segmenting_again_gives_the_same_reps_bit_for_bit(videos, reps, tmp_path):
    """The three shortest used clips with a rep."""
    used = videos[(videos["exclusion"] == "") & videos["clip_id"].isin(reps["clip_id"])]
    n_frames = [read_meta(table_path(LANDMARKS, clip_id)).n_frames for clip_id in used["clip_id"]]
    few = used.assign(n=n_frames).nsmallest(3, "n").sort_index().drop(columns="n")
    few.to_csv(tmp_path / "videos.csv", index=False)
    run_segment(tmp_path / "videos.csv", LANDMARKS, tmp_path / "reps.parquet")
    stored = reps[reps["clip_id"].isin(few["clip_id"])].reset_index(drop=True)
    assert stored["clip_id"].nunique() == len(few)
    again = pd.read_parquet(tmp_path / "reps.parquet")
    pd.testing.assert_frame_equal(again, stored, check_exact=True)
    assert again.to_parquet(index=False) == stored.to_parquet(index=False)


def test_reps_say_of_clips_what_the_source_list_says(videos, reps):
    listed = videos.set_index("clip_id")
    for column in ("person_id", "exercise", "view", "arms", "clothing", "exclusion"):
        said = listed[column].reindex(reps["clip_id"])
        assert reps[column].tolist() == said.tolist(), column
    assert not reps.duplicated(["clip_id", "rep"]).any()


def listed(source: Path, template: pd.Series) -> pd.DataFrame:
    """A source list of all files in a folder, each the clip of a person of its own."""
    rows = []
    for i, file in enumerate(sorted(source.iterdir())):
        sha256 = file_sha256(file)
        own = {"file": file.name, "sha256": sha256, "clip_id": f"c{sha256[:8]}", "n_people": 1,
               "url": f"https://example.org/{file.name}", "person_id": f"P{i:02d}",
               "size_bytes": file.stat().st_size}  # fmt: skip
        rows.append({**template, **own})
    return pd.DataFrame(rows)


@pytest.mark.slow
def test_only_a_new_clip_is_extracted(videos, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LEGLIFT_CACHE", str(tmp_path / "cache"))
    source, tables, csv = tmp_path / "source", tmp_path / "tables", tmp_path / "videos.csv"
    source.mkdir()
    tables.mkdir()

    def run() -> dict[str, str]:
        """State of every file after fetching and extracting all there is."""
        rows = listed(source, videos.iloc[0])
        rows.to_csv(csv, index=False)
        assert run_fetch(csv, source, jobs=1) == 0
        capsys.readouterr()
        assert run_extract(csv, tables, "full", jobs=1) == 0
        said = dict(re.findall(r"^(c[0-9a-f]{8}) +(\w+)", capsys.readouterr().out, re.MULTILINE))
        return {row["file"]: said[row["clip_id"]] for _, row in rows.iterrows()}

    def stored() -> dict[str, tuple[int, bytes]]:
        return {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in tables.iterdir()}

    write_shot(source / "lift.mp4", demo_shot(1.2, 1.5))
    write_video(source / "noise.mp4", noise(3))
    half = table_path(tables, f"c{file_sha256(source / 'lift.mp4')[:8]}")
    half.with_suffix(".parquet.part").write_bytes(b"left by a run that was killed")
    assert run() == {"lift.mp4": "new", "noise.mp4": "new"}
    before = stored()
    write_video(source / "added.mp4", noise(2))
    assert run() == {"added.mp4": "new", "lift.mp4": "kept", "noise.mp4": "kept"}
    after = stored()
    assert len(after) == 3
    assert {name: after[name] for name in before} == before


def test_tables_were_made_from_the_listed_clips_and_every_table_has_its_clip(videos):
    """Those that are used, and those in which nothing may be judged."""
    videos = videos[videos["exclusion"].isin(["", NOT_A_LIFT])]
    assert {path.stem for path in LANDMARKS.iterdir()} == set(videos["clip_id"])
    made_from = {c: read_meta(table_path(LANDMARKS, c)) for c in videos["clip_id"]}
    assert [m.source_sha256 for m in made_from.values()] == videos["sha256"].tolist()
    assert len({(m.pose_sha256, m.params_sha256) for m in made_from.values()}) == 1


def test_a_clip_is_one_and_a_duplicate_shows_the_person_of_what_it_repeats(videos):
    assert videos["url"].is_unique
    nobody = videos[videos["person_id"] == ""]
    assert set(nobody["exclusion"]) == {"rendered figure"}
    person_of = videos.set_index("file")["person_id"]
    repeats = videos["exclusion"].str.extract(r"^duplicate of (\S+)")[0]
    assert repeats.notna().sum() > 0
    for file, original in zip(videos["file"], repeats, strict=True):
        if isinstance(original, str):
            assert person_of[file] == person_of[original], file


def test_counts_by_eye_name_the_same_people(videos: pd.DataFrame) -> None:
    counts = pd.read_csv(DATA / "rep_counts.csv", keep_default_na=False)
    person_of = videos.set_index("file")["person_id"]
    for file, people in counts.groupby("file")["person_id"]:
        assert person_of[file] in (people.iloc[0].split() or [""]), file  # two people: two ids
    by_person = counts[counts["person_id"] != ""].groupby("person_id")["split"].nunique()
    assert by_person.max() == 1
