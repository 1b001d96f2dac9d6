"""One page for people: what was judged, why, and what to change. It needs nothing but itself.

The page holds no script, loads nothing and shows no picture of a person: figures are drawn from
landmarks and outlines. Whatever comes from outside (file names above all) is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from leglift.params import Params
from leglift.verdict import table
from leglift.verdict.drawing import charts
from leglift.verdict.drawing.sketch import Sketch, sketches_of
from leglift.verdict.judge import Judged
from leglift.verdict.sections import Document
from leglift.verdict.table import number

_REPS_WIDE = 30  # more reps than this and the chart gets wider than the widest page


@dataclass(frozen=True)
class Chapter:
    """What the page says of one video; holds all it needs, so the clip's table may go.

    `back` is the height of its edge over time and `states` what that means; `lowerings` has the
    same along the leg angle, a list a rep, and `sketches` the pictures, one list of a pelvic tilt.
    `trust` says how far off the model was in the study.
    """

    document: Document
    bands: list[charts.Band]
    times: list[charts.Tick]
    leg: charts.Chart
    back: charts.Chart | None
    states: list[charts.Piece]
    lowerings: list[list[charts.Piece]]
    sketches: list[list[Sketch]]
    trust: str


def chapter(seen: Judged, params: Params) -> Chapter:
    """Gather the numbers and drawings of one judged video."""
    signals, reps = seen.motion.signals, seen.reps
    duration_s = max(seen.meta.duration_s, float(signals["time_s"].iloc[-1]), 1e-3)
    said = seen.document["set"]
    known = len(seen.course) > 0 and (said["n_good"] + said["n_arched"] + len(said["tilts"])) > 0
    return Chapter(
        document=seen.document,
        bands=charts.rep_bands(reps, duration_s),
        times=charts.time_ticks(duration_s, max(1.0, len(reps) / _REPS_WIDE)),
        leg=charts.leg_chart(signals, reps, duration_s),
        back=charts.back_chart(seen.course, duration_s) if known else None,
        states=charts.time_pieces(seen.course, duration_s) if known else [],
        lowerings=[charts.angle_pieces(seen.course, rep) for rep in reps.itertuples()],
        sketches=sketches_of(seen, params.back),
        trust=table.trust(seen.measured) if said["point_of_control_deg"] is not None else "",
    )


def report_page(chapters: Sequence[Chapter], failures: Sequence[str] = ()) -> str:
    """Return the page: a section a video, then a line for each video that could not be judged."""
    return _template().render(chapters=chapters, failures=failures)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = {name: word.lower() for name, word in table.WORDS.items()}
    environment.globals.update(words=words, table=table, cells=_cells)
    environment.filters.update(number=number, name=lambda path: Path(path).name, sentence=_sentence)
    return environment.get_template("report.html.jinja")


def _cells(rep: dict[str, Any]) -> dict[str, str]:
    """Columns of the table of reps after its number and verdict."""
    seen = rep["back_visible"]
    return {
        "back seen": number(None if seen is None else 100 * seen, 0, " %"),
        "legs": f"{number(rep['lowest_leg_angle_deg'])}° to {number(rep['top_leg_angle_deg'])}°",
        "lift": number(rep["lift_s"], 1, " s"),
        "lowering": number(rep["lowering_s"], 1, " s"),
        "knee at least": number(rep["knee_angle_min_deg"], 0, "°"),
        "back lifts at": number(rep["back_lift_angle_deg"], 0, "°"),
    }


def _sentence(text: str) -> str:
    """Begin with a capital and end with a full stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
