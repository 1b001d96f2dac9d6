"""The page of `leglift judge --report`: all of the verdict, nothing from outside, nothing alive."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clips import ROOT
from command import assert_failed
from factories import Back, Body, Camera, Clip, Lifts, alternating
from leglift.errors import UsageError
from leglift.params import load_params
from leglift.verdict.drawing.report import Chapter, chapter, report_page
from leglift.verdict.outputs import write_page

ARCHING = Back(rise_norm=0.08)
SET = Lifts(n=3)
NEAR, FAR = alternating(Lifts(n=2))
FIGURES = {
    "good": Clip(),
    "arched": Clip(body=Body(near_leg=SET.course, back=ARCHING)),
    "off_axis": Clip(camera=Camera(off_axis_deg=50.0)),
    "far_leg": Clip(body=Body(near_leg=NEAR, far_leg=FAR)),
    "begins_legs_up": Clip(body=Body(near_leg=replace(SET, begins="high").course)),
    "lost": Clip(camera=Camera(lost=((1.0, 1.6), (3.0, 3.2)))),
    "cut": Clip(camera=Camera(cut_s=4.0)),
    "mirrored": Clip(camera=Camera(feet_right=False, shoulder_px=(860.0, 500.0))),
}
VILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&lt;.mp4"


@pytest.fixture(scope="module")
def chapters(judge_figure) -> dict[str, Chapter]:
    params = load_params()
    return {
        name: chapter(judge_figure(clip, Path(f"{name}.mp4")), params)
        for name, clip in FIGURES.items()
    }


class Page(HTMLParser):
    """What a browser would make of a page: elements with attributes, and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str, part_of_class: str = "") -> list[dict[str, str | None]]:
        return [
            attrs
            for name, attrs in self.elements
            if name == tag and part_of_class in ["", *(attrs.get("class") or "").split()]
        ]


def named(one: Chapter, path: str) -> Chapter:
    clip = {**one.document["clip"], "path": path}
    return replace(one, document={**one.document, "clip": clip})


# --- complete ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
def test_every_rep_is_in_the_timeline_the_pictures_and_the_table(chapters, name):
    page = Page(report_page([chapters[name]]))
    reps = [rep["rep"] for rep in chapters[name].document["reps"]]
    assert len(reps) >= 2
    assert [band["href"] for band in page.all("a", "band")] == [f"#v1r{rep}" for rep in reps]
    assert [card["id"] for card in page.all("article")] == [f"v1r{rep}" for rep in reps]
    assert len(page.all("tr")) == 1 + len(reps)


@pytest.mark.parametrize("name", FIGURES)
def test_the_page_says_what_the_document_says(chapters, name):
    document = chapters[name].document
    text = Page(report_page([chapters[name]])).text
    for said in (document["model"]["id"], document["model"]["sha256"], f"{name}.mp4"):
        assert said in text
    for rep in document["reps"]:
        assert rep["reason"][1:] in text
    for note in document["view"]["notes"]:
        assert note[1:] in text


def test_conclusions(chapters):
    def said(name):
        return Page(report_page([chapters[name]])).text

    assert "the set is over at rep 1" in said("arched")
    assert "The lower back stayed down in " in said("good")
    assert "could not be judged in any rep" in said("off_axis")


def test_an_arched_rep_has_a_picture_of_the_back_lifting(chapters):
    names = [[s.moment.name for s in some] for some in chapters["arched"].sketches]
    assert names == [["legs up", "back up", "back highest"]] * SET.n
    for some in chapters["arched"].sketches:
        up, lifts, highest = (s.moment for s in some)
        assert up.time_s < lifts.time_s <= highest.time_s
        assert up.leg_deg == pytest.approx(SET.top_deg, abs=2)
        assert (up.lifted, lifts.lifted, highest.lifted) == (False, True, True)
        assert 33 <= lifts.leg_deg <= 47  # the figure's back lifts between 45 and 35 degrees


def test_other_reps_have_pictures_of_the_legs_up_and_low(chapters):
    for some in chapters["good"].sketches:
        up, low = (s.moment for s in some)
        assert (up.name, low.name) == ("legs up", "legs low")
        assert low.leg_deg == pytest.approx(SET.low_deg, abs=2)
        assert not up.lifted
        assert not low.lifted


def test_the_lower_back_is_drawn_only_where_it_was_judged(chapters):
    assert all(s.hollow and s.zoom_box for some in chapters["good"].sketches for s in some)
    unsure = [s for some in chapters["off_axis"].sketches for s in some]
    assert unsure
    assert not any(s.hollow or s.zoom_box for s in unsure)
    states = {piece.state for piece in chapters["off_axis"].states}
    assert not states & {"flat", "lifted"}


def test_a_gap_is_coloured_only_once_it_is_one(chapters):
    assert 'class="hollow"' not in report_page([chapters["good"]]).split("</style>")[1]
    assert report_page([chapters["arched"]]).count('class="hollow"') == 2 * SET.n


def test_how_to_film_stands_open_where_the_back_was_not_seen(chapters):
    folded = {name: Page(report_page([chapters[name]])).all("details") for name in FIGURES}
    assert all(len(parts) == 1 for parts in folded.values())
    assert "open" in folded["off_axis"][0]
    assert "open" not in folded["good"][0]


def test_the_set_up_is_drawn_by_its_script(tmp_path):
    """Both copies: the one beside the template, and the one that README and the guide show."""
    drawn = tmp_path / "setup.svg"
    script = ROOT / "scripts" / "draw_setup.py"
    subprocess.run([sys.executable, str(script), str(drawn)], check=True, capture_output=True)
    inside = files("leglift.verdict.drawing").joinpath("setup.svg").read_bytes()
    assert drawn.read_bytes() == inside == (ROOT / "docs/img/setup.svg").read_bytes()


def test_a_moment_without_a_person_has_no_picture_of_another(judge_figure):
    lost = Clip(camera=Camera(lost=((1.3, 2.2),)))
    seen = judge_figure(lost, Path("lost.mp4"))
    times = [s.moment.time_s for some in chapter(seen, load_params()).sketches for s in some]
    assert times
    assert not any(1.6 < time_s < 1.9 for time_s in times)


def test_reps_of_both_legs_that_overlap_get_lanes(chapters):
    bands = chapters["far_leg"].bands
    for one in bands:
        for other in bands:
            if one is not other and one.lane == other.lane:
                apart = one.left + one.width <= other.left or other.left + other.width <= one.left
                assert apart


def test_several_videos_are_sections_with_a_list_before_them(chapters):
    page = Page(report_page([chapters["good"], chapters["arched"]], ["gone.mp4: no such file"]))
    assert [s["id"] for s in page.all("section")] == ["contents", "v1", "v2"]
    assert {"#v1", "#v2"} <= {a["href"] for a in page.all("a")}
    assert "gone.mp4: no such file" in page.text
    assert "2 videos judged, 1 not" in page.text


# --- well formed -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
def test_drawings_are_well_formed_and_finite(chapters, name):
    html = report_page([chapters[name]]).split('<details class="card" id="film"')[0]
    drawings = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(drawings) >= 1 + 2 * len(chapters[name].document["reps"]) - 1
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        assert all(float(v) == float(v) for v in root.attrib["viewBox"].split())
        for path in root.iter("path"):
            assert re.fullmatch(r"([ML]-?\d+\.\d -?\d+\.\d|Z| )*", path.attrib["d"])
    assert not re.search(r"\b(nan|inf|None|undefined)\b", html.split("</style>")[1])


@pytest.mark.parametrize("name", FIGURES)
def test_ids_are_unique_and_links_lead_somewhere(chapters, name):
    page = Page(report_page([chapters[name], chapters["good"]]))
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [attrs["href"] for _, attrs in page.elements if "href" in attrs]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


# --- self-contained and inert ------------------------------------------------------------------


def assert_inert(html: str) -> Page:
    page = Page(html)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "iframe", "object", "embed", "link", "form", "base"}
    for tag, attrs in page.elements:
        assert not [name for name in attrs if name.startswith("on")], (tag, attrs)
        for name in ("src", "href", "xlink:href", "action", "data"):
            assert (attrs.get(name) or "#").startswith("#"), (tag, attrs)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    return page


@pytest.mark.parametrize("name", FIGURES)
def test_the_page_needs_nothing_but_itself(chapters, name):
    page = assert_inert(report_page([chapters[name]]))
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_a_vile_file_name_is_only_text(chapters):
    page = assert_inert(report_page([named(chapters["good"], VILE)], [f"{VILE}: no such file"]))
    assert page.text.count(VILE.split("/")[-1]) >= 3
    assert VILE in page.text


@given(name=st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1))
def test_any_file_name_is_only_text(chapters, name):
    plain = Page(report_page([named(chapters["good"], "plain.mp4")], ["x"]))
    page = assert_inert(report_page([named(chapters["good"], name)], [name]))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain.elements]


def test_whatever_a_document_says_is_only_text(chapters):
    document = chapters["arched"].document
    reps = [{**rep, "reason": VILE, "cues": [{"code": "x", "message": VILE}]} for rep in
            document["reps"]]  # fmt: skip
    view = {**document["view"], "notes": [VILE]}
    model = {**document["model"], "id": VILE}
    vile = replace(chapters["arched"], document={**document, "reps": reps, "view": view,
                                                 "model": model})  # fmt: skip
    assert_inert(report_page([vile]))


# --- the file ----------------------------------------------------------------------------------


def test_a_name_that_is_no_unicode_is_written_all_the_same(chapters, tmp_path):
    target = tmp_path / "page.html"
    write_page(report_page([named(chapters["good"], "caf\udce9.mp4")]), target)
    assert "caf\\udce9.mp4" in target.read_text("utf-8")


def test_a_page_that_cannot_be_written_leaves_what_was_there(chapters, tmp_path, monkeypatch):
    target = tmp_path / "page.html"
    target.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match=r"page\.html: cannot be written \(No space left"):
        write_page(report_page([chapters["good"]]), target)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize(
    ("option", "name", "said"),
    [
        ("--report", "there.html", "exists; choose another name or add --overwrite"),
        ("--report", "page.pdf", "name a file that ends in .html"),
        ("--report", "no/page.html", "does not exist"),
        ("--annotate", "there.mp4", "exists; choose another name or add --overwrite"),
        ("--annotate", "film.mov", "name a file that ends in .mp4"),
    ],
)
def test_an_output_that_cannot_be_is_refused_at_once(here, tmp_path, option, name, said):
    for there in ("there.html", "there.mp4"):
        (tmp_path / there).write_text("old")
    ran = here("judge", "film.mp4", option, tmp_path / name)
    assert_failed(ran, 2, said)
    assert (tmp_path / "there.html").read_text() == (tmp_path / "there.mp4").read_text() == "old"
