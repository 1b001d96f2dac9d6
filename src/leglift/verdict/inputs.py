"""Which videos a command line means: files, folders, and patterns that the shell left alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from leglift.console import say

VIDEO_SUFFIXES = (
    ".3gp", ".avi", ".flv", ".gif", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg",
    ".mts", ".ogv", ".ts", ".webm", ".wmv",
)  # fmt: skip
"""What is taken for a video in a folder; a file that is named is always tried."""

_ALIKE = {
    ".264", ".265", ".360", ".3g2", ".apng", ".asf", ".av1", ".braw", ".divx", ".dv", ".f4v",
    ".h264", ".h265", ".hevc", ".insv", ".ivf", ".lrf", ".lrv", ".m2v", ".mjpeg", ".mjpg", ".mpe",
    ".mpv", ".mxf", ".ogm", ".qt", ".r3d", ".rm", ".rmvb", ".vob", ".webp", ".y4m",
}  # fmt: skip
"""Endings of films and of cameras' second copies, which a folder does not stand for."""

_NAMED = 3


def taken(paths: Sequence[Path]) -> list[Path]:
    """Return the videos that are meant, and say on stderr which files of a folder are not."""
    console = Console(stderr=True)
    for line in passed_over(paths):
        say(console, line)
    return expanded(paths)


def passed_over(paths: Sequence[Path]) -> list[str]:
    """Say of each folder in one line what looks like a video in it and is not taken for one."""
    found = {path: _alike(path) for path in paths}
    return [f"{path}: {_skipped(files)}" for path, files in found.items() if files]


def _alike(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.rglob("*") if p.suffix.lower() in _ALIKE and p.is_file())
    except (OSError, ValueError):
        return []


def _skipped(files: Sequence[Path]) -> str:
    names = ", ".join(path.name for path in files[:_NAMED])
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return f"passed over for their endings: {names}{more}; name a file to have it tried"


def expanded(paths: Sequence[Path]) -> list[Path]:
    """Put the videos of folders and patterns in their place; keeps what names nothing as it is.

    A folder stands for all videos in it and below. A pattern is one that the shell left alone,
    such as `'monday/*.mp4'`. Both come in alphabetical order.
    """
    return [video for path in paths for video in _videos_of(path) or [path]]


def _videos_of(path: Path) -> list[Path]:
    try:
        if path.is_dir():
            found = (p for p in path.rglob("*") if p.suffix.lower() in VIDEO_SUFFIXES)
        elif any(sign in str(path) for sign in "*?[") and not path.exists():
            root = Path(path.anchor) if path.is_absolute() else Path()
            found = root.glob(str(path.relative_to(path.anchor)))
        else:
            return []
        return sorted(video for video in found if video.is_file())
    except (OSError, ValueError):  # a name longer than names can be, a folder that cannot be read
        return []
