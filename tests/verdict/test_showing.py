"""`--open`: the page in a browser that is none, and bars that never take what goes to a file."""

from __future__ import annotations

import io
import sys
import webbrowser
from pathlib import Path

import pytest
from rich.console import Console

from factories import Clip
from leglift.errors import UsageError
from leglift.params import load_params
from leglift.verdict.batch import write_report
from leglift.verdict.drawing.report import chapter
from leglift.verdict.outcome import Outcome
from leglift.verdict.outputs import show_page, temporary_page
from leglift.verdict.progress import progress_bars

GONE = Outcome(Path("gone.mp4"), None, "gone.mp4: no such file", 3)


@pytest.fixture
def browser(monkeypatch) -> list[str]:
    asked: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: asked.append(address) or True)
    return asked


@pytest.mark.parametrize("named", [True, False])
def test_the_page_of_a_batch_is_written_opened_and_said_where_it_lies(
    browser, scratch, tmp_path, judge_figure, capfd, named
):
    write_report([GONE], None, True)  # nothing is shown where nothing was judged
    assert (browser, list(scratch.iterdir())) == ([], [])
    seen = judge_figure(Clip(), Path("films/my sét.mp4"))
    done = Outcome(seen.video, seen.document, chapter=chapter(seen, load_params()))
    write_report([GONE, done], tmp_path / "page.html" if named else None, True)
    page = tmp_path / "page.html" if named else next(scratch.glob("leglift-*/my sét.html"))
    assert browser == [page.as_uri()]
    assert "gone.mp4: no such file" in page.read_text("utf-8")
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "" if named else f"the page is {page}; --report FILE.html keeps it" in err


@pytest.mark.parametrize("broken", [True, False])
def test_without_a_browser_the_page_is_named(monkeypatch, tmp_path, capfd, broken):
    def no_browser(_: str) -> bool:
        if broken:
            raise webbrowser.Error("could not locate runnable browser")
        return False

    monkeypatch.setattr(webbrowser, "open", no_browser)
    show_page(tmp_path / "a.html", keep=True)
    said = capfd.readouterr().err
    assert said == f"leglift: no browser could be opened; the page is {tmp_path / 'a.html'}\n"


def test_no_room_for_a_page(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "no"))
    with pytest.raises(UsageError, match="--report"):
        temporary_page(Path("a.mp4"))


@pytest.mark.parametrize("terminal", [True, False])
def test_bars_are_on_the_terminal_and_results_go_to_a_file(capsys, terminal):
    shown = io.StringIO()
    with progress_bars(Console(file=shown, force_terminal=terminal)) as bars:
        bars.add_task("watching")
        sys.stdout.write("the result\n")
    assert capsys.readouterr().out == "the result\n"
    assert ("watching" in shown.getvalue()) == terminal
    assert "the result" not in shown.getvalue()
