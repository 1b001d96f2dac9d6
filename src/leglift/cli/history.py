"""`leglift history`: a person's sets over weeks, kept in a file on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leglift.cli.options import BodyHeight, Overwrite, Pose, Rotate, SourceFps

app = typer.Typer(
    name="history",
    help="Keep a person's sets, and see how the point of control moves over weeks.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Person = Annotated[str, typer.Option("--person", metavar="NAME", help="Whose sets they are.")]


def _own_db() -> Path:
    """Where a history lies unless `--db` names another file: the user's own folder."""
    return Path(typer.get_app_dir("leglift")) / "history.sqlite"


Db = Annotated[
    Path,
    typer.Option(
        "--db",
        metavar="FILE",
        default_factory=_own_db,
        show_default=False,
        help="The history file; your own folder's without it.",
    ),
]

SetFiles = Annotated[
    list[Path],
    typer.Argument(metavar="FILE", help="Videos, folders, or .json of leglift judge --json."),
]


@app.command("add")
def add(
    files: SetFiles,
    person: Person,
    db: Db,
    day: Annotated[
        str | None,
        typer.Option(
            "--on", metavar="YYYY-MM-DD", help="Day of the set; without it the recording's."
        ),
    ] = None,
    pose: Pose = "full",
    rotate: Rotate = "0",
    source_fps: SourceFps = None,
    body_height_cm: BodyHeight = None,
) -> None:
    """Keep sets in a file on this machine; a clip that is there already is brought up to date."""
    from leglift.verdict.history.commands import run_add
    from leglift.verdict.inputs import taken
    from leglift.vision.video import Reading

    reading = Reading(None, int(rotate), source_fps)
    raise typer.Exit(run_add(taken(files), person, db, day, pose, reading, body_height_cm))


@app.command("remove")
def remove(files: SetFiles, person: Person, db: Db) -> None:
    """Take sets out again, by the files they were added from."""
    from leglift.verdict.history.commands import run_remove
    from leglift.verdict.inputs import expanded

    raise typer.Exit(run_remove(expanded(files), person, db))


@app.command("show")
def show(
    person: Person,
    db: Db,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE.png", help="Also draw it (.png or .svg)."),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Show a person's sets, the trend of the point of control, and the rest days."""
    from leglift.verdict.history.commands import run_show

    raise typer.Exit(run_show(person, db, json_, plot, overwrite))
