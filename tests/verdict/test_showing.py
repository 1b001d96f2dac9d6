"""`--open`: the page in a browser that is none."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import pytest

from factories import Clip
from leglift.errors import UsageError
from leglift.params import load_params
from leglift.verdict.batch import _write_page
from leglift.verdict.drawing.report import chapter
from leglift.verdict.outcome import Outcome
from leglift.verdict.showing import show_page, temporary_page


@pytest.fixture
def browser(monkeypatch) -> list[str]:
    """Addresses that were opened; the browser is there as long as nothing else is said."""
    asked: list[str] = []

    def opened(address: str) -> bool:
        asked.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", opened)
    return asked


def test_a_page_that_was_named_is_opened_without_a_word(browser, tmp_path, capfd):
    page = tmp_path / "my set é.html"
    show_page(page, keep=True)
    assert browser == [page.as_uri()]
    assert capfd.readouterr() == ("", "")


def test_a_page_for_now_is_said_where_it_lies(browser, scratch, capfd):
    page = temporary_page(Path("films/my set.mp4"))
    assert (page.name, page.parent.parent) == ("my set.html", scratch)
    show_page(page, keep=False)
    assert browser == [page.as_uri()]
    assert f"the page is {page}; --report FILE.html keeps it" in capfd.readouterr().err


@pytest.mark.parametrize("named", [True, False])
def test_the_page_of_a_batch_is_written_and_then_opened(
    browser, scratch, tmp_path, judge_figure, named
):
    seen = judge_figure(Clip(), Path("my set.mp4"))
    done = Outcome(seen.video, seen.document, chapter=chapter(seen, load_params()))
    gone = Outcome(Path("gone.mp4"), None, "gone.mp4: no such file", 3)
    _write_page([gone, done], tmp_path / "page.html" if named else None, True)
    page = tmp_path / "page.html" if named else next(scratch.glob("leglift-*/my set.html"))
    assert browser == [page.as_uri()]
    assert "gone.mp4: no such file" in page.read_text("utf-8")


def test_nothing_is_opened_where_nothing_was_judged(browser, scratch):
    _write_page([Outcome(Path("a.mp4"), None, "a.mp4: no such file", 3)], None, True)
    assert (browser, list(scratch.iterdir())) == ([], [])


@pytest.mark.parametrize("kind", ["none", "broken"])
def test_without_a_browser_the_page_is_named(monkeypatch, tmp_path, capfd, kind):
    def no_browser(_: str) -> bool:
        if kind == "broken":
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
