"""`leglift study synth` without torch: what it refuses, and what it says of a run."""

import importlib.util
import re

import pytest

from leglift.cli.run import run
from leglift.cli.synth import span_of_reps
from leglift.errors import UsageError
from leglift.synth.generate import Made, report


@pytest.mark.parametrize("command", ["synth", "synth-moments"])
def test_a_missing_extra_is_one_line_with_the_way_out(monkeypatch, capsys, tmp_path, command):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "anny" else found("os")
    )
    assert run(["study", command, "--out", str(tmp_path / "x")]) == UsageError.exit_code
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(r"need anny: .*leglift\[synth\]", line)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("reps", ["", "x", "7-5", "0", "2-"])
def test_reps_that_are_no_span_are_refused(reps, capsys, tmp_path):
    code = run(["study", "synth", "--out", str(tmp_path), "--reps", reps])
    assert code == UsageError.exit_code
    assert "--reps" in capsys.readouterr().err


def test_a_span_is_one_number_or_two():
    assert span_of_reps("2") == (2, 2)
    assert span_of_reps("5-7") == (5, 7)


def test_failures_are_told_and_counted(capsys, tmp_path):
    clips = [Made("a", "new", 70, ""), Made("b", "failed", 0, "ValueError: why")]
    assert report(clips, tmp_path) == 1
    said = capsys.readouterr()
    assert said.err == "leglift: b: ValueError: why\n"
    assert said.out == f"1 new, 1 failed; 70 frames in {tmp_path}\n"
    assert report(clips[:1], tmp_path) == 0
