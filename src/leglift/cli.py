"""The `leglift` command. Results go to stdout, progress and errors to stderr.

Heavy imports live inside the commands, so that `leglift --help` is quick.
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
from enum import StrEnum
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
INTERRUPTED = 130

# readable=False: Typer's own check would end the whole batch, and with another exit code.
Videos = Annotated[
    list[Path],
    typer.Argument(metavar="VIDEO...", help="Video files, folders or patterns.", readable=False),
]
Pose = Annotated[
    str, typer.Option("--pose", metavar="lite|full|heavy|FILE", help="Pose model bundle.")
]
Model = Annotated[
    str,
    typer.Option("--model", metavar="FILE", help="A trained .skops model, or gap-rule."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]


class Quarter(StrEnum):
    """Quarter turns of a picture, clockwise, in degrees."""

    none = "0"
    right = "90"
    half = "180"
    left = "270"


Rotate = Annotated[
    Quarter,
    typer.Option("--rotate", help="Turn the picture clockwise first, if it lies on its side."),
]
SourceFps = Annotated[
    float | None,
    typer.Option(
        "--source-fps",
        metavar="N",
        min=1,
        max=1000,
        help="Frames a second that were filmed, where the file does not say or is slowed down.",
    ),
]
Calibration = Annotated[
    str | None,
    typer.Option(
        "--calibration",
        metavar="A-B",
        help="Seconds in which the back is pressed flat, let go, pressed flat: the own scale.",
    ),
]
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
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE.html", help="Also write a page with pictures."),
    ] = None,
    annotate: Annotated[
        Path | None,
        typer.Option(
            "--annotate",
            metavar="FILE.mp4",
            help="Also write the video (one only) with the verdict drawn on it, without sound.",
        ),
    ] = None,
    model: Model = "shipped",
    pose: Pose = "full",
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Videos at a time.")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="Judge on this Dask cluster."),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option(
            "--fps",
            metavar="N",
            min=5,
            max=1000,
            help="Look at about N frames of each second only: quicker, less exact.",
        ),
    ] = None,
    calibration: Calibration = None,
    rotate: Rotate = Quarter.none,
    source_fps: SourceFps = None,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
) -> None:
    """Say how far down the legs may go before the lower back lifts, and how every rep was done.

    Exit codes: 0 judged, 2 usage or no room to write, 3 video missing or unreadable, 4 no person
    or no leg lift found, 5 pose bundle or model missing or mismatched. With several videos one
    bad file does not stop the others; the exit code is the first failure's.
    """
    from leglift.instrument.calibrated import span_of
    from leglift.verdict.batch import judge_all
    from leglift.vision.video import Reading

    code = judge_all(
        videos,
        pose=pose,
        model=model,
        as_json=json_,
        csv=csv,
        overwrite=overwrite,
        verbose=verbose,
        jobs=jobs,
        scheduler=scheduler,
        report=report,
        annotate=annotate,
        reading=Reading(fps, int(rotate), source_fps),
        calibration=None if calibration is None else span_of(calibration),
    )
    raise typer.Exit(code)


@app.command()
def measure(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="A video file.", readable=False)],
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write the table there, not to stdout."),
    ] = None,
    model: Model = "shipped",
    pose: Pose = "full",
    calibration: Calibration = None,
    rotate: Rotate = Quarter.none,
    source_fps: SourceFps = None,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
) -> None:
    """Measure the lower back ten times a second, in leg lifts, pelvic tilts or lying still.

    Columns: time_s, leg_angle_deg, back_visible (0 to 1), gap_norm (height of the back's edge over
    what the body rests on, in trunk lengths), p_lifted (empty where the back is not visible).
    """
    from leglift.instrument.calibrated import span_of
    from leglift.verdict.measure import run_measure
    from leglift.vision.video import Reading

    code = run_measure(
        video,
        csv,
        pose=pose,
        model=model,
        overwrite=overwrite,
        verbose=verbose,
        reading=Reading(None, int(rotate), source_fps),
        calibration=None if calibration is None else span_of(calibration),
    )
    raise typer.Exit(code)


@app.command()
def check(
    videos: Videos,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document per video (a line each).")
    ] = False,
    pose: Pose = "full",
    rotate: Rotate = Quarter.none,
    source_fps: SourceFps = None,
    verbose: Verbose = False,
) -> None:
    """Say in one line whether the back is visible in a clip, and what to film differently."""
    from leglift.verdict.batch import expanded
    from leglift.verdict.check import check_all
    from leglift.vision.video import Reading

    reading = Reading(None, int(rotate), source_fps)
    code = check_all(expanded(videos), pose=pose, as_json=json_, verbose=verbose, reading=reading)
    raise typer.Exit(code)


history = typer.Typer(
    name="history",
    help="Keep a person's sets, and see how the point of control moves over weeks.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(history)

Person = Annotated[str, typer.Option("--person", metavar="NAME", help="Whose sets they are.")]
Db = Annotated[
    Path | None,
    typer.Option("--db", metavar="FILE", help="The history file; your own folder's without it."),
]


SetFiles = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Videos, folders, or .json of leglift judge --json."),
]


@history.command("add")
def history_add(
    files: SetFiles,
    person: Person,
    db: Db = None,
    day: Annotated[
        str | None,
        typer.Option(
            "--on", metavar="YYYY-MM-DD", help="Day of the set; without it the recording's."
        ),
    ] = None,
    pose: Pose = "full",
    rotate: Rotate = Quarter.none,
    source_fps: SourceFps = None,
) -> None:
    """Keep sets in a file on this machine; a clip that is there already is brought up to date."""
    from leglift.verdict.batch import expanded
    from leglift.verdict.history import default_db, run_add
    from leglift.vision.video import Reading

    reading = Reading(None, int(rotate), source_fps)
    raise typer.Exit(run_add(expanded(files), person, db or default_db(), day, pose, reading))


@history.command("remove")
def history_remove(
    files: SetFiles,
    person: Person,
    db: Db = None,
) -> None:
    """Take sets out again, by the files they were added from."""
    from leglift.verdict.batch import expanded
    from leglift.verdict.history import default_db, run_remove

    raise typer.Exit(run_remove(expanded(files), person, db or default_db()))


@history.command("show")
def history_show(
    person: Person,
    db: Db = None,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show a person's sets, the trend of the point of control, and the rest days."""
    from leglift.verdict.history import default_db, run_show

    raise typer.Exit(run_show(person, db or default_db(), json_))


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


DataDir = Annotated[Path, typer.Option("--data", metavar="DIR", help="The study's tables.")]
Models = Annotated[Path, typer.Option("--models", metavar="DIR")]


@app.command()
def edge(
    data: DataDir = Path("data"),
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Clips at a time.")] = 2,
) -> None:
    """Read the edge of the back in every clip's table, ten moments a second."""
    from leglift.study.training import run_edge

    raise typer.Exit(run_edge(data, jobs))


@app.command()
def truth(data: DataDir = Path("data")) -> None:
    """Join the raters' answers into one statement a moment (needs the extra leglift[study])."""
    from leglift.study.training import run_truth

    raise typer.Exit(run_truth(data))


@app.command()
def train(data: DataDir = Path("data"), models: Models = Path("models")) -> None:
    """Fit the shipped model on the study's people and write it."""
    from leglift.study.training import run_train

    raise typer.Exit(run_train(data, models))


@app.command()
def card(
    models: Models = Path("models"),
    metrics: Annotated[Path, typer.Option("--metrics", metavar="JSON")] = Path(
        "reports/metrics.json"
    ),
) -> None:
    """Write the model card from the model's sidecar and the measured figures."""
    from leglift.study.training import run_card

    raise typer.Exit(run_card(models, metrics))


@app.command()
def evaluate(
    videos: VideosCsv = Path("data/videos.csv"),
    counts: Annotated[
        Path, typer.Option("--counts", metavar="CSV", help="Reps counted by eye.")
    ] = Path("data/rep_counts.csv"),
    reps: Reps = Path("data/reps.parquet"),
    models: Models = Path("models"),
    metrics: Annotated[
        Path, typer.Option("--metrics", metavar="JSON", help="Where the figures go.")
    ] = Path("reports/metrics.json"),
) -> None:
    """Compute the study's figures from its tables and the frozen model."""
    from leglift.study.pipeline import run_evaluate

    raise typer.Exit(run_evaluate(videos, counts, reps, models, metrics))


Root = Annotated[Path, typer.Option("--root", metavar="DIR", help="The repository.")]


@app.command()
def report(root: Root = Path()) -> None:
    """Write the study's page, reports/report.html, and the figures in it."""
    from leglift.study.paper import run_report

    raise typer.Exit(run_report(root))


@app.command()
def synth(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the tables go.")],
    n: Annotated[int, typer.Option("--n", min=1, help="Number of clips, a body each.")] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Other seeds give other bodies.")] = 1,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Clips at a time.")] = 2,
    fps: Annotated[float, typer.Option("--fps", min=4, max=60, help="Cap the frame rate.")] = 30.0,
    reps: Annotated[str, typer.Option("--reps", metavar="A-B", help="Reps of a clip.")] = "4-8",
    pose: Pose = "full",
    keep_videos: Annotated[
        bool, typer.Option("--keep-videos", help="Keep the rendered videos too.")
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="No patterned cloth, no waistbands.")
    ] = False,
    unsteady: Annotated[
        bool, typer.Option("--unsteady", help="Half the sets swing, half tremble.")
    ] = False,
    demo: Annotated[bool, typer.Option("--demo", help="Write the demo clip instead.")] = False,
) -> None:
    """Render simulated bodies with a known pelvic tilt and look at them as at any video.

    Needs the extra leglift[synth]. Clips that are there already are kept.
    """
    from leglift.synth.generate import Request, run_synth, write_demo

    if demo:
        write_demo(out)
        typer.echo(f"wrote the demo clip and its truth into {out}")
        return
    request = Request(seed=seed, max_fps=fps, reps=_span(reps), prints=not plain, unsteady=unsteady)
    raise typer.Exit(run_synth(n, request, out, pose, jobs, keep_videos))


@app.command()
def synth_moments(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the stills go.")],
    count: Annotated[int, typer.Option("--count", min=1, help="Number of bodies.")] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Other seeds give other bodies.")] = 1,
    moments: Annotated[int, typer.Option("--moments", min=1, max=99, help="Stills a body.")] = 10,
    clear: Annotated[
        bool, typer.Option("--clear", help="The waist uncovered, and large enough to judge.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Bodies at a time.")] = 2,
) -> None:
    """Render still moments of simulated bodies whose legs say nothing about their backs.

    Needs the extra leglift[synth]. The stills go to DIR/CLIP_ID, their truth to DIR/truth.parquet.
    """
    from leglift.synth.moments import Asked
    from leglift.synth.stills import run_moments

    asked = Asked(seed=seed, moments=moments, clear=clear)
    raise typer.Exit(run_moments(count, asked, out, jobs))


def _span(text: str) -> tuple[int, int]:
    """Whole numbers `A-B`, or `A` for both."""
    first, dash, last = text.partition("-")
    if not (first.isdecimal() and (last if dash else first).isdecimal()):
        raise UsageError(f"--reps {text}: say 5-7, or 2")
    low, high = int(first), int(last or first)
    if not 1 <= low <= high:
        raise UsageError(f"--reps {text}: the first number is at least 1 and not above the second")
    return low, high


def main() -> None:
    """Run the command line; every expected failure is one line and its own exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # file names may hold anything
            stream.reconfigure(errors="backslashreplace")
    code = _run(sys.argv[1:])
    sys.exit(_flushed() or code)


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
        said, asked = error.format_message(), getattr(error, "ctx", None)
        if said.startswith("Usage: "):  # called without arguments: the whole help
            return _help(said)
        return _usage(said, asked.command_path if asked else "leglift", args)
    except BrokenPipeError:  # who read our results has seen enough
        _drop_stdout()
    except KeyboardInterrupt:
        return _failed("interrupted; nothing was written", INTERRUPTED)
    except OSError as error:  # a full disk, a folder that went away
        if not error.filename:  # stdout, and what waits for it would fail again
            _drop_stdout()
        return _failed(_said_of(error), USAGE)
    return 0


def _flushed() -> int:
    """Write out what waits for stdout; the exit code where that cannot be."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
    except OSError as error:
        _drop_stdout()
        return _failed(f"the result cannot be written ({error.strerror or error})", USAGE)
    return 0


def _drop_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said_of(error: OSError) -> str:
    why = error.strerror or str(error)
    name = str(error.filename or "")
    if "temporary directory" in why or (name and name.startswith(_temporary_folder())):
        return f"temporary files cannot be written ({why}); name another folder with TMPDIR=FOLDER"
    return f"{name or 'the result'} cannot be written or read ({why})"


def _temporary_folder() -> str:
    try:
        return tempfile.gettempdir() + os.sep + "leglift-"
    except OSError:
        return os.devnull


def _usage(said: str, command: str, args: list[str]) -> int:
    dashed = [arg for arg in args if arg.startswith("-") and os.path.lexists(arg)]
    hint = f" (a file? write ./{dashed[0]})" if dashed else ""
    return _failed(f"{' '.join(said.split()).rstrip('.')}{hint}; see {command} --help", USAGE)


def _help(said: str) -> int:
    sys.stderr.write(f"{said}\n")
    return USAGE


def _failed(said: str, exit_code: int) -> int:
    from leglift.console import plain

    sys.stderr.write(f"leglift: {plain(said)}\n")
    return exit_code
