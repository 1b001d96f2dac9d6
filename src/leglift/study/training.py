"""The stages that learn: features, evidence, and the artifact that `judge` loads."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leglift.errors import UsageError
from leglift.motion.moments import CHANGE_COLUMNS
from leglift.motion.rep_back import KEYS
from leglift.motion.trained import OWN_SUM, sidecar_sha256
from leglift.params import feature_params_sha256, file_sha256, load_params
from leglift.study.comparison import (
    ABOUT,
    LEGS_ONLY,
    SHIPPED,
    compare,
    comparison_figures,
    judgeable,
    rater_figures,
    study_people,
)
from leglift.study.consensus import adjudicated, by_caption, consensus, first_pass
from leglift.study.features import MODEL_FEATURES, real_features, simulated_features
from leglift.study.labels import match_labels, read_coach, read_labels
from leglift.study.model import THRESHOLD, Fitted, families, fit_selected, fit_tilt
from leglift.study.pipeline import write_parquet
from leglift.vision.pose import find_bundle

MODEL_ID = "leglift-3"
ROCKET = "rocket_predictions.parquet"


def read_consensus(data: Path, reps: pd.DataFrame) -> pd.DataFrame:
    """Consensus of the raters on the reps as they are found now, adjudications put in.

    Raises
    ------
    UsageError
        Nobody has rated yet.
    """
    labels = read_labels(data / "labels.csv")
    if labels.empty:
        raise UsageError(f"{data / 'labels.csv'}: no ratings yet; run leglift label first")
    table = consensus(match_labels(reps, labels))
    decisions = data / "adjudication.csv"
    if decisions.is_file():
        table = adjudicated(table, pd.read_csv(decisions), reps)
    return by_caption(table, reps[["clip_id", "rep", "start_s", "end_s"]], read_coach(data))


def run_featurize(data: Path) -> int:
    """Write the features of real and simulated reps; returns the exit code."""
    simulated = data / "synthetic"
    sim_reps, sim_moments = (
        pd.read_parquet(simulated / f"train_{kind}.parquet") for kind in ("reps", "moments")
    )
    reps = pd.read_parquet(data / "reps.parquet")
    used = reps[(reps["exclusion"] == "") & reps["in_window"] & (reps["posture"] == "lying")]
    moments = pd.read_parquet(data / "moments.parquet")
    real = real_features(used, moments, sim_moments)
    write_parquet(real, data / "features.parquet")
    write_parquet(simulated_features(sim_reps, sim_moments), simulated / "train_features.parquet")
    sys.stdout.write(f"{len(real)} reps of {real['person_id'].nunique()} people\n")
    return 0


def model_section(data: Path) -> dict[str, Any]:
    """Compare all methods, keep their predictions, and return the figures under `model`."""
    features = pd.read_parquet(data / "features.parquet")
    simulated = pd.read_parquet(data / "synthetic" / "train_features.parquet")
    agreed = read_consensus(data, features)
    real = judgeable(features, agreed)
    predictions = compare(real, simulated)
    if (data / ROCKET).is_file():
        rocket = real[ABOUT].merge(pd.read_parquet(data / ROCKET), on=KEYS)
        predictions = pd.concat([predictions, rocket.assign(method="MiniRocket")])
    write_parquet(predictions, data / "predictions.parquet")
    said = agreed["label"].replace("", "no majority").value_counts().to_dict()
    ratings = first_pass(match_labels(features, read_labels(data / "labels.csv")))
    reps = features[["clip_id", "rep", "person_id", "exercise"]]
    return {
        "model": {
            "consensus": said,
            **comparison_figures(predictions),
            "raters": rater_figures(ratings, reps),
        }
    }


def run_rocket(data: Path) -> int:
    """Write MiniRocket's predictions, which `evaluate` sets beside the others; the exit code."""
    from leglift.study.rocket import rocket_predictions

    features = pd.read_parquet(data / "features.parquet")
    study = study_people(judgeable(features, read_consensus(data, features)))
    found = rocket_predictions(study, pd.read_parquet(data / "moments.parquet"))
    write_parquet(study[KEYS].join(found), data / ROCKET)
    sys.stdout.write(f"{len(found)} predictions in {data / ROCKET}\n")
    return 0


def run_train(data: Path, models: Path, metrics_json: Path) -> int:
    """Fit the shipped model on all training data and write it; returns the exit code."""
    import skops.io

    features = pd.read_parquet(data / "features.parquet")
    simulated = pd.read_parquet(data / "synthetic" / "train_features.parquet")
    moments = pd.read_parquet(data / "synthetic" / "train_moments.parquet")
    real = study_people(judgeable(features, read_consensus(data, features)))
    chosen = fit_selected(
        real[MODEL_FEATURES],
        real["arched"].to_numpy(bool),
        real["person_id"],
        (simulated[MODEL_FEATURES], simulated["arched"].to_numpy(bool)),
        families()["logistic regression"],
    )
    objects = {
        "tilt": fit_tilt(moments),
        "classifier": chosen.classifier,
        "calibration": chosen.calibration,
    }
    artifact = models / "leglift.skops"
    part = artifact.with_name(artifact.name + ".part")
    measured = json.loads(metrics_json.read_text(encoding="utf-8"))["model"]
    skops.io.dump(objects, part, compresslevel=6)
    card = _sidecar(part, data, chosen, real, simulated, measured)
    card[OWN_SUM] = sidecar_sha256(card)
    part.replace(artifact)
    _write_text(artifact.with_suffix(".json"), json.dumps(card, indent=1) + "\n")
    _write_text(models / "MODEL_CARD.md", model_card(card))
    sys.stdout.write(f"{chosen.name}, in {artifact}\n")
    return 0


def _sidecar(
    artifact: Path,
    data: Path,
    chosen: Fitted,
    real: pd.DataFrame,
    simulated: pd.DataFrame,
    measured: dict[str, Any],
) -> dict[str, Any]:
    trained_on = ("features.parquet", "labels.csv", "synthetic/train_moments.parquet")
    return {
        "id": MODEL_ID,
        "sha256": file_sha256(artifact),
        "classifier": chosen.name,
        "features": MODEL_FEATURES,
        "moment_columns": CHANGE_COLUMNS,
        "threshold": THRESHOLD,
        "unsure": [round(limit, 6) for limit in chosen.unsure],
        "pose_sha256": find_bundle("full").sha256,
        "params_sha256": feature_params_sha256(load_params()),
        "versions": {p: version(p) for p in ("leglift", "scikit-learn", "mediapipe", "numpy")},
        "data_sha256": {file: file_sha256(data / file) for file in trained_on},
        "trained_on": {
            "real_reps": len(real),
            "real_people": int(real["person_id"].nunique()),
            "real_arched": int(real["arched"].sum()),
            "simulated_reps": len(simulated),
            "simulated_bodies": int(simulated["person_id"].nunique()),
        },
        "metrics": _by_scope(measured, SHIPPED),
        "legs_only": _by_scope(measured, LEGS_ONLY),
        "onset": measured["onset"]["model"],
    }


def _by_scope(measured: dict[str, Any], method: str) -> dict[str, Any]:
    """Figures of one method, by the reps it was measured on."""
    scopes = (scope for scope in ("headline", "all", "test") if scope in measured)
    return {scope: measured[scope]["methods"][method] for scope in scopes}


def _write_text(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def said(figure: dict[str, float | None]) -> str:
    """Put a figure and its interval into words; a dash where it is not defined."""
    if figure["value"] is None or not np.isfinite(figure["value"]):
        return "-"
    if figure["low"] is None:
        return f"{figure['value']:.2f}"
    return f"{figure['value']:.2f} ({figure['low']:.2f} to {figure['high']:.2f})"


def model_card(card: dict[str, Any]) -> str:
    """Model card in Markdown, made of the sidecar alone."""
    rows = [
        f"| {name}{by} | {m['n_reps']} of {m['n_people']} people | {m['n_arched']} of "
        f"{m['n_people_arched']} | {said(m['auc'])} | {said(m['balanced_accuracy'])} | "
        f"{said(m['sensitivity_at_5pct_false_alarms'])} | {said(m['brier'])} |"
        for name in card["metrics"]
        for by, m in (("", card["metrics"][name]), (", legs only", card["legs_only"][name]))
    ]
    on = card["trained_on"]
    return "\n".join(
        [
            f"# Model card: {card['id']}",
            "",
            "Says for each rep of a lying leg raise, seen from the side, how probable it is that",
            "the lower back left the floor, and at which leg angle it lifted.",
            "",
            f"- **Classifier**: {card['classifier']}; Platt calibration; arched from "
            f"{card['threshold']:.3f}. Before it, gradient boosting estimates the pelvic tilt of",
            "  each moment; it has seen simulated bodies only.",
            f"- **Trained on** {on['real_reps']} labelled reps of {on['real_people']} people "
            f"({on['real_arched']} arched) and {on['simulated_reps']} reps of "
            f"{on['simulated_bodies']} simulated bodies.",
            "- **Labels** come from visual raters who followed a guide: no clinicians, no pressure",
            "  cuff. Their agreement is the ceiling of every figure here.",
            "- **Not for** diagnosis, injury, or anybody's medical care; not for hanging raises.",
            "",
            "Measured on people who were in no part of training, 95 % intervals over people:",
            "",
            "| reps | judged | arched | AUC | balanced accuracy | sensitivity at 5 % false alarms |"
            " Brier |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            "*headline*: lying both-leg raises from the side; *all*: related floor moves too; both",
            "by left-out people. *test*: people who came when the model was fixed. *legs only*:",
            "the baseline that sees how far, fast and straight the legs go, nothing of the back.",
            f"Files: sha256 {card['sha256'][:16]}, pose bundle {card['pose_sha256'][:16]}, "
            f"parameters {card['params_sha256'][:16]}.",
            "",
        ]
    )
