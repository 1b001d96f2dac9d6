"""What is compared on people: nobody of the test teaches, and the kept figures can be had again."""

import json

import numpy as np
import pandas as pd
import pytest

from clips import ROOT
from leglift.study.comparison import (
    ABOUT,
    SHIPPED,
    _learned,
    gate_figures,
    is_headline,
    judgeable,
    methods,
    onset_figures,
    rater_figures,
    study_people,
)
from leglift.study.evidence import auc, value
from leglift.study.training import read_consensus

DATA = ROOT / "data"


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    features = pd.read_parquet(DATA / "features.parquet")
    return judgeable(features, read_consensus(DATA, features))


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    return pd.read_parquet(DATA / "synthetic" / "train_features.parquet")


@pytest.fixture(scope="module")
def kept() -> pd.DataFrame:
    return pd.read_parquet(DATA / "predictions.parquet")


def test_nobody_of_the_test_is_in_the_study(real):
    people = real.groupby("split")["person_id"].agg(set)
    assert not people["study"] & people["test"]


def test_every_method_judges_every_rep_once(real, kept):
    sizes = kept.groupby("method").size()
    assert (sizes.drop("MiniRocket") == len(real)).all()
    assert sizes["MiniRocket"] == len(study_people(real))
    assert kept.groupby("method")["p_arched"].apply(lambda p: p.between(0, 1).all()).all()


def test_left_out_people_share_a_fold(kept):
    left_out = kept[(kept["method"] == SHIPPED) & (kept["split"] == "study")]
    assert left_out.groupby("person_id")["fold_idx"].nunique().max() == 1
    assert left_out["fold_idx"].nunique() == 10


def test_the_shipped_predictions_can_be_had_again(real, simulated, kept):
    study, test = study_people(real), real[real["split"] == "test"]
    again = _learned(study, test, *methods(simulated)[SHIPPED])
    ours = kept[kept["method"] == SHIPPED].set_index(["clip_id", "rep"])["p_arched"]
    wanted = ours.loc[list(real.loc[again.index, ["clip_id", "rep"]].itertuples(index=False))]
    assert again["p_arched"].to_numpy() == pytest.approx(wanted.to_numpy(), abs=0.02)


def test_labels_of_the_test_change_nothing(real, simulated):
    study, test = study_people(real), real[real["split"] == "test"]
    how = methods(simulated)[SHIPPED]
    turned = test.assign(arched=~test["arched"])
    said, again = (_learned(study, rows, *how)["p_arched"] for rows in (test, turned))
    assert (said == again).all()


def test_the_kept_figures_are_those_of_the_kept_predictions(kept):
    figures = json.loads((ROOT / "reports" / "metrics.json").read_text("utf-8"))["model"]
    study = study_people(kept)
    for scope, rows in (("all", study), ("headline", study[is_headline(study)])):
        for method, table in rows.groupby("method"):
            found = figures[scope]["methods"][method]["auc"]["value"]
            assert found == pytest.approx(value(table, auc), abs=1e-4)


def made_up() -> pd.DataFrame:
    n = 12
    table = pd.DataFrame(
        {
            "clip_id": "a", "rep": range(n), "person_id": [f"p{i % 6}" for i in range(n)],
            "exercise": "both_leg_raise", "arched": [True, False] * 6, "threshold": 0.5,
            "p_arched": [0.9, 0.1] * 6, "unsure_from": 0.45, "unsure_to": 0.55,
            "off_axis_deg": 5.0, "trunk_px": 200.0, "arm_cover_frac": 0.0,
            "rated_onset_deg": 30.0, "lift_deg": 35.0, "back_lift_angle_deg": np.nan,
        }
    )  # fmt: skip
    return table.reindex(columns=[*ABOUT, *(c for c in table if c not in ABOUT)])


def test_each_gate_says_how_much_it_leaves():
    table = made_up()
    table.loc[0, "off_axis_deg"] = 80.0
    table.loc[1, "arm_cover_frac"] = 1.0
    table.loc[2, "p_arched"] = 0.5
    gates = gate_figures(table, 20)
    shares = {name: round(12 * gate["coverage_frac"]) for name, gate in gates.items()}
    assert shares == {"none": 12, "view": 11, "view and bare waist": 10, "view and sure": 10}


def test_onset_errors_are_those_of_arched_reps():
    said = onset_figures(made_up(), 20)
    assert (said["model"]["n_reps"], said["model"]["n_answered"]) == (6, 6)
    assert said["model"]["median_error_deg"]["value"] == 5.0
    assert said["gap rule"]["n_answered"] == 0
    assert said["usual"]["median_error_deg"]["value"] == 0.0


def test_a_rater_is_measured_where_the_others_agree():
    reps = pd.DataFrame({"clip_id": "a", "rep": range(4), "exercise": "x"})
    reps["person_id"] = [f"p{i}" for i in range(4)]
    words = {
        "a": ["good", "arched", "arched", "cant_tell"],
        "b": ["good", "arched", "good", "good"],
        "c": ["good", "arched", "good", "arched"],
    }
    ratings = pd.DataFrame(
        [(r, "a", i, w) for r, said in words.items() for i, w in enumerate(said)],
        columns=["rater", "clip_id", "rep", "label"],
    )
    said = rater_figures(ratings, reps, 20)["a"]
    assert said["n_reps"] == 3
    assert said["specificity"]["value"] == 0.5
    assert said["sensitivity"]["value"] == 1.0
    assert said["coverage_frac"] == 1.0
