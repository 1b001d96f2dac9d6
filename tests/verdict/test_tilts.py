"""A pelvic tilt has no reps: said is when the back is up, by how much, and with pictures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from factories import LYING_STILL, MODEL, Back, Body, Clip
from leglift.errors import NoLegLiftError
from leglift.params import load_params
from leglift.verdict.course import trunk_moves_norm
from leglift.verdict.drawing.annotate import live_table
from leglift.verdict.drawing.report import chapter, report_page
from leglift.verdict.drawing.sketch import tilt_moments
from leglift.verdict.history.documents import checked_set, read_documents
from leglift.verdict.judge import Judged
from leglift.verdict.table import verdict_text

PARAMS = load_params()

RISE_NORM = 0.10
LETS_GO = ((1.5, 12.0), (0.5, 8.0), (1.5, 8.0), (0.5, 12.0))
"""The legs sink by 4 deg where the back is let go: no lift."""
TILTING = Body(
    near_leg=(*LETS_GO, *LETS_GO, (1.5, 12.0)),
    back=Back(flat_norm=0.02, rise_norm=RISE_NORM, onset_deg=11.0, full_deg=9.0),
)


@pytest.fixture(scope="module")
def tilting(judge_figure) -> Judged:
    return judge_figure(Clip(TILTING), Path("tilt.mp4"), MODEL)


def test_the_document_says_when_the_back_is_up_and_how_far(tilting, judge_schema):
    said = tilting.document
    judge_schema.validate(said)
    assert (said["set"]["exercise"], said["set"]["n_reps"], said["reps"]) == ("pelvic_tilt", 0, [])
    for tilt, up_from_s in zip(said["set"]["tilts"], (2.0, 6.0), strict=True):
        assert tilt["up_from_s"] == pytest.approx(up_from_s, abs=0.5)
        assert tilt["up_to_s"] == pytest.approx(up_from_s + 1.5, abs=0.5)
        assert tilt["rise_cm"] == pytest.approx(RISE_NORM * PARAMS.cues.trunk_cm, abs=1.5)
    assert said["set"]["point_of_control_deg"] is None
    assert said["view"]["usable"]


def test_the_text_names_no_rep_and_fits_the_terminal(tilting):
    text = verdict_text(tilting.document)
    assert "tilt.mp4: 2 pelvic tilts" in text
    assert "arches (anterior tilt) 2 times" in " ".join(text.split())
    assert "rep" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_page_and_video_show_the_back_flat_and_up_without_a_rep(tilting):
    page = report_page([chapter(tilting, PARAMS)])
    for words in ("2 pelvic tilts in", "back flat:", "back highest:"):
        assert words in page
    assert "Rep by rep" not in page
    moments = sorted((moment.name, moment.state) for moment in tilt_moments(tilting.course))
    assert [state for _, state in moments] == ["flat", "lifted"]
    frames = tilting.course[["time_s"]].assign(frame_idx=range(len(tilting.course)))
    live = live_table(frames, tilting.motion, tilting.reps, tilting.course)
    assert set(live["rep"]) == {0}
    assert not live["runs"].any()
    assert {"flat", "lifted"} <= set(live["state"])


def test_history_keeps_no_tilts(tilting, tmp_path):
    with pytest.raises(NoLegLiftError, match="without any leg lift"):
        checked_set(tilting.document, Path("tilt.mp4"))
    kept = tmp_path / "tilt.json"
    kept.write_text(json.dumps(tilting.document))
    with pytest.raises(NoLegLiftError, match=r"tilt\.json"):
        read_documents(kept)


@pytest.mark.parametrize(
    ("arm", "words"),
    [("overhead", "the back is seen and hardly moves"), ("along_waist", "do not go up and down$")],
)
def test_a_back_that_keeps_still_or_is_hidden_is_no_tilt(judge_figure, arm, words):
    with pytest.raises(NoLegLiftError, match=words):
        judge_figure(Clip(Body(LYING_STILL.near_leg, arm=arm)), Path("a.mp4"), MODEL)


def test_a_trunk_that_moves_makes_no_tilt():
    """Shoulders that come up in a crunch lift the edge too: that is no pelvic tilt."""
    curl = np.repeat([0.0, 0.2, 0.0], 20)
    edge = pd.DataFrame({"curl_norm": curl, "shot_idx": 0, "back_visible": 1.0})
    assert trunk_moves_norm(edge) == pytest.approx(0.2)
    assert trunk_moves_norm(edge.assign(curl_norm=curl / 10)) < PARAMS.gate.max_curl_norm
    assert trunk_moves_norm(edge.assign(back_visible=1.0 - (curl > 0))) == 0.0
