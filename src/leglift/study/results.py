"""All that notebooks, figures and the report read: tables and measured figures, loaded once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leglift.errors import UsageError
from leglift.motion.moments import legs_high
from leglift.motion.rep_back import KEYS
from leglift.motion.trained import TrainedBack, load_back
from leglift.study.comparison import SHIPPED, study_people

ROOT = Path(__file__).parents[3]

METHOD_NAMES = {
    "both": "shipped model (people and simulated)",
    "real": "same, people only",
    "simulated": "same, simulated bodies only",
    "tilt estimate": "estimated tilt, one threshold",
    "gap rule": "gap rule, not trained",
    "legs only": "legs only, no back",
    "legs and back": "legs and back",
    "landmarks only": "landmarks only",
    "one landmark threshold": "one landmark, one threshold",
    "silhouette only": "silhouette only",
    "majority": "always the more frequent",
}
"""Methods in the order in which figures show them, in words."""


@dataclass(frozen=True)
class Results:
    """What was measured.

    `metrics` and `explained` are `reports/metrics.json` and `reports/explain.json`. `predictions`
    has a row a rep and method, of the study's people alone; `verdicts` a row a judged rep (see
    `study.failures`), of the test's people too; `features` a row a rep; `moments` a row a moment
    of the study's judged reps and `test_moments` one of everybody else's (see `labelled_moments`).
    """

    root: Path
    metrics: dict[str, Any]
    explained: dict[str, Any]
    predictions: pd.DataFrame
    verdicts: pd.DataFrame
    features: pd.DataFrame
    moments: pd.DataFrame
    test_moments: pd.DataFrame

    @property
    def study(self) -> pd.DataFrame:
        """The verdicts on the study's people."""
        return self.verdicts[self.verdicts["split"] == "study"].reset_index(drop=True)

    def of(self, method: str = SHIPPED) -> pd.DataFrame:
        """Return one method's predictions for the study's people, a row a rep."""
        return self.predictions[self.predictions["method"] == method].reset_index(drop=True)

    @property
    def landmarks(self) -> Path:
        """Folder of the clips' tables."""
        return self.root / "data" / "landmarks"


def load_results(root: Path = ROOT) -> Results:
    """Read the study's tables and measured figures.

    Raises
    ------
    UsageError
        The verdicts are those of other predictions.
    """
    data, reports = root / "data", root / "reports"
    predictions = pd.read_parquet(data / "predictions.parquet")
    verdicts = read_verdicts(reports / "verdicts.csv")
    check_current(verdicts, predictions[predictions["method"] == SHIPPED])
    moments = labelled_moments(
        pd.read_parquet(data / "moments.parquet"),
        verdicts,
        load_back(root / "models" / "leglift.skops"),
    )
    return Results(
        root=root,
        metrics=json.loads((reports / "metrics.json").read_text(encoding="utf-8")),
        explained=json.loads((reports / "explain.json").read_text(encoding="utf-8")),
        predictions=study_people(predictions),
        verdicts=verdicts,
        features=pd.read_parquet(data / "features.parquet"),
        moments=study_people(moments),
        test_moments=moments[moments["split"] != "study"],
    )


def check_current(verdicts: pd.DataFrame, shipped: pd.DataFrame) -> None:
    """Refuse verdicts that were not made from these predictions, rep by rep."""
    columns = [*KEYS, "label", "p_arched"]
    ours, theirs = (
        t[columns].sort_values(KEYS, ignore_index=True).round({"p_arched": 3})
        for t in (verdicts, shipped)
    )
    same = len(ours) == len(theirs) and all((ours[c] == theirs[c]).all() for c in (*KEYS, "label"))
    if not same or not np.allclose(ours["p_arched"], theirs["p_arched"], atol=2e-3, equal_nan=True):
        raise UsageError("reports/verdicts.csv: older than the predictions; run leglift explain")


def read_verdicts(path: Path) -> pd.DataFrame:
    """Read `reports/verdicts.csv`; words that are not given are empty, numbers NaN."""
    table = pd.read_csv(path)
    words = table.select_dtypes(exclude=["number", "bool"]).columns
    return table.fillna(dict.fromkeys(words, ""))


def labelled_moments(
    moments: pd.DataFrame, verdicts: pd.DataFrame, model: TrainedBack
) -> pd.DataFrame:
    """Moments of the judged reps with `tilt_deg`, `tilt_change_deg` and who and what they show.

    The tilt is the shipped regressor's, in degrees against a flat back. It has seen simulated
    bodies only, so nobody here was in its training. The change is that since the legs were high.
    """
    about = [*KEYS, "person_id", "split", "exercise", "label"]
    known = moments.assign(tilt_deg=model.tilt_deg(moments)).merge(verdicts[about], on=KEYS)
    angle = known["leg_angle_deg"].to_numpy(float)
    high = np.zeros(len(known), bool)
    for rows in known.groupby(KEYS, sort=False).indices.values():
        high[rows] = legs_high(angle[rows])
    top = known["tilt_deg"].where(high).groupby([known[key] for key in KEYS]).transform("mean")
    return known.assign(tilt_change_deg=known["tilt_deg"] - top)
