"""What history reads of the documents of `leglift judge --json`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from histories import MONDAY, PLAN, a_document, add, kept
from leglift.errors import UsageError
from leglift.verdict.history.documents import read_documents
from leglift.verdict.history.summary import history_document


def test_one_document_or_one_a_line(demo_document, tmp_path):
    one, many = tmp_path / "one.json", tmp_path / "many.json"
    one.write_text(json.dumps(demo_document, indent=1))
    many.write_text("\n".join(json.dumps(a_document(i)) for i in range(3)) + "\n")
    assert read_documents(one) == [demo_document]
    assert len(read_documents(many)) == 3


NO_DOCUMENTS = [
    "", "{", "{}", "null", "[]", "3", '"a"', "{}\n{}", "not json", "[" * 5000, "{\n\n}",
    '{"schema_version": 1, "set": {"n_reps": "x"}}',
]  # fmt: skip


@pytest.mark.parametrize("text", NO_DOCUMENTS)
def test_what_is_no_document_is_refused_in_one_line_and_not_in_a_validator_s(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="not what leglift judge --json prints") as caught:
        read_documents(path)
    for word in ("\n", "Input should", "Field required", "pydantic"):
        assert word not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
PLACES = [
    (), ("schema_version",), ("model",), ("model", "id"), ("clip",), ("clip", "sha256"), ("set",),
    ("set", "exercise"), ("set", "n_reps"), ("set", "n_good"), ("set", "set_over_at_rep"),
    ("set", "point_of_control_deg"), ("reps",), ("reps", 0), ("reps", 0, "lowering_s"),
    ("reps", 0, "verdict"),
]  # fmt: skip


@given(st.sampled_from(PLACES), JSON)
def test_anything_anywhere_in_a_document_is_kept_or_refused(tmp_path_factory, place, value):
    whole = {"": a_document()}
    *way, last = ("", *place)
    inside = whole
    for key in way:
        inside = inside[key]
    inside[last] = value
    folder = tmp_path_factory.mktemp("any")
    path, db = folder / "a.json", folder / "a.sqlite"
    path.write_text(json.dumps(whole[""]))
    found, said = [], ""
    try:
        found = read_documents(path)
    except UsageError as error:
        said = str(error)
    assert "\n" not in said
    for one in found:
        add(db, MONDAY, one)
        assert json.dumps(history_document("Ada", kept(db), PLAN), allow_nan=False)


@given(st.binary(max_size=300))
@example(b"\xff\xfe\x00")
def test_any_bytes_are_refused_as_a_document(tmp_path_factory, content):
    path: Path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        read_documents(path)
