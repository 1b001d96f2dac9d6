"""A history as a picture."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from command import names_in
from histories import MONDAY, PLAN, a_document, add, kept
from leglift.errors import UsageError
from leglift.verdict.drawing.history_chart import history_figure, weekly_sessions, write_figure
from leglift.verdict.history.commands import run_show

KNOWN_AND_NOT = [62.0, None, 44.0, -22.0]


def a_history(db: Path, control: list[float | None]) -> None:
    """A set every third day; a negative point of control is lower than so many degrees."""
    for i, deg in enumerate(control):
        document = a_document(i, deg if deg and deg > 0 else None)
        if deg and deg < 0:
            below = {"point_of_control_high_deg": -deg, "point_of_control_censored": True}
            document["set"] |= below
        add(db, MONDAY + timedelta(days=3 * i), document)


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.PNG"])
def test_a_history_is_drawn(db, tmp_path, name):
    a_history(db, KNOWN_AND_NOT)
    assert run_show("Ada", db, False, tmp_path / name) == 0
    starts = (tmp_path / name).read_bytes()[:5]
    assert starts == (b"<?xml" if name.endswith("svg") else b"\x89PNG\r")
    assert names_in(tmp_path) == [name, "folder"]


def test_the_picture_says_what_is_known_and_what_is_not(db):
    a_history(db, KNOWN_AND_NOT)
    figure = history_figure("Ada", kept(db), PLAN)
    control, weeks = figure.axes
    assert control.get_legend_handles_labels()[1] == [
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
    days = [MONDAY + timedelta(days=day) for day in (0, 6, 15)]
    assert weekly_sessions(days).tolist() == [2, 0, 1]


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
