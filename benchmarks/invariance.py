"""Judge the demo clip in many dresses: the answer must depend on the back, not on the file.

    python benchmarks/invariance.py [NAME...] [--out docs/invariance.md] [--fps F] [--keep FOLDER]

Every dress (`dresses.py`) is made anew, judged in this process as `leglift judge` does, and put
beside the plain clip; with `--fps` what fails is judged again, every frame of it. With words only
the dresses whose names hold one of them are done, and their rows take the place of the earlier
ones. `--keep` holds the files for the next run. What moves the point of control by more than 3
degrees, loses a rep or turns a verdict without saying why fails.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from dresses import DRESSES, MIRRORED, REFUSED, Dress
from dressing import DEMO

from leglift.errors import LegliftError
from leglift.verdict.batch import task_of
from leglift.verdict.judge import judge_video
from leglift.vision.video import Reading

OUT = Path(__file__).parents[1] / "docs" / "invariance.md"
FARTHEST_DEG = 3.0
SAME, SAYS, MOVES, FAILS = "same", "says why", "MOVES", "FAILS"
PLAIN = Dress("plain", DEMO.suffix, lambda path: path)
HEAD = [
    "dress", "reps", "verdicts", "p arched", "point of control, deg", "difference, deg", "s",
    "result", "remark",
]  # fmt: skip
RESULT = HEAD.index("result")
PAGE = f"""# The same clip in other files

Does the answer depend on the file, or on the back? The demo clip in \
{{dresses}} dresses: **{{same}}** are read the same, \
**{{says}}** say in a line why not, **{{moves}}** move the angle, **{{fails}}** fail.

- `{SAME}`: as many reps, the same verdicts, the point of control within {FARTHEST_DEG:g} degrees \
of the plain clip's.
- `{SAYS}`: refused, or less is said (`?`: can't tell), with the line that says why.
- `{MOVES}`: the point of control moves by more than that; a line beside it warns.
- `{FAILS}`: another verdict, another angle without a word, or less without a reason.

It is one rendered body: the table says what files and light do to the reading, and
nothing of how right it is on people. `make invariance` makes it anew (half an hour on
two processors); all of it is `leglift judge`{{rate}}. `s` is processor time. Slower
and faster rates are made from 30 frames a second by leaving out or repeating pictures.

What moves where something moves, as far as it was looked into (haze and noise): not the leg's
angle on its way down (about a degree at most), not the gate and not the floor, but the outline of
the lower back, by up to 0.01 trunk lengths or two pixels. A leg that is lowered passes 4 degrees
between two moments of the instrument: a lift that is noticed one moment later is 4 degrees lower.
The interval that `judge` gives is much wider.

| {" | ".join(HEAD)} |
|{"---|" * len(HEAD)}
{{table}}
"""


@dataclass(frozen=True)
class Answer:
    """What `judge` said of a file; `refusal` is the line that says why nothing."""

    verdicts: list[str] = field(default_factory=list)
    p_arched: list[float | None] = field(default_factory=list)
    control_deg: float | None = None
    side: str = ""
    notes: list[str] = field(default_factory=list)
    refusal: str = ""
    busy_s: float = 0.0


class Judge:
    """Reads clips with the shipped model, as the command does."""

    def __init__(self, max_fps: float | None) -> None:
        self.task = task_of("full", "shipped")
        self.max_fps = max_fps

    @cached_property
    def plain(self) -> Answer:
        """What is said of the demo clip as it is."""
        return self(DEMO, Reading())

    def __call__(self, video: Path, reading: Reading) -> Answer:
        """Judge a file: what a dress must not change; a refusal is an answer too."""
        start, reading = time.process_time(), replace(reading, max_fps=self.max_fps)
        try:
            said = judge_video(video, replace(self.task, reading=reading))
        except LegliftError as error:
            refusal = str(error).removeprefix(f"{video}: ")
            return Answer(refusal=refusal, busy_s=time.process_time() - start)
        reps = said["reps"]
        unsure = [
            f"rep {rep['rep']}: {rep['reason']}" for rep in reps if rep["verdict"] == "cant_tell"
        ]
        return Answer(
            [rep["verdict"] for rep in reps],
            [rep["p_arched"] for rep in reps],
            said["set"]["point_of_control_deg"],
            said["view"]["side"],
            [*said["view"]["notes"], *unsure],
            busy_s=time.process_time() - start,
        )


def result_of(dress: Dress, got: Answer, plain: Answer) -> tuple[str, str]:
    """Pass or not, and a remark. A wrong answer fails, whatever the notes beside it say."""
    said = "; ".join(note for note in got.notes if note not in plain.notes)
    if got.refusal:
        return SAYS, got.refusal
    if dress.expects == REFUSED:
        return FAILS, "judged, though the picture lies on its side"
    if contradicts(got, plain, other_side=dress.expects == MIRRORED):
        return FAILS, said
    if abs(difference_deg(got, plain) or 0.0) > FARTHEST_DEG:
        return (MOVES if said else FAILS), said
    if got.verdicts == plain.verdicts and got.control_deg is not None:
        return SAME, said
    return (SAYS if said else FAILS), said


def contradicts(got: Answer, plain: Answer, other_side: bool) -> bool:
    """Whether verdicts or side speak against the plain clip's: saying less does not."""
    if got.side != "unknown" and (got.side == plain.side) == other_side:
        return True
    kept = [verdict for verdict in got.verdicts if verdict != "cant_tell"]
    wanted = iter(plain.verdicts)
    return len(got.verdicts) > len(plain.verdicts) or not all(v in wanted for v in kept)


def difference_deg(got: Answer, plain: Answer) -> float | None:
    """How far the point of control moved, None where one is not known."""
    if got.control_deg is None or plain.control_deg is None:
        return None
    return got.control_deg - plain.control_deg


def row_of(
    name: str, got: Answer, moved: float | None = None, result: str = "", remark: str = ""
) -> str:
    """Put an answer into a row of the table."""
    cells = [
        name,
        "" if got.refusal else str(len(got.verdicts)),
        ", ".join(got.verdicts),
        ", ".join("?" if p is None else f"{p:.2f}" for p in got.p_arched),
        "" if got.control_deg is None else f"{got.control_deg:.1f}",
        "" if moved is None else f"{moved:+.1f}",
        f"{got.busy_s:.0f}",
        result,
        remark,
    ]
    shown = (cell.replace("|", "/").replace("cant_tell", "?") for cell in cells)
    return f"| {' | '.join(shown)} |"


def looked_at(dress: Dress, path: Path, judges: list[Judge]) -> str:
    """Row of a dress; what fails by one judge is shown to the next."""
    for judge in judges:
        got = judge(path, dress.reading)
        result, remark = result_of(dress, got, judge.plain)
        if result != FAILS:
            break
    again = "" if judge is judges[0] else "every frame looked at"
    remark = "; ".join(filter(None, [again, remark]))
    return row_of(dress.name, got, difference_deg(got, judge.plain), result, remark)


def rows(
    dresses: list[Dress], judges: list[Judge], folder: Path, keep: bool
) -> Iterator[tuple[str, str]]:
    """Dress, judge and compare; yields name and row, the plain clip's first."""
    yield PLAIN.name, row_of(PLAIN.name, judges[0].plain)
    for dress in dresses:
        path = folder / f"{re.sub(r'[^a-z0-9]+', '_', dress.name.lower())}{dress.suffix}"
        if not path.is_file():
            dress.write(path.with_stem("unfinished")).replace(path)
        yield dress.name, looked_at(dress, path, judges)
        if not keep:
            path.unlink()


def earlier(page: Path) -> dict[str, str]:
    """Rows of an earlier run, by name."""
    lines = page.read_text(encoding="utf-8").splitlines() if page.is_file() else []
    found = [line for line in lines if line.startswith("| ") and not line.startswith("| dress")]
    return {line.split(" | ")[0].removeprefix("| "): line for line in found}


def page(table: dict[str, str], max_fps: float | None) -> str:
    """Write the page: what was asked, how many passed, and every row."""
    n = Counter(row.split(" | ")[RESULT] for name, row in table.items() if name != PLAIN.name)
    rate = f", at most {max_fps:g} frames a second, all of them where that fails" if max_fps else ""
    missing = [dress.name for dress in DRESSES if dress.name not in table]
    return PAGE.format(
        dresses=n.total(),
        same=n[SAME],
        says=n[SAYS],
        moves=n[MOVES],
        fails=n[FAILS],
        rate=rate,
        table="\n".join(table.values()),
    ) + (f"\nNot run yet: {'; '.join(missing)}.\n" if missing else "")


def chosen(words: list[str]) -> list[Dress]:
    """Dresses whose names hold one of the words, in the order of the words; all without any."""
    asked = {one.name: one for word in words or [""] for one in DRESSES if word in one.name}
    found = list(asked.values())
    if not found:
        raise SystemExit(f"no dress is called so; there are: {', '.join(d.name for d in DRESSES)}")
    return found


def main() -> None:
    """Make the dresses that are asked for and write the page after each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only dresses so called")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--fps", type=float, help="frames a second to look at; all of them without")
    parser.add_argument("--keep", type=Path, help="folder in which the files are kept")
    given = parser.parse_args()
    logging.getLogger("leglift").setLevel(logging.ERROR)
    found = earlier(given.out) if given.names else {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        judges = [Judge(fps) for fps in dict.fromkeys([given.fps, None])]
        for name, row in rows(chosen(given.names), judges, folder, given.keep is not None):
            print(row, flush=True)
            found[name] = row
            order = [PLAIN.name, *(dress.name for dress in DRESSES)]
            table = {known: found[known] for known in order if known in found}
            given.out.write_text(page(table, given.fps), encoding="utf-8")
    if any(f"| {FAILS} |" in row for row in found.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
