"""`leglift check`: is the back visible in a trial clip, and what to film differently."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leglift.console import plain, quiet_libraries, say
from leglift.errors import LegliftError
from leglift.params import Params, load_params
from leglift.verdict.check import (
    NOT_VISIBLE,
    gated_moments,
    must_be_turned,
    obstacles,
    share_seen,
    with_advice,
)
from leglift.verdict.progress import progress_bars, watched_bars
from leglift.verdict.table import wrapped
from leglift.verdict.upright import WORDS
from leglift.verdict.watch import OnPass, watched
from leglift.vision.pose import PoseBundle, find_bundle
from leglift.vision.video import AS_IT_COMES, Reading

Document = dict[str, Any]


def check_text(clip: Document) -> str:
    """Say first whether the back is visible, then line by line what to change."""
    n, share = clip["n_reps"], clip["back_visible"]
    lifts = "no leg lift" if n == 0 else "1 leg lift" if n == 1 else f"{n} leg lifts"
    seen = _visible(share) if clip["usable"] else _not_visible(clip["reason"], share)
    notes = [note.removeprefix(NOT_VISIBLE) for note in clip["notes"]]
    lines = [f"{plain(clip['path'])}: {lifts}, {seen}", *(f"- {_sentence(note)}" for note in notes)]
    return "\n".join(wrapped(lines)) + "\n"


def _visible(share: float | None) -> str:
    if share is None:
        return "the back is visible"
    return "the back is visible " + (
        "all along" if share == 1 else f"in {share:.0%} of the moments"
    )


def _not_visible(reason: str, share: float | None) -> str:
    """Say how little of the back is seen; or, where something else hinders, that."""
    if not reason.startswith(NOT_VISIBLE):
        return "the back cannot be judged"
    if not share:
        return "the back is not visible"
    return f"the back is visible in only {share:.0%} of the moments"


def _sentence(note: str) -> str:
    return f"{note[0].upper()}{note[1:]}."


def check_video(
    video: Path,
    bundle: PoseBundle,
    params: Params,
    on_pass: OnPass = lambda _: None,
    reading: Reading = AS_IT_COMES,
) -> Document:
    """Look at one video: what `leglift check --json` prints.

    `path`, `usable`, `n_reps`, `back_visible` (share of the moments that show the back, None
    without any), `reason` (why it cannot be judged, None if it can) and `notes`.

    Raises
    ------
    VideoError
        The video is missing or cannot be read.
    NoLegLiftError
        It shows no person. A person who lifts no leg is checked all the same.
    """
    with watched(video, bundle, params, on_pass, reading) as seen:
        motion, complaints = seen.motion, seen.meta.complaints
        turn = [WORDS[seen.turn_deg]] if must_be_turned(seen) else []
    features = seen.features(params)
    edge = gated_moments(motion, params)
    hinders = turn or obstacles(motion, features, params, edge)
    return {
        "path": str(video),
        "usable": not hinders,
        "n_reps": 0 if turn else len(features),
        "back_visible": None if turn else share_seen(edge, motion, features),
        "reason": hinders[0] if hinders else None,
        "notes": [*(hinders if turn else with_advice(hinders, motion, params)), *complaints],
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
    params, bundle, code = load_params(), find_bundle(pose), 0
    with quiet_libraries(verbose) as stderr, progress_bars(stderr) as bars:
        for video in videos:
            try:
                with watched_bars(bars, video) as on_pass:
                    said = check_video(video, bundle, params, on_pass, reading)
            except LegliftError as error:
                say(bars.console, str(error))
                code = code or error.exit_code
                continue
            between = "\n" if len(videos) > 1 else ""
            sys.stdout.write(json.dumps(said) + "\n" if as_json else check_text(said) + between)
            sys.stdout.flush()
    return code
