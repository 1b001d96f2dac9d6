"""A person's sets in one SQLite file."""

from __future__ import annotations

import copy
import sqlite3
from contextlib import closing
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from histories import MONDAY, a_document, add, kept
from leglift.errors import UsageError
from leglift.verdict.history.store import add_set, opened, person_name


def test_a_set_is_kept_and_the_same_clip_again_changes_its_verdict_only(db):
    document = a_document()
    before = copy.deepcopy(document)
    assert add(db, MONDAY, document)
    assert document == before
    (row,) = kept(db).to_dict("records")
    assert (row["done_on"], row["n_reps"], row["n_arched"]) == (MONDAY, 3, 1)
    assert (row["set_over_at_rep"], row["point_of_control_deg"]) == (3, 40.0)
    assert row["lowering_s"] == 2.5
    assert not add(db, MONDAY + timedelta(days=5), a_document(control=30.0))
    (row,) = kept(db).to_dict("records")
    assert (row["done_on"], row["point_of_control_deg"]) == (MONDAY, 30.0)


def test_everybody_has_sets_of_their_own_in_order_of_their_days(db):
    days = [MONDAY + timedelta(days=d) for d in (9, 0, 4)]
    for i, day in enumerate(days):
        add(db, day, a_document(i))
    add(db, MONDAY, a_document(), "Bo")
    assert kept(db)["done_on"].tolist() == sorted(days)
    assert (len(kept(db, "Bo")), len(kept(db, "Cy"))) == (1, 0)


@pytest.mark.parametrize(
    "name", ["Robert'); DROP TABLE sets;--", 'a"b', "%", "_", "Ü 名", "x" * 100]
)
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

    def add_and_fail():
        with opened(db, create=True) as connection:
            add_set(connection, "Ada", MONDAY, a_document(2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()
    assert len(kept(db)) == 1


@pytest.mark.parametrize("content", [b"no database" * 99, b"SQLite format 3\0" + bytes(4000)])
def test_a_file_or_folder_that_is_no_history_is_left_alone(tmp_path, content):
    db = tmp_path / "a.sqlite"
    db.write_bytes(content)
    for path in (db, tmp_path):
        with pytest.raises(UsageError, match="not a history file"):
            add(path, MONDAY, a_document())
    assert db.read_bytes() == content


@pytest.mark.parametrize("version", [0, 3])
def test_somebody_else_s_database_is_left_alone(tmp_path, version):
    db = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("CREATE TABLE sets (person TEXT)")
        connection.execute(f"PRAGMA user_version = {version}")
    before = db.read_bytes()
    with pytest.raises(UsageError, match="not written by this version"):
        add(db, MONDAY, a_document())
    assert db.read_bytes() == before


def test_a_file_of_the_first_layout_is_read_and_brought_up_to_date(db):
    add(db, MONDAY, a_document(1, 50.0))
    with closing(sqlite3.connect(db)) as connection:
        for name in ("low_deg", "high_deg", "censored", "error_deg"):
            connection.execute(f"ALTER TABLE sets DROP COLUMN point_of_control_{name}")
        connection.execute("PRAGMA user_version = 1")
    (row,) = kept(db).to_dict("records")
    assert row["point_of_control_deg"] == 50.0
    assert np.isnan(row["point_of_control_low_deg"])
    assert not add(db, MONDAY, a_document(1, 40.0))
