"""A verdict as text for people and as rows for tables."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable
from typing import Any

from leglift.console import plain
from leglift.instrument.back import TOO_CLOSE
from leglift.instrument.gate import NOT_VISIBLE
from leglift.verdict.sections import Document

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
_CLEAR_CM = 2.0
_HEAD = "rep   start     top     end   lift  lower  legs, deg  back"


def verdict_text(doc: Document) -> str:
    """Say the answer first, then a line a rep, then what to change."""
    said, view = doc["set"], doc["view"]
    side = f"{view['side']} side" if view["side"] != "unknown" else "side unknown"
    headline = (
        f"{plain(doc['clip']['path'])}: {counted(doc)}, {side} "
        f"towards the camera, {number(view['off_axis_deg'])} deg off side-on"
    )
    stop = [cue["message"] for cue in said["cues"] if cue["code"] == "stop_above"]
    judged = said["n_good"] + said["n_arched"] or not _hidden(doc)
    lead = [*control_line(doc), *stop, *([conclusion(doc)] if judged else [])]
    rows = [_HEAD, *(_rep_line(rep) for rep in doc["reps"])]
    if said["tilts"]:
        rows = ["tilt  arched   to flat"]
        for i, tilt in enumerate(said["tilts"], 1):
            rows.append(f"{i:>4} {tilt['up_from_s']:>7.1f}s {tilt['up_to_s']:>6.1f}s")
    blocks = [wrapped([headline]), wrapped(lead), rows, wrapped(_rest(doc))]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n\n"


def wrapped(said: Iterable[str]) -> list[str]:
    """Lines of prose, each sentence from its own line on, no wider than the terminal or 80."""
    width = _WIDE
    if sys.stdout.isatty():
        width = max(min(shutil.get_terminal_size().columns, _WIDE), 20)
    lines = []
    for text in said:
        wrapper = textwrap.TextWrapper(width, break_long_words=False, break_on_hyphens=False)
        wrapper.subsequent_indent = "  " if text.startswith("- ") else ""
        lines += wrapper.wrap(text)
    return lines


def counted(doc: Document) -> str:
    """Say what was counted: reps, hanging reps or pelvic tilts."""
    n = len(doc["set"]["tilts"]) or doc["set"]["n_reps"]
    one = {"hanging_leg_raise": "hanging rep", "pelvic_tilt": "pelvic tilt"}
    return f"{n} {one.get(doc['set']['exercise'], 'rep')}{'' if n == 1 else 's'}"


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


def _rep_line(rep: dict[str, Any]) -> str:
    """Say the back in a word or two: reasons stand below the table."""
    legs = f"{number(rep['lowest_leg_angle_deg'])} to {number(rep['top_leg_angle_deg'])}"
    back = WORDS[rep["verdict"]]
    if rep["verdict"] == "arched" and rep["back_lift_angle_deg"] is not None:
        back = f"ARCHED from {rep['back_lift_angle_deg']:.0f} deg"
    elif rep["verdict"] == "cant_tell" and rep["reason"].startswith(NOT_VISIBLE):
        back = "not seen"
    return (
        f"{rep['rep']:>3} {number(rep['start_s'], 1):>6}s {number(rep['top_s'], 1):>6}s "
        f"{number(rep['end_s'], 1):>6}s {number(rep['lift_s'], 1):>5}s "
        f"{number(rep['lowering_s'], 1):>5}s {legs:>10}  {back}"
    )


def _rest(doc: Document) -> list[str]:
    """Say what to change: cues of the set, of the reps, why not judged, and the camera help."""
    lead = {"set_over", "stop_above"}
    whole = [f"- {cue['message']}" for cue in doc["set"]["cues"] if cue["code"] not in lead]
    cues = [f"- rep {reps}: {text}" for reps, text in grouped_cues(doc["reps"])]
    unsure: dict[str, list[str]] = {}
    for rep in doc["reps"]:
        if rep["verdict"] == "cant_tell":
            unsure.setdefault(rep["reason"], []).append(str(rep["rep"]))
    told = NOT_VISIBLE + _hidden(doc) if doc["set"]["point_of_control_deg"] is None else ""
    why_not = [f"- rep {', '.join(reps)}: {why}" for why, reps in unsure.items() if why != told]
    own = _scale(doc) or ([f"- {OWN_SCALE}"] if TOO_CLOSE in unsure else [])
    said = {told, *unsure}
    notes = [f"- camera: {note}" for note in doc["view"]["notes"] if note not in said]
    return [*whole, *cues, *why_not, *own, *notes]


def _scale(doc: Document) -> list[str]:
    """Say when the person's own flat and arched back were shown that the set is judged by."""
    span = doc["set"]["own_scale_s"]
    if span is None:
        return []
    if doc["set"]["tilts"]:
        return ["- Compared with your own flattest and most arched back; the legs kept still."]
    shown = f"{span[0]:.0f} to {span[1]:.0f} s"
    return [f"- Judged by your own back, pressed flat and arched at {shown}."]


def conclusion(doc: Document) -> str:
    """Say in one sentence what the set came to."""
    if tilts := doc["set"].get("tilts"):  # documents of older versions have none
        times = "once" if len(tilts) == 1 else f"{len(tilts)} times"
        rise_cm = tilts[0]["rise_cm"]
        rough = "" if rise_cm >= _CLEAR_CM else " That is little, so the times are rough."
        return (
            f"Pelvic tilts, legs still: the lower back arches (anterior tilt) {times}, by about "
            f"{rise_cm:.0f} cm over its flattest, and lies flat (posterior tilt) else.{rough}"
        )
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
    """Say how far a model's intervals can be trusted; nothing where nobody measured it.

    `measured` is its sidecar, empty for a rule.
    """
    origin = measured.get("error_from")
    if not origin:
        return ""
    return (
        f"How far to trust it: the interval is the error on {origin}; on people it is not known "
        "yet."
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
    grouped = []
    for said in (said for code, said in found.items() if code != "back_arched"):
        first = next(iter(said))
        whose = f" (the figures are those of rep {first})" if len(set(said.values())) > 1 else ""
        grouped.append((", ".join(map(str, said)) + whose, said[first]))
    return grouped


def number(value: float | None, digits: int = 0, unit: str = "") -> str:
    """Format a number, a dash where it is not known."""
    return "-" if value is None else f"{round(value, digits) + 0.0:.{digits}f}{unit}"


def rep_rows(documents: Iterable[Document]) -> list[dict[str, Any]]:
    """Flat rows, one a rep, with the clip's path and view beside each."""
    return [
        {
            "path": doc["clip"]["path"],
            **{f"view_{key}": doc["view"][key] for key in ("side", "off_axis_deg", "usable")},
            **flat_rep(rep),
        }
        for doc in documents
        for rep in doc["reps"]
    ]


def flat_rep(rep: dict[str, Any]) -> dict[str, Any]:
    """Fields of a rep; `cues` holds the codes, apart by spaces."""
    return {**rep, "cues": " ".join(cue["code"] for cue in rep["cues"])}
