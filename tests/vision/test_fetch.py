"""Clips come from a folder or an address, and only with the listed contents."""

import hashlib

import pandas as pd
import pytest

from leglift.params import load_params
from leglift.vision.corpus import extract_corpus
from leglift.vision.fetch import clip_path, clips_dir, fetch_all
from leglift.vision.pose import find_bundle

CONTENT = b"not a video, but bytes with a hash"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A folder with one file, an empty cache, and no network."""

    def refuse(*_: object, **__: object) -> str:
        raise OSError("no route")

    monkeypatch.setattr("pooch.retrieve", refuse)
    monkeypatch.setenv("LEGLIFT_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(CONTENT)
    return folder


def listed(**changes: str) -> pd.DataFrame:
    row = {"clip_id": "c" + SHA256[:8], "file": "a.mp4", "url": "https://example.org/a.mp4",
           "sha256": SHA256, "n_people": 1}  # fmt: skip
    return pd.DataFrame([{**row, **changes}])


def test_a_file_is_copied_under_its_clip_id_once(source):
    videos = listed()
    assert fetch_all(videos, source)["problem"].tolist() == [""]
    assert clip_path(videos.iloc[0]).read_bytes() == CONTENT
    assert [p.name for p in clips_dir().iterdir()] == [f"{videos['clip_id'][0]}.mp4"]
    (source / "a.mp4").unlink()
    assert fetch_all(videos, source)["problem"].tolist() == [""]


def test_other_contents_are_refused_and_not_kept(source):
    (source / "a.mp4").write_bytes(b"something else")
    assert "other contents" in fetch_all(listed(), source)["problem"][0]
    assert list(clips_dir().iterdir()) == []


def test_what_cannot_be_had_is_reported(source):
    assert fetch_all(listed(file="b.mp4"), source)["problem"][0].startswith("not in ")
    assert fetch_all(listed())["problem"][0].startswith("not available")
    page = fetch_all(listed(url="https://www.youtube.com/watch?v=x"))["problem"][0]
    assert "leglift[youtube]" in page or "not available" in page


def test_one_bad_clip_does_not_stop_the_others(source, tmp_path):
    fetch_all(listed(), source)
    videos = pd.concat([listed(), listed(clip_id="cffffffff")], ignore_index=True)
    tables = tmp_path / "tables"
    bundle, params = find_bundle("full"), load_params().vision
    rows = list(extract_corpus(videos, tables, bundle, params, jobs=1))
    assert [row["state"] for row in rows] == ["failed", "failed"]
    assert "not a video" in rows[0]["problem"]
    assert "no such file" in rows[1]["problem"]
    assert list(tables.iterdir()) == []
