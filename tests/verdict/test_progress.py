"""Bars on a terminal never take what goes to a file."""

from __future__ import annotations

import io
import sys

from rich.console import Console

from leglift.verdict.progress import progress_bars


def test_results_go_to_a_file_while_bars_are_on_the_terminal(capsys):
    terminal = io.StringIO()
    with progress_bars(Console(file=terminal, force_terminal=True)) as bars:
        bars.add_task("watching")
        sys.stdout.write("the result\n")
    assert capsys.readouterr().out == "the result\n"
    assert "watching" in terminal.getvalue()
    assert "the result" not in terminal.getvalue()


def test_no_bars_where_no_terminal_is():
    file = io.StringIO()
    with progress_bars(Console(file=file)) as bars:
        bars.add_task("watching")
    assert file.getvalue().strip() == ""
