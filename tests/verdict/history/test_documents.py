"""What history reads of the documents of `leglift judge --json`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from histories import MONDAY, PLAN, a_document, add, kept
from leglift.errors import UsageError
from leglift.verdict.history.documents import read_documents
from leglift.verdict.history.summary import (
    history_document,
)


def test_one_document_or_one_a_line(tmp_path):
    one, many = tmp_path / "one.json", tmp_path / "many.json"
    one.write_text(json.dumps(a_document(), indent=1))
    many.write_text("\n".join(json.dumps(a_document(i)) for i in range(3)) + "\n")
    assert len(read_documents(one)) == 1
    assert len(read_documents(many)) == 3


NO_DOCUMENTS = ["", "{", "null", "[]", "3", '"a"', "{}\n{}", "not json", "[" * 5000, "{\n\n}"]


@pytest.mark.parametrize("text", NO_DOCUMENTS)
def test_what_is_no_document_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="not what leglift judge --json prints") as caught:
        read_documents(path)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="no text"):
        read_documents(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
PLACES = [
    (), ("schema_version",), ("model",), ("model", "id"), ("clip",), ("clip", "sha256"), ("set",),
    ("set", "exercise"), ("set", "n_reps"), ("set", "n_good"), ("set", "set_over_at_rep"),
    ("set", "point_of_control_deg"), ("reps",), ("reps", 0), ("reps", 0, "lowering_s"),
]  # fmt: skip


@given(st.sampled_from(PLACES), JSON)
def test_anything_anywhere_in_a_document_is_kept_or_refused(tmp_path_factory, place, value):
    """No traceback, and nothing unreadable in the file afterwards."""
    document = a_document()
    if place:
        inside = document
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = value
    else:
        document = value
    folder = tmp_path_factory.mktemp("any")
    path, db = folder / "a.json", folder / "a.sqlite"
    path.write_text(json.dumps(document))
    if not is_document(path):
        return
    for found in read_documents(path):
        add(db, MONDAY, found)
    sets = kept(db)
    assert len(sets) == 1
    assert json.dumps(history_document("Ada", sets, PLAN), allow_nan=False)


def is_document(path: Path) -> bool:
    """Whether it is read; if not, it is refused in one line."""
    try:
        return bool(read_documents(path))
    except UsageError as error:
        return "\n" in str(error)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_as_a_document(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "a.json"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        read_documents(path)


def test_real_documents_are_read(demo_document, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(demo_document))
    assert read_documents(path) == [demo_document]
