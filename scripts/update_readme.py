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

import pandas as pd

from leglift.params import load_params
from leglift.simulated.cues import UNSTEADY, said_and_deserved, simulated_reps

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
METHOD = ROOT / "docs" / "method.md"
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
    metrics = json.loads((ROOT / "reports" / "metrics.json").read_text(encoding="utf-8"))
    head = [
        "| clips | split | clips (people) | reps by eye | exact (95 % over people) "
        "| within one | start, end off by |",
        "|---|---|---|---|---|---|---|",
    ]
    return "\n".join(head + [_row(row) for row in metrics["rep_counts"]["summary"]])


def _row(row: dict[str, object]) -> str:
    off = " / ".join(
        "-" if row[key] is None else f"{row[key]} s" for key in ("start_error_s", "end_error_s")
    )
    return (
        f"| {row['clips']} | {str(row['split']).replace('_', '-')} "
        f"| {row['n_clips']} ({row['n_people']}) | {row['n_reps']} "
        f"| {row['n_exact']}{_interval(row)} "
        f"| {row['n_within_one']} | {off} |"
    )


ROWS = {
    "instrument": "**{model}**",
    "gap_rule": "gap rule, untrained",
    "legs_only": "legs only",
}
FIGURES = {
    "auc_equal_leg_angle": "AUC at equal leg angle",
    "auc": "AUC, all angles",
    "sensitivity_at_5pct": "sensitivity at 5 % false alarms",
}


def accuracy_block() -> str:
    """Return five rows of `reports/metrics.json`: three methods, the fresh people, the gate."""
    metrics = json.loads((ROOT / "reports" / "metrics.json").read_text(encoding="utf-8"))
    found = metrics["instrument"]
    everybody, fresh = found["together"], found["fresh"]
    n = everybody["auc"]
    head = [f"{n['n_moments']} moments of {n['n_people']} people", *FIGURES.values()]
    rows = [head, ["---"] * len(head)]
    for method, words in ROWS.items():
        part = everybody if method == "instrument" else everybody[method]
        rows.append([words.format(model=found["model"]), *(_figure(part[f]) for f in FIGURES)])
    gate, people = fresh["gate_precision"], fresh["gate_precision"]["n_people"]
    rows += [
        [
            f"the {fresh['auc']['n_people']} fresh people of these, first look",
            *(_figure(fresh[f]) for f in FIGURES),
        ],
        [
            f"gate, {people} fresh people: is the back visible?",
            f"precision {_figure(gate)}, recall {_figure(fresh['gate_recall'])}", "", "",
        ],
    ]  # fmt: skip
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _figure(said: dict[str, float | None]) -> str:
    if said["value"] is None:
        return "-"
    return f"{said['value']:.2f} ({said['low']:.2f}-{said['high']:.2f})"


def _interval(row: dict[str, object]) -> str:
    between = row["exact_frac_95"]
    return f" ({between[0]:.2f}-{between[1]:.2f})" if isinstance(between, list) else ""


def cues_block() -> str:
    """Return the tables of what the cues measure on simulated bodies, whose truth is known."""
    params = load_params()
    steady = simulated_reps(SYNTHETIC, ("train", "test"), params)
    unsteady = simulated_reps(SYNTHETIC, (UNSTEADY,), params)
    straight = 180 - steady["true_knee_deg"]
    bent = steady["true_knee_deg"] >= BENT_DEG
    knee_off = steady["knee_angle_min_deg"] - straight
    swings = unsteady["true_swing_deg"] > 0
    swing_off = unsteady["swing_deg"] - unsteady["true_swing_deg"]
    thrown_off = unsteady["momentum_frac"] - unsteady["true_momentum_frac"]
    shake_off = unsteady["shake_norm"] - unsteady["true_shake_norm"]
    trembles = unsteady["true_shake_norm"] > params.cues.shake_norm
    lines = [
        *_error_lines(
            steady,
            _errors("lowering", steady["lowering_s"] - steady["true_lowering_s"], "s", 2),
            _errors("lift", steady["lift_s"] - steady["true_lift_s"], "s", 2),
            _errors(
                "highest leg angle", steady["top_leg_angle_deg"] - steady["true_top_deg"], "deg", 1
            ),
            _errors(
                "lowest leg angle",
                steady["lowest_leg_angle_deg"] - steady["true_lowest_deg"],
                "deg",
                1,
            ),
            _errors("knee, straight is 180", knee_off, "deg", 1),
            _errors("... bent by 12 deg or more", knee_off[bent], "deg", 1),
        ),
        *_cue_lines(said_and_deserved(steady, params.cues), STEADY_CUES),
        "",
        *_error_lines(
            unsteady,
            _errors("swing", swing_off[~swings], "deg", 1),
            _errors("... if it swings, by 4 to 15 deg", swing_off[swings], "deg", 1),
            _errors("momentum, share of the way left", thrown_off, "", 2),
            _errors("trembling of the ankle, trunk lengths", shake_off[~trembles], "", 4),
            _errors("... if it trembles by more than the cue's", shake_off[trembles], "", 4),
        ),
        *_cue_lines(said_and_deserved(unsteady, params.cues), UNSTEADY_CUES),
    ]
    return "\n".join(lines)


STEADY_CUES = (
    "lowering faster than 3 s",
    "not perpendicular at the top",
    "knees bent more than slightly",
)
UNSTEADY_CUES = ("thrown up", "swung about its course", "trembled")


def _error_lines(reps: pd.DataFrame, *rows: str) -> list[str]:
    people = reps["person_id"].nunique()
    return [
        f"{len(reps)} reps of {people} simulated bodies; found less true:",
        "",
        "| measure | reps | middle error | half within | nine in ten within |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]


def _cue_lines(cues: dict[str, tuple[pd.Series, pd.Series]], names: tuple[str, ...]) -> list[str]:
    return [
        "| cue | said | of those that deserve it | of those that do not |",
        "|---|---|---|---|",
        *(_rates(name, *cues[name]) for name in names),
    ]


def _errors(what: str, error: pd.Series, unit: str, digits: int) -> str:
    known = error.dropna()
    if known.empty:
        return f"| {what} | 0 | - | - | - |"
    size = known.abs()
    figures = (
        f"{known.median():+.{digits}f}",
        *(f"{size.quantile(part):.{digits}f}" for part in (0.5, 0.9)),
    )
    return f"| {what} | {len(known)} | {' | '.join(f'{x} {unit}'.rstrip() for x in figures)} |"


def _rates(what: str, said: pd.Series, true: pd.Series) -> str:
    return (
        f"| {what} | {int(said.sum())} times | {(said & true).sum()} of {true.sum()} "
        f"| {(said & ~true).sum()} of {(~true).sum()} |"
    )


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
