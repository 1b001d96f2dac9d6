"""`leglift study`: the stages that make the study's tables, model and evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from leglift.cli import synth
from leglift.cli.options import Pose

app = typer.Typer(
    name="study",
    help="What only the study needs: its clips, tables, labels, model, figures, simulated bodies.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

VideosCsv = Annotated[Path, typer.Option("--videos", metavar="CSV", help="The source list.")]
Tables = Annotated[Path, typer.Option("--tables", metavar="DIR", help="Tables of the clips.")]
Reps = Annotated[Path, typer.Option("--reps", metavar="PARQUET", help="The table of reps.")]
DataDir = Annotated[Path, typer.Option("--data", metavar="DIR", help="The study's tables.")]
Models = Annotated[Path, typer.Option("--models", metavar="DIR")]
Root = Annotated[Path, typer.Option("--root", metavar="DIR", help="The repository.")]
Step = Literal["visibility", "moments", "pairs"]


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

    run_segment(videos, tables, reps)


@app.command()
def edge(
    data: DataDir = Path("data"),
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Clips at a time.")] = 2,
) -> None:
    """Read the edge of the back in every clip's table, ten moments a second."""
    from leglift.study.pipeline import run_edge

    run_edge(data, jobs)


@app.command()
def sheets(
    step: Annotated[Step, typer.Argument(help="What is asked; in this order.")],
    out: Annotated[Path, typer.Argument(metavar="DIR", help="Where the pictures go.")],
    data: DataDir = Path("data"),
    seed: Annotated[int, typer.Option("--seed", help="Of order, pairs and codes.")] = 0,
) -> None:
    """Draw blind pictures for raters of all that has no answer yet (data/labelling_guide.md)."""
    from leglift.study.rating import run_sheets

    run_sheets(data, step, out, seed)


@app.command()
def collect(
    step: Annotated[Step, typer.Argument(help="What was asked.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Key and a CSV file a rater.")],
    raters: Annotated[list[str], typer.Argument(help="Names of the files, without .csv.")],
    data: DataDir = Path("data"),
) -> None:
    """Add raters' answers to the study's tables."""
    from leglift.study.rating import run_collect

    run_collect(data, step, folder, raters)


@app.command()
def truth(data: DataDir = Path("data")) -> None:
    """Join the raters' answers into one statement a moment (needs the extra leglift[study])."""
    from leglift.study.pipeline import run_truth

    run_truth(data)


@app.command()
def train(data: DataDir = Path("data"), models: Models = Path("models")) -> None:
    """Fit the shipped model on the study's people and write it."""
    from leglift.study.training import run_train

    run_train(data, models)


@app.command()
def card(
    models: Models = Path("models"),
    metrics: Annotated[Path, typer.Option("--metrics", metavar="JSON")] = Path(
        "reports/metrics.json"
    ),
) -> None:
    """Write the model card from the model's sidecar and the measured figures."""
    from leglift.study.pipeline import run_card

    run_card(models, metrics)


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
    from leglift.study.evaluate import run_evaluate

    run_evaluate(videos, counts, reps, models, metrics)


@app.command()
def report(root: Root = Path()) -> None:
    """Write the study's page, reports/report.html, and the figures in it."""
    from leglift.figures.paper import run_report

    run_report(root)


app.command()(synth.synth)
app.command()(synth.synth_moments)
app.command()(synth.read_stills)
app.command()(synth.compare_backgrounds)
