"""The shipped model of the back, as `judge` asks it, and how it is loaded with care.

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
import pandas as pd

from leglift.errors import ModelError
from leglift.instrument.control import HELD, NOTHING_SEEN, lift_of
from leglift.instrument.gate import SEEN_AT, why_hidden
from leglift.instrument.lifted import EdgeModel
from leglift.motion.features import held_maximum
from leglift.params import GateParams, file_sha256, load_params

TRUSTED_TYPES = ("numpy.dtype",)
"""Types beyond skops' own list that the artifact may hold; anything else is refused unread."""

OWN_SUM = "sidecar_sha256"
TOO_CLOSE = "too close to call"
"""Said of a rep between surely flat and lifted."""

MIN_SEEN_FRAC = 0.5
"""Share of a lowering's moments that must be seen for a rep to be good."""

_NEEDED = {"id", "sha256", "versions", "lifted_at", "flat_at", "error_sd_deg", "pose_sha256"}
_NEEDED |= {"params_sha256", OWN_SUM}


@dataclass(frozen=True)
class EdgeBack:
    """The instrument with its sidecar: asked rep by rep, or moment by moment (`measure`)."""

    sidecar: dict[str, Any]
    sha256: str
    model: EdgeModel
    gate: GateParams

    own_gate = True

    @property
    def model_id(self) -> str:
        """Name of the model."""
        return str(self.sidecar["id"])

    @property
    def flat_at(self) -> float:
        """Probability below which a back counts as surely flat."""
        return float(self.sidecar["flat_at"])

    def measure(self, moments: pd.DataFrame) -> pd.DataFrame:
        """Moments (`edge.edge_moments`) with `back_visible`, `height_norm` and `p_lifted`."""
        return self.model.measure(moments, self.gate)

    def predict(self, features: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
        """Judge reps from the moments of their clip; a row a rep, indexed like `features`.

        `features` has `rep`, `moments` are the `measure`d ones of the clip with `rep` and `phase`
        (`instrument.edge.with_reps`). Returns what `BackModel.predict` asks for, `arched` NA where
        the back is not seen or not sure, and `back_visible`, the share of the rep's moments.
        """
        rows = [self._rep(moments[moments["rep"] == rep]) for rep in features["rep"]]
        table = pd.DataFrame(rows, index=features.index)
        return table.astype({"arched": "boolean", "p_arched": float, "lift_deg": float})

    def _rep(self, rep: pd.DataFrame) -> dict[str, Any]:
        seen = rep["back_visible"].ge(SEEN_AT)
        share = float(seen.mean()) if len(rep) else 0.0
        p = held_maximum(rep.loc[seen, "p_lifted"].dropna().to_numpy(float), HELD)
        down = rep[rep["phase"].isin(["hold", "lowering"])]
        lift = lift_of(down, self.model.lifted_at)
        arched: bool | None = None
        if share < MIN_SEEN_FRAC or not np.isfinite(p):
            found, p, lift = why_hidden(rep, self.gate), float("nan"), NOTHING_SEEN
        elif p >= self.model.lifted_at:
            arched, found = True, "the lower back left the floor"
        elif p < self.flat_at:
            arched, found = False, "the lower back stayed down"
        else:
            found = TOO_CLOSE
        return {
            "p_arched": p,
            "arched": pd.NA if arched is None else arched,
            "lift_deg": lift.at_deg if arched else float("nan"),
            "flat_to_deg": lift.flat_deg,
            "back_visible": share,
            "found": found,
        }


def load_back(path: Path) -> EdgeBack:
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
    curve = _load_trusted(path)
    model = EdgeModel(
        middle_norm=float(-curve.intercept_[0] / curve.coef_[0, 0]),
        slope=float(curve.coef_[0, 0]),
        lifted_at=float(sidecar["lifted_at"]),
        error_sd_deg=float(sidecar["error_sd_deg"]),
    )
    return EdgeBack(sidecar, digest, model, load_params().gate)


def _sidecar(path: Path) -> dict[str, Any]:
    beside = path.with_suffix(".json")
    for needed in (path, beside):
        if not needed.is_file():
            raise ModelError(
                f"model {needed}: no such file; name a .skops file, shipped or gap-rule"
            )
    try:
        sidecar = json.loads(beside.read_text(encoding="utf-8"))
        missing = _NEEDED - set(sidecar)
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
            f"{sklearn.__version__}; install that version or run leglift study train"
        )


def _load_trusted(path: Path) -> Any:
    import skops.io

    try:
        types = skops.io.get_untrusted_types(file=path)
        strange = [name for name in types if name not in TRUSTED_TYPES]
        if strange:
            raise ModelError(f"model {path}: holds {strange[0]}, which is not trusted; restore it")
        return skops.io.load(path, trusted=list(TRUSTED_TYPES))["curve"]
    except ModelError:
        raise
    except Exception as error:  # whatever a damaged file makes the library raise
        raise ModelError(f"model {path}: cannot be loaded; restore it") from error
