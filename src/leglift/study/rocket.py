"""A baseline that gets the whole course of a rep instead of six numbers: MiniRocket.

A. Dempster, D. F. Schmidt, G. I. Webb, MiniRocket: a very fast (almost) deterministic transform
for time series classification, KDD 2021. Needs the extra `leglift[rocket]`; its predictions are
kept, so that nothing else does.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.linear_model import RidgeClassifier

from leglift.errors import UsageError
from leglift.motion.rep_back import KEYS
from leglift.study.model import N_SPLITS, fit_selected, person_folds, said, with_scale

Floats = npt.NDArray[np.float64]

N_TIMES = 64
CHANNELS = [
    "gap_norm_change", "height_+050_norm_change", "height_+060_norm_change",
    "height_+070_norm_change", "height_+080_norm_change", "belly_norm_change",
    "pelvis_turned_deg_change", "hip_turned_deg_change",
]  # fmt: skip
"""The cues that the shipped model sums up, as they change through a rep."""

_MODELS = {
    f"MiniRocket, ridge {alpha:g}": with_scale(RidgeClassifier(alpha)) for alpha in (1e4, 1e5)
}


def series(moments: pd.DataFrame, reps: pd.DataFrame) -> Floats:
    """Cues of each rep on `N_TIMES` even steps from its start to its end.

    Returns (n_reps, n_channels, `N_TIMES`) in the order of `reps`; what is never seen is 0.
    """
    by_rep = dict(list(moments.groupby(KEYS, sort=False)))
    return np.stack([_even(by_rep[key]) for key in reps[KEYS].itertuples(index=False, name=None)])


def _even(rep: pd.DataFrame) -> Floats:
    filled = rep[CHANNELS].interpolate(limit_direction="both").fillna(0.0).to_numpy(float)
    at, wanted = np.linspace(0, 1, len(filled)), np.linspace(0, 1, N_TIMES)
    return np.stack([np.interp(wanted, at, channel) for channel in filled.T])


def rocket_predictions(study: pd.DataFrame, moments: pd.DataFrame) -> pd.DataFrame:
    """Predict for people who were left out, in the form of `model.out_of_fold`.

    Raises
    ------
    UsageError
        The extra is not installed.
    """
    try:
        from aeon.transformations.collection.convolution_based import MiniRocket
    except ImportError as error:
        raise UsageError("MiniRocket needs its extra: pip install leglift[rocket]") from error

    course = series(moments, study)
    arched, person = study["arched"].to_numpy(bool), study["person_id"]
    parts = []
    for fold, (train, test) in enumerate(person_folds(arched, person, N_SPLITS)):
        transform = MiniRocket(random_state=fold).fit(course[train])
        seen, unseen = (
            pd.DataFrame(transform.transform(course[rows]), index=study.index[rows])
            for rows in (train, test)
        )
        chosen = fit_selected(seen, arched[train], person.iloc[train], models=_MODELS)
        parts.append(said(chosen, unseen, fold))
    return pd.concat(parts).loc[study.index]
