"""The model's archive has the same bytes each time."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile

import numpy as np

from clips import MODEL
from leglift.instrument.back import TRUSTED_TYPES
from leglift.study.archive import canonical

WRITE = """
import sys
from pathlib import Path
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from leglift.study.archive import write_archive
elsewhere = [bytearray(1000 + i) for i in range(int(sys.argv[2]))]
x = np.random.default_rng(0).normal(size=(200, 3))
parts = {"tilt": HistGradientBoostingRegressor(max_iter=5, random_state=0).fit(x, x[:, 0]),
         "classifier": LogisticRegression().fit(x, x[:, 0] > 0)}
write_archive(parts, Path(sys.argv[1]))
"""


def test_two_processes_write_the_same_bytes(tmp_path):
    for name, elsewhere in (("a", "10"), ("b", "3000")):
        subprocess.run([sys.executable, "-c", WRITE, tmp_path / name, elsewhere], check=True)
    digests = {hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in "ab"}
    assert len(digests) == 1


def test_the_same_model_comes_back(tmp_path):
    import skops.io

    path = tmp_path / "m.skops"
    path.write_bytes(canonical(MODEL.read_bytes()))
    before, after = (skops.io.load(p, trusted=list(TRUSTED_TYPES)) for p in (MODEL, path))
    assert list(before) == list(after) == ["curve"]
    np.testing.assert_array_equal(before["curve"].coef_, after["curve"].coef_)
    x = np.linspace(-0.1, 0.2, 7)[:, None]
    np.testing.assert_array_equal(before["curve"].predict_proba(x), after["curve"].predict_proba(x))


def test_canonical_is_so_already(tmp_path):
    once = canonical(MODEL.read_bytes())
    assert canonical(once) == once
    (tmp_path / "m").write_bytes(once)
    with zipfile.ZipFile(tmp_path / "m") as archive:
        names = archive.namelist()
        assert names[:2] == ["0000.npy", "0001.npy"]
        json.loads(archive.read("schema.json"))
