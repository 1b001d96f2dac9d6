"""The day of a set, and `leglift history` add, remove and show."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date, datetime
from pathlib import Path

import av
import pytest

from clips import painted, write_video
from histories import MONDAY, a_document, add, kept
from leglift.errors import LegliftError, UsageError
from leglift.verdict.history.commands import done_on, run_add, run_remove, run_show
from leglift.verdict.history.store import opened, sets_of
from leglift.vision.video import recorded_at


def test_the_day_is_that_of_the_recording(tmp_path):
    path = tmp_path / "a.mp4"
    write_video(path, painted(2))
    assert recorded_at(path) is None
    at = datetime(2026, 3, 5, 12).timestamp()
    os.utime(path, (at, at))
    day, why = done_on(path)
    assert day == date(2026, 3, 5)
    assert "--on" in why


@pytest.mark.parametrize("tag", ["creation_time", "date"])
def test_a_recording_that_says_its_day_needs_no_other(tmp_path, tag):
    path = tmp_path / "a.mov"
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata[tag] = "2025-08-13T10:00:00"
        stream = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        out.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        out.mux(stream.encode(None))
    assert done_on(path) == (date(2025, 8, 13), "")


def test_add_and_show(db, tmp_path, capsys):
    path, bad = tmp_path / "a.json", tmp_path / "bad.json"
    path.write_text(json.dumps(a_document()) + "\n" + json.dumps(a_document(2)))
    bad.write_text("{}")
    assert run_add([bad, path], "Ada", db, "2026-03-02", "full") == UsageError.exit_code
    assert run_add([path], " Ada ", db, None, "full") == 0
    out = capsys.readouterr().out
    assert out.count("added (Ada, 2026-03-02)") == 2
    assert out.count("known already") == 2
    assert out.count("the set is over at rep 3") == 4
    assert run_show("Ada", db, as_json=True) == 0
    said = json.loads(capsys.readouterr().out)
    assert [one["done_on"] for one in said["sets"]] == ["2026-03-02"] * 2


def test_what_was_added_can_be_removed(db, tmp_path, capfd):
    path, video = tmp_path / "a.json", tmp_path / "a.mp4"
    video.write_bytes(b"any bytes")
    clip = int(hashlib.sha256(b"any bytes").hexdigest(), 16)
    path.write_text(json.dumps(a_document()) + "\n" + json.dumps(a_document(2)))
    for person in ("Ada", "Bo"):
        add(db, MONDAY, a_document(clip), person)
        assert run_add([path], person, db, "2026-03-02", "full") == 0
    assert run_remove([path, video, tmp_path / "none.mp4"], "Ada", db) == UsageError.exit_code
    said = capfd.readouterr()
    assert "a.json: removed (Ada, 2 sets)" in said.out
    assert "a.mp4: removed (Ada, 1 set)" in said.out
    assert "none.mp4: cannot be read" in said.err
    assert kept(db).empty
    assert len(kept(db, "Bo")) == 3
    assert run_remove([video], "Ada", db) == UsageError.exit_code
    assert "not in the history of Ada" in capfd.readouterr().err


def test_nothing_is_removed_where_no_history_is(db, tmp_path, capfd):
    video = tmp_path / "a.mp4"
    video.write_bytes(b"any bytes")
    assert run_remove([video], "Ada", db) == UsageError.exit_code
    assert "no history yet" in capfd.readouterr().err
    assert not db.exists()


def test_a_day_that_was_wrong_can_be_put_right(db, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(a_document()))
    for day in ("2026-03-02", None, "2026-03-04"):
        assert run_add([path], "Ada", db, day, "full") == 0
    with opened(db, create=False) as connection:
        assert sets_of(connection, "Ada")["done_on"].tolist() == [date(2026, 3, 4)]


def test_a_day_that_is_yet_to_come(db):
    with pytest.raises(UsageError, match="yet to come"):
        run_add([Path("a.json")], "Ada", db, "2999-01-01", "full")


@pytest.mark.parametrize("person", ["", "  ", "x" * 101, "a\x00b", "\ud800"])
def test_names_that_cannot_be(db, person):
    with pytest.raises(UsageError, match="--person"):
        run_show(person, db, as_json=False)


@pytest.mark.parametrize("day", ["", "2026-13-01", "yesterday", "2026-3-1"])
def test_days_that_cannot_be(db, day):
    with pytest.raises(UsageError, match="YYYY-MM-DD"):
        run_add([Path("a.json")], "Ada", db, day, "full")


def test_who_is_not_in_it(db):
    add(db, MONDAY, a_document())
    with pytest.raises(LegliftError, match="no set of Bo"):
        run_show("Bo", db, as_json=False)
