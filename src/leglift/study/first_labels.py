"""What was wrong with the labels of guide 1: they follow the legs where nobody sees the back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from leglift.equal_angle import over_people
from leglift.study.headline import weighted_auc

COVERED_FRAC = 0.3
"""Share of the lumbar window behind an arm from which the back counts as hidden here."""


def first_label_figures(data: Path) -> dict[str, Any]:
    """AUC of the rule "legs only" against those labels, the back hidden by an arm and in view.

    `first_labels.csv` keeps what stood when they were in use: a row a labelled rep with the
    rule's probability, learned with the rep's person left out.
    """
    table = pd.read_csv(data / "first_labels.csv")
    hidden = table["arm_cover_frac"] >= COVERED_FRAC
    return {
        "legs_only_auc_hidden": legs_auc(table[hidden]),
        "legs_only_auc_in_view": legs_auc(table[~hidden]),
        "n_reps": len(table),
    }


def legs_auc(table: pd.DataFrame) -> dict[str, Any]:
    """AUC over reps with an interval over people; a person's reps stay together."""
    people = table["person_id"].reset_index(drop=True)
    up, p = table["arched"].to_numpy(bool), table["p_legs_only"].to_numpy(float)
    n_own = people.map(people.value_counts()).to_numpy(float)
    return over_people(people, lambda w: weighted_auc(up, p, w * n_own))
