"""`--open`: the page in a browser that is none."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import pytest

from leglift.errors import UsageError
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
