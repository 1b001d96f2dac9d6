"""What `leglift --help` shows: the commands and the groups of commands."""

from __future__ import annotations

from typing import Annotated

import typer

from leglift.cli import history, study
from leglift.cli.judge import check, judge, measure

app = typer.Typer(
    name="leglift",
    help="Does the lower back leave the floor during a leg lift?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(shown: bool) -> None:
    if shown:
        from leglift import __version__

        typer.echo(f"leglift {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show version.")
    ] = False,
) -> None:
    """Judge leg lifts on video: does the lower back leave the floor? Not a medical device."""


# Short helps of their own: Typer would cut the first sentences off.
app.command(short_help="Say how far down the legs may go before the back lifts, rep by rep.")(judge)
app.command(short_help="Say whether the back can be seen in a clip, and what to change.")(check)
app.command(short_help="Measure the lower back ten times a second, with or without lifts.")(measure)
app.add_typer(history.app, short_help="Keep sets, and see how the point of control moves.")
app.add_typer(study.app, short_help="What only the study needs: tables, labels, model, figures.")
