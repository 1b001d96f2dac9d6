"""The model card in Markdown, made of the sidecar and the measured figures alone."""

from __future__ import annotations

from typing import Any

from leglift.schemas.tables import SPLITS

ROWS = (
    ("auc_equal_leg_angle", "AUC at equal leg angle"),
    ("auc", "AUC, all leg angles"),
    ("balanced_accuracy", "balanced accuracy"),
    ("sensitivity_at_5pct", "sensitivity at 5 % false alarms"),
    ("brier", "Brier score"),
    ("point_of_control_error_deg", "point of control, median error (deg)"),
    ("gate_precision", "gate: what it lets through is visible"),
    ("gate_recall", "gate: what is visible is let through"),
)


def format_interval(figure: dict[str, Any] | None, digits: int = 2) -> str:
    """Value (low to high), a dash where it is not defined."""
    if not figure or figure.get("value") is None or figure["value"] != figure["value"]:
        return "-"
    value, low, high = (figure[name] for name in ("value", "low", "high"))
    shown = (f"{round(x, digits) + 0.0:.{digits}f}" for x in (value, low, high))  # no minus zero
    return "{} ({} to {})".format(*shown)


def model_card(card: dict[str, Any], instrument: dict[str, Any]) -> str:
    """Say what the model is, what it learned from, what it is not for, and how well it does.

    `card` is the model's sidecar, `instrument` that part of the study's figures.
    """
    on = card["trained_on"]
    figures = {split: instrument[split] for split in SPLITS}
    with_moved = instrument["fresh_with_moved"]["auc_equal_leg_angle"]
    lines = [
        f"# Model card: {card['id']}",
        "",
        "Says for each moment of a body that lies on its back, seen from the side, whether the edge of",
        "the lower back can be seen and, if so, how probably the back is off the surface; from that,",
        "the leg angle at which it lifts.",
        "",
        "- **What it is**: a gate of eight named conditions, a height of the back's edge (a plain sum of",
        "  five readings of the silhouette) and a logistic curve of two numbers over it:",
        f"  even odds at {card['middle_norm']:.3f} trunk lengths; lifted from probability "
        f"{card['lifted_at']:.2f}, flat below {card['flat_at']:.2f}.",
        f"- **Learned from** {on['n_moments']} moments ({on['n_lifted']} lifted) of {on['n_people']} "
        "people.",
        "- **Labels**: moments that visual raters could see, legs hidden, and pelvic tilts whose phases",
        "  are known. No clinicians, no pressure cuff.",
        "- **Not for** diagnosis, injury, or anybody's medical care; not where an arm lies along the",
        "  waist; not for hanging raises.",
        "",
        "People who were in no part of training; 95 % intervals over people. *Study* chose the method",
        "and is validation; *test* was looked at after each of three freezes, and its first look showed",
        "what the gate let through wrongly; *fresh* people came in two batches after this model was",
        "frozen. One clip was moved from them to the test after a look, as its person is in the test;",
        f"with it their AUC at equal leg angle is {format_interval(with_moved)} (docs/decisions/0018).",
        "",
        "| | " + " | ".join(figures) + " |",
        "|---|" + "---|" * len(figures),
    ]
    splits = figures.values()
    for name, words in ROWS:
        digits = 1 if name.endswith("_deg") else 2
        cells = [format_interval(own.get(name), digits) for own in splits]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
        if name == "auc_equal_leg_angle":
            for other in ("legs_only", "gap_rule"):
                cells = [format_interval(own[other][name]) for own in splits]
                lines.append(f"| the same, {other.replace('_', ' ')} | " + " | ".join(cells) + " |")
    sizes = [own["auc_equal_leg_angle"] for own in splits]
    counts = [f"{size['n_moments']} of {size['n_people']}" for size in sizes]
    lines += ["| moments of people | " + " | ".join(counts) + " |", ""]
    return "\n".join(lines)
