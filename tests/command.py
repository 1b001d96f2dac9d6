"""Run `leglift` as people do, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_S = 240


@dataclass(frozen=True)
class Ran:
    """How a command ended: exit code, both streams, and what it left in its temp folder."""

    code: int
    out: str
    err: str
    left: list[str]

    @property
    def documents(self) -> list[dict]:
        """The JSON documents on stdout, a line each; NaN and Infinity are no JSON."""
        return [json.loads(line, parse_constant=_refused) for line in self.out.splitlines()]


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def command() -> list[str]:
    """The installed console script, or the same entry point where there is none."""
    script = Path(sysconfig.get_path("scripts")) / "leglift"
    return [str(script)] if script.exists() else [sys.executable, "-c", ENTRY]


ENTRY = "from leglift.cli import main; main()"


def environment(tmp: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(tmp), **more}


def leglift(
    *args: object, tmp: Path, cwd: Path | None = None, timeout_s: float = TIMEOUT_S, **env: str
) -> Ran:
    """Run `leglift`; its temporary files go to a new folder in `tmp`, listed afterwards."""
    scratch = tmp / "scratch"
    scratch.mkdir(exist_ok=True)
    told = [*command(), *map(os.fspath, args)]
    how = {"stdin": subprocess.DEVNULL, "capture_output": True, "timeout": timeout_s}
    done = subprocess.run(told, cwd=cwd, env=environment(scratch, **env), **how)
    return Ran(done.returncode, done.stdout.decode(), done.stderr.decode(), names_in(scratch))


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def assert_failed(ran: Ran, code: int, *words: str) -> str:
    """The one line on stderr of a run that had to fail with `code`, saying all of `words`."""
    assert (ran.code, ran.left) == (code, []), ran
    (line,) = ran.err.splitlines()
    assert line.startswith("leglift: ")
    for word in words:
        assert word in line
    return line
