"""The page of `leglift judge --report`: all of the verdict, nothing from outside, nothing alive."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clips import ROOT
from factories import Back, Body, Camera, Clip, Lifts, alternating
from leglift.errors import UsageError
from leglift.params import load_params
from leglift.verdict.drawing.report import Chapter, chapter, report_page
from leglift.verdict.outputs import write_page

SET = Lifts(n=3)
NEAR, FAR = alternating(Lifts(n=2))
FIGURES = {
    "good": Clip(),
    "arched": Clip(Body(near_leg=SET.course, back=Back(rise_norm=0.08))),
    "off_axis": Clip(camera=Camera(off_axis_deg=50.0)),
    "far_leg": Clip(Body(near_leg=NEAR, far_leg=FAR)),
    "begins_legs_up": Clip(Body(near_leg=replace(SET, begins="high").course)),
    "lost": Clip(camera=Camera(lost=((1.0, 1.6), (3.0, 3.2)))),
    "cut": Clip(camera=Camera(cut_s=4.0)),
    "mirrored": Clip(camera=Camera(feet_right=False, shoulder_px=(860.0, 500.0))),
}
VILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&lt;.mp4"
each = pytest.mark.parametrize("name", FIGURES)


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
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


def named(one: Chapter, path: str) -> Chapter:
    clip = {**one.document["clip"], "path": path}
    return replace(one, document={**one.document, "clip": clip})


@each
def test_the_page_says_what_the_document_says_with_every_rep_in_each_part(chapters, name):
    document = chapters[name].document
    page = Page(report_page([chapters[name]]))
    reps = [rep["rep"] for rep in document["reps"]]
    assert len(reps) >= 2
    bands = [a["href"] for a in page.all("a") if "band" in (a.get("class") or "").split()]
    assert bands == [f"#v1r{rep}" for rep in reps]
    assert [card["id"] for card in page.all("article")] == [f"v1r{rep}" for rep in reps]
    assert len(page.all("tr")) == 1 + len(reps)
    said = [rep["reason"] for rep in document["reps"]] + document["view"]["notes"]
    for words in (*document["model"].values(), f"{name}.mp4", *(part[1:] for part in said)):
        assert words in page.text


@pytest.mark.parametrize(
    ("name", "words", "unfolded"),
    [
        ("arched", "the set is over at rep 1", False),
        ("good", "The lower back stayed down in ", False),
        ("off_axis", "could not be judged in any rep", True),
    ],
)
def test_conclusions_and_how_to_film_where_the_back_was_not_seen(chapters, name, words, unfolded):
    page = Page(report_page([chapters[name]]))
    assert words in page.text
    (details,) = page.all("details")
    assert ("open" in details) == unfolded


def test_an_arched_rep_is_shown_as_the_back_lifts_and_others_with_the_legs_up_and_low(chapters):
    for some in chapters["arched"].sketches:
        up, lifts, highest = (s.moment for s in some)
        assert [s.moment.name for s in some] == ["legs up", "back up", "back highest"]
        assert up.time_s < lifts.time_s <= highest.time_s
        assert lifts.state == highest.state == "lifted" != up.state
        assert 33 <= lifts.leg_deg <= 47  # the figure's back lifts between 45 and 35 degrees
    for some in chapters["good"].sketches:
        up, low = (s.moment for s in some)
        assert (up.name, low.name) == ("legs up", "legs low")
        assert (up.leg_deg, low.leg_deg) == pytest.approx((SET.top_deg, SET.low_deg), abs=2)
        assert "lifted" not in (up.state, low.state)


def test_the_lower_back_is_drawn_where_it_was_judged_and_coloured_where_it_is_up(chapters):
    assert all(s.hollow and s.zoom_box for some in chapters["good"].sketches for s in some)
    unsure = [s for some in chapters["off_axis"].sketches for s in some]
    assert unsure
    assert not any(s.hollow or s.zoom_box for s in unsure)
    assert not {state for state, *_ in chapters["off_axis"].states} & {"flat", "lifted"}
    assert 'class="hollow"' not in report_page([chapters["good"]]).split("</style>")[1]
    assert report_page([chapters["arched"]]).count('class="hollow"') == 2 * SET.n


def test_the_set_up_is_drawn_by_its_script(tmp_path):
    """Both copies: the one beside the template, and the one that README and the guide show."""
    drawn = tmp_path / "setup.svg"
    script = ROOT / "scripts" / "draw_setup.py"
    subprocess.run([sys.executable, str(script), str(drawn)], check=True, capture_output=True)
    inside = files("leglift.verdict.drawing").joinpath("setup.svg").read_bytes()
    assert drawn.read_bytes() == inside == (ROOT / "docs/img/setup.svg").read_bytes()


def test_a_moment_without_a_person_has_no_picture_of_another(judge_figure):
    seen = judge_figure(Clip(camera=Camera(lost=((1.3, 2.2),))), Path("lost.mp4"))
    times = [s.moment.time_s for some in chapter(seen, load_params()).sketches for s in some]
    assert times
    assert not any(1.6 < time_s < 1.9 for time_s in times)


def test_reps_of_both_legs_that_overlap_get_lanes(chapters):
    for one, other in combinations(chapters["far_leg"].bands, 2):
        first, second = sorted((one, other), key=lambda band: band.left)
        assert one.lane != other.lane or first.left + first.width <= second.left


def test_several_videos_are_sections_with_a_list_before_them(chapters):
    page = Page(report_page([chapters["good"], chapters["arched"]], ["gone.mp4: no such file"]))
    assert [s["id"] for s in page.all("section")] == ["contents", "v1", "v2"]
    assert {"#v1", "#v2"} <= {a["href"] for a in page.all("a")}
    assert "gone.mp4: no such file" in page.text
    assert "2 videos judged, 1 not" in page.text


@each
def test_drawings_are_well_formed_and_finite(chapters, name):
    html = report_page([chapters[name]]).split('<details class="card" id="film"')[0]
    drawings = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(drawings) >= 2 * len(chapters[name].document["reps"])
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        assert all(float(v) == float(v) for v in root.attrib["viewBox"].split())
        for path in root.iter("path"):
            assert re.fullmatch(r"([ML]-?\d+\.\d -?\d+\.\d|Z| )*", path.attrib["d"])
    assert not re.search(r"\b(nan|inf|None|undefined)\b", html.split("</style>")[1])


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


@each
def test_the_page_needs_nothing_but_itself_and_its_links_lead_somewhere(chapters, name):
    page = assert_inert(report_page([chapters[name], chapters["good"]]))
    policy = next(m["content"] for m in page.all("meta") if m.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [attrs["href"] for _, attrs in page.elements if "href" in attrs]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


@given(name=st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1))
def test_any_file_name_is_only_text(chapters, name):
    plain = Page(report_page([named(chapters["good"], "plain.mp4")], ["x"]))
    page = assert_inert(report_page([named(chapters["good"], name)], [name]))
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain.elements]


def test_whatever_a_document_says_is_only_text(chapters):
    document = named(chapters["arched"], VILE).document
    cues = [{"code": "x", "message": VILE}]
    said = {
        "reps": [{**rep, "reason": VILE, "cues": cues} for rep in document["reps"]],
        "view": {**document["view"], "notes": [VILE]},
        "model": {**document["model"], "id": VILE},
    }
    vile = replace(chapters["arched"], document={**document, **said})
    page = assert_inert(report_page([vile], [f"{VILE}: no such file"]))
    assert page.text.count(VILE.split("/")[-1]) >= 6
    assert VILE in page.text


def test_a_name_that_is_no_unicode_is_written_all_the_same(chapters, tmp_path):
    target = tmp_path / "page.html"
    write_page(report_page([named(chapters["good"], "caf\udce9.mp4")]), target)
    assert "caf\\udce9.mp4" in target.read_text("utf-8")


def test_a_page_that_cannot_be_written_leaves_what_was_there(tmp_path, monkeypatch):
    target = tmp_path / "page.html"
    target.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match=r"page\.html: cannot be written \(No space left"):
        write_page("new", target)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]
