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
        max_fps=fps,
    )
    raise typer.Exit(code)


@app.command()
def check(
    videos: Videos,
    json_: Annotated[
        bool, typer.Option("--json", help="Print one JSON document per video (a line each).")
    ] = False,
    pose: Pose = "full",
    verbose: Verbose = False,
) -> None:
    """Say in one line whether the back can be judged in a clip, and what to film differently."""
    from leglift.verdict.batch import expanded
    from leglift.verdict.check import check_all

    raise typer.Exit(check_all(expanded(videos), pose=pose, as_json=json_, verbose=verbose))


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
) -> None:
    """Keep sets in a file on this machine; a clip that is there already is brought up to date."""
    from leglift.verdict.batch import expanded
    from leglift.verdict.history import default_db, run_add

    raise typer.Exit(run_add(expanded(files), person, db or default_db(), day, pose))


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


@app.command()
def featurize(data: Annotated[Path, typer.Option("--data", metavar="DIR")] = Path("data")) -> None:
    """Turn reps and their moments into the tables a classifier learns from."""
    from leglift.study.training import run_featurize

    raise typer.Exit(run_featurize(data))


@app.command()
def rocket(data: Annotated[Path, typer.Option("--data", metavar="DIR")] = Path("data")) -> None:
    """Predict with MiniRocket, a baseline that needs the extra leglift[rocket]."""
    from leglift.study.training import run_rocket

    raise typer.Exit(run_rocket(data))


@app.command()
def train(
    data: Annotated[Path, typer.Option("--data", metavar="DIR")] = Path("data"),
    models: Annotated[Path, typer.Option("--models", metavar="DIR")] = Path("models"),
    metrics: Annotated[Path, typer.Option("--metrics", metavar="JSON")] = Path(
        "reports/metrics.json"
    ),
) -> None:
    """Fit the shipped model on all labelled and simulated reps, and write it with its card."""
    from leglift.study.training import run_train

    raise typer.Exit(run_train(data, models, metrics))


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


Root = Annotated[Path, typer.Option("--root", metavar="DIR", help="The repository.")]


@app.command()
def explain(root: Root = Path()) -> None:
    """Find out what the model goes by, what more people would bring, and where it fails."""
    from leglift.study.explain import run_explain

    raise typer.Exit(run_explain(root / "data", root / "models", root / "reports"))


@app.command()
def collect(
    clips: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Where synth wrote.")],
    name: Annotated[str, typer.Option("--name", help="First part of the tables' names.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR")] = Path("data/synthetic"),
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Clips at a time.")] = 2,
) -> None:
    """Turn simulated clips into the study's tables: reps, moments and truth."""
    from leglift.study.collect import run_collect

    raise typer.Exit(run_collect(clips, name, out, jobs))


@app.command()
def instrument(root: Root = Path()) -> None:
    """Measure the tilt estimate on simulated bodies that no regressor has seen."""
    from leglift.study.instrument_run import run_instrument

    raise typer.Exit(run_instrument(root / "data", root / "reports" / "instrument.json"))


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


def _span(text: str) -> tuple[int, int]:
    """Whole numbers `A-B`, or `A` for both."""
    first, dash, last = text.partition("-")
    if not (first.isdecimal() and (last if dash else first).isdecimal()):
        raise UsageError(f"--reps {text}: say 5-7, or 2")
    low, high = int(first), int(last or first)
    if not 1 <= low <= high:
        raise UsageError(f"--reps {text}: the first number is at least 1 and not above the second")
    return low, high


label = typer.Typer(
    name="label",
    help="Make strips of the reps, rate them, and gather the ratings.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(label)

Data = Annotated[Path, typer.Option("--data", metavar="DIR", help="The study's tables.")]
Key = Annotated[Path, typer.Option("--key", metavar="CSV", help="Which strip shows which rep.")]
Guide = Annotated[Path, typer.Option("--guide", metavar="FILE", help="The labelling guide.")]
Rater = Annotated[str, typer.Option("--rater", metavar="NAME", help="A letter or a made-up name.")]


@label.command()
def strips(
    data: Data = Path("data"),
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the strips go.")] = Path(
        "labelling/strips"
    ),
    key: Key = Path("labelling/key.csv"),
    seed: Annotated[str, typer.Option("--seed", help="Another seed gives other codes.")] = "v1",
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Clips at a time.")] = 2,
    clips: Annotated[
        bool, typer.Option("--clips", help="Also slow clips and flicker films.")
    ] = False,
) -> None:
    """Make a strip of pictures for each rep, named by a code that tells nothing.

    The pictures show people: they stay on this machine and out of the repository.
    """
    from leglift.study.labelling import run_strips

    raise typer.Exit(run_strips(data, out, key, seed, jobs, clips))


@label.command()
def rate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of strips.")],
    rater: Rater,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="CSV", help="Where the ratings go.")
    ] = None,
    guide: Guide = Path("data/labelling_guide.md"),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 picks one.")] = 8765,
) -> None:
    """Rate strips on a page of this machine; goes on where it was left."""
    from leglift.study.label_page import Desk, serve

    if not guide.is_file():
        raise UsageError(f"{guide}: no such guide")
    ratings = out or folder.absolute().parent / f"ratings_{rater}.csv"
    serve(Desk(folder, ratings, rater), guide, port)


@label.command()
def add(
    ratings: Annotated[Path, typer.Argument(metavar="RATINGS.csv", help="A rater's file.")],
    rater: Rater,
    key: Key = Path("labelling/key.csv"),
    labels: Annotated[
        Path, typer.Option("--labels", metavar="CSV", help="The table that grows.")
    ] = Path("data/labels.csv"),
    guide: Guide = Path("data/labelling_guide.md"),
    nth: Annotated[int, typer.Option("--pass", min=1, help="2: the same strips rated again.")] = 1,
    date: Annotated[
        str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Day of rating.")
    ] = None,
) -> None:
    """Check a rater's file and append it to the labels."""
    from leglift.study.labelling import run_add

    raise typer.Exit(run_add(ratings, key, labels, guide, rater, nth, date))


@label.command()
def consensus(
    data: Data = Path("data"),
    out: Annotated[Path, typer.Option("--out", metavar="CSV", help="One label a rep.")] = Path(
        "data/consensus.csv"
    ),
) -> None:
    """Majority of the raters, decisions where they disagree, and what coaches' captions say."""
    from leglift.study.labelling import run_consensus

    raise typer.Exit(run_consensus(data, out))


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
        said, asked = error.format_message(), getattr(error, "ctx", None)
        if said.startswith("Usage: "):  # called without arguments: the whole help
            return _help(said)
        return _usage(said, asked.command_path if asked else "leglift")
    except BrokenPipeError:  # who read our results has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return _failed("interrupted; nothing was written", INTERRUPTED)
    except OSError as error:  # a full disk, a folder that went away
        return _failed(f"{error.filename or 'leglift'}: {error.strerror or error}", FAILED)
    return 0


def _usage(said: str, command: str) -> int:
    return _failed(f"{' '.join(said.split()).rstrip('.')}; see {command} --help", USAGE)


def _help(said: str) -> int:
    sys.stderr.write(f"{said}\n")
    return USAGE


def _failed(said: str, exit_code: int) -> int:
    sys.stderr.write(f"leglift: {said}\n")
    return exit_code
