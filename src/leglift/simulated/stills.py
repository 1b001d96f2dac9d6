"""The instrument on the stills of the catch pairs: what it tells apart where raters looked too."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leglift.files import write_csv
from leglift.instrument.edge import edge_moments
from leglift.instrument.lifted import edge_height
from leglift.labelling.quality import catch_threshold, with_rise
from leglift.motion.segment import segment_lifter
from leglift.params import Params
from leglift.vision.extract import extract_clip
from leglift.vision.pose import PoseBundle

FPS = 30
HELD_S = 0.8
"""Each still is shown for so long; it is read in the second half, when the landmarks rest."""

COLUMNS = ["clip_id", "moment", "height_norm"]


def run_read_stills(folder: Path, out: Path, bundle: PoseBundle, params: Params) -> int:
    """Read all stills of `folder/CLIP_ID/NN.png` into a table; returns the exit code."""
    bodies = sorted(path for path in folder.iterdir() if path.is_dir())
    parts = [read_body(body, bundle, params) for body in bodies]
    write_csv(pd.concat(parts, ignore_index=True).round(5), out)
    return 0


def read_body(folder: Path, bundle: PoseBundle, params: Params) -> pd.DataFrame:
    """Height of the edge (trunk lengths) in every still of a body: `COLUMNS`, NaN unknown."""
    pictures = sorted(folder.glob("*.png"))
    with tempfile.TemporaryDirectory() as work:
        video, table = Path(work) / "stills.mp4", Path(work) / "stills.parquet"
        write_held(pictures, video)
        extract_clip(video, table, bundle, params.vision)
        motion = segment_lifter(table, params)
    heights = pd.Series(np.nan, range(len(pictures)))
    if motion is not None and not motion.signals.empty:
        edge = edge_moments(motion)
        edge = edge.assign(height_norm=edge_height(edge), still=edge["time_s"] // HELD_S)
        rests = edge[edge["time_s"] % HELD_S > HELD_S / 2]
        heights = rests.groupby("still")["height_norm"].median().reindex(heights.index)
    return pd.DataFrame(
        {"clip_id": folder.name, "moment": heights.index, "height_norm": heights.to_numpy()}
    )


def write_held(pictures: Iterable[Path], video: Path) -> None:
    """Write pictures as a video that shows each for `HELD_S`."""
    import av
    import cv2

    with av.open(str(video), "w") as container:
        stream: Any = None
        for path in pictures:
            picture = np.asarray(cv2.imread(str(path)), np.uint8)
            high, wide = (side // 2 * 2 for side in picture.shape[:2])
            if stream is None:
                stream = container.add_stream("libx264", rate=FPS, options={"crf": "12"})
                stream.width, stream.height, stream.pix_fmt = wide, high, "yuv420p"
            even = np.ascontiguousarray(picture[:high, :wide])
            for _ in range(round(HELD_S * FPS)):
                frame = av.VideoFrame.from_ndarray(even, format="bgr24")
                container.mux(stream.encode(frame))
        container.mux(stream.encode())


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
