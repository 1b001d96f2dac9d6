"""`leglift check`: is the back visible in a trial clip, and what to film differently."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from leglift.console import plain
from leglift.instrument.gate import NOT_VISIBLE
from leglift.params import Params, load_params
from leglift.verdict.check import obstacles, share_seen, turn_words, with_advice
from leglift.verdict.course import measured_edge
from leglift.verdict.progress import each_file
from leglift.verdict.sections import Document
from leglift.verdict.table import wrapped
from leglift.verdict.watch import OnPass, watched
from leglift.vision.pose import PoseBundle, find_bundle
from leglift.vision.video import AS_IT_COMES, Reading


def check_text(clip: Document) -> str:
    """Say first whether the back is visible, then line by line what to change."""
    n = clip["n_reps"]
    lifts = f"{n or 'no'} leg lift{'s' if n > 1 else ''}"
    notes = [note.removeprefix(NOT_VISIBLE) for note in clip["notes"]]
    points = [f"- {note[0].upper()}{note[1:]}." for note in notes]
    return "\n".join(wrapped([f"{plain(clip['path'])}: {lifts}, {_seen(clip)}", *points])) + "\n"


def _seen(clip: Document) -> str:
    """How much of the back is seen; or, where something else hinders, that."""
    usable, share = clip["usable"], clip["back_visible"]
    if not usable and not clip["reason"].startswith(NOT_VISIBLE):
        return "the back cannot be judged"
    if not usable and not share:
        return "the back is not visible"
    if not usable:
        return f"the back is visible in only {share:.0%} of the moments"
    if share is None:
        return "the back is visible"
    return f"the back is visible {'all along' if share == 1 else f'in {share:.0%} of the moments'}"


def check_video(
    video: Path,
    bundle: PoseBundle,
    params: Params,
    on_pass: OnPass = lambda _: None,
    reading: Reading = AS_IT_COMES,
) -> Document:
    """Look at one video: what `leglift check --json` prints.

    `path`, `usable`, `n_reps`, `back_visible` (share of the moments that show the back, None
    without any), `reason` (why it cannot be judged, None if it can) and `notes`. A person who
    lifts no leg is checked all the same. Raises what `watched` raises.
    """
    with watched(video, bundle, params, on_pass, reading) as seen:
        motion, features = seen.motion, seen.features(params)
    edge, _ = measured_edge(motion, None, params)
    turned = seen.turn_deg != 0 and motion.reps.empty
    if turned:
        hinders = notes = [turn_words(seen.turn_deg)]
    else:
        hinders = obstacles(motion, features, params, edge)
        notes = with_advice(hinders, motion, params)
    return {
        "path": str(video),
        "usable": not hinders,
        "n_reps": len(features),
        "back_visible": None if turned else share_seen(edge, motion, features),
        "reason": hinders[0] if hinders else None,
        "notes": [*notes, *seen.meta.complaints],
    }


def check_all(
    videos: Sequence[Path],
    *,
    pose: str,
    as_json: bool,
    verbose: bool,
    reading: Reading = AS_IT_COMES,
) -> int:
    """Print what each video needs; returns the exit code of the first failure, or 0."""
    params, bundle = load_params(), find_bundle(pose)
    between = "\n" if len(videos) > 1 else ""

    def checked(video: Path, on_pass: OnPass) -> str:
        said = check_video(video, bundle, params, on_pass, reading)
        return json.dumps(said) + "\n" if as_json else check_text(said) + between

    return each_file(videos, checked, verbose=verbose)
