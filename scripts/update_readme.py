"""Fill README's measured blocks from what is measured, so that no number is copied by hand.

    python scripts/update_readme.py [--check]

`--check` changes nothing and fails when the README does not show the current figures.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


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


def accuracy_block() -> str:
    """Return the table of methods in `reports/metrics.json`, on people nobody was trained on."""
    metrics = json.loads((ROOT / "reports" / "metrics.json").read_text(encoding="utf-8"))["model"]
    lines = []
    for scope, title in (("all", "all floor moves"), ("headline", "both-leg raises, side view")):
        methods = metrics[scope]["methods"]
        one = methods["both"]
        lines += [
            f"| **{title}**: {one['n_reps']} reps of {one['n_people']} people, {one['n_arched']} "
            f"arched (of {one['n_people_arched']}) | AUC | balanced accuracy |",
            *(["|---|---|---|"] if not lines else []),
            *(
                f"| {name} | {_figure(said['auc'])} | {_figure(said['balanced_accuracy'])} |"
                for name, said in methods.items()
            ),
        ]
    return "\n".join(lines)


def _figure(said: dict[str, float | None]) -> str:
    if said["value"] is None:
        return "-"
    between = f" ({said['low']:.2f}-{said['high']:.2f})" if said["low"] is not None else ""
    return f"{said['value']:.2f}{between}"


def _interval(row: dict[str, object]) -> str:
    between = row["exact_frac_95"]
    return f" ({between[0]:.2f}-{between[1]:.2f})" if isinstance(between, list) else ""


def filled(text: str) -> str:
    """Return the README's text with every measured block renewed."""
    for name, block in (
        ("demo", demo_block()),
        ("reps", reps_block()),
        ("accuracy", accuracy_block()),
    ):
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = pattern.sub(lambda found, b=block: f"{found[1]}{b}\n{found[2]}", text)
    return text


def main() -> None:
    """Renew the README, or check that it is current."""
    old = README.read_text(encoding="utf-8")
    new = filled(old)
    if "--check" in sys.argv:
        sys.exit(0 if old == new else "README.md is stale: run python scripts/update_readme.py")
    README.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
