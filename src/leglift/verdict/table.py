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
        f"{'legs low, high':>14}  {'verdict':<10} {'arched':>6}"
    ]
    lines += [_rep_line(rep, doc["view"]["notes"]) for rep in doc["reps"]]
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


def _rep_line(rep: dict[str, Any], notes: list[str]) -> str:
    low, high = rep["lowest_leg_angle_deg"], rep["top_leg_angle_deg"]
    legs = f"{_number(low, 0)} to {_number(high, 0)} deg"
    return (
        f"{rep['rep']:>4} {_number(rep['start_s'], 1):>6}s {_number(rep['top_s'], 1):>6}s "
        f"{_number(rep['end_s'], 1):>6}s  {_number(rep['lift_s'], 1):>5}s "
        f"{_number(rep['lowering_s'], 1):>5}s {legs:>14}  {WORDS[rep['verdict']]:<10} "
        f"{_percent(rep['p_arched']):>6}  {_why(rep, notes)}".rstrip()
    )


def _why(rep: dict[str, Any], notes: list[str]) -> str:
    """Why a rep got its verdict; short where a note below says it for the whole clip."""
    if rep["verdict"] == "arched" and rep["back_lift_angle_deg"] is not None:
        return f"back lifts with the legs at {rep['back_lift_angle_deg']:.0f} deg"
    if rep["verdict"] == "good":
        return ""
    return "see the note" if rep["reason"] in notes else str(rep["reason"])


def _summary(doc: Document) -> list[str]:
    cues = [f"- rep {reps}: {text}" for reps, text in grouped_cues(doc["reps"])]
    notes = [f"note: {note}" for note in doc["view"]["notes"]]
    return [conclusion(doc), *set_advice(doc), *cues, *notes]


def conclusion(doc: Document) -> str:
    """Say in one sentence what the set came to."""
    if doc["set"]["exercise"] == "hanging_leg_raise":
        return "Hanging from a bar: reps, range and swing are judged, the back is not judged."
    over = doc["set"]["set_over_at_rep"]
    if over is not None:
        return f"The lower back left the floor: the set is over at rep {over}."
    good, reps = doc["set"]["n_good"], doc["set"]["n_reps"]
    if good == 0:
        return "The back could not be judged in any rep."
    if good == reps:
        return (
            f"The lower back stayed down in {'the only rep' if reps == 1 else f'all {reps} reps'}."
        )
    return f"The lower back stayed down in {good} of {reps} reps; the others could not be judged."


def trust(measured: dict[str, Any]) -> str:
    """Say how a model did on people it was not trained on; nothing where nobody measured it.

    `measured` is its sidecar, empty for a rule.
    """
    figures = measured.get("metrics", {}).get("all")
    legs = measured.get("legs_only", {}).get("all")
    if not (figures and legs):
        return ""
    right, by_legs = (_interval(of["balanced_accuracy"]) for of in (figures, legs))
    return (
        f"How far to trust it: on {figures['n_reps']} reps of {figures['n_people']} people it was "
        f"not trained on, this model's balanced accuracy was {right}; going by the legs alone it "
        f"was {by_legs}, and guessing is 0.50."
    )


def _interval(figure: dict[str, float | None]) -> str:
    between = "" if figure["low"] is None else f" ({figure['low']:.2f} to {figure['high']:.2f})"
    return f"{figure['value']:.2f}{between}"


def set_advice(doc: Document) -> list[str]:
    """Sentences about the whole set, after the conclusion."""
    said = [cue["message"] for cue in doc["set"]["cues"] if cue["code"] != "set_over"]
    return [*point_of_control(doc["set"]), *said]


def point_of_control(said: dict[str, Any]) -> list[str]:
    """Say where the back lifts and how far to trust that; nothing where it is not known."""
    if said["point_of_control_deg"] is None:
        return []
    low, high = said["point_of_control_range_deg"]
    spread = f" ({low:.0f} to {high:.0f} deg over the arched reps)" if high - low >= 1 else ""
    error = said["point_of_control_error_deg"]
    trust = (
        "take it as a hint"
        if error is None
        else f"a hint only: half of such angles were off by more than {error:.0f} deg in the study"
    )
    return [
        f"Point of control: the back lifts with the legs at about "
        f"{said['point_of_control_deg']:.0f} deg{spread}; {trust}."
    ]


def grouped_cues(reps: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each cue once: the reps that have it ("1, 3") and the words of the first of them.

    Where the words differ, by their figures, the reps say whose they are.
    """
    found: dict[str, dict[int, str]] = {}
    for rep in reps:
        for cue in rep["cues"]:
            found.setdefault(cue["code"], {})[rep["rep"]] = cue["message"]
    return [_grouped(said) for code, said in found.items() if code != "back_arched"]


def _grouped(said: dict[int, str]) -> tuple[str, str]:
    first = next(iter(said))
    whose = f" (the figures are those of rep {first})" if len(set(said.values())) > 1 else ""
    return ", ".join(map(str, said)) + whose, said[first]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


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
