"""The trained model of the back: loading it with care, and asking it.

The artifact is two files: `NAME.skops` with scikit-learn's own objects and `NAME.json`, the
sidecar that says what it is, what it was made from and how well it did. Nothing is unpickled, only
types on a short list are loaded, and whatever does not fit together is refused.
"""

from __future__ import annotations

import hashlib
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

TRUSTED_TYPES = ("numpy.dtype", "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor")
"""Types beyond skops' own list that the artifact may hold; anything else is refused unread."""

OWN_SUM = "sidecar_sha256"
NOT_SEEN = "the outline of the lower back is not seen; keep the whole body in the frame"


@dataclass(frozen=True)
class TrainedBack:
    """A tilt regressor, a classifier of reps, its calibration, and the sidecar."""

    sidecar: dict[str, Any]
    sha256: str
    tilt: Any
    classifier: Any
    calibration: Any

    needs_bare_waist = False

    @property
    def model_id(self) -> str:
        """Name of the model."""
        return str(self.sidecar["id"])

    def predict(self, features: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
        """Judge reps from their moments; indexed like `features`.

        Parameters
        ----------
        features
            A row a rep with `rep` and `gap_rise_norm`.
        moments
            As `motion.moments.moments` gives them.

        Returns
        -------
        `p_arched` (0..1, NaN where the back is not seen), `arched` (True, False, or NA where it is
        not seen or not sure), `lift_deg` (leg angle where the back lifts, NaN where it does not)
        and `found`, the words for it.
        """
        if moments.empty:
            return self._nothing(features.index)
        seen = moments.assign(clip_id="").reset_index(drop=True)
        tilt = self.tilt_deg(seen)
        cues = raw_features(seen).join(tilt_features(seen, tilt)).droplevel("clip_id")
        cues = cues.reindex(features["rep"]).set_axis(features.index, axis=0)
        table = cues.assign(gap_rise_norm=features["gap_rise_norm"].astype(float))
        p = self._p_arched(table)
        lifts = {
            rep: lift_angle(rows, tilt[rows.index.to_numpy()]) for rep, rows in seen.groupby("rep")
        }
        low, high = self.sidecar["unsure"]
        unsure = p.isna() | ((p >= low) & (p < high))
        arched = (p >= self.sidecar["threshold"]).astype("boolean").mask(unsure)
        said = zip(
            arched.astype(object).where(~unsure, None), p, table["tilt_over_flat_deg"], strict=True
        )
        return pd.DataFrame(
            {
                "p_arched": p,
                "arched": arched,
                "lift_deg": features["rep"].map(lifts).astype(float),
                "found": [_found(*rep) for rep in said],
            }
        )

    def _p_arched(self, cues: pd.DataFrame) -> pd.Series:
        score = scores(self.classifier, cues[self.sidecar["features"]])
        p = pd.Series(calibrated(self.calibration, score), index=cues.index)
        return p.where(cues["gap_norm_held"].notna())

    def tilt_deg(self, moments: pd.DataFrame) -> Floats:
        """Estimated pelvic tilt (n,) of moments in degrees against a flat back."""
        return np.asarray(self.tilt.predict(moments[self.sidecar["moment_columns"]]), float)

    def _nothing(self, index: pd.Index) -> pd.DataFrame:
        return pd.DataFrame(
            {"p_arched": np.nan, "arched": pd.NA, "lift_deg": np.nan, "found": NOT_SEEN},
            index=index,
        ).astype({"arched": "boolean"})


def _found(arched: bool | None, p: float, tilt_deg: float) -> str:
    if not np.isfinite(p):
        return NOT_SEEN
    words = {True: "the back most likely left the floor", False: "the back most likely stayed down"}
    said = "too close to call" if arched is None else words[arched]
    return (
        f"{said} ({p:.0%} arched; pelvis tilts an estimated {tilt_deg:.0f} deg from its flattest)"
    )


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
            raise ModelError(
                f"model {needed}: no such file; name a .skops file, shipped or gap-rule"
            )
    try:
        sidecar = json.loads(beside.read_text(encoding="utf-8"))
        needed_keys = {
            "id", "sha256", "versions", "features", "moment_columns", "threshold",
            "pose_sha256", "params_sha256", "unsure", OWN_SUM,
        }  # fmt: skip
        missing = needed_keys - set(sidecar)
    except (ValueError, TypeError) as error:
        raise ModelError(f"model {beside}: not a sidecar; restore it") from error
    if missing:
        raise ModelError(f"model {beside}: does not name {sorted(missing)[0]}; restore it")
    if sidecar[OWN_SUM] != sidecar_sha256(sidecar):
        raise ModelError(f"model {beside}: was changed after training; restore it")
    return dict(sidecar)


def sidecar_sha256(sidecar: dict[str, Any]) -> str:
    """Checksum of a sidecar's content, all but the checksum itself."""
    content = {key: value for key, value in sidecar.items() if key != OWN_SUM}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


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
        strange = [name for name in types if name not in TRUSTED_TYPES]
        if strange:
            raise ModelError(f"model {path}: holds {strange[0]}, which is not trusted; restore it")
        objects = skops.io.load(path, trusted=list(TRUSTED_TYPES))
        return {name: objects[name] for name in ("tilt", "classifier", "calibration")}
    except ModelError:
        raise
    except Exception as error:  # whatever a damaged file makes the library raise
        raise ModelError(f"model {path}: cannot be loaded; restore it") from error
