"""The `leglift` command. Results go to stdout, progress and errors to stderr.

Heavy imports live inside the commands, so that `leglift --help` is quick.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from leglift.errors import LegliftError, UsageError

app = typer.Typer(
    name="leglift",
    help="Does the lower back leave the floor during a leg lift?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

USAGE = UsageError.exit_code
FAILED = LegliftError.exit_code
INTERRUPTED = 130

# readable=False: Typer's own check would end the whole batch, and with another exit code.
Videos = Annotated[
    list[Path],
    typer.Argument(metavar="VIDEO...", help="Video files to judge.", readable=False),
]
Pose = Annotated[
    str, typer.Option("--pose", metavar="lite|full|heavy|FILE", help="Pose model bundle.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Also show the libraries' own logs.")
]


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


@app.command()
def judge(
    videos: Videos,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document per video (a line each).")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Also write a row per rep.")
    ] = None,
    pose: Pose = "full",
    overwrite: Overwrite = False,
    verbose: Verbose = False,
) -> None:
    """Say for every rep in a video whether the lower back stayed on the floor.

    Exit codes: 0 judged, 2 usage, 3 video missing or unreadable, 4 no person or no leg lift
    found, 5 pose bundle or model missing or mismatched. With several videos one bad file does
    not stop the others; the exit code is the first failure's.
    """
    from leglift.verdict.batch import judge_all

    code = judge_all(
        videos, pose=pose, as_json=json_, csv=csv, overwrite=overwrite, verbose=verbose
    )
    raise typer.Exit(code)


VideosCsv = Annotated[Path, typer.Option("--videos", metavar="CSV", help="The source list.")]
Tables = Annotated[Path, typer.Option("--tables", metavar="DIR", help="Tables of the clips.")]


Reps = Annotated[Path, typer.Option("--reps", metavar="PARQUET", help="The table of reps.")]


@app.command()
def fetch(
    videos: VideosCsv = Path("data/videos.csv"),
    source: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Take the files from a folder.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Downloads at a time.")] = 4,
) -> None:
    """Get the study's clips into the cache, each checked by its SHA-256."""
    from leglift.study.pipeline import run_fetch

    raise typer.Exit(run_fetch(videos, source, jobs))


@app.command()
def extract(
    videos: VideosCsv = Path("data/videos.csv"),
    tables: Tables = Path("data/landmarks"),
    pose: Pose = "full",
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Clips at a time.")] = 2,
) -> None:
    """Turn every fetched clip that is new or changed into a table of landmarks and silhouettes."""
    from leglift.study.pipeline import run_extract

    raise typer.Exit(run_extract(videos, tables, pose, jobs))


@app.command()
def segment(
    videos: VideosCsv = Path("data/videos.csv"),
    tables: Tables = Path("data/landmarks"),
    reps: Reps = Path("data/reps.parquet"),
) -> None:
    """Find the leg lifts in every clip's table and write them with their features."""
    from leglift.study.pipeline import run_segment

    raise typer.Exit(run_segment(videos, tables, reps))


@app.command()
def evaluate(
    videos: VideosCsv = Path("data/videos.csv"),
    counts: Annotated[
        Path, typer.Option("--counts", metavar="CSV", help="Reps counted by eye.")
    ] = Path("data/rep_counts.csv"),
    reps: Reps = Path("data/reps.parquet"),
    metrics: Annotated[
        Path, typer.Option("--metrics", metavar="JSON", help="Where the figures go.")
    ] = Path("reports/metrics.json"),
) -> None:
    """Compute the study's figures from its tables."""
    from leglift.study.pipeline import run_evaluate

    raise typer.Exit(run_evaluate(videos, counts, reps, metrics))


def main() -> None:
    """Run the command line; every expected failure is one line and its own exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # file names may hold anything
            stream.reconfigure(errors="backslashreplace")
    sys.exit(_run(sys.argv[1:]))


def _run(args: list[str]) -> int:
    # Typer's own runner would turn Ctrl-C and a closed pipe into exit codes without a word.
    command = typer.main.get_command(app)
    try:
        with command.make_context("leglift", args) as context:
            command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    except LegliftError as error:
        return _failed(str(error), error.exit_code)
    except TyperException as error:
        return _usage(error.format_message()) if args else _help(error.format_message())
    except BrokenPipeError:  # who read our results has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return _failed("interrupted; nothing was written", INTERRUPTED)
    except OSError as error:  # a full disk, a folder that went away
        return _failed(f"{error.filename or 'leglift'}: {error.strerror or error}", FAILED)
    return 0


def _usage(said: str) -> int:
    return _failed(f"{' '.join(said.split()).rstrip('.')}; see leglift --help", USAGE)


def _help(said: str) -> int:
    sys.stderr.write(f"{said}\n")
    return USAGE


def _failed(said: str, exit_code: int) -> int:
    sys.stderr.write(f"leglift: {said}\n")
    return exit_code
