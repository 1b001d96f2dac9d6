"""A history as text for people."""

from __future__ import annotations

from typing import Any

from leglift.verdict.history.summary import counted
from leglift.verdict.table import wrapped


def history_text(said: dict[str, Any]) -> str:
    """Human table: one line a set, then what it means."""
    sets, sessions = (counted(said[f"n_{what}s"], what) for what in ("set", "session"))
    lines = [f"{said['person']}: {sets} in {sessions}", ""]
    lines += [
        f"{'day':<10} {'reps':>5} {'good':>5} {'arched':>7} {'unclear':>8} {'over at':>8} "
        f"{'control, deg':>14} {'lower':>6}"
    ]
    lines += [_set_line(one) for one in said["sets"]]
    return "\n".join([*lines, "", *wrapped(said["advice"]), ""])


def _set_line(one: dict[str, Any]) -> str:
    over, lower = (
        "-" if one[name] is None else f"{one[name]:.{digits}f}{unit}"
        for name, digits, unit in (("set_over_at_rep", 0, ""), ("lowering_s", 1, "s"))
    )
    return (
        f"{one['done_on']:<10} {one['n_reps']:>5} {one['n_good']:>5} {one['n_arched']:>7} "
        f"{one['n_cant_tell']:>8} {over:>8} {_control(one):>14} {lower:>6}"
    )


def _control(one: dict[str, Any]) -> str:
    deg, low, high = (one[f"point_of_control_{key}"] for key in ("deg", "low_deg", "high_deg"))
    if deg is None:
        return f"below {high:.0f}" if one["point_of_control_censored"] else "-"
    return f"{deg:.0f}" if low is None or high is None else f"{deg:.0f} ({low:.0f} to {high:.0f})"
