"""The shipped model: what it learns from, fitted with people left out, and how it is written."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from leglift.files import write_text, write_whole
from leglift.instrument.back import OWN_SUM, sidecar_sha256
from leglift.params import feature_params_sha256, file_sha256, load_params
from leglift.simulated.instrument import simulated_figures
from leglift.study.fit import (
    alarm_cutoff,
    fit_curve,
    left_out,
    miss_cutoff,
    of_split,
    read_rows,
    seen,
)
from leglift.vision.pose import find_bundle

MODEL_ID = "leglift-6"

_SCHEMA = "schema.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest day that a zip file can hold."""


def run_train(data: Path, models: Path) -> None:
    """Fit the shipped model on the study's people and write it.

    Cut-offs come from people left out. The test's people are not looked at.
    """
    params = load_params()
    _, _, rows = read_rows(data)
    own = of_split(rows, "study")
    own = own[seen(own)].reset_index(drop=True)
    p, up = left_out(own), own["lifted"].to_numpy(bool)
    lifted_at = alarm_cutoff(p, up, own["person_id"])
    flat_at = min(miss_cutoff(p, up, own["person_id"]), lifted_at)
    curve = fit_curve(own)
    card = {
        "id": MODEL_ID,
        "curve": "logistic over edge_height",
        "middle_norm": round(float(-curve.intercept_[0] / curve.coef_[0, 0]), 6),
        "slope": round(float(curve.coef_[0, 0]), 6),
        "lifted_at": round(lifted_at, 6),
        "flat_at": round(flat_at, 6),
        "error_sd_deg": round(error_sd(data), 3),
        "error_from": "simulated bodies",
        "pose_sha256": find_bundle("full").sha256,
        "params_sha256": feature_params_sha256(params),
        "versions": {name: version(name) for name in ("leglift", "scikit-learn", "mediapipe")},
        "data_sha256": {f: file_sha256(data / f) for f in ("edge.parquet", "moments.csv")},
        "trained_on": {
            "n_moments": len(own),
            "n_lifted": int(up.sum()),
            "n_people": int(own["person_id"].nunique()),
        },
    }
    write_model(curve, card, models)
    sys.stdout.write(f"{MODEL_ID}: {card['trained_on']}\n")


def error_sd(data: Path) -> float:
    """Spread (deg) of the point of control's error: a normal's, from the median size.

    From simulated bodies: too few people were seen to lift the back at a known angle.
    """
    size = simulated_figures(data)["point_of_control"]["begins"]["value"]
    return float(size / 0.6745)


def write_model(curve: Any, card: dict[str, Any], models: Path) -> None:
    """Write the curve's archive, and the sidecar with the sums of both."""
    artifact = models / "leglift.skops"
    write_whole(artifact, lambda part: write_archive({"curve": curve}, part))
    card["sha256"] = file_sha256(artifact)
    card[OWN_SUM] = sidecar_sha256(card)
    write_text(artifact.with_suffix(".json"), json.dumps(card, indent=1) + "\n")


def write_archive(objects: dict[str, Any], path: Path) -> None:
    """Write objects as a skops archive whose bytes depend on them alone."""
    import skops.io

    path.write_bytes(canonical(skops.io.dumps(objects)))


def canonical(archive: bytes) -> bytes:
    """Rename the members and objects of a skops archive in order of their appearance.

    skops names them by where they lie in memory, and a zip file notes the time: neither says
    anything of the model.
    """
    files: dict[str, str] = {}
    ids: dict[int, int] = {}

    def renamed(node: Any, key: str = "") -> Any:
        if isinstance(node, list):
            return [renamed(part) for part in node]
        if isinstance(node, dict):
            return {name: renamed(part, name) for name, part in node.items()}
        if key == "__id__" and isinstance(node, int):
            return ids.setdefault(node, len(ids) + 1)
        if key == "file" and isinstance(node, str):
            return files.setdefault(node, f"{len(files):04d}{Path(node).suffix}")
        return node

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as given, zipfile.ZipFile(out, "w") as written:
        schema = json.dumps(renamed(json.loads(given.read(_SCHEMA))), indent=1).encode()
        contents = {new: given.read(old) for old, new in files.items()} | {_SCHEMA: schema}
        for name, content in contents.items():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = 3  # Unix, wherever it is written
            member.external_attr = 0o600 << 16
            written.writestr(member, content)
    return out.getvalue()
