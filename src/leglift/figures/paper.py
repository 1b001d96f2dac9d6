"""The stage `report`: one page about the study that stands on its own, made from its tables.

Figures are embedded, nothing is loaded, no script runs, and no number is written by hand.
"""

from __future__ import annotations

import base64
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from matplotlib.figure import Figure

from leglift.figures import accuracy, data, failures, instrument, outlines
from leglift.figures.evidence import Evidence, read_evidence, seen_of
from leglift.files import write_text
from leglift.instrument.gate import REASONS
from leglift.params import file_sha256, load_params
from leglift.study import plots
from leglift.study.marks import METHODS
from leglift.study.model_card import format_interval

TABLES = (
    "data/videos.csv", "data/visibility.csv", "data/moments.csv", "data/first_labels.csv",
    "data/edge.parquet", "data/synthetic/moments.parquet", "models/leglift.json",
    "reports/metrics.json",
)  # fmt: skip
"""Files the page is made from; it names their hashes."""


@dataclass(frozen=True)
class Shown:
    """A figure of the page: its name among the figures' files, and what a reader cannot see."""

    name: str
    alt: str
    draw: Callable[[Evidence], Figure]


def _first_labels(e: Evidence) -> Figure:
    return data.first_labels(pd.read_csv(e.data / "first_labels.csv"), e.metrics)


def _tilts(e: Evidence) -> Figure:
    return instrument.tilts(
        e.edge, e.videos, e.metrics["instrument"], load_params().gate, e.card["middle_norm"]
    )


def _simulated(e: Evidence) -> Figure:
    table = pd.read_parquet(e.data / "synthetic" / "moments.parquet")
    return instrument.simulated(table[table["split"] == "test"], e.metrics["simulated"])


FIGURES = (
    Shown("01_clips", "Clips by exercise and visibility of the back, and people by split",
          lambda e: data.clips(e.videos)),
    Shown("01_first_labels", "Labels of guide 1 against what the legs predict", _first_labels),
    Shown("02_tilts", "Height of the back's edge over time in four clips with known phases",
          _tilts),
    Shown("02_simulated", "Gap read against true gap, and errors of the point of control",
          _simulated),
    Shown("03_headline", "AUC of instrument, gap rule and legs only on study and test",
          lambda e: accuracy.headline(e.metrics["instrument"])),
    Shown("03_calibration", "Share lifted against the probability said",
          lambda e: accuracy.calibration(e.judged, e.card["lifted_at"])),
    Shown("04_people", "Height of the edge in every labelled moment, person by person",
          lambda e: failures.people(e.judged, e.card["middle_norm"], cut_norm(e.card))),
    Shown("04_gate", "What the gate lets through though nobody can see it",
          lambda e: failures.gate(e.described, e.visibility)),
    Shown("04_outlines", "Outlines of the surest wrong calls",
          lambda e: outlines.mistakes(e.judged, e.data / "landmarks")),
)  # fmt: skip


SHOWN_SPLITS = ("together", "fresh", "test")
"""Columns of the page's table."""


def cut_norm(card: dict[str, Any]) -> float:
    """Height of the edge (trunk lengths) from which the shipped model calls a back lifted."""
    odds = card["lifted_at"] / (1 - card["lifted_at"])
    return float(card["middle_norm"] + math.log(odds) / card["slope"])


def run_report(root: Path) -> int:
    """Draw the page's figures into `reports/figures` and write `reports/report.html`."""
    evidence = read_evidence(root)
    folder = root / "reports" / "figures"
    plots.theme()
    for shown in FIGURES:
        plots.save_figure(shown.draw(evidence), shown.name, folder)
    target = root / "reports" / "report.html"
    hashes = {name: file_sha256(root / name) for name in TABLES}
    write_text(target, page(evidence, folder, hashes))
    sys.stdout.write(f"{target}: {len(FIGURES)} figures, {target.stat().st_size // 1024} KiB\n")
    return 0


def page(evidence: Evidence, folder: Path, hashes: dict[str, str]) -> str:
    """Return the page; the figures are read from `folder`."""
    rows = headline_rows(evidence.metrics["instrument"])
    return _environment().get_template("paper.html.jinja").render(
        metrics=evidence.metrics,
        card=evidence.card,
        rows=rows,
        figures={f.name: _embedded(folder / f"{f.name}.svg", f.alt) for f in FIGURES},
        advice=REASONS,
        compared=compared(evidence.judged),
        cut_norm=cut_norm(evidence.card),
        hashes=hashes,
    )  # fmt: skip


def compared(judged: pd.DataFrame) -> dict[str, int]:
    """People who stand in a stratum with both states: in each split, and everybody together."""
    through = judged[judged["through"]]
    found = {s: accuracy.people_compared(seen_of(judged, s)) for s in judged["split"].unique()}
    return {"together": accuracy.people_compared(through), **found}


def headline_rows(figures: dict[str, Any]) -> list[dict[str, str]]:
    """Five rows of the page's table: words, instrument and baselines, a cell a split."""
    names = {**accuracy.ROWS, "balanced_accuracy": "balanced accuracy", "brier": "Brier score"}
    return [
        {"words": words}
        | {
            f"{split} {method}": format_interval(_figure(figures[split], method, name))
            for split in SHOWN_SPLITS
            for method in METHODS
        }
        for name, words in names.items()
    ]


def _figure(figures: dict[str, Any], method: str, name: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = (figures if method == "instrument" else figures[method]).get(
        name
    )
    return found


def _embedded(svg: Path, alt: str) -> dict[str, str]:
    code = base64.b64encode(svg.read_bytes()).decode()
    return {"src": f"data:image/svg+xml;base64,{code}", "alt": alt}


def _environment() -> jinja2.Environment:
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
    return made
