"""leglift from a program or a notebook: `leglift.judge(path)` and `leglift.measure(path)`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from leglift.console import quiet_libraries
from leglift.instrument.calibrated import Span
from leglift.verdict.batch import task_of
from leglift.verdict.judge import judge_video
from leglift.verdict.measure import measure_video
from leglift.verdict.sections import Document
from leglift.verdict.table import flat_rep, verdict_text
from leglift.vision.video import Reading

Seconds = tuple[float, float]


@dataclass(frozen=True)
class JudgedSet(Mapping[str, Any]):
    """What `leglift judge --json` prints of a video, to be read like that document.

    `result["set"]["point_of_control_deg"]` and so on; printed, it is the command's text.
    """

    document: Document

    @property
    def reps(self) -> pd.DataFrame:
        """A row a rep with the document's fields; `cues` holds the codes, apart by spaces."""
        return pd.DataFrame(map(flat_rep, self.document["reps"]))

    @property
    def point_of_control_deg(self) -> float | None:
        """Leg angle at which the back lifts; None where unknown."""
        deg: float | None = self.document["set"]["point_of_control_deg"]
        return deg

    def __getitem__(self, key: str) -> Any:
        """Section of the document."""
        return self.document[key]

    def __iter__(self) -> Iterator[str]:
        """Names of the sections."""
        return iter(self.document)

    def __len__(self) -> int:
        """Count the sections."""
        return len(self.document)

    def __str__(self) -> str:
        """Text of `leglift judge`."""
        return verdict_text(self.document)


def judge(
    path: str | PathLike[str],
    *,
    model: str = "shipped",
    pose: str = "full",
    rotate: int = 0,
    calibration: Seconds | None = None,
    body_height_cm: float | None = None,
) -> JudgedSet:
    """Judge the leg lifts in a video.

    Parameters
    ----------
    path
        The video.
    model, pose, rotate
        As the command's options.
    calibration
        From and to (s): when the person presses the back flat, lets go and presses it flat; looked
        for before the set where it is None; (0, 0) for other people's scale.
    body_height_cm
        How tall the person is, for the height at which to stop; 170 without it.

    Raises
    ------
    LegliftError
        What went wrong, in one line; the subclasses of `leglift.errors` say which.
    """
    with _quiet():
        reading, span = Reading(rotate_deg=rotate), _span(calibration)
        task = task_of(pose, model, reading, span, body_height_cm)
        return JudgedSet(judge_video(Path(path), task))


def measure(
    path: str | PathLike[str],
    *,
    model: str = "shipped",
    pose: str = "full",
    rotate: int = 0,
    calibration: Seconds | None = None,
) -> pd.DataFrame:
    """Measure the lower back in a video, ten moments a second; no leg lift is needed.

    Parameters are those of `judge`. Columns: `time_s`, `leg_angle_deg`, `back_visible` (0..1),
    `gap_norm` (height of the back's edge, trunk lengths) and `p_lifted` (NaN where not visible).
    """
    with _quiet():
        task = task_of(pose, model, Reading(rotate_deg=rotate), _span(calibration))
        return measure_video(Path(path), task)


def _span(calibration: Seconds | None) -> Span | None:
    return None if calibration is None else Span(*map(float, calibration))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep off a notebook what libraries say of themselves, such as that they miss widgets."""
    with quiet_libraries(verbose=False), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="IProgress not found")
        yield
