"""A person's sets in one SQLite file."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import sqlite3
from datetime import date, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clips import painted, write_video
from leglift.errors import LegliftError, UsageError
from leglift.params import load_params
from leglift.verdict.drawing.history_chart import history_figure, weekly_sessions, write_figure
from leglift.verdict.history.commands import done_on, run_add, run_remove, run_show
from leglift.verdict.history.documents import read_documents
from leglift.verdict.history.store import add_set, opened, person_name, sets_of
from leglift.verdict.history.summary import (
    change_lines,
    control_trend_deg_a_week,
    history_document,
    session_lines,
)
from leglift.verdict.history.words import history_text
from leglift.vision.video import recorded_at

PLAN = load_params().history
MONDAY = date(2026, 3, 2)


def a_document(clip: int = 1, control: float | None = 40.0, **changes) -> dict:
    """What `leglift judge --json` says of a set of three reps, as far as history reads it."""
    counts = {"n_reps": 3, "n_good": 2, "n_arched": 1, "n_cant_tell": 0}
    known = control is not None
    return {
        "schema_version": 2,
        "model": {"id": "gap-rule-1", "sha256": "0" * 64},
        "clip": {"path": "a.mp4", "sha256": f"{clip:064x}"},
        "set": {
            "exercise": "lying_leg_raise",
            **counts,
            "set_over_at_rep": 3,
            "point_of_control_deg": control,
            "point_of_control_low_deg": control - 10 if known else None,
            "point_of_control_high_deg": control + 10 if known else None,
            "point_of_control_censored": False if known else None,
            "point_of_control_error_deg": 5.0 if known else None,
        },
        "reps": [{"lowering_s": 2.0}, {"lowering_s": 3.0}, {"lowering_s": None}],
        **changes,
    }


@pytest.fixture
def db(tmp_path) -> Path:
    return tmp_path / "folder" / "history.sqlite"


def kept(db: Path, person: str = "Ada") -> pd.DataFrame:
    with opened(db, create=False) as connection:
        return sets_of(connection, person)


def add(db: Path, day: date, document: dict, person: str = "Ada") -> bool:
    with opened(db, create=True) as connection:
        return add_set(connection, person, day, document)


# --- what is kept --------------------------------------------------------------------------------


def test_a_set_is_kept_with_what_it_says(db):
    assert add(db, MONDAY, a_document())
    (row,) = kept(db).to_dict("records")
    assert (row["done_on"], row["n_reps"], row["n_arched"]) == (MONDAY, 3, 1)
    assert (row["set_over_at_rep"], row["point_of_control_deg"]) == (3, 40.0)
    assert row["lowering_s"] == 2.5


def test_the_same_clip_again_changes_its_verdict_only(db):
    add(db, MONDAY, a_document(control=40.0))
    assert not add(db, MONDAY + timedelta(days=5), a_document(control=30.0))
    (row,) = kept(db).to_dict("records")
    assert (row["done_on"], row["point_of_control_deg"]) == (MONDAY, 30.0)


def test_everybody_has_sets_of_their_own(db):
    add(db, MONDAY, a_document())
    add(db, MONDAY, a_document(), "Bo")
    add(db, MONDAY, a_document(2), "Bo")
    assert (len(kept(db)), len(kept(db, "Bo")), len(kept(db, "Cy"))) == (1, 2, 0)


def test_sets_come_in_order_of_their_days(db):
    days = [MONDAY + timedelta(days=d) for d in (9, 0, 4)]
    for i, day in enumerate(days):
        add(db, day, a_document(i))
    assert kept(db)["done_on"].tolist() == sorted(days)


HOSTILE = ["Robert'); DROP TABLE sets;--", 'a"b', "%", "_", "Ü 名", "x" * 100]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_only_a_name(db, name):
    add(db, MONDAY, a_document(), "Ada")
    add(db, MONDAY, a_document(2), person_name(name))
    assert (len(kept(db)), len(kept(db, name))) == (1, 1)


@given(st.text(max_size=110))
def test_any_name_is_tidy_or_refused(name):
    try:
        tidy = person_name(name)
    except UsageError:
        return
    assert tidy == person_name(tidy)
    assert 1 <= len(tidy) <= 100
    assert tidy.isprintable()


def test_what_fails_half_way_is_not_kept(db):
    add(db, MONDAY, a_document(1))
    with pytest.raises(ZeroDivisionError):
        add_and_fail(db)
    assert len(kept(db)) == 1


def add_and_fail(db: Path) -> None:
    with opened(db, create=True) as connection:
        add_set(connection, "Ada", MONDAY, a_document(2))
        raise ZeroDivisionError


# --- files that are no history -------------------------------------------------------------------


def test_no_history_yet(db):
    with pytest.raises(UsageError, match="no history yet"):
        kept(db)
    assert not db.parent.exists()


@pytest.mark.parametrize("content", [b"no database" * 99, b"SQLite format 3\0" + bytes(4000)])
def test_a_file_that_is_no_history_is_left_alone(tmp_path, content):
    db = tmp_path / "a.sqlite"
    db.write_bytes(content)
    with pytest.raises(UsageError, match="not a history file"):
        add(db, MONDAY, a_document())
    assert db.read_bytes() == content


@pytest.mark.parametrize("version", [0, 3])
def test_somebody_else_s_database_is_left_alone(tmp_path, version):
    db = tmp_path / "a.sqlite"
    with sqlite3.connect(db) as connection:
        connection.execute("CREATE TABLE sets (person TEXT)")
        connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    before = db.read_bytes()
    with pytest.raises(UsageError, match="not written by this version"):
        add(db, MONDAY, a_document())
    assert db.read_bytes() == before


def test_a_folder_is_no_history(tmp_path):
    with pytest.raises(UsageError, match="not a history file"):
        add(tmp_path, MONDAY, a_document())


# --- documents -----------------------------------------------------------------------------------


def test_one_document_or_one_a_line(tmp_path):
    one, many = tmp_path / "one.json", tmp_path / "many.json"
    one.write_text(json.dumps(a_document(), indent=1))
    many.write_text("\n".join(json.dumps(a_document(i)) for i in range(3)) + "\n")
    assert len(read_documents(one)) == 1
    assert len(read_documents(many)) == 3


NO_DOCUMENTS = ["", "{", "null", "[]", "3", '"a"', "{}\n{}", "not json", "[" * 5000, "{\n\n}"]


@pytest.mark.parametrize("text", NO_DOCUMENTS)
def test_what_is_no_document_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="not what leglift judge --json prints") as caught:
        read_documents(path)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="no text"):
        read_documents(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
PLACES = [
    (), ("schema_version",), ("model",), ("model", "id"), ("clip",), ("clip", "sha256"), ("set",),
    ("set", "exercise"), ("set", "n_reps"), ("set", "n_good"), ("set", "set_over_at_rep"),
    ("set", "point_of_control_deg"), ("reps",), ("reps", 0), ("reps", 0, "lowering_s"),
]  # fmt: skip


@given(st.sampled_from(PLACES), JSON)
def test_anything_anywhere_in_a_document_is_kept_or_refused(tmp_path_factory, place, value):
    """No traceback, and nothing unreadable in the file afterwards."""
    document = a_document()
    if place:
        inside = document
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = value
    else:
        document = value
    folder = tmp_path_factory.mktemp("any")
    path, db = folder / "a.json", folder / "a.sqlite"
    path.write_text(json.dumps(document))
    if not is_document(path):
        return
    for found in read_documents(path):
        add(db, MONDAY, found)
    sets = kept(db)
    assert len(sets) == 1
    assert json.dumps(history_document("Ada", sets, PLAN), allow_nan=False)


def is_document(path: Path) -> bool:
    """Whether it is read; if not, it is refused in one line."""
    try:
        return bool(read_documents(path))
    except UsageError as error:
        return "\n" in str(error)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_as_a_document(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        read_documents(path)


def test_real_documents_are_read(demo_document, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(demo_document))
    assert read_documents(path) == [demo_document]


# --- trend and rest days -------------------------------------------------------------------------


def sets_at(days: list[int], control: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "done_on": [MONDAY + timedelta(days=d) for d in days],
            "point_of_control_deg": np.array(control, float),
        }
    )


def test_trend_is_degrees_a_week():
    sets = sets_at([0, 7, 14, 21], [50, 48, 46, 44])
    assert control_trend_deg_a_week(sets, PLAN) == pytest.approx(-2.0)


def test_one_odd_set_does_not_turn_the_trend():
    sets = sets_at([0, 7, 14, 21, 28], [50, 48, 90, 44, 42])
    assert control_trend_deg_a_week(sets, PLAN) == pytest.approx(-2.0, abs=0.5)


@pytest.mark.parametrize(
    ("days", "control"),
    [
        ([0, 14], [50, 40]),
        ([0, 1, 2], [50, 45, 40]),
        ([0, 0, 0], [50, 45, 40]),
        ([0, 7, 14], [50, np.nan, 40]),
        ([], []),
    ],
    ids=["two sets", "half a week", "one day", "one unknown", "none"],
)
def test_too_little_for_a_trend(days, control):
    assert control_trend_deg_a_week(sets_at(days, control), PLAN) is None


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([0, 2, 4], ["3 sessions, as planned"]),
        ([0, 2, 4, 6], ["4 sessions, as planned"]),
        ([0, 3], ["2 sessions, fewer than 3 to 4"]),
        ([0], ["1 session, fewer"]),
        ([0, 1, 3], ["as planned", "no rest day between"]),
        ([0, 1, 2, 3, 4], ["5 sessions, more than", *["no rest day"] * 4]),
        ([0, 1, 20, 22, 24], ["as planned"]),
        ([], []),
    ],
    ids=["three", "four", "two", "one", "no rest", "every day", "long ago", "none"],
)
def test_sessions_of_the_last_week_against_the_plan(days, words):
    lines = session_lines([MONDAY + timedelta(days=d) for d in days], PLAN)
    assert len(lines) == len(words)
    for line, word in zip(lines, words, strict=True):
        assert word in line


def test_what_is_shown(db):
    for i, (day, control) in enumerate([(0, 50.0), (7, 45.0), (9, None), (14, 40.0)]):
        add(db, MONDAY + timedelta(days=day), a_document(i, control))
    said = history_document("Ada", kept(db), PLAN)
    assert (said["n_sets"], said["n_sessions"]) == (4, 4)
    assert said["control_trend_deg_a_week"] == -5.0
    assert said["sets"][2]["point_of_control_deg"] is None
    text = history_text(said)
    assert "4 sets in 4 sessions" in text
    assert "goes down by about 5.0 deg a week" in text
    assert "2026-03-16" in text


@pytest.mark.parametrize(
    ("last", "words"),
    [(40.0, "within what measuring alone"), (30.0, "better, by more"), (70.0, "worse, by more")],
)
def test_a_change_is_held_against_the_measurement_s_own_error(db, last, words):
    """Error 5 deg: the smallest detectable change is 1.96 x 1.41 x 5 = 14 deg."""
    add(db, MONDAY, a_document(1, 50.0))
    add(db, MONDAY + timedelta(days=7), a_document(2, last))
    (line,) = change_lines(kept(db))
    assert words in line
    assert "14 deg" in line


def test_no_change_is_told_of_one_set_or_of_a_rule_without_an_error(db):
    add(db, MONDAY, a_document(1, 50.0))
    assert change_lines(kept(db)) == []
    rule = a_document(2, 20.0)
    rule["set"]["point_of_control_error_deg"] = None
    add(db, MONDAY + timedelta(days=7), rule)
    assert change_lines(kept(db)) == []


def test_intervals_and_censored_sets_are_shown(db):
    stayed = a_document(2, None)
    stayed["set"] |= {"point_of_control_high_deg": 12.0, "point_of_control_censored": True}
    add(db, MONDAY, a_document(1, 50.0))
    add(db, MONDAY, stayed)
    text = history_text(history_document("Ada", kept(db), PLAN))
    assert "50 (40 to 60)" in text
    assert "below 12" in text


def test_a_file_of_the_first_layout_is_read_and_brought_up_to_date(db):
    add(db, MONDAY, a_document(1, 50.0))
    with sqlite3.connect(db) as connection:
        for name in ("low_deg", "high_deg", "censored", "error_deg"):
            connection.execute(f"ALTER TABLE sets DROP COLUMN point_of_control_{name}")
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    (row,) = kept(db).to_dict("records")
    assert row["point_of_control_deg"] == 50.0
    assert np.isnan(row["point_of_control_low_deg"])
    assert not add(db, MONDAY, a_document(1, 40.0))


# --- the day of a set ----------------------------------------------------------------------------


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


# --- the commands --------------------------------------------------------------------------------


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


def test_documents_are_not_changed(db):
    document = a_document()
    before = copy.deepcopy(document)
    add(db, MONDAY, document)
    assert document == before


# --- the picture ---------------------------------------------------------------------------------


def a_history(db: Path, control: list[float | None]) -> None:
    """A set every third day; a negative point of control is lower than so many degrees."""
    for i, deg in enumerate(control):
        document = a_document(i, None if deg is None or deg < 0 else deg)
        if deg is not None and deg < 0:
            below = {"point_of_control_high_deg": -deg, "point_of_control_censored": True}
            document["set"] |= below
        add(db, MONDAY + timedelta(days=3 * i), document)


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.PNG"])
def test_a_history_is_drawn(db, tmp_path, name):
    a_history(db, [62.0, None, 44.0, -22.0])
    assert run_show("Ada", db, False, tmp_path / name) == 0
    starts = (tmp_path / name).read_bytes()[:5]
    assert starts == (b"<?xml" if name.endswith("svg") else b"\x89PNG\r")
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_the_picture_says_what_is_known_and_what_is_not(db):
    a_history(db, [62.0, None, 44.0, -22.0])
    figure = history_figure("Ada", kept(db), PLAN)
    control, weeks = figure.axes
    labels = control.get_legend_handles_labels()[1]
    assert labels == [
        "no sure change from the first (±14°)",
        "measured, with its interval",
        "lower than this",
        "point of control not known",
    ]
    assert [bar.get_height() for bar in weeks.patches[1:]] == [3, 1]
    assert "better" in figure.get_supxlabel()


@pytest.mark.parametrize(
    "control", [[50.0], [None, None], [-12.0], [50.0 - i / 9 for i in range(99)]]
)
def test_any_history_can_be_drawn(db, tmp_path, control):
    a_history(db, control)
    write_figure(history_figure("名 $x$", kept(db), PLAN), tmp_path / "a.png")


def test_weeks_without_a_session_are_shown_too():
    days = [MONDAY, MONDAY + timedelta(days=6), MONDAY + timedelta(days=15)]
    assert list(weekly_sessions(days).values()) == [2, 0, 1]


@pytest.mark.parametrize(
    ("name", "words"),
    [("a.pdf", "ends in .png or .svg"), ("b.png", "add --overwrite"), ("no/a.png", "not exist")],
)
def test_pictures_that_cannot_be(db, tmp_path, capsys, name, words):
    a_history(db, [50.0])
    (tmp_path / "b.png").write_bytes(b"")
    with pytest.raises(UsageError, match=words):
        run_show("Ada", db, False, tmp_path / name)
    assert capsys.readouterr().out == ""
