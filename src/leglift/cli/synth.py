"""`leglift study synth` and `synth-moments`: simulated bodies whose back is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leglift.cli.options import Pose
from leglift.errors import UsageError


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
    photos: Annotated[
        bool, typer.Option("--photos", help="Photographs on floor, wall and mat.")
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
    request = Request(
        seed=seed, max_fps=fps, reps=span_of_reps(reps), prints=not plain, unsteady=unsteady,
        photos=photos,
    )  # fmt: skip
    raise typer.Exit(run_synth(n, request, out, pose, jobs, keep_videos))


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
    from leglift.synth.stills import run_moments

    raise typer.Exit(run_moments(count, seed, moments, clear, out, jobs))


def read_stills(
    stills: Annotated[Path, typer.Argument(metavar="DIR", help="What synth-moments has written.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Table of the heights read.")],
    pose: Pose = "full",
) -> None:
    """Read the edge of the back in stills of simulated bodies, as in the raters' catch pairs."""
    from leglift.params import load_params
    from leglift.simulated.stills import run_read_stills
    from leglift.vision.pose import find_bundle

    run_read_stills(stills, out, find_bundle(pose), load_params())


def compare_backgrounds(
    drawn: Annotated[Path, typer.Argument(metavar="DIR", help="A run of synth.")],
    photo: Annotated[Path, typer.Argument(metavar="DIR", help="The same with --photos.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Table of the heights read.")],
) -> None:
    """Read the edge of the same simulated bodies before drawn rooms and before photographs."""
    from leglift.params import load_params
    from leglift.simulated.backgrounds import run_backgrounds

    run_backgrounds(drawn, photo, out, load_params())


def span_of_reps(text: str) -> tuple[int, int]:
    """Whole numbers `A-B`, or `A` for both."""
    first, dash, last = text.partition("-")
    if not (first.isdecimal() and (last if dash else first).isdecimal()):
        raise UsageError(f"--reps {text}: say 5-7, or 2")
    low, high = int(first), int(last or first)
    if not 1 <= low <= high:
        raise UsageError(f"--reps {text}: the first number is at least 1 and not above the second")
    return low, high
