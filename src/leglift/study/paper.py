"""The stage `report`: one page about the study that stands on its own, made from its tables.

Figures are embedded, nothing is loaded, no script runs, and no number is written by hand.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from matplotlib.figure import Figure

from leglift.params import file_sha256, load_params
from leglift.schemas import read_videos
from leglift.study import figures_accuracy as accuracy
from leglift.study import figures_failures as failed
from leglift.study import figures_signals as signals
from leglift.study import plots, words
from leglift.study.comparison import SHIPPED
from leglift.study.explain import write_text
from leglift.study.failures import CAUSES, blame, cause_counts
from leglift.study.figures_method import method
from leglift.study.results import METHOD_NAMES, Results, load_results
from leglift.study.training import said

SHOWN_FAILURES = 8
"""So many failures stand on the page itself, the surest ones; all are in notebook 05."""

TABLES = (
    "data/videos.csv", "data/labels.csv", "data/features.parquet", "data/moments.parquet",
    "data/predictions.parquet", "models/leglift.skops", "reports/metrics.json",
    "reports/explain.json", "reports/verdicts.csv",
)  # fmt: skip
"""Files the page is made from; it names their hashes."""

SIGNALS = {
    "gap_norm_change": ("Gap under the waist", "since legs high (% of the trunk's length)", 100.0),
    "tilt_change_deg": ("Estimated tilt of the pelvis", "since legs high (deg)", 1.0),
}


@dataclass(frozen=True)
class Shown:
    """A figure of the page: its name among the figures' files, and what a reader cannot see."""

    name: str
    alt: str
    draw: Callable[[Results, pd.DataFrame], Figure]


def _surest_failures(results: Results, videos: pd.DataFrame) -> Figure:
    reps = surest_failures(results.verdicts)
    bodies = failed.bodies(results, reps, failed.near_sides(videos))
    return failed.failure_gallery(results, reps, bodies)


FIGURES = (
    Shown("report_method", "A rep from landmarks and outline to a probability, in six steps",
          lambda r, v: method(r, failed.near_sides(v))),
    Shown("03_by_angle", "Gap and estimated tilt against leg angle, good and arched reps",
          lambda r, _: signals.curves_by_angle(r.moments, SIGNALS)),
    Shown("04_methods", "AUC and balanced accuracy of every method and of the raters",
          lambda r, _: accuracy.headline(r.metrics["model"]["all"], r.metrics["model"]["raters"])),
    Shown("03_matched", "AUC when reps of one exercise or with alike legs are compared",
          lambda r, _: signals.matches(signals.match_table(r.predictions, r.features,
                                                           signals.COMPARED))),
    Shown("04_roc_pr", "ROC and precision-recall curves with bands over people",
          lambda r, _: accuracy.roc_and_pr(r.predictions, r.metrics["model"]["raters"])),
    Shown("04_confusion", "Labels against verdicts", lambda r, _: accuracy.confusion(r.study)),
    Shown("04_people", "Every rep's probability, and every person's share of right verdicts",
          lambda r, _: accuracy.people(r.study)),
    Shown("04_learning", "AUC against the number of people to learn from",
          lambda r, _: accuracy.learning(r.explained["learning_curve"])),
    Shown("05_causes", "Failures by named cause", lambda r, _: failed.causes(r.verdicts)),
    Shown("05_blame", "Failures with and without each circumstance",
          lambda r, _: failed.blamed(r.verdicts)),
    Shown("report_failures", "The surest failures: body, gap, tilt, raters and probability",
          _surest_failures),
)  # fmt: skip


def surest_failures(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Wrong verdicts that the model was surest of, one a clip, `SHOWN_FAILURES` at most."""
    wrong = verdicts[verdicts["outcome"].isin(["missed arch", "false alarm"])]
    off = (wrong["p_arched"] - wrong["threshold"]).abs()
    ordered = wrong.loc[off.sort_values(ascending=False, kind="stable").index]
    return ordered.drop_duplicates("clip_id").head(SHOWN_FAILURES)


def run_report(root: Path) -> int:
    """Draw the page's figures into `reports/figures` and write `reports/report.html`."""
    results, videos = load_results(root), read_videos(root / "data" / "videos.csv")
    folder = root / "reports" / "figures"
    plots.theme()
    for shown in FIGURES:
        plots.save_figure(shown.draw(results, videos), shown.name, folder)
    target = root / "reports" / "report.html"
    write_text(page(results, folder), target)
    sys.stdout.write(f"{target}: {len(FIGURES)} figures, {target.stat().st_size // 1024} KiB\n")
    return 0


def page(results: Results, folder: Path) -> str:
    """Return the page; the figures are read from `folder`."""
    figures = {shown.name: _embedded(folder / f"{shown.name}.svg", shown.alt) for shown in FIGURES}
    template = _environment().get_template("paper.html.jinja")
    return template.render(
        metrics=results.metrics,
        figures=figures,
        words=words,
        verdicts=results.verdicts,
        blame=blame(results.verdicts, load_params()),
        counts=cause_counts(results.verdicts),
        causes=CAUSES,
        explained=results.explained,
        methods=METHOD_NAMES,
        shipped=SHIPPED,
        said=said,
        hashes=[(name, file_sha256(results.root / name)) for name in TABLES],
    )


def _embedded(svg: Path, alt: str) -> dict[str, Any]:
    data = base64.b64encode(svg.read_bytes()).decode()
    return {"src": f"data:image/svg+xml;base64,{data}", "alt": alt}


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
