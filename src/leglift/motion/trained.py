"""The trained model of the back: loading it with care, and asking it.

The artifact is two files: `NAME.skops` with scikit-learn's own objects and `NAME.json`, the
sidecar that says what it is, what it was made from and how well it did. Nothing is unpickled, only
types on a short list are loaded, and whatever does not fit together is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.errors import ModelError
from leglift.motion.rep_back import lift_angle, raw_features, tilt_features
from leglift.params import file_sha256

Floats = npt.NDArray[np.float64]

TRUSTED_PREFIXES = ("sklearn.", "numpy.", "builtins.", "scipy.", "_loss.")
"""Where the artifact's types may come from; anything else is refused unread."""


@dataclass(frozen=True)
class TrainedBack:
    """A tilt regressor, a classifier of reps, its calibration, and the sidecar."""

    sidecar: dict[str, Any]
    sha256: str
    tilt: Any
    classifier: Any
    calibration: Any

    @property
    def model_id(self) -> str:
        """Name of the model."""
        return str(self.sidecar["id"])

    def predict(self, features: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
        """Judge reps from their moments; indexed like `features`.

        Parameters
        ----------
        features
            A row a rep with `rep`.
        moments
            As `motion.moments.moments` gives them.

        Returns
        -------
        `p_arched` (0..1, NaN where the back is not seen), `arched` (True, False or NA),
        `lift_deg` (leg angle where the back lifts, NaN where it does not), `tilt_deg` (highest
        tilt estimate that is held).
        """
        if moments.empty:
            return self._nothing(features.index)
        seen = moments.assign(clip_id="")
        tilt = self.tilt_deg(seen)
        table = raw_features(seen).join(tilt_features(seen, tilt)).droplevel("clip_id")
        score = scores(self.classifier, table[self.sidecar["features"]])
        p = pd.Series(calibrated(self.calibration, score), index=table.index)
        p = p.where(table["gap_norm_held"].notna())
        angles = {
            rep: lift_angle(rows, tilt[rows.index.to_numpy()], self.sidecar["lift_threshold_deg"])
            for rep, rows in seen.reset_index(drop=True).groupby("rep")
        }
        said = pd.DataFrame(
            {
                "p_arched": p,
                "arched": (p >= self.sidecar["threshold"]).astype("boolean").mask(p.isna()),
                "lift_deg": pd.Series(angles),
                "tilt_deg": table["tilt_held_deg"],
            }
        )
        return said.reindex(features["rep"]).set_axis(features.index, axis=0)

    def tilt_deg(self, moments: pd.DataFrame) -> Floats:
        """Estimated pelvic tilt (n,) of moments in degrees against a flat back."""
        return np.asarray(self.tilt.predict(moments[self.sidecar["moment_columns"]]), float)

    def _nothing(self, index: pd.Index) -> pd.DataFrame:
        return pd.DataFrame(
            {"p_arched": np.nan, "arched": pd.NA, "lift_deg": np.nan, "tilt_deg": np.nan},
            index=index,
        ).astype({"arched": "boolean"})


def scores(classifier: Any, features: pd.DataFrame) -> Floats:
    """Uncalibrated scores (n,) of a fitted scikit-learn classifier, higher is more arched."""
    if hasattr(classifier, "decision_function"):
        return np.asarray(classifier.decision_function(features), float)
    p = np.clip(classifier.predict_proba(features)[:, 1], 1e-4, 1 - 1e-4)
    return np.asarray(np.log(p / (1 - p)), float)


def calibrated(calibration: Any, score: Floats) -> Floats:
    """Probability (n,) of a score by Platt's method (Platt 1999)."""
    return np.asarray(calibration.predict_proba(score[:, None])[:, 1], float)


def load_back(path: Path) -> TrainedBack:
    """Load a trained model after checking it.

    Raises
    ------
    ModelError
        A file is missing, is not what the sidecar says, was made with other versions, or holds
        types that are not trusted.
    """
    sidecar = _sidecar(path)
    digest = file_sha256(path)
    if digest != sidecar["sha256"]:
        raise ModelError(f"model {path}: not the file its sidecar describes; restore both")
    _check_versions(path, sidecar["versions"])
    objects = _load_trusted(path)
    return TrainedBack(
        sidecar, digest, objects["tilt"], objects["classifier"], objects["calibration"]
    )


def _sidecar(path: Path) -> dict[str, Any]:
    beside = path.with_suffix(".json")
    for needed in (path, beside):
        if not needed.is_file():
            raise ModelError(f"model {needed}: no such file; run leglift train or restore it")
    try:
        sidecar = json.loads(beside.read_text(encoding="utf-8"))
        needed_keys = {
            "id", "sha256", "versions", "features", "moment_columns", "threshold",
            "lift_threshold_deg", "pose_sha256",
        }  # fmt: skip
        missing = needed_keys - set(sidecar)
    except (ValueError, TypeError) as error:
        raise ModelError(f"model {beside}: not a sidecar; restore it") from error
    if missing:
        raise ModelError(f"model {beside}: does not name {sorted(missing)[0]}; restore it")
    return dict(sidecar)


def _check_versions(path: Path, made_with: dict[str, str]) -> None:
    import sklearn

    wanted = str(made_with.get("scikit-learn", "")).split(".")[:2]
    if sklearn.__version__.split(".")[:2] != wanted:
        raise ModelError(
            f"model {path}: made with scikit-learn {'.'.join(wanted)}, here is "
            f"{sklearn.__version__}; install that version or run leglift train"
        )


def _load_trusted(path: Path) -> dict[str, Any]:
    import skops.io

    try:
        types = skops.io.get_untrusted_types(file=path)
        strange = [name for name in types if not name.startswith(TRUSTED_PREFIXES)]
        if strange:
            raise ModelError(f"model {path}: holds {strange[0]}, which is not trusted; restore it")
        objects = skops.io.load(path, trusted=types)
        return {name: objects[name] for name in ("tilt", "classifier", "calibration")}
    except ModelError:
        raise
    except Exception as error:  # whatever a damaged file makes the library raise
        raise ModelError(f"model {path}: cannot be loaded; restore it") from error
