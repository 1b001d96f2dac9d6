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

import numpy as np
import pandas as pd

from leglift.motion.rep_back import BACK_FEATURES
from leglift.params import load_params
from leglift.synth.sample import draw_set

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
METHOD = ROOT / "docs" / "method.md"
SYNTHETIC = ROOT / "data" / "synthetic"

KEYS = ["clip_id", "true_rep"]
SLIGHTLY_BENT_DEG = 20.0
BENT_DEG = 12.0  # a quarter of the bodies are drawn with more
_LEG_TO_TRUNK = 1.65  # hip to ankle over shoulder to hip (0.81 m, 0.49 m)


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


SHOWN = {
    "both": "**shipped model**",
    "simulated": "the same, no label of people used",
    "real": "the same, people only",
    "gap rule": "gap rule, untrained",
    "silhouette only": "all silhouette cues",
    "landmarks only": "landmarks",
    "one landmark threshold": "one landmark, one threshold",
    "MiniRocket": "MiniRocket on the cues' course",
    "legs only": "legs only",
    "legs and back": "legs and back",
}
"""Methods of the README's table; `reports/metrics.json` has more."""


def accuracy_block() -> str:
    """Return the table of methods in `reports/metrics.json`, on people nobody was trained on."""
    metrics = json.loads((ROOT / "reports" / "metrics.json").read_text(encoding="utf-8"))["model"]
    titles = {
        "all": "study, all floor moves",
        "test": "test, all floor moves",
        "headline": "study, both-leg raises from the side",
    }
    lines = ["| | AUC | AUC within an exercise | balanced accuracy |", "|---|---|---|---|"]
    for scope, title in titles.items():
        methods = metrics[scope]["methods"]
        one = methods["both"]
        lines.append(
            f"| **{title}**: {one['n_reps']} reps of {one['n_people']} people; {one['n_arched']} "
            f"arched (of {one['n_people_arched']}), the rest good (of {one['n_people_good']}) ||||"
        )
        lines += [
            f"| {words} | "
            + " | ".join(_figure(methods[name][key]) for key in SHOWN_FIGURES)
            + " |"
            for name, words in SHOWN.items()
            if name in methods
        ]
    return "\n".join([*lines, *_rater_rows(metrics["raters"])])


SHOWN_FIGURES = ("auc", "auc_within_exercise", "balanced_accuracy")


def _rater_rows(raters: dict[str, dict]) -> list[str]:
    title = "| **raters**, each against the two others where these agree ||||"
    rows = [
        f"| {name.replace('_', ' ')}, {said['n_reps']} reps | - | - | "
        f"{_figure(said['balanced_accuracy'])} |"
        for name, said in raters.items()
    ]
    return [title, *rows]


def _figure(said: dict[str, float | None]) -> str:
    if said["value"] is None:
        return "-"
    between = f" ({said['low']:.2f}-{said['high']:.2f})" if said["low"] is not None else ""
    return f"{said['value']:.2f}{between}"


def _interval(row: dict[str, object]) -> str:
    between = row["exact_frac_95"]
    return f" ({between[0]:.2f}-{between[1]:.2f})" if isinstance(between, list) else ""


def cues_block() -> str:
    """Return the table of what the cues measure on simulated bodies, whose truth is known."""
    reps = simulated_reps()
    people = reps["person_id"].nunique()
    cues = load_params().cues
    fast = reps["lowering_s"] < cues.min_lowering_s, reps["true_lowering_s"] < cues.asked_lowering_s
    short = (
        column < cues.min_top_deg for column in (reps["top_leg_angle_deg"], reps["true_top_deg"])
    )
    straight = 180 - reps["true_knee_deg"]
    bent = reps[reps["true_knee_deg"] >= BENT_DEG]
    bent_to = 180 - bent["true_knee_deg"]
    swings = reps[reps["true_swing_deg"] > 0]
    lines = [
        f"{len(reps)} reps of {people} simulated bodies; found less true:",
        "",
        "| measure | reps | middle error | half within | nine in ten within |",
        "|---|---|---|---|---|",
        _errors("lowering", reps["lowering_s"] - reps["true_lowering_s"], "s", 2),
        _errors("lift", reps["lift_s"] - reps["true_lift_s"], "s", 2),
        _errors("highest leg angle", reps["top_leg_angle_deg"] - reps["true_top_deg"], "deg", 1),
        _errors(
            "lowest leg angle", reps["lowest_leg_angle_deg"] - reps["true_lowest_deg"], "deg", 1
        ),
        _errors("knee, straight is 180", reps["knee_angle_min_deg"] - straight, "deg", 1),
        _errors("... bent by 12 deg or more", bent["knee_angle_min_deg"] - bent_to, "deg", 1),
        _errors("swing", reps["swing_deg"] - reps["true_swing_deg"], "deg", 1),
        _errors("... if it swings", swings["swing_deg"] - swings["true_swing_deg"], "deg", 1),
        _errors("trembling of the ankle", reps["shake_norm"] - reps["true_shake_norm"], "", 4),
        "",
        "| cue | said | of those that deserve it | of those that do not |",
        "|---|---|---|---|",
        _rates("lowering faster than 3 s", *fast),
        _rates("not perpendicular at the top", *short),
        _rates(
            "knees bent more than slightly",
            reps["knee_angle_min_deg"] < cues.min_knee_deg,
            reps["true_knee_deg"] > SLIGHTLY_BENT_DEG,
        ),
        _rates(
            "swung about its course",
            reps["swing_deg"] > cues.max_swing_deg,
            reps["true_swing_deg"] > 0,
        ),
    ]
    return "\n".join(lines)


def features_block() -> str:
    """Return the table of what the shipped classifier sees."""
    rows = [f"| `{name}` | {meaning} |" for name, meaning in BACK_FEATURES.items()]
    return "\n".join(["| feature | meaning |", "|---|---|", *rows])


def simulated_reps() -> pd.DataFrame:
    """Read the reps of all simulated bodies that were found, with their truth."""
    parts = [
        pd.read_parquet(SYNTHETIC / f"{part}_reps.parquet")
        .dropna(subset="true_rep")
        .merge(true_sets(pd.read_parquet(SYNTHETIC / f"{part}_truth.parquet")), "left", KEYS)
        for part in ("train", "test")
    ]
    return pd.concat(parts, ignore_index=True)


def true_sets(truth: pd.DataFrame) -> pd.DataFrame:
    """Knee, swing and tremor that were asked of every true rep, drawn again from its seed.

    A run's fewest and most reps, which it was drawn with, are those that it has. That the same sets
    are drawn is seen from the knees, which the truth holds.
    """
    run = truth.assign(**truth["clip_id"].str.extract(r"-(?P<seed>\d+)-(?P<index>\d+)").astype(int))
    rows = []
    for seed, clips in run.groupby("seed"):
        span = int(clips["n_true"].min()), int(clips["n_true"].max())
        for (clip, index), reps in clips.groupby(["clip_id", "index"]):
            drawn = draw_set(int(seed), int(index), span)
            knees = [drawn.reps[int(rep) - 1].knee_deg for rep in reps["true_rep"]]
            if not np.allclose(knees, reps["true_knee_deg"]):
                raise SystemExit(f"{clip}: its set is not drawn again; is the run complete?")
            shake = _LEG_TO_TRUNK * np.radians(drawn.tremor_deg) / np.sqrt(6)  # three sines' mean
            rows += [
                (clip, rep, knee, drawn.swing_deg, shake)
                for rep, knee in zip(reps["true_rep"], knees, strict=True)
            ]
    return pd.DataFrame(rows, columns=[*KEYS, "true_knee_deg", "true_swing_deg", "true_shake_norm"])


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
    README: {"demo": demo_block, "reps": reps_block, "accuracy": accuracy_block},
    METHOD: {"cues": cues_block, "features": features_block},
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
