"""Arguments and options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

# readable=False: Typer's own check would end the whole batch, and with another exit code.
Videos = Annotated[
    list[Path],
    typer.Argument(metavar="VIDEO", help="Video files, folders or patterns.", readable=False),
]
Pose = Annotated[
    str, typer.Option("--pose", metavar="lite|full|heavy|FILE", help="Pose model bundle.")
]
Model = Annotated[
    str,
    typer.Option("--model", metavar="FILE", help="A trained .skops model, or gap-rule."),
]
Rotate = Annotated[
    Literal["0", "90", "180", "270"],
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
        help="Seconds in which the back is pressed flat, arched, pressed flat (the own scale); "
        "found by itself before the set, or off.",
    ),
]
BodyHeight = Annotated[
    float | None,
    typer.Option(
        "--body-height-cm",
        metavar="CM",
        help="How tall the person is, for heights above the floor; 170 without it.",
    ),
]
JsonLines = Annotated[
    bool, typer.Option("--json", help="Print one JSON document per video (a line each).")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Also show the libraries' own logs.")
]
