"""The model's archive has the same bytes each time."""

import json
import subprocess
import sys
import zipfile
from io import BytesIO

import numpy as np
import skops.io

from clips import MODEL
from leglift.instrument.back import TRUSTED_TYPES
from leglift.study.training import canonical

WRITE = """
import sys
from pathlib import Path
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from leglift.study.training import write_archive
elsewhere = [bytearray(1000 + i) for i in range(int(sys.argv[2]))]
x = np.random.default_rng(0).normal(size=(200, 3))
parts = {"tilt": HistGradientBoostingRegressor(max_iter=5, random_state=0).fit(x, x[:, 0]),
         "classifier": LogisticRegression().fit(x, x[:, 0] > 0)}
write_archive(parts, Path(sys.argv[1]))
"""


def test_two_processes_write_the_same_bytes(tmp_path):
    for name, elsewhere in (("a", "10"), ("b", "3000")):
        subprocess.run([sys.executable, "-c", WRITE, tmp_path / name, elsewhere], check=True)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_same_model_comes_back_and_canonical_is_so_already():
    once = canonical(MODEL.read_bytes())
    assert canonical(once) == once
    with zipfile.ZipFile(BytesIO(once)) as archive:
        assert archive.namelist()[:2] == ["0000.npy", "0001.npy"]
        json.loads(archive.read("schema.json"))
    files = (MODEL.read_bytes(), once)
    before, after = (skops.io.loads(data, trusted=[*TRUSTED_TYPES]) for data in files)
    assert list(before) == list(after) == ["curve"]
    np.testing.assert_array_equal(before["curve"].coef_, after["curve"].coef_)
    x = np.linspace(-0.1, 0.2, 7)[:, None]
    np.testing.assert_array_equal(before["curve"].predict_proba(x), after["curve"].predict_proba(x))
