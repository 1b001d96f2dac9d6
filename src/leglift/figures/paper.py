"""The stage `report`: one page about the study that stands on its own, made from its tables.

Figures are embedded, nothing is loaded, no script runs, and no number is written by hand.
"""

from __future__ import annotations

import base64
import math
import sys
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from matplotlib.figure import Figure

from leglift.figures import accuracy, data, failures, instrument, outlines, plots
from leglift.figures.evidence import Evidence, read_evidence, seen_of
from leglift.files import write_text
from leglift.instrument.gate import REASONS
from leglift.params import file_sha256, load_params
from leglift.study.model_card import format_interval

TABLES = (
    "data/videos.csv", "data/visibility.csv", "data/moments.csv", "data/first_labels.csv",
    "data/edge.parquet", "data/synthetic/moments.parquet", "models/leglift.json",
    "reports/metrics.json",
)  # fmt: skip
"""Files the page is made from; it names their hashes."""

FIGURES = {
    "01_clips": "Clips by exercise and visibility of the back, and people by split",
    "01_first_labels": "Labels of guide 1 against what the legs predict",
    "02_tilts": "Height of the back's edge over time in four clips with known phases",
    "02_simulated": "Gap read against true gap, and errors of the point of control",
    "03_headline": "AUC of instrument, gap rule and legs only on study, test and fresh people",
    "03_calibration": "Share lifted against the probability said",
    "04_people": "Height of the edge in every labelled moment, person by person",
    "04_gate": "What the gate lets through though nobody can see it",
    "04_outlines": "Outlines of the surest wrong calls",
}
"""Figures of the page by the names of their files, in words for a reader who cannot see them."""

FIGURE_ROWS = {**accuracy.ROWS, "balanced_accuracy": "balanced accuracy", "brier": "Brier score"}
"""Rows of the page's table."""


def drawn(e: Evidence) -> dict[str, Figure]:
    """Draw the page's figures."""
    found, middle_norm = e.metrics["instrument"], e.card["middle_norm"]
    first = pd.read_csv(e.data / "first_labels.csv")
    bodies = pd.read_parquet(e.data / "synthetic" / "moments.parquet")
    unseen = bodies[bodies["split"] == "test"]
    return {
        "01_clips": data.clips(e.videos),
        "01_first_labels": data.first_labels(first, e.metrics),
        "02_tilts": instrument.tilts(e.edge, e.videos, found, load_params().gate, middle_norm),
        "02_simulated": instrument.simulated(unseen, e.metrics["simulated"]),
        "03_headline": accuracy.headline(found),
        "03_calibration": accuracy.calibration(e.judged, e.card["lifted_at"]),
        "04_people": failures.people(e.judged, middle_norm, cut_norm(e.card)),
        "04_gate": failures.gate(e.described, e.visibility),
        "04_outlines": outlines.mistakes(e.judged, e.data / "landmarks"),
    }


def cut_norm(card: dict[str, Any]) -> float:
    """Height of the edge (trunk lengths) from which the shipped model calls a back lifted."""
    odds = card["lifted_at"] / (1 - card["lifted_at"])
    return float(card["middle_norm"] + math.log(odds) / card["slope"])


def run_report(root: Path) -> None:
    """Draw the page's figures into `reports/figures` and write `reports/report.html`."""
    plots.theme()
    evidence, folder = read_evidence(root), root / "reports" / "figures"
    for name, figure in drawn(evidence).items():
        plots.save_figure(figure, name, folder)
    target = root / "reports" / "report.html"
    hashes = {name: file_sha256(root / name) for name in TABLES}
    write_text(target, page(evidence, folder, hashes))
    sys.stdout.write(f"{target}: {len(FIGURES)} figures, {target.stat().st_size // 1024} KiB\n")


def page(evidence: Evidence, folder: Path, hashes: dict[str, str]) -> str:
    """Return the page; the figures are read from `folder`."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["said"] = format_interval
    made.filters["two"] = lambda found: f"{found['value']:.2f}"
    made.filters["percent"] = lambda share: f"{100 * share:.0f} %"
    return made.get_template("paper.html.jinja").render(
        metrics=evidence.metrics,
        card=evidence.card,
        rows=FIGURE_ROWS,
        of_method=accuracy.of_method,
        figures={name: _embedded(folder / f"{name}.svg") for name in FIGURES},
        alt=FIGURES,
        advice=REASONS,
        compared=compared(evidence.judged),
        cut_norm=cut_norm(evidence.card),
        hashes=hashes,
    )


def compared(judged: pd.DataFrame) -> dict[str, int]:
    """People who stand in a stratum with both states: in each split, and everybody together."""
    through = judged[judged["through"]]
    found = {s: accuracy.people_compared(seen_of(judged, s)) for s in judged["split"].unique()}
    return {"together": accuracy.people_compared(through), **found}


def _embedded(svg: Path) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.read_bytes()).decode()}"
