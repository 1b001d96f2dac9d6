"""Fill the measured blocks of README and docs/method.md, so that no number is copied by hand.

    python scripts/update_readme.py [--check]

`--check` changes nothing and fails when a page does not show the current figures.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from leglift.figures.accuracy import ROWS
from leglift.params import load_params
from leglift.simulated.cues import UNSTEADY, simulated_reps, steady_cues, unsteady_cues
from leglift.study.model_card import format_interval

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
METHOD = ROOT / "docs" / "method.md"
METRICS = ROOT / "reports" / "metrics.json"
SYNTHETIC = ROOT / "data" / "synthetic"

BENT_DEG = 12.0  # a quarter of the bodies are drawn with more


def demo_block() -> str:
    """Return what `make demo` shows."""
    command = [str(Path(sys.executable).with_name("leglift")), "judge", "data/demo/leg_lifts.mp4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [line.rstrip() for line in done.stdout.rstrip().splitlines()]
    return "```\n" + "\n".join(lines) + "\n```"


def reps_block() -> str:
    """Return the table of rep counts in `reports/metrics.json`."""
    return "\n".join([
        "| clips | split | clips (people) | reps by eye | exact (95 % over people) "
        "| within one | start, end off by |",
        "|---|---|---|---|---|---|---|",
        *map(_counted, json.loads(METRICS.read_text(encoding="utf-8"))["rep_counts"]["summary"]),
    ])  # fmt: skip


def _counted(row: dict[str, Any]) -> str:
    between = row["exact_frac_95"]
    exact = f" ({between[0]:.2f}-{between[1]:.2f})" if between else ""
    off = ("-" if s is None else f"{s} s" for s in (row["start_error_s"], row["end_error_s"]))
    return (
        f"| {row['clips']} | {row['split'].replace('_', '-')} "
        f"| {row['n_clips']} ({row['n_people']}) | {row['n_reps']} "
        f"| {row['n_exact']}{exact} | {row['n_within_one']} | {' / '.join(off)} |"
    )


def accuracy_block() -> str:
    """Return five rows of `reports/metrics.json`: three methods, the fresh people, the gate."""
    found = json.loads(METRICS.read_text(encoding="utf-8"))["instrument"]
    everybody, fresh = found["together"], found["fresh"]
    n, n_fresh, gate = everybody["auc"], fresh["auc"]["n_people"], fresh["gate_precision"]
    precision, recall = _short(gate), _short(fresh["gate_recall"])
    rows = [
        [f"{n['n_moments']} moments of {n['n_people']} people", *ROWS.values()],
        [f"**{found['model']}**", *_figures(everybody)],
        ["gap rule, untrained", *_figures(everybody["gap_rule"])],
        ["legs only", *_figures(everybody["legs_only"])],
        [f"{n_fresh} of them, fresh, first look", *_figures(fresh)],
        [
            f"gate, {gate['n_people']} fresh people",
            f"precision {precision}, recall {recall}",
            "",
            "",
        ],
    ]
    head, *others = ("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([head, "|" + "---|" * len(rows[0]), *others])


def _figures(part: dict[str, Any]) -> list[str]:
    return [_short(part[name]) for name in ROWS]


def _short(figure: dict[str, Any]) -> str:
    return format_interval(figure).replace(" to ", "-")


def cues_block() -> str:
    """Return the tables of what the cues measure on simulated bodies, whose truth is known."""
    params = load_params()
    steady = simulated_reps(SYNTHETIC, ("train", "test"), params)
    unsteady = simulated_reps(SYNTHETIC, (UNSTEADY,), params)
    bent = steady["true_knee_deg"] >= BENT_DEG
    knee_off = steady["knee_angle_min_deg"] - (180 - steady["true_knee_deg"])
    top_off = steady["top_leg_angle_deg"] - steady["true_top_deg"]
    lowest_off = steady["lowest_leg_angle_deg"] - steady["true_lowest_deg"]
    swings = unsteady["true_swing_deg"] > 0
    swing_off = unsteady["swing_deg"] - unsteady["true_swing_deg"]
    thrown_off = unsteady["momentum_frac"] - unsteady["true_momentum_frac"]
    trembles = unsteady["true_shake_norm"] > params.cues.shake_norm
    shake_off = unsteady["shake_norm"] - unsteady["true_shake_norm"]
    lines = [
        *_head(steady),
        _errors("lowering", steady["lowering_s"] - steady["true_lowering_s"], "s", 2),
        _errors("lift", steady["lift_s"] - steady["true_lift_s"], "s", 2),
        _errors("highest leg angle", top_off, "deg", 1),
        _errors("lowest leg angle", lowest_off, "deg", 1),
        _errors("knee, straight is 180", knee_off, "deg", 1),
        _errors("... bent by 12 deg or more", knee_off[bent], "deg", 1),
        *_cues(steady_cues(steady, params.cues)),
        "",
        *_head(unsteady),
        _errors("swing", swing_off[~swings], "deg", 1),
        _errors("... if it swings, by 4 to 15 deg", swing_off[swings], "deg", 1),
        _errors("momentum, share of the way left", thrown_off, "", 2),
        _errors("trembling of the ankle, trunk lengths", shake_off[~trembles], "", 4),
        _errors("... if it trembles by more than the cue's", shake_off[trembles], "", 4),
        *_cues(unsteady_cues(unsteady, params.cues)),
    ]
    return "\n".join(lines)


def _head(reps: pd.DataFrame) -> list[str]:
    people = reps["person_id"].nunique()
    return [
        f"{len(reps)} reps of {people} simulated bodies; found less true:",
        "",
        "| measure | reps | middle error | half within | nine in ten within |",
        "|---|---|---|---|---|",
    ]


def _errors(what: str, error: pd.Series, unit: str, digits: int) -> str:
    half, most = error.abs().quantile([0.5, 0.9])
    figures = (f"{error.median():+.{digits}f}", f"{half:.{digits}f}", f"{most:.{digits}f}")
    return f"| {what} | {error.count()} | {' | '.join(f'{x} {unit}'.rstrip() for x in figures)} |"


def _cues(cues: dict[str, tuple[pd.Series, pd.Series]]) -> list[str]:
    rows = [
        "",
        "| cue | said | of those that deserve it | of those that do not |",
        "|---|---|---|---|",
    ]
    for name, (said, true) in cues.items():
        rows.append(
            f"| {name} | {int(said.sum())} times | {(said & true).sum()} of {true.sum()} "
            f"| {(said & ~true).sum()} of {(~true).sum()} |"
        )
    return rows


BLOCKS: dict[Path, dict[str, Callable[[], str]]] = {
    README: {"demo": demo_block, "accuracy": accuracy_block},
    METHOD: {"cues": cues_block, "reps": reps_block},
}
"""What is measured on which page."""


def filled(text: str, blocks: dict[str, Callable[[], str]]) -> str:
    """Return a page's text with every measured block renewed."""
    for name, block in blocks.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        new = block()
        text = pattern.sub(lambda found, new=new: f"{found[1]}{new}\n{found[2]}", text)
    return text


def main() -> None:
    """Renew the pages, or check that they are current."""
    for page, blocks in BLOCKS.items():
        old = page.read_text(encoding="utf-8")
        new = filled(old, blocks)
        if "--check" not in sys.argv:
            page.write_text(new, encoding="utf-8")
        elif old != new:
            sys.exit(f"{page.name} is stale: run python scripts/update_readme.py")


if __name__ == "__main__":
    main()
