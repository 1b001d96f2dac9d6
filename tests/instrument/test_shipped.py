"""The shipped model is the one its sidecar names; whatever was changed is refused."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from clips import BUNDLE, MODEL
from factories import CLEAR
from leglift.errors import ModelError
from leglift.instrument.back import OWN_SUM, EdgeBack, load_back, sidecar_sha256
from leglift.instrument.gate import REASONS
from leglift.params import feature_params_sha256, file_sha256, load_params
from leglift.study.training import write_archive

X = np.linspace(-1, 1, 40)[:, None]


@pytest.fixture(scope="module")
def back():
    return load_back(MODEL)


@pytest.fixture
def copy(tmp_path):
    for name in (MODEL, MODEL.with_suffix(".json")):
        shutil.copy(name, tmp_path)
    return tmp_path / MODEL.name


def resealed(path: Path, **changed: object) -> None:
    """Change a sidecar and give it a checksum that fits."""
    beside = path.with_suffix(".json")
    card = json.loads(beside.read_text()) | changed
    beside.write_text(json.dumps(card | {OWN_SUM: sidecar_sha256(card)}))


def test_the_shipped_model_is_the_one_its_sidecar_names(back):
    assert back.sha256 == back.sidecar["sha256"] == file_sha256(MODEL)
    assert back.model_id.startswith("leglift-")
    assert back.sidecar["pose_sha256"] == file_sha256(BUNDLE)
    assert back.sidecar["params_sha256"] == feature_params_sha256(load_params())
    assert back.model.middle_norm == pytest.approx(back.sidecar["middle_norm"], abs=1e-5)
    assert back.model.slope == pytest.approx(back.sidecar["slope"], abs=1e-5)
    assert back.model.slope > 0
    assert 0 < back.flat_at <= back.model.lifted_at < 1


def sidecar(text: str) -> Callable[[Path], object]:
    return lambda path: path.with_suffix(".json").write_text(text)


def changed_unsealed(path: Path) -> None:
    """Change one entry of the sidecar and leave its checksum as it is."""
    beside = path.with_suffix(".json")
    beside.write_text(json.dumps(json.loads(beside.read_text()) | {"lifted_at": 0.01}))


def of_other_types(path: Path) -> None:
    write_archive({"curve": DecisionTreeClassifier().fit(X, X[:, 0] > 0)}, path)
    resealed(path, sha256=file_sha256(path))


def damaged(path: Path) -> None:
    path.write_bytes(b"no archive")
    resealed(path, sha256=file_sha256(path))


REFUSED = {
    "another file": (
        lambda path: path.write_bytes(path.read_bytes() + b" "),
        "not the file its sidecar describes",
    ),
    "no model": (lambda path: path.unlink(), "no such file"),
    "no sidecar": (lambda path: path.with_suffix(".json").unlink(), "no such file"),
    "lifted_at": (changed_unsealed, "was changed after training"),
    "nothing": (sidecar(""), "restore it"),
    "a list": (sidecar("[]"), "restore it"),
    "a number": (sidecar("3"), "restore it"),
    "a short one": (sidecar('{"id": "x"}'), "restore it"),
    "another scikit-learn": (
        lambda path: resealed(path, versions={"scikit-learn": "0.1.0"}),
        r"made with scikit-learn 0\.1",
    ),
    "types that nobody trusts": (of_other_types, "not trusted"),
    "a damaged archive": (damaged, "cannot be loaded"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_whatever_was_changed_is_refused(copy, kind):
    change, words = REFUSED[kind]
    change(copy)
    with pytest.raises(ModelError, match=words):
        load_back(copy)


def test_a_model_of_ones_own_is_read(copy):
    write_archive({"curve": LogisticRegression().fit(X, X[:, 0] > 0)}, copy)
    resealed(copy, sha256=file_sha256(copy))
    assert load_back(copy).model.middle_norm == pytest.approx(0.0, abs=0.1)


def rep_of(back: EdgeBack, heights: np.ndarray, rep: int = 1, **changed: float) -> pd.DataFrame:
    """Measured moments of a lowering from 80 to 10 degrees."""
    angle = np.linspace(80, 10, len(heights))
    table = pd.DataFrame([{**CLEAR, **changed}] * len(heights))
    table = table.assign(rep=rep, phase="lowering", leg_angle_deg=angle, time_s=0.1 * np.arange(40))
    for name in ("gap_norm", "gap_mean_norm", "edge_norm"):
        table[name], table[f"{name}_over_flat"] = heights, 0.0
    return back.measure(table)


def test_flat_arched_and_hidden_reps_are_told_apart(back):
    flat = np.full(40, -0.02)
    arched = flat + 0.01 * np.maximum(np.arange(40) - 20, 0)
    parts = [rep_of(back, flat, 1), rep_of(back, arched, 2)]
    parts.append(rep_of(back, arched, 3, arm_cover_frac=1.0))
    found = back.predict(pd.DataFrame({"rep": [1, 2, 3]}), pd.concat(parts, ignore_index=True))
    assert found["arched"].tolist() == [False, True, pd.NA]
    assert found["back_visible"].tolist() == [1.0, 1.0, 0.0]
    assert found["flat_to_deg"][0] == pytest.approx(10)
    assert np.isnan(found["lift_deg"][0])
    assert found["lift_deg"][1] == pytest.approx(80 - 70 * 20 / 39, abs=4)
    assert found["found"][2] == f"back not visible: {REASONS['arm']}"


def test_between_the_cut_offs_nothing_is_claimed(back):
    p = (back.flat_at + back.model.lifted_at) / 2
    height = back.model.middle_norm + np.log(p / (1 - p)) / back.model.slope
    found = back.predict(pd.DataFrame({"rep": [1]}), rep_of(back, np.full(40, height)))
    assert found["arched"].isna().all()
    assert found["found"][0] == "too close to call"
    assert found["p_arched"][0] == pytest.approx(p, abs=1e-6)
