"""A verdict as text for people and as rows for tables."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from leglift.console import plain
from leglift.instrument.back import TOO_CLOSE
from leglift.verdict.sections import Document
from leglift.verdict.tilts import tilt_line

WORDS = {"good": "good", "arched": "ARCHED", "cant_tell": "can't tell"}

NORMS = (
    "For comparison, people of 18 to 29 years in the double leg lowering test: men 15, women 37 "
    "deg (Krause et al. 2005)."
)
"""Published points of control; 100 healthy adults, who may be unlike whoever is filmed."""

ONE_LEG = (
    "One leg was lowered at a time: how far both may go together is not told by that; the double "
    "leg lowering test's figures are for both."
)

NOT_VISIBLE = "back not visible: "
FOLDED = (
    "With the arms folded across the chest the back would be judged too, and down to which leg "
    "angle it stays down. Hands that support you may stay: tempo, height, swing and knees are "
    "judged as before."
)

OWN_SCALE = (
    "Backs differ: before the set, legs still, press the back flat, let it arch, press it flat for "
    "two seconds each; the set is then judged by your own back."
)

_WIDE = 80
_HEAD = "rep   start     top     end   lift  lower  legs, deg  back"


def verdict_text(doc: Document) -> str:
    """Say the answer first, then a line a rep, then what to change."""
    lead = wrapped([*control_line(doc), *_lead(doc)])
    rows = _tilt_lines(doc) or [_HEAD, *(_rep_line(rep) for rep in doc["reps"])]
    blocks = [[*wrapped([_headline(doc)])], lead, rows, wrapped(_rest(doc))]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n\n"


def wrapped(said: Iterable[str]) -> list[str]:
    """Lines of prose, each sentence from its own line on, no wider than the terminal or 80."""
    return [
        line
        for text in said
        for line in textwrap.wrap(
            text,
            _width(),
            subsequent_indent="  " if text.startswith("- ") else "",
            break_long_words=False,
            break_on_hyphens=False,
        )
    ]


def _width() -> int:
    if not sys.stdout.isatty():
        return _WIDE
    return max(min(shutil.get_terminal_size().columns, _WIDE), 20)


def _headline(doc: Document) -> str:
    view = doc["view"]
    side = f"{view['side']} side" if view["side"] != "unknown" else "side unknown"
    return (
        f"{plain(doc['clip']['path'])}: {counted(doc)}, {side} "
        f"towards the camera, {_number(view['off_axis_deg'], 0)} deg off side-on"
    )


def counted(doc: Document) -> str:
    """Say what was counted: reps, hanging reps or pelvic tilts."""
    n, one = {
        "hanging_leg_raise": (doc["set"]["n_reps"], "hanging rep"),
        "pelvic_tilt": (len(doc["set"]["tilts"]), "pelvic tilt"),
    }.get(doc["set"]["exercise"], (doc["set"]["n_reps"], "rep"))
    return f"{n} {one}{'' if n == 1 else 's'}"


def control_line(doc: Document) -> list[str]:
    """Say where the back lifts, beside the published norms; or why that cannot be seen."""
    said = doc["set"]
    deg, low, high = (said[f"point_of_control_{key}"] for key in ("deg", "low_deg", "high_deg"))
    beside = ONE_LEG if said.get("legs") == "one" else NORMS
    if deg is not None:
        spread = "" if low is None or high is None else f" ({low:.0f} to {high:.0f})"
        return [
            f"Point of control: the back lifts with the legs at about {deg:.0f} deg{spread}.",
            beside,
        ]
    if said["point_of_control_censored"]:
        return [
            f"Point of control: below {high:.0f} deg; the back stayed down as far as the legs "
            "were seen to go.",
            beside,
        ]
    hidden = _hidden(doc)
    if not hidden:
        return []
    arm = [FOLDED] if "arm" in hidden else []
    return [f"The back is not visible: {hidden}.", *arm]


def _hidden(doc: Document) -> str:
    """Why the back is not seen in most of the reps that show none; empty if it is not that."""
    reasons = [rep["reason"] for rep in doc["reps"] if rep["verdict"] == "cant_tell"]
    hidden = [why for why in reasons if why.startswith(NOT_VISIBLE)]
    return max(hidden, key=hidden.count).removeprefix(NOT_VISIBLE) if hidden else ""


def _lead(doc: Document) -> list[str]:
    """Where to stop, and what the set came to."""
    stop = [cue["message"] for cue in doc["set"]["cues"] if cue["code"] == "stop_above"]
    judged = doc["set"]["n_good"] + doc["set"]["n_arched"]
    return [*stop, *([conclusion(doc)] if judged or not _hidden(doc) else [])]


def _tilt_lines(doc: Document) -> list[str]:
    """When the back is up, in a table; none in a set of reps."""
    rows = [
        f"{i:>4} {tilt['up_from_s']:>7.1f}s {tilt['up_to_s']:>6.1f}s"
        for i, tilt in enumerate(doc["set"]["tilts"], 1)
    ]
    return ["tilt  arched   to flat", *rows] if rows else []


def _rep_line(rep: dict[str, Any]) -> str:
    legs = f"{_number(rep['lowest_leg_angle_deg'], 0)} to {_number(rep['top_leg_angle_deg'], 0)}"
    return (
        f"{rep['rep']:>3} {_number(rep['start_s'], 1):>6}s {_number(rep['top_s'], 1):>6}s "
        f"{_number(rep['end_s'], 1):>6}s {_number(rep['lift_s'], 1):>5}s "
        f"{_number(rep['lowering_s'], 1):>5}s {legs:>10}  {_back(rep)}"
    )


def _back(rep: dict[str, Any]) -> str:
    """Verdict on the back in a word or two; reasons stand below the table."""
    if rep["verdict"] == "arched" and rep["back_lift_angle_deg"] is not None:
        return f"ARCHED from {rep['back_lift_angle_deg']:.0f} deg"
    if rep["verdict"] == "cant_tell" and rep["reason"].startswith(NOT_VISIBLE):
        return "not seen"
    return WORDS[rep["verdict"]]


def _rest(doc: Document) -> list[str]:
    """Say what to change: cues of the set, of the reps, why not judged, and the camera help."""
    lead = {"set_over", "stop_above"}
    whole = [f"- {cue['message']}" for cue in doc["set"]["cues"] if cue["code"] not in lead]
    cues = [f"- rep {reps}: {text}" for reps, text in grouped_cues(doc["reps"])]
    hidden = NOT_VISIBLE + _hidden(doc)
    told = {hidden} if doc["set"]["point_of_control_deg"] is None else set()
    unsure = [
        f"- rep {reps}: {why}" for why, reps in _unsure(doc["reps"]).items() if why not in told
    ]
    said = {*told, *_unsure(doc["reps"])}
    notes = [f"- camera: {note}" for note in doc["view"]["notes"] if note not in said]
    own = _scale(doc) or ([f"- {OWN_SCALE}"] if TOO_CLOSE in said else [])
    return [*whole, *cues, *unsure, *own, *notes]


def _scale(doc: Document) -> list[str]:
    """Say when the person's own flat and arched back were shown that the set is judged by."""
    span = doc["set"]["own_scale_s"]
    if span is None:
        return []
    if doc["set"]["tilts"]:
        return ["- Compared with your own flattest and most arched back; the legs kept still."]
    shown = f"{span[0]:.0f} to {span[1]:.0f} s"
    return [f"- Judged by your own back, pressed flat and arched at {shown}."]


def _unsure(reps: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Reasons of the reps that could not be judged, each with the reps it holds for."""
    found: dict[str, list[str]] = {}
    for rep in reps:
        if rep["verdict"] == "cant_tell":
            found.setdefault(rep["reason"], []).append(str(rep["rep"]))
    return {why: ", ".join(those) for why, those in found.items()}


def conclusion(doc: Document) -> str:
    """Say in one sentence what the set came to."""
    if tilts := tilt_line(doc):
        return tilts
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
    metrics = measured.get("metrics") or {}
    figures = metrics.get("test") or metrics.get("study") or metrics
    error = (figures.get("point_of_control_error_deg") or {}).get("value")
    if error is None:
        origin = measured.get("error_from")
        known = f"the interval is the error on {origin}; on people it is not known yet"
        return f"How far to trust it: {known}." if origin else ""
    people = figures["point_of_control_error_deg"].get("n_people")
    whom = f"{people} people" if people else "people"
    return (
        f"How far to trust it: on {whom} it had not seen, half of its points of control were off "
        f"by less than {error:.0f} deg."
    )


def set_advice(doc: Document) -> list[str]:
    """Sentences about the whole set, after the conclusion."""
    return [cue["message"] for cue in doc["set"]["cues"] if cue["code"] != "set_over"]


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
