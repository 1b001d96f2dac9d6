"""Sentences about what was measured, made from the figures, so that they stay true when these move.

Notebooks and the report say the same thing because they say it with these. `metrics` is always
`reports/metrics.json`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from leglift.study.comparison import LEGS_ONLY, SHIPPED
from leglift.study.failures import OUTCOMES
from leglift.study.training import said

ALIKE = 0.04
"""AUCs that are closer are called about the same."""

FEW_GOOD = 20
"""With fewer reps of a kind than this, figures of a scope are said not to bind."""

LABELS = {"good", "arched"}
Metrics = Mapping[str, Any]


def headline(metrics: Metrics) -> str:
    """Say how well the shipped model does on all floor moves, and on both-leg raises."""
    every, raises = (metrics["model"][scope]["methods"][SHIPPED] for scope in ("all", "headline"))
    return (
        f"On all floor moves ({every['n_reps']} reps of {every['n_people']} people, "
        f"{every['n_arched']} arched) the shipped model reaches an AUC of {said(every['auc'])} and "
        f"a balanced accuracy of {said(every['balanced_accuracy'])} on people who were in no part "
        f"of its training. On both-leg raises from the side the AUC is {said(raises['auc'])}, "
        f"{_bind(raises)}."
    )


def _bind(scope: Metrics) -> str:
    n_good = scope["n_reps"] - scope["n_arched"]
    held = f"{n_good} good reps of {scope['n_people_good']} people"
    if min(n_good, scope["n_arched"]) < FEW_GOOD:
        return f"but these hold only {held}, so that figure does not bind"
    return f"over {scope['n_arched']} arched and {held}"


def test_people(metrics: Metrics) -> str:
    """Say how the shipped model does on people who came after everything was fixed."""
    scope = metrics["model"].get("test")
    if not scope:
        return "Nobody has been kept for a last test."
    own, alone = scope["methods"][SHIPPED], scope["methods"][LEGS_ONLY]
    return (
        f"On the {own['n_people']} people of the test, in no part of any choice "
        f"({own['n_reps']} reps, {own['n_arched']} arched), the AUC is {said(own['auc'])}, "
        f"that of the legs alone {said(alone['auc'])}, {_bind(own)}."
    )


def legs(metrics: Metrics) -> str:
    """Say whether the back tells more than the legs alone, over all and within an exercise."""
    scope = metrics["model"]["all"]
    back, alone = scope["methods"][SHIPPED], scope["methods"][LEGS_ONLY]
    return (
        f"Legs alone, without any look at the back, reach {said(alone['auc'])} over all moves, "
        "since the exercise goes with the label: "
        f"{_compared(scope['auc_over_legs_only'])}. "
        "Between reps of the same exercise they have "
        f"{said(alone['auc_within_exercise'])} and the model "
        f"{said(back['auc_within_exercise'])}: {_compared(scope['auc_within_over_legs_only'])}."
    )


def _compared(difference: dict[str, float | None]) -> str:
    """Say which of the model and the legs does better, given model minus legs."""
    middle, low, high = (difference[name] for name in ("value", "low", "high"))
    if middle is None or low is None or high is None:
        return "too few to compare"
    better = "the model" if middle > 0 else "the legs"
    sure = low > 0 or high < 0
    by = f"difference {said(difference)}"
    return (
        f"{better} clearly do{'es' if better == 'the model' else ''} better ({by})"
        if sure
        else f"{better} come{'s' if better == 'the model' else ''} out ahead, but not beyond "
        f"chance ({by})"
    )


def beyond_chance(metrics: Metrics) -> str:
    """Say whether scores go with labels at all, within an exercise too."""
    scope = metrics["model"]["all"]
    shown = [
        f"{words} p = {scope[key]:.4f}"
        for words, key in (("over all", "permutation_p"), ("within an exercise",
                                                           "permutation_p_within"))
    ]  # fmt: skip
    worst = max(scope["permutation_p"], scope["permutation_p_within"])
    verdict = "is" if worst < 0.05 else "is not shown to be"
    return (
        "When whole people's labels change places, scores go with labels this well by chance with "
        f"{' and '.join(shown)}: the link {verdict} more than chance."
    )


def simulated(metrics: Metrics) -> str:
    """Say how a model that has seen no real label compares with the shipped one."""
    methods = metrics["model"]["all"]["methods"]
    bodies, both = methods["simulated"]["auc"], methods[SHIPPED]["auc"]
    gap = bodies["value"] - both["value"]
    how = "about as well as" if abs(gap) < ALIKE else "better than" if gap > 0 else "less well than"
    return (
        f"A model trained on simulated bodies alone, which has seen no real label, does {how} the "
        f"shipped one: {said(bodies)} against {said(both)}."
    )


def gap_rule(metrics: Metrics) -> str:
    """Say how the untrained gap rule compares with the shipped model."""
    scope = metrics["model"]["all"]
    rule, over = scope["methods"]["gap rule"]["auc"], scope["auc_over_gap_rule"]
    sure = over["low"] > 0 or over["high"] < 0
    kind = "is" if sure else "is not shown to be"
    return (
        f"The untrained gap rule has {said(rule)}; the model {kind} different from it "
        f"(difference {said(over)})."
    )


def raters(metrics: Metrics) -> str:
    """Say how raters do against each other: the ceiling."""
    found = [row["balanced_accuracy"]["value"] for row in metrics["model"]["raters"].values()]
    own = metrics["model"]["all"]["methods"][SHIPPED]["balanced_accuracy"]["value"]
    place = "below" if own < min(found) else "among" if own <= max(found) else "above"
    return (
        f"Raters, each against the two others where these agree, reach a balanced accuracy of "
        f"{min(found):.2f} to {max(found):.2f}: the ceiling, and the model's {own:.2f} is {place} "
        "it."
    )


def agreement(metrics: Metrics) -> str:
    """Say how far raters agree among each other and with themselves."""
    labels = metrics["labels"]
    low, high = labels["all"]["fleiss_kappa_95"]
    own = [row["kappa"] for row in labels["self"].values() if row["kappa"] is not None]
    return (
        f"{len(labels['raters'])} raters judged {labels['n_reps']} reps; their kappa is "
        f"{labels['all']['fleiss_kappa']:.2f} ({low:.2f} to {high:.2f}), "
        f"{labels['all']['fleiss_kappa_decided']:.2f} where all of them decided, and "
        f"{min(own):.2f} to {max(own):.2f} against themselves; "
        f'{labels["all"]["cant_tell_frac"]:.0%} of all answers are "can\'t tell".'
    )


def onset(metrics: Metrics) -> str:
    """Say how well the leg angle at which the back lifts is found."""
    found = metrics["model"]["onset"]
    model, usual = (found[name]["median_error_deg"] for name in ("model", "usual"))
    if model["value"] is None:
        return "The leg angle at which the back lifts could not be compared."
    worse = model["value"] >= usual["value"]
    return (
        "The leg angle at which the back lifts is off by "
        f"{model['value']:.0f} deg (median) where the model gives one "
        f"({found['model']['n_answered']} of {found['model']['n_reps']} arched reps); guessing the "
        f"other people's usual angle is off by {usual['value']:.0f} deg, so that angle is "
        f"{'not to be relied on' if worse else 'better than a guess'}."
    )


def failures(verdicts: pd.DataFrame) -> str:
    """Say how many reps went right, wrong, or were not judged."""
    who = verdicts["split"].value_counts()
    last = f" ({who['test']} of people of the test)" if "test" in who else ""
    counts = verdicts["outcome"].value_counts()
    wrong = int(counts.get("missed arch", 0) + counts.get("false alarm", 0))
    silent = int(counts.get("not judged", 0) + counts.get("too close to call", 0))
    return (
        f"Of {len(verdicts)} reps with a label{last}, {counts.get('right', 0)} verdicts are right, "
        f"{wrong} wrong ({counts.get(OUTCOMES[1], 0)} missed arches, {counts.get(OUTCOMES[2], 0)} "
        f"false alarms) and {silent} were not given."
    )


def blame(table: pd.DataFrame) -> str:
    """Say which circumstances go with failures; `table` as `study.failures.blame` gives it."""
    more = table["with_failed"] / table["with_n"] - table["without_failed"] / table["without_n"]
    worse, better = more[more > 0.1].sort_values(ascending=False), more[more <= 0]
    parts = []
    if len(worse):
        parts.append(f"Failures are clearly more frequent with {_listed(worse.index)}")
    if len(better):
        parts.append(f"not more frequent with {_listed(better.index)}")
    said_ = ", and ".join(parts) or "No circumstance goes with failures"
    return (
        f"{said_[0].upper()}{said_[1:]}: a named cause says what was in the way, not what did it."
    )


def _listed(names: Sequence[str]) -> str:
    words = [str(name) for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def more_people(explained: Mapping[str, Any]) -> str:
    """Say whether more people still help, from the learning curve's last half."""
    rows = pd.DataFrame(explained["learning_curve"])
    own = rows[rows["trained_on"] == "people and simulated"].sort_values("n_people")
    half, last = own.iloc[len(own) // 2], own.iloc[-1]
    gain = last["auc"] - half["auc"]
    rises = "still rises" if gain > 0.02 else "is flat" if gain > -0.02 else "does not rise"
    return (
        f"From {half['n_people']} to {last['n_people']} people to learn from the AUC goes from "
        f"{half['auc']:.2f} to {last['auc']:.2f}: the curve {rises}. More people are worth most "
        "for the width of the intervals."
    )
