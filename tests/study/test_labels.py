"""From a rater's file to labels, and from labels to one label a rep."""

import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clips import ROOT
from leglift.errors import UsageError
from leglift.schemas import ADJUDICATION, COACH, KEY, LABELS, RATINGS, read_checked
from leglift.study.consensus import adjudicated, by_caption, consensus, with_coach
from leglift.study.label_page import Desk, Server, rating_of
from leglift.study.labels import add_ratings, guide_version, match_labels, read_coach, read_labels

GUIDE = ROOT / "data/labelling_guide.md"
CLIP = "c00000001"
RATED = """code,label,severity,onset_s,onset_deg,evidence,cant_tell_reason,confidence,\
height_flat_pct,height_worst_pct,waistband_flat_deg,waistband_worst_deg,note
000000000a,arched,2,0.8,30,gap;light,,3,1,5.5,-5,10,
000000000b,good,0,,,,,2,,,,,hands below
000000000c,cant_tell,,,,,arm,3,,,,,
"""


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A rater's file of three strips, their key, and where the labels go."""
    paths = {name: tmp_path / f"{name}.csv" for name in ("ratings", "key", "labels")}
    paths["ratings"].write_text(RATED)
    codes = ["000000000a", "000000000b", "000000000c"]
    key = pd.DataFrame({"code": codes, "clip_id": CLIP, "rep": [1, 2, 3]})
    key.assign(start_s=[0.0, 2.0, 4.0], end_s=[1.5, 3.5, 5.5]).to_csv(paths["key"], index=False)
    return paths


def added(files: dict[str, Path], rater: str = "A", nth: int = 1, version: int = 1) -> pd.DataFrame:
    add_ratings(files["ratings"], files["key"], files["labels"], rater, nth, version, "2026-11-22")
    return read_labels(files["labels"])


def reps(*spans: tuple[float, float]) -> pd.DataFrame:
    table = pd.DataFrame(spans, columns=["start_s", "end_s"])
    return table.assign(clip_id=CLIP, rep=range(1, len(spans) + 1))


def rated(*words: str, **columns: object) -> pd.DataFrame:
    """Ratings of one rep by as many raters, as `match_labels` returns them."""
    table = pd.DataFrame({"label": words, "rater": list("ABCDEFG")[: len(words)]})
    numbers = dict.fromkeys(
        ["severity", "onset_s", "onset_deg", *(n for n in LABELS.columns if n[-4:] in ("_pct",))],
        np.nan,
    )
    bands = dict.fromkeys(["waistband_flat_deg", "waistband_worst_deg"], np.nan)
    fixed = {"clip_id": CLIP, "rep": 1, "start_s": 0.0, "end_s": 2.0, "pass": 1, "overlap": 1.0}
    return table.assign(**fixed, guide_version=1, **numbers, **bands).assign(**columns)


def test_the_guide_names_its_version_and_its_example_is_valid(tmp_path):
    assert guide_version(GUIDE) == 1
    lines = GUIDE.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("    code,"))
    example = tmp_path / "example.csv"
    example.write_text("\n".join(line.strip() for line in lines[first : first + 4]) + "\n")
    assert len(read_checked(example, RATINGS, "example")) == 3


def test_a_guide_without_version_is_refused(tmp_path):
    (tmp_path / "guide.md").write_text("# Guide\n")
    with pytest.raises(UsageError, match="names no version"):
        guide_version(tmp_path / "guide.md")


def test_codes_become_reps(files):
    labels = added(files)
    assert labels[["clip_id", "rep", "label"]].to_numpy().tolist() == [
        [CLIP, 1, "arched"],
        [CLIP, 2, "good"],
        [CLIP, 3, "cant_tell"],
    ]
    assert labels["severity"].tolist()[:2] == [2, 0]
    assert np.isnan(labels["severity"].iloc[2])
    assert list(labels.columns) == list(LABELS.columns)


def test_the_same_rating_twice_is_refused_and_nothing_changes(files):
    added(files)
    before = files["labels"].read_bytes()
    with pytest.raises(UsageError, match="rater A has already rated 3 of these 3 reps in pass 1"):
        added(files)
    assert files["labels"].read_bytes() == before


@pytest.mark.parametrize("other", [{"rater": "B"}, {"nth": 2}, {"version": 2}])
def test_another_rater_pass_or_version_is_appended(files, other):
    first = added(files)
    both = added(files, **other)
    pd.testing.assert_frame_equal(both.head(3), first)
    assert len(both) == 6


def test_an_unknown_code_is_refused(files):
    files["ratings"].write_text(RATED.replace("000000000b", "00000000ff"))
    with pytest.raises(UsageError, match="00000000ff: no such code"):
        added(files)
    assert not files["labels"].exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("arched,2", "arched,0", "line 2: an arched rep has severity 1, 2 or 3"),
        ("good,0", "good,1", "line 3: a good rep has severity 0"),
        ("cant_tell,,", "cant_tell,1,", "line 4: a rep that cannot be told has no severity"),
        (",arm,3", ",,3", "line 4: cant_tell_reason belongs to cant_tell"),
        ("good,0,,", "good,0,1.0,", "line 3: only an arched rep has an onset"),
        ("gap;light", "", "line 2: an arched rep names its evidence"),
        ("gap;light", "gap light", "line 2: evidence: gap light"),
        ("000000000b", "000000000a", "line 2: code: 000000000a"),
        ("hands below", "hands, below", "no table"),
    ],
)
def test_a_wrong_cell_is_named(files, old, new, said):
    files["ratings"].write_text(RATED.replace(old, new))
    with pytest.raises(UsageError, match=said):
        added(files)


def test_labels_follow_the_reps_when_those_are_found_anew():
    labels = reps((0.0, 2.0), (2.0, 4.0), (6.0, 8.0))
    anew = reps((1.9, 3.8), (0.1, 2.1), (9.0, 11.0))
    matched = match_labels(anew, labels)
    assert matched["rep"].tolist()[:2] == [2, 1]
    assert pd.isna(matched["rep"].iloc[2])
    assert matched["overlap"].iloc[0] == pytest.approx(1.9 / 2.1)


def test_a_label_belongs_to_a_rep_from_half_of_their_union_on():
    labels = reps((0.0, 2.0))
    assert match_labels(reps((1.0, 2.0)), labels)["rep"].tolist() == [1]
    assert match_labels(reps((1.01, 2.0)), labels)["rep"].isna().all()


def test_the_number_decides_between_reps_at_the_same_time():
    both_legs = reps((0.0, 2.0), (0.0, 2.0))
    assert match_labels(both_legs, both_legs)["rep"].tolist() == [1, 2]


def test_a_label_of_a_clip_without_reps_has_none():
    matched = match_labels(reps((0.0, 2.0)), reps((0.0, 2.0)).assign(clip_id="c00000002"))
    assert matched["rep"].isna().all()


def test_majority_of_three_with_medians_of_those_who_said_arched():
    table = consensus(
        rated("arched", "good", "arched", severity=[1.0, 0.0, 3.0], onset_deg=[20.0, np.nan, 40.0])
    )
    row = table.iloc[0]
    assert (row["label"], row["source"], row["n_arched"]) == ("arched", "majority", 2)
    assert (row["severity"], row["onset_deg"]) == (2, 30)


def test_a_good_rep_has_severity_0_and_no_onset():
    row = consensus(
        rated("good", "good", "arched", severity=[0.0, 0.0, 3.0], onset_s=[np.nan, np.nan, 1.0])
    ).iloc[0]
    assert (row["label"], row["severity"]) == ("good", 0)
    assert np.isnan(row["onset_s"])


@pytest.mark.parametrize("words", [("good", "arched", "cant_tell"), ("good", "arched")])
def test_no_majority_stays_open(words):
    row = consensus(rated(*words)).iloc[0]
    assert (row["label"], row["source"]) == ("", "open")


def test_later_passes_do_not_vote_and_a_newer_guide_replaces_the_older():
    votes = rated("good", "good", "arched", "arched", "arched", severity=[0, 0, 1.0, 1.0, 1.0])
    second = votes.assign(**{"pass": [1, 1, 2, 2, 2]})
    assert consensus(second).iloc[0]["label"] == "good"
    newer = votes.assign(guide_version=[2, 2, 1, 1, 1])
    assert consensus(newer).iloc[0][["label", "n_raters"]].tolist() == ["good", 2]


def test_a_decision_replaces_the_vote_and_keeps_its_reason():
    table = consensus(rated("good", "arched"))
    decision = pd.DataFrame(
        [(CLIP, 9, 0.1, 2.0, "cant_tell", np.nan, "arm along the waist")],
        columns=list(ADJUDICATION.columns),
    )
    row = adjudicated(table, decision, reps((0.0, 2.0))).iloc[0]
    assert row[["label", "source", "reason"]].tolist() == [
        "cant_tell",
        "adjudicated",
        "arm along the waist",
    ]


def test_a_caption_holds_for_reps_that_lie_mostly_under_it():
    coach = pd.DataFrame([(CLIP, 0.0, 3.0, "good", "flat")], columns=list(COACH.columns))
    table = with_coach(reps((0.0, 2.0), (2.0, 4.0), (2.5, 5.0)), coach)
    assert table["coach_label"].tolist() == ["good", "good", ""]


def test_the_committed_tables_are_as_their_schemas_want_them():
    assert len(read_coach(ROOT / "data")) >= 1
    read_labels(ROOT / "data/labels.csv")


def test_a_form_becomes_a_row():
    form = {"code": ["000000000a"], "label": ["good"], "confidence": ["2"], "note": [" a,\n b "]}
    row = rating_of(form).iloc[0]
    assert (row["severity"], row["note"]) == ("0", "a, b")
    assert rating_of({"evidence": ["gap", "light"]})["evidence"].iloc[0] == "gap;light"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Three strips, and a key beside their folder that must stay out of reach."""
    folder = tmp_path / "strips"
    folder.mkdir()
    for code in "abc":
        (folder / f"000000000{code}.png").write_bytes(b"\x89PNG" + code.encode())
    (tmp_path / "key.csv").write_text("code,clip_id\n")
    return Desk(folder, tmp_path / "ratings.csv", "A")


@pytest.fixture
def address(desk):
    server = Server(desk, GUIDE, 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def post(address: str, **form: str) -> str:
    body = urllib.parse.urlencode(form, doseq=True).encode()
    with urllib.request.urlopen(address + "rate", body, timeout=10) as answer:
        return answer.read().decode()


def get(address: str, name: str = "") -> bytes:
    with urllib.request.urlopen(address + name, timeout=10) as answer:
        return answer.read()


def test_raters_see_the_strips_in_different_orders(desk):
    orders = {tuple(Desk(desk.folder, desk.ratings_csv, r).codes()) for r in "ABCDEFGH"}
    assert len(orders) > 1
    assert {tuple(sorted(order)) for order in orders} == {
        ("000000000a", "000000000b", "000000000c")
    }
    assert desk.codes() == desk.codes()


def test_rating_all_strips_on_the_page(desk, address):
    for done, code in enumerate(desk.codes()):
        page = get(address).decode()
        assert f"{done} of 3 done" in page
        assert f"value={code}" in page
        assert get(address, f"{code}.png").startswith(b"\x89PNG")
        post(address, code=code, token=desk.token, label="good", confidence="3")
    assert "All 3 strips are rated" in get(address).decode()
    ratings = read_checked(desk.ratings_csv, RATINGS, "ratings")
    assert ratings["code"].tolist() == desk.codes()


def test_the_page_goes_on_where_it_was_left(desk, address):
    first, second, _ = desk.codes()
    post(address, code=first, token=desk.token, label="good", confidence="3")
    assert Desk(desk.folder, desk.ratings_csv, "A").open_codes()[0] == second


def test_a_rating_against_the_guide_is_said_and_not_kept(desk, address):
    code = desk.codes()[0]
    said = post(address, code=code, token=desk.token, label="arched", severity="0", confidence="1")
    assert "an arched rep has severity 1, 2 or 3" in said
    assert not desk.ratings_csv.exists()
    assert "no such strip" in post(
        address, code="ffffffffff", token=desk.token, label="good", confidence="1"
    )


def test_forms_of_other_sites_are_refused(desk, address):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        post(address, code=desk.codes()[0], token="guess", label="good", confidence="3")
    assert not desk.ratings_csv.exists()


@pytest.mark.parametrize("name", ["key.csv", "../key.csv", "%2e%2e/key.csv"])
def test_the_key_is_out_of_reach(address, name):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(address, name)


def test_the_key_schema_refuses_a_code_twice(tmp_path):
    path = tmp_path / "key.csv"
    row = f"000000000a,{CLIP},1,0,1\n"
    path.write_text("code,clip_id,rep,start_s,end_s\n" + row + row)
    with pytest.raises(UsageError, match="code"):
        read_checked(path, KEY, "key")


def test_a_caption_labels_only_what_nobody_rated():
    reps = pd.DataFrame({"clip_id": CLIP, "rep": [1, 2, 3], "start_s": [0.0, 2.0, 4.0]})
    reps["end_s"] = reps["start_s"] + 1.5
    rated = reps.iloc[:1].assign(label="good", source="unanimous", n_raters=3)
    coach = pd.DataFrame({"clip_id": [CLIP], "start_s": [0.0], "end_s": [3.6]})
    told = by_caption(rated, reps, coach.assign(coach_label="arched", caption="no"))
    assert told["rep"].tolist() == [1, 2]
    assert told["label"].tolist() == ["good", "arched"]
    assert told["source"].tolist() == ["unanimous", "coach"]
