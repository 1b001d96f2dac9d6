"""A person's sets over weeks: kept in one SQLite file, told as a table and plain sentences.

The file stays on this machine. A clip is known by its SHA-256, so adding it again changes nothing
but its verdict.
"""

from __future__ import annotations

import json
import math
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import typer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leglift.console import plain, quiet_libraries, say
from leglift.errors import LegliftError, UsageError
from leglift.params import HistoryParams, file_sha256, load_params
from leglift.verdict.batch import find_model
from leglift.verdict.judge import judge_video
from leglift.verdict.table import conclusion, control_line, wrapped
from leglift.vision.pose import find_bundle
from leglift.vision.video import AS_IT_COMES, Reading, recorded_at

VERSION = 2
"""Of the file's layout, kept in SQLite's `user_version`."""

_LAYOUT = """
CREATE TABLE IF NOT EXISTS sets (
    person TEXT NOT NULL,
    clip_sha256 TEXT NOT NULL,
    done_on TEXT NOT NULL,
    n_reps INTEGER NOT NULL,
    n_good INTEGER NOT NULL,
    n_arched INTEGER NOT NULL,
    n_cant_tell INTEGER NOT NULL,
    set_over_at_rep INTEGER,
    point_of_control_deg REAL,
    point_of_control_low_deg REAL,
    point_of_control_high_deg REAL,
    point_of_control_censored INTEGER,
    point_of_control_error_deg REAL,
    lowering_s REAL,
    model_id TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (person, clip_sha256)
)
"""
_COLUMNS = (
    "person", "clip_sha256", "done_on", "n_reps", "n_good", "n_arched", "n_cant_tell",
    "set_over_at_rep", "point_of_control_deg", "point_of_control_low_deg",
    "point_of_control_high_deg", "point_of_control_censored", "point_of_control_error_deg",
    "lowering_s", "model_id", "document",
)  # fmt: skip
_CONTROL = tuple(name for name in _COLUMNS if name.startswith("point_of_control_"))
_ADDED = {name: "INTEGER" if name.endswith("censored") else "REAL" for name in _CONTROL[1:]}
"""What version 2 of the layout has beside version 1."""

_WEEK_D = 7
_TWO_SIDED = 1.96
DOCUMENT_SUFFIXES = (".json", ".jsonl")
_LONGEST_NAME = 100

Count = Annotated[int, Field(ge=0, le=100_000)]
Degrees = Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]


class _Part(BaseModel):
    """A part of the document of `leglift judge --json`; what history has no use for is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Model(_Part):
    id: Annotated[str, Field(min_length=1)]


class _Clip(_Part):
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Set(_Part):
    exercise: str
    n_reps: Annotated[Count, Field(ge=1)]
    n_good: Count
    n_arched: Count
    n_cant_tell: Count
    set_over_at_rep: Count | None
    point_of_control_deg: Degrees | None
    point_of_control_low_deg: Degrees | None = None
    point_of_control_high_deg: Degrees | None = None
    point_of_control_censored: bool | None = None
    point_of_control_error_deg: Degrees | None = None


class _Rep(_Part):
    lowering_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None


class JudgedSet(_Part):
    """What a judged video says of one set."""

    schema_version: Literal[1, 2]
    model: _Model
    clip: _Clip
    set: _Set
    reps: list[_Rep]


def read_documents(path: Path) -> list[dict[str, Any]]:
    """Read what `leglift judge --json` printed, one document or one a line.

    Raises
    ------
    UsageError
        The file is missing or holds something else; the line says where.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"{path}: cannot be read ({reason})") from error
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        return [_checked(json.loads(text), path)]
    except (ValueError, RecursionError):
        if len(lines) < 2:
            raise _no_document(path, "it is no JSON") from None
    try:
        return [_checked(json.loads(line), path) for line in lines]
    except (ValueError, RecursionError) as error:
        raise _no_document(path, "it is no JSON, and no JSON a line") from error


def _checked(document: Any, path: Path) -> dict[str, Any]:
    try:
        JudgedSet.model_validate(document)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "it"
        raise _no_document(path, f"{where} is missing, or not as it is there") from error
    return dict(document)


def _no_document(path: Path, why: str) -> UsageError:
    return UsageError(f"{path}: not what leglift judge --json prints ({why})")


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
        for name, kind in _ADDED.items():
            connection.execute(f"ALTER TABLE sets ADD COLUMN {name} {kind}")
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
    key = (person, judged.clip.sha256)
    asked = "SELECT count(*) FROM sets WHERE person = ? AND clip_sha256 = ?"
    (known,) = connection.execute(asked, key).fetchone()
    marks = ", ".join(f":{name}" for name in _COLUMNS)
    kept = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2 if move else 3 :])
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
    rows = connection.execute(
        f"SELECT {', '.join(names)} FROM sets WHERE person = ? ORDER BY done_on, rowid", (person,)
    ).fetchall()
    sets = pd.DataFrame(rows, columns=names)
    for name in ("set_over_at_rep", *_CONTROL, "lowering_s"):
        sets[name] = sets[name].astype(float)
    sets["point_of_control_censored"] = (
        sets["point_of_control_censored"].map({0.0: False, 1.0: True}).astype("boolean")
    )
    sets["done_on"] = [date.fromisoformat(day) for day in sets["done_on"]]
    return sets


def history_document(person: str, sets: pd.DataFrame, params: HistoryParams) -> dict[str, Any]:
    """All that `leglift history show` knows: sets, trend of the point of control, sentences."""
    slope = control_trend_deg_a_week(sets, params)
    return {
        "person": person,
        "n_sets": len(sets),
        "n_sessions": int(sets["done_on"].nunique()),
        "control_trend_deg_a_week": None if slope is None else round(slope, 2),
        "advice": [
            *_trend_lines(sets, slope),
            *change_lines(sets),
            *session_lines(sorted(set(sets["done_on"])), params),
        ],
        "sets": json.loads(
            sets.assign(done_on=sets["done_on"].astype(str)).to_json(orient="records")
        ),
    }


def control_trend_deg_a_week(sets: pd.DataFrame, params: HistoryParams) -> float | None:
    """How the point of control moves, in degrees of leg angle a week; less is better.

    The median of all slopes between two sets (Theil and Sen), which one odd set does not turn.
    None before there are enough sets over at least a week.
    """
    known = sets.dropna(subset="point_of_control_deg")
    if len(known) < params.least_trend_sets:
        return None
    weeks = np.array([day.toordinal() / _WEEK_D for day in known["done_on"]])
    if np.ptp(weeks) < 1:
        return None
    control = known["point_of_control_deg"].to_numpy()
    first, second = np.triu_indices(len(known), 1)
    apart = weeks[second] - weeks[first]
    moved = control[second] - control[first]
    return float(np.median(moved[apart > 0] / apart[apart > 0]))


def _trend_lines(sets: pd.DataFrame, slope: float | None) -> list[str]:
    if slope is None:
        known = int(sets["point_of_control_deg"].notna().sum())
        return [
            f"Point of control: known in {_counted(known, 'set')}, "
            "too few or too close in time for a trend."
        ]
    if abs(slope) < 0.5:
        return ["The point of control stays where it is."]
    way = "down" if slope < 0 else "up"
    means = "the back stays on the floor longer" if slope < 0 else "the back lifts earlier"
    return [f"The point of control goes {way} by about {abs(slope):.1f} deg a week: {means}."]


def smallest_change_deg(error_sd_deg: float) -> float:
    """Smallest detectable change: of two sets in which nothing changed, 95 % differ by less."""
    return _TWO_SIDED * math.sqrt(2) * error_sd_deg


def change_lines(sets: pd.DataFrame) -> list[str]:
    """Say whether first and last point of control differ by more than measuring alone makes them.

    Nothing where fewer than two are known, or their error is not.
    """
    known = sets.dropna(subset=["point_of_control_deg", "point_of_control_error_deg"])
    if len(known) < 2:
        return []
    first, last = (float(known["point_of_control_deg"].iloc[i]) for i in (0, -1))
    least = smallest_change_deg(float(known["point_of_control_error_deg"].iloc[[0, -1]].max()))
    moved = f"From {first:.0f} to {last:.0f} deg since {known['done_on'].iloc[0]}"
    if abs(last - first) <= least:
        return [f"{moved}: within what measuring alone can make it, {least:.0f} deg."]
    what = "better" if last < first else "worse"
    return [f"{moved}: {what}, by more than measuring alone can make it, {least:.0f} deg."]


def session_lines(days: Sequence[date], params: HistoryParams) -> list[str]:
    """Hold the days of sessions against the article's plan: 3 to 4 a week, a rest day between.

    `days` are different and in order. The week is the one up to the last session.
    """
    if not days:
        return []
    week = [day for day in days if days[-1] - day < timedelta(days=_WEEK_D)]
    plan = f"{params.least_sessions} to {params.most_sessions} a week"
    few, many = len(week) < params.least_sessions, len(week) > params.most_sessions
    says = f"fewer than {plan}" if few else f"more than {plan}" if many else f"as planned, {plan}"
    lines = [f"In the 7 days up to {days[-1]}: {_counted(len(week), 'session')}, {says}."]
    least = timedelta(days=params.rest_days + 1)
    lines += [
        f"{before} and {after}: no rest day between; leave one."
        for before, after in pairwise(days)
        if after - before < least and after in week
    ]
    return lines


def history_text(said: dict[str, Any]) -> str:
    """Human table: one line a set, then what it means."""
    sets, sessions = (_counted(said[f"n_{what}s"], what) for what in ("set", "session"))
    lines = [f"{said['person']}: {sets} in {sessions}", ""]
    lines += [
        f"{'day':<10} {'reps':>5} {'good':>5} {'arched':>7} {'unclear':>8} {'over at':>8} "
        f"{'control, deg':>14} {'lower':>6}"
    ]
    lines += [_set_line(one) for one in said["sets"]]
    return "\n".join([*lines, "", *wrapped(said["advice"]), ""])


def _counted(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def _set_line(one: dict[str, Any]) -> str:
    over, lower = (
        "-" if one[name] is None else f"{one[name]:.{digits}f}{unit}"
        for name, digits, unit in (("set_over_at_rep", 0, ""), ("lowering_s", 1, "s"))
    )
    return (
        f"{one['done_on']:<10} {one['n_reps']:>5} {one['n_good']:>5} {one['n_arched']:>7} "
        f"{one['n_cant_tell']:>8} {over:>8} {_control(one):>14} {lower:>6}"
    )


def _control(one: dict[str, Any]) -> str:
    deg, low, high = (one[f"point_of_control_{key}"] for key in ("deg", "low_deg", "high_deg"))
    if deg is None:
        return f"below {high:.0f}" if one["point_of_control_censored"] else "-"
    return f"{deg:.0f}" if low is None or high is None else f"{deg:.0f} ({low:.0f} to {high:.0f})"


def done_on(path: Path) -> tuple[date, str]:
    """Day of a set and a word on where it comes from, none where it is the recording's own.

    A file that does not say when it was recorded has the day of its last change.

    Raises
    ------
    UsageError
        The day is yet to come, as where a camera's clock is wrong.
    """
    recorded = None if path.suffix.lower() in DOCUMENT_SUFFIXES else recorded_at(path)
    if recorded:
        if recorded.date() > _today():
            raise UsageError(
                f"{path}: says it was recorded on {recorded.date()}, which is yet to come; give "
                "the day with --on"
            )
        return recorded.date(), ""
    try:
        changed = min(datetime.fromtimestamp(path.stat().st_mtime).date(), _today())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    return changed, ", the day of the file, which does not say its own; --on gives another"


def default_db() -> Path:
    """Where a history lies unless `--db` names another file: the user's own folder."""
    return Path(typer.get_app_dir("leglift")) / "history.sqlite"


def run_add(
    files: Sequence[Path],
    person: str,
    db: Path,
    day: str | None,
    pose: str,
    reading: Reading = AS_IT_COMES,
) -> int:
    """Keep the sets of videos and of documents; returns the exit code of the first failure.

    A file that cannot be read does not keep the others from being added.
    """
    person, given, code = person_name(person), _day(day), 0
    with quiet_libraries(verbose=False) as stderr:
        for path in files:
            try:
                when, why = (given, "") if given else done_on(path)
                documents = _documents(path, pose, reading)
                with opened(db, create=True) as connection:
                    new = [
                        add_set(connection, person, when, document, move=given is not None)
                        for document in documents
                    ]
            except LegliftError as error:
                say(stderr, str(error))
                code = code or error.exit_code
                continue
            for fresh, document in zip(new, documents, strict=True):
                known = "added" if fresh else "known already, brought up to date"
                sys.stdout.write(f"{plain(str(path))}: {known} ({person}, {when}{why})\n")
                said = [*_control_said(document), conclusion(document)]
                sys.stdout.write("".join(f"{line}\n" for line in wrapped(said)))
    return code


def _control_said(document: dict[str, Any]) -> list[str]:
    """Point of control in one sentence; documents of the first layout do not say all of it."""
    return control_line(document)[:1] if document["schema_version"] > 1 else []


def run_remove(files: Sequence[Path], person: str, db: Path) -> int:
    """Take sets out again, by their videos or documents.

    A video is known by its bytes and not judged. Returns the exit code of the first failure.
    """
    person, code = person_name(person), 0
    with quiet_libraries(verbose=False) as stderr:
        for path in files:
            try:
                clips = _clip_hashes(path)
                with opened(db, create=False) as connection:
                    n_gone = sum(remove_set(connection, person, clip) for clip in clips)
                if n_gone == 0:
                    raise UsageError(f"{path}: is not in the history of {person}")
            except LegliftError as error:
                say(stderr, str(error))
                code = code or error.exit_code
                continue
            sys.stdout.write(f"{plain(str(path))}: removed ({person}, {_counted(n_gone, 'set')})\n")
    return code


def _clip_hashes(path: Path) -> list[str]:
    if path.suffix.lower() in DOCUMENT_SUFFIXES:
        return [document["clip"]["sha256"] for document in read_documents(path)]
    try:
        return [file_sha256(path)]
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error


def _day(text: str | None) -> date | None:
    try:
        day = None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--on {text}: give a day as YYYY-MM-DD") from error
    if day is not None and day > _today():
        raise UsageError(f"--on {text}: is yet to come")
    return day


def _today() -> date:
    return datetime.now().astimezone().date()


def _documents(path: Path, pose: str, reading: Reading) -> list[dict[str, Any]]:
    if path.suffix.lower() in DOCUMENT_SUFFIXES:
        return read_documents(path)
    params = load_params()
    bundle = find_bundle(pose)
    return [
        judge_video(path, bundle, find_model("shipped", bundle, params), params, reading=reading)
    ]


def run_show(person: str, db: Path, as_json: bool) -> int:
    """Print a person's history; returns the exit code.

    Raises
    ------
    UsageError
        There is no history, or nothing of this person in it.
    """
    person = person_name(person)
    with opened(db, create=False) as connection:
        sets = sets_of(connection, person)
    if sets.empty:
        raise UsageError(f"{db}: holds no set of {person}; add one with leglift history add")
    said = history_document(person, sets, load_params().history)
    sys.stdout.write(json.dumps(said) + "\n" if as_json else history_text(said))
    return 0
