"""The history file: one SQLite file on this machine.

A clip is known by its SHA-256, so adding it again changes nothing but its verdict.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from leglift.errors import UsageError
from leglift.verdict.history.documents import JudgedSet

VERSION = 2
"""Of the file's layout, kept in SQLite's `user_version`."""

_COLUMNS = {
    "person": "TEXT NOT NULL",
    "clip_sha256": "TEXT NOT NULL",
    "done_on": "TEXT NOT NULL",
    "n_reps": "INTEGER NOT NULL",
    "n_good": "INTEGER NOT NULL",
    "n_arched": "INTEGER NOT NULL",
    "n_cant_tell": "INTEGER NOT NULL",
    "set_over_at_rep": "INTEGER",
    "point_of_control_deg": "REAL",
    "point_of_control_low_deg": "REAL",
    "point_of_control_high_deg": "REAL",
    "point_of_control_censored": "INTEGER",
    "point_of_control_error_deg": "REAL",
    "lowering_s": "REAL",
    "model_id": "TEXT NOT NULL",
    "document": "TEXT NOT NULL",
}
_ADDED = [name for name in _COLUMNS if name.startswith("point_of_control_")][1:]
"""What version 2 of the layout has beside version 1."""

_LAYOUT = "CREATE TABLE IF NOT EXISTS sets ({}, PRIMARY KEY (person, clip_sha256))".format(
    ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
)
_LONGEST_NAME = 100


def person_name(name: str) -> str:
    """Tidy up a person's name; spaces at its ends do not make another person.

    Raises
    ------
    UsageError
        It is empty, too long, or holds what cannot be shown.
    """
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > _LONGEST_NAME or not tidy.isprintable():
        raise UsageError(f"--person: give a name of 1 to {_LONGEST_NAME} letters")
    return tidy


@contextmanager
def opened(db: Path, *, create: bool) -> Iterator[sqlite3.Connection]:
    """Open a history file; what is done inside is kept whole or not at all.

    Raises
    ------
    UsageError
        It is missing (unless `create`), no history file, of a newer version, or not writable.
    """
    if not create and not db.is_file():
        raise UsageError(f"{db}: no history yet; start one with leglift history add")
    try:
        db.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(db, timeout=10)) as connection, connection:
            _prepare(connection, db)
            yield connection
    except (sqlite3.Error, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{db}: not a history file that can be used ({reason})") from error


def _prepare(connection: sqlite3.Connection, db: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if version not in (0, 1, VERSION) or (version == 0 and tables):
        raise UsageError(f"{db}: was not written by this version of leglift; name another --db")
    connection.execute(_LAYOUT)
    if version == 1:
        for name in _ADDED:
            connection.execute(f"ALTER TABLE sets ADD COLUMN {name} {_COLUMNS[name]}")
    connection.execute(f"PRAGMA user_version = {VERSION:d}")


def add_set(
    connection: sqlite3.Connection,
    person: str,
    done_on: date,
    document: dict[str, Any],
    *,
    move: bool = False,
) -> bool:
    """Keep a judged set; returns whether its clip is new for this person.

    A clip that is known gets the new verdict, and with `move` the new day.
    """
    judged = JudgedSet.model_validate(document)
    lowering = pd.Series([rep.lowering_s for rep in judged.reps], dtype=float).median()
    values = {
        "person": person,
        "clip_sha256": judged.clip.sha256,
        "done_on": done_on.isoformat(),
        **judged.set.model_dump(exclude={"exercise"}),
        "lowering_s": None if pd.isna(lowering) else float(lowering),
        "model_id": judged.model.id,
        "document": json.dumps(document),
    }
    asked = "SELECT count(*) FROM sets WHERE person = :person AND clip_sha256 = :clip_sha256"
    (known,) = connection.execute(asked, values).fetchone()
    marks = ", ".join(f":{name}" for name in _COLUMNS)
    renewed = list(_COLUMNS)[2 if move else 3 :]
    kept = ", ".join(f"{name} = excluded.{name}" for name in renewed)
    connection.execute(
        f"INSERT INTO sets ({', '.join(_COLUMNS)}) VALUES ({marks}) "
        f"ON CONFLICT (person, clip_sha256) DO UPDATE SET {kept}",
        values,
    )
    return not known


def remove_set(connection: sqlite3.Connection, person: str, clip_sha256: str) -> bool:
    """Forget a person's set of this clip; returns whether there was one."""
    asked = "DELETE FROM sets WHERE person = ? AND clip_sha256 = ?"
    return connection.execute(asked, (person, clip_sha256)).rowcount > 0


def sets_of(connection: sqlite3.Connection, person: str) -> pd.DataFrame:
    """All sets of a person in order of their days, a row a set; `done_on` holds dates."""
    names = [name for name in _COLUMNS if name not in ("person", "document")]
    asked = f"SELECT {', '.join(names)} FROM sets WHERE person = ? ORDER BY done_on, rowid"
    sets = pd.read_sql_query(asked, connection, params=(person,))
    numbers = [name for name in names if _COLUMNS[name] in ("REAL", "INTEGER")]
    sets = sets.astype(dict.fromkeys(numbers, float))
    sets = sets.astype({"point_of_control_censored": "boolean"})
    return sets.assign(done_on=[date.fromisoformat(day) for day in sets["done_on"]])
