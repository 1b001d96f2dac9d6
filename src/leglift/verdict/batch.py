"""`leglift judge` over one or many videos: where results, progress and failures go."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
from rich.progress import Progress

from leglift.console import plain, quiet_libraries, say
from leglift.errors import ModelError
from leglift.instrument.back import load_back
from leglift.instrument.calibrated import Span
from leglift.motion.back import BackModel, GapRule
from leglift.params import FEATURE_SECTIONS, Params, feature_params_sha256, load_params, resource
from leglift.verdict.cues import for_height
from leglift.verdict.judge import Task, sidecar_of
from leglift.verdict.outcome import Outcome, in_processes, judge_one, on_cluster
from leglift.verdict.outputs import show_page, temporary_page, write_csv, write_page
from leglift.verdict.progress import progress_bars, watched_bars
from leglift.verdict.table import WORDS, rep_rows, trust, verdict_text, wrapped
from leglift.vision.pose import PoseBundle, find_bundle
from leglift.vision.video import AS_IT_COMES, Reading


def judge_all(
    videos: Sequence[Path],
    task: Task,
    *,
    as_json: bool,
    verbose: bool = False,
    jobs: int = 1,
    scheduler: str | None = None,
) -> list[Outcome]:
    """Judge videos, several at a time if asked to, and say of each at once how it ended.

    Results come in the order of the videos. A bad file does not stop the others.
    """
    found = []
    with quiet_libraries(verbose) as stderr, progress_bars(stderr) as progress:
        for outcome in _outcomes(videos, task, progress, jobs, scheduler):
            for said in (*outcome.warnings, *filter(None, [outcome.failure])):
                say(progress.console, said)
            if (document := outcome.document) is not None:
                sys.stdout.write(json.dumps(document) + "\n" if as_json else verdict_text(document))
                sys.stdout.flush()
            found.append(outcome)
    if not as_json:
        sys.stdout.write(closing(found, trust(sidecar_of(task.model))))
        sys.stdout.flush()
    return found


def write_rows(found: Sequence[Outcome], csv: Path) -> None:
    """Write a row per rep of all that was judged; nothing without any."""
    documents = [outcome.document for outcome in found if outcome.document is not None]
    if documents:
        write_csv(pd.DataFrame(rep_rows(documents)), csv)


def first_failure(found: Sequence[Outcome]) -> int:
    """Exit code of the first that failed, or 0."""
    return next((outcome.exit_code for outcome in found if outcome.exit_code), 0)


def closing(found: Sequence[Outcome], how_far: str) -> str:
    """Sum up several videos, and say how far to trust what was measured; may be empty."""
    sets = [outcome.document["set"] for outcome in found if outcome.document is not None]
    said = []
    if len(found) > 1 and sets:
        lost = [plain(str(outcome.video)) for outcome in found if outcome.document is None]
        not_judged = f"; not judged: {', '.join(lost)}" if lost else ""
        said.append(f"Judged {len(sets)} of {len(found)} videos{not_judged}.")
        n = {name: sum(one[f"n_{name}"] for one in sets) for name in ("reps", *WORDS)}
        backs = ", ".join(f"{n[name]} {word.lower()}" for name, word in WORDS.items() if n[name])
        if n["reps"]:
            said.append(f"{n['reps']} rep{'' if n['reps'] == 1 else 's'}: {backs}.")
    lines = wrapped(said)
    if any(one["point_of_control_deg"] is not None for one in sets):
        lines += [*([""] if lines else []), *wrapped([how_far])]
    return "".join(f"{line}\n" for line in lines)


def write_report(found: Sequence[Outcome], report: Path | None, open_page: bool) -> None:
    """Write the page of the judged videos and show it; nothing without any."""
    chapters = [outcome.chapter for outcome in found if outcome.chapter is not None]
    failures = [outcome.failure for outcome in found if outcome.document is None]
    if not chapters:
        return
    from leglift.verdict.drawing.report import report_page

    target = report or temporary_page(Path(chapters[0].document["clip"]["path"]))
    write_page(report_page(chapters, failures), target)
    if open_page:
        show_page(target, keep=report is not None)


def task_of(
    pose: str,
    model: str,
    reading: Reading = AS_IT_COMES,
    calibration: Span | None = None,
    body_cm: float | None = None,
) -> Task:
    """Load bundle and model by their names; raises as `find_model`."""
    params, bundle = for_height(load_params(), body_cm), find_bundle(pose)
    return Task(bundle, find_model(model, bundle, params), params, reading, calibration)


def find_model(spec: str, bundle: PoseBundle, params: Params) -> BackModel:
    """Load the shipped model (`shipped`), the untrained rule (`gap-rule`) or a file.

    Raises
    ------
    ModelError
        It is missing, damaged, or was trained with another pose bundle or other parameters.
    """
    if spec == "gap-rule":
        return GapRule(params)
    model = load_back(resource("models/leglift.skops") if spec == "shipped" else Path(spec))
    if model.sidecar["pose_sha256"] != bundle.sha256:
        raise ModelError(
            f"model {model.model_id}: trained with another pose bundle than {bundle.variant}; "
            "use --pose full, or --model gap-rule"
        )
    if model.sidecar["params_sha256"] != feature_params_sha256(params):
        *sections, last = FEATURE_SECTIONS
        raise ModelError(
            f"model {model.model_id}: trained with other parameters in {', '.join(sections)} or "
            f"{last} than params.yaml has; restore them, run leglift study train, or use --model "
            "gap-rule"
        )
    return model


def _outcomes(
    videos: Sequence[Path], task: Task, progress: Progress, jobs: int, scheduler: str | None
) -> Iterator[Outcome]:
    """Outcomes in the order of the videos: here, in processes beside this one, or on a cluster."""
    if scheduler is None and (jobs == 1 or len(videos) < 2):
        for video in videos:
            with watched_bars(progress, video) as on_pass:
                outcome = judge_one(video, task, on_pass)
            yield outcome
        return
    if scheduler is None:
        many = in_processes(videos, task, jobs)
    else:
        many = on_cluster(videos, task, scheduler)
    yield from progress.track(many, total=len(videos), description="judging")
