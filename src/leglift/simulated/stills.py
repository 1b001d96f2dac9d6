"""The instrument on the stills of the catch pairs: what it tells apart where raters looked too."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leglift.files import write_csv
from leglift.labelling.quality import catch_threshold, with_rise
from leglift.params import Params
from leglift.simulated.instrument import read_heights
from leglift.vision.extract import extract_clip
from leglift.vision.pose import PoseBundle

FPS = 30
HELD_S = 0.8
"""Each still is shown for so long; it is read in the second half, when the landmarks rest."""


def run_read_stills(folder: Path, out: Path, bundle: PoseBundle, params: Params) -> None:
    """Read all stills of `folder/CLIP_ID/NN.png` into a table."""
    bodies = sorted(path for path in folder.iterdir() if path.is_dir())
    parts = [read_body(body, bundle, params) for body in bodies]
    write_csv(pd.concat(parts, ignore_index=True).round(5), out)


def read_body(folder: Path, bundle: PoseBundle, params: Params) -> pd.DataFrame:
    """Read `clip_id, moment, height_norm` (trunk lengths, NaN unknown) of all stills of a body."""
    from leglift.synth.clip import write_film

    pictures = sorted(folder.glob("*.png"))
    with tempfile.TemporaryDirectory() as work:
        video, table = Path(work) / "stills.mp4", Path(work) / "stills.parquet"
        write_film(str(video), _held(pictures), FPS, {"crf": "12"}, pixels="bgr24")
        extract_clip(video, table, bundle, params.vision)
        edge = read_heights(table, params)
    rests = edge[edge["time_s"] % HELD_S > HELD_S / 2]
    heights = rests.groupby(rests["time_s"] // HELD_S)["height_norm"].median()
    moments = range(len(pictures))
    heights_norm = heights.reindex(moments).to_numpy()
    return pd.DataFrame({"clip_id": folder.name, "moment": moments, "height_norm": heights_norm})


def _held(pictures: list[Path]) -> Iterator[npt.NDArray[np.uint8]]:
    """Show each picture (height, width, 3), BGR, for `HELD_S`; sides are made even."""
    import cv2

    for path in pictures:
        picture = np.asarray(cv2.imread(str(path)), np.uint8)
        high, wide = (side // 2 * 2 for side in picture.shape[:2])
        yield from repeat(picture[:high, :wide], round(HELD_S * FPS))


def catch_figures(data: Path) -> dict[str, Any]:
    """Rise (trunk lengths) that the instrument tells right in 75 % of the raters' catch pairs."""
    pairs = pd.read_csv(data / "pairs.csv", keep_default_na=False)
    catch = pairs[pairs["kind"] == "catch"].drop_duplicates("pair_id")
    truth, read = (
        pd.read_csv(data / "synthetic" / name) for name in ("catch_truth.csv", "catch_read.csv")
    )
    rise = with_rise(catch, read, "height_norm")["rise_norm"]
    own = with_rise(catch, truth, "gap_norm").assign(answer=np.where(rise > 0, "right", "left"))
    own = own[rise.notna()]
    return {
        **catch_threshold(own),
        "right_frac": float((own["answer"].eq("right") == own["rise_norm"].gt(0)).mean()),
        "n_unread": int(rise.isna().sum()),
    }
