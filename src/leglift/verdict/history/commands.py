"""`leglift history`: where sets come from, and where what is said of them goes."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from leglift.console import plain
from leglift.errors import UsageError
from leglift.params import file_sha256, load_params
from leglift.verdict.batch import task_of
from leglift.verdict.cues import for_height
from leglift.verdict.history.documents import DOCUMENT_SUFFIXES, checked_set, read_documents
from leglift.verdict.history.store import add_set, opened, person_name, remove_set, sets_of
from leglift.verdict.history.summary import counted, history_document, history_text
from leglift.verdict.judge import judge_video
from leglift.verdict.outputs import check_output
from leglift.verdict.progress import each_file
from leglift.verdict.table import conclusion, control_line, wrapped
from leglift.verdict.watch import OnPass
from leglift.vision.video import AS_IT_COMES, Reading, recorded_at

PLOT_SUFFIXES = (".png", ".svg")


def done_on(path: Path) -> tuple[date, str]:
    """Day of a set and a sentence on where it comes from, none where it is the recording's own.

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
    return changed, "The day is that of the file, which does not say its own; --on gives another."


def run_add(
    files: Sequence[Path],
    person: str,
    db: Path,
    day: str | None,
    pose: str,
    reading: Reading = AS_IT_COMES,
    body_cm: float | None = None,
) -> int:
    """Keep the sets of videos and of documents; returns the exit code of the first failure."""
    person, given = person_name(person), _day(day)
    for_height(load_params(), body_cm)  # a height that cannot be is refused before any work

    def added(path: Path, on_pass: OnPass) -> str:
        when, why = (given, "") if given else done_on(path)
        if path.suffix.lower() in DOCUMENT_SUFFIXES:
            documents = read_documents(path)
        else:
            task = task_of(pose, "shipped", reading, body_cm=body_cm)
            documents = [checked_set(judge_video(path, task, on_pass), path)]
        lines = []
        with opened(db, create=True) as connection:
            for document in documents:
                new = add_set(connection, person, when, document, move=given is not None)
                known = "added" if new else "known already, brought up to date"
                lines.append(f"{plain(str(path))}: {known} ({person}, {when})")
                # documents of the first layout do not say all of the point of control
                control = control_line(document)[:1] if document["schema_version"] > 1 else []
                lines += wrapped([why, *control, conclusion(document)])
        return "".join(f"{line}\n" for line in lines)

    return each_file(files, added)


def run_remove(files: Sequence[Path], person: str, db: Path) -> int:
    """Take sets out again, by their videos or documents; returns the exit code, as `run_add`.

    A video is known by its bytes and not judged.
    """
    person = person_name(person)

    def removed(path: Path, _: OnPass) -> str:
        clips = _clip_hashes(path)
        with opened(db, create=False) as connection:
            n_gone = sum(remove_set(connection, person, clip) for clip in clips)
        if n_gone == 0:
            raise UsageError(f"{path}: is not in the history of {person}")
        return f"{plain(str(path))}: removed ({person}, {counted(n_gone, 'set')})\n"

    return each_file(files, removed)


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


def run_show(
    person: str, db: Path, as_json: bool, plot: Path | None = None, overwrite: bool = False
) -> int:
    """Print a person's history, and draw it where `plot` is given; returns the exit code.

    Raises
    ------
    UsageError
        There is no history, nothing of this person in it, or the picture cannot be written.
    """
    person = person_name(person)
    if plot is not None:
        if plot.suffix.lower() not in PLOT_SUFFIXES:
            ends = " or ".join(PLOT_SUFFIXES)
            raise UsageError(f"--plot {plot}: name a file that ends in {ends}")
        check_output(plot, overwrite)
    with opened(db, create=False) as connection:
        sets = sets_of(connection, person)
    if sets.empty:
        raise UsageError(f"{db}: holds no set of {person}; add one with leglift history add")
    params = load_params().history
    said = history_document(person, sets, params)
    sys.stdout.write(json.dumps(said) + "\n" if as_json else history_text(said))
    if plot is not None:
        from leglift.verdict.drawing.history_chart import history_figure, write_figure

        write_figure(history_figure(person, sets, params), plot)
    return 0
