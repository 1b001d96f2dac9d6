"""Draw the examples of the labelling guide: simulated bodies through the raters' own crop.

leglift study synth-moments --out DIR --count 16 --seed 5300 --clear
python scripts/draw_labelling_guide.py DIR
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from leglift.labelling.blinding import blind_crop, moment_cell
from leglift.labelling.pictures import sheet, write_png
from leglift.vision.lumbar import Trunk

OUT = Path(__file__).parents[1] / "data" / "labelling_guide" / "states.png"
EXAMPLES = {"contact": 0.004, "slit": 0.02, "hand": 0.045, "hollow": 0.075}
"""States and the gap, in trunk lengths, of the body that shows each."""

CLEAR = 60.0


def cell(folder: Path, truth: pd.DataFrame, state: str, gap_norm: float) -> np.ndarray:
    """Crop of the still whose gap as drawn is nearest, with its ruler and its name."""
    row = truth.iloc[int((truth["gap_drawn_norm"] - gap_norm).abs().to_numpy().argmin())]
    rgb = cv2.cvtColor(cv2.imread(str(folder / row["file"])), cv2.COLOR_BGR2RGB)
    shoulder, hip = (
        row[[f"{part}_x_px", f"{part}_y_px"]].to_numpy(float) for part in ("shoulder", "hip")
    )
    crop = blind_crop(rgb, Trunk(shoulder, hip))
    return moment_cell(crop, f"{state}: {100 * row['gap_drawn_norm']:.1f} % of the trunk")


def main() -> None:
    """Write the picture."""
    folder = Path(sys.argv[1])
    truth = pd.read_parquet(folder / "truth.parquet")
    truth = truth[truth["edge_contrast"] >= CLEAR]
    write_png(OUT, sheet([cell(folder, truth, *example) for example in EXAMPLES.items()], 2))


if __name__ == "__main__":
    main()
