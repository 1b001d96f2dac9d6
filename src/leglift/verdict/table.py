"""A verdict as text for people and as rows for tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leglift.verdict.judge import Document

WORDS = {"good": "good", "arched": "ARCHED", "cant_tell": "can't tell"}


def verdict_text(doc: Document) -> str:
    """Human table: one line a rep, then what it means."""
    lines = [_headline(doc), ""]
    lines += [
        f"{'rep':>4} {'start':>7} {'top':>7} {'end':>7}  {'lift':>6} {'lower':>6} "
        f"{'legs low-high':>14}  {'verdict':<10}"
    ]
    lines += [_rep_line(rep) for rep in doc["reps"]]
    lines += ["", *_summary(doc), ""]
    return "\n".join(lines)


def _headline(doc: Document) -> str:
    view, reps = doc["view"], doc["set"]["n_reps"]
    hanging = "hanging " if doc["set"]["exercise"] == "hanging_leg_raise" else ""
    side = f"{view['side']} side" if view["side"] != "unknown" else "side unknown"
    return (
        f"{doc['clip']['path']}: {reps} {hanging}reps, {side} towards the camera, "
        f"{_number(view['off_axis_deg'], 0)} deg off side-on (model {doc['model']['id']})"
    )


def _rep_line(rep: dict[str, Any]) -> str:
    legs = f"{_number(rep['lowest_leg_angle_deg'], 0)}-{_number(rep['top_leg_angle_deg'], 0)} deg"
    return (
        f"{rep['rep']:>4} {_number(rep['start_s'], 1):>6}s {_number(rep['top_s'], 1):>6}s "
        f"{_number(rep['end_s'], 1):>6}s  {_number(rep['lift_s'], 1):>5}s "
        f"{_number(rep['lowering_s'], 1):>5}s {legs:>14}  {WORDS[rep['verdict']]:<10} "
        f"{_why(rep)}".rstrip()
    )


def _why(rep: dict[str, Any]) -> str:
    if rep["verdict"] == "arched" and rep["back_lift_angle_deg"] is not None:
        return f"back lifts with the legs at {rep['back_lift_angle_deg']:.0f} deg"
    return "" if rep["verdict"] == "good" else str(rep["reason"])


def _summary(doc: Document) -> list[str]:
    cues = [f"- rep {reps}: {text}" for reps, text in grouped_cues(doc["reps"])]
    notes = [f"note: {note}" for note in doc["view"]["notes"]]
    return [conclusion(doc), *set_advice(doc), *cues, *notes]


def conclusion(doc: Document) -> str:
    """Say in one sentence what the set came to."""
    over = doc["set"]["set_over_at_rep"]
    if over is not None:
        return f"The lower back left the floor: the set is over at rep {over}."
    if doc["set"]["n_good"]:
        return "The lower back stayed down in every rep that could be judged."
    return "The back could not be judged in any rep."


def set_advice(doc: Document) -> list[str]:
    """Sentences about the whole set, after the conclusion."""
    control = doc["set"]["point_of_control_deg"]
    lines = []
    if control is not None:
        lines.append(
            f"Point of control: the back was off the floor with the legs at {control:.0f} deg; it "
            "starts to lift before that shows, so stop well above."
        )
    return lines + [cue["message"] for cue in doc["set"]["cues"] if cue["code"] != "set_over"]


def grouped_cues(reps: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each cue once: the reps that have it ("1, 3") and the words of the first of them."""
    first: dict[str, str] = {}
    where: dict[str, list[int]] = {}
    for rep in reps:
        for cue in rep["cues"]:
            first.setdefault(cue["code"], cue["message"])
            where.setdefault(cue["code"], []).append(rep["rep"])
    return [
        (", ".join(map(str, where[code])), text)
        for code, text in first.items()
        if code != "back_arched"
    ]


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def rep_rows(documents: Iterable[Document]) -> list[dict[str, Any]]:
    """Flat rows, one a rep, with the clip's path and view beside each."""
    return [
        {
            "path": doc["clip"]["path"],
            **{f"view_{key}": doc["view"][key] for key in ("side", "off_axis_deg", "usable")},
            **{key: value for key, value in rep.items() if key != "cues"},
            "cues": " ".join(cue["code"] for cue in rep["cues"]),
        }
        for doc in documents
        for rep in doc["reps"]
    ]
