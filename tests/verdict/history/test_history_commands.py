"""The day of a set, and `leglift history` add, remove and show."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import date, datetime
from pathlib import Path

import pytest

from clips import painted, write_video
from histories import MONDAY, a_document, add, kept, recorded
from leglift.errors import LegliftError, UsageError
from leglift.verdict.history.commands import done_on, run_add, run_remove, run_show
from leglift.vision.video import recorded_at

REFUSED = UsageError.exit_code


@pytest.fixture
def said(tmp_path) -> Path:
    """What `leglift judge --json` said of two sets."""
    path = tmp_path / "a.json"
    path.write_text(json.dumps(a_document()) + "\n" + json.dumps(a_document(2)))
    return path


@pytest.fixture
def video(tmp_path) -> Path:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"any bytes")
    return path


def test_the_day_is_that_of_the_recording(tmp_path):
    path = write_video(tmp_path / "a.mp4", painted(2))
    assert recorded_at(path) is None
    at = datetime(2026, 3, 5, 12).timestamp()
    os.utime(path, (at, at))
    day, why = done_on(path)
    assert day == date(2026, 3, 5)
    assert "--on" in why


@pytest.mark.parametrize("tag", ["creation_time", "date"])
def test_a_recording_that_says_its_day_needs_no_other(tmp_path, tag):
    path = recorded(tmp_path / "a.mov", "2025-08-13T10:00:00", tag)
    assert done_on(path) == (date(2025, 8, 13), "")


def test_add_and_show(db, said, tmp_path, capsys):
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    assert run_add([bad, said], "Ada", db, "2026-03-02", "full") == REFUSED
    assert run_add([said], " Ada ", db, None, "full") == 0
    out = capsys.readouterr().out
    assert out.count("added (Ada, 2026-03-02)") == 2
    assert out.count("known already") == 2
    assert out.count("the set is over at rep 3") == 4
    assert run_show("Ada", db, as_json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [one["done_on"] for one in shown["sets"]] == ["2026-03-02"] * 2
    assert run_add([said], "Ada", db, "2026-03-04", "full") == 0  # a wrong day is put right
    assert kept(db)["done_on"].tolist() == [date(2026, 3, 4)] * 2
    with pytest.raises(LegliftError, match="no set of Bo"):
        run_show("Bo", db, as_json=False)


def test_what_was_added_can_be_removed(db, said, video, tmp_path, capfd):
    assert run_remove([video], "Ada", db) == REFUSED
    assert "no history yet" in capfd.readouterr().err
    assert not db.exists()
    clip = int(hashlib.sha256(video.read_bytes()).hexdigest(), 16)
    for person in ("Ada", "Bo"):
        add(db, MONDAY, a_document(clip), person)
        assert run_add([said], person, db, "2026-03-02", "full") == 0
    assert run_remove([said, video, tmp_path / "none.mp4"], "Ada", db) == REFUSED
    told = capfd.readouterr()
    assert "a.json: removed (Ada, 2 sets)" in told.out
    assert "a.mp4: removed (Ada, 1 set)" in told.out
    assert "none.mp4: cannot be read" in told.err
    assert (len(kept(db)), len(kept(db, "Bo"))) == (0, 3)
    assert run_remove([video], "Ada", db) == REFUSED
    assert "not in the history of Ada" in capfd.readouterr().err


@pytest.mark.parametrize("person", ["", "  ", "x" * 101, "a\x00b", "\ud800"])
def test_names_that_cannot_be(db, person):
    with pytest.raises(UsageError, match="--person"):
        run_show(person, db, as_json=False)


@pytest.mark.parametrize("day", ["", "2026-13-01", "yesterday", "2026-3-1", "2999-01-01"])
def test_days_that_cannot_be(db, day):
    with pytest.raises(UsageError, match="yet to come" if "2999" in day else "YYYY-MM-DD"):
        run_add([Path("a.json")], "Ada", db, day, "full")
