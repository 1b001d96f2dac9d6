"""Which videos a command line means: files, folders, and patterns that the shell left alone."""

from __future__ import annotations

import os
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
    """Return the videos that are meant, and say on stderr which files of a folder are not.

    Those look like a video and are not taken for one; a line a folder.
    """
    console = Console(stderr=True)
    for folder in paths:
        names = [path.name for path in _files(folder, "**/*") if path.suffix.lower() in _ALIKE]
        if names:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            what = f"passed over for their endings: {', '.join(names[:_NAMED])}{more}"
            say(console, f"{folder}: {what}; name a file to have it tried")
    return expanded(paths)


def expanded(paths: Sequence[Path]) -> list[Path]:
    """Put the videos of folders and patterns in their place; keeps what names nothing as it is.

    A folder stands for all videos in it and below. A pattern is one that the shell left alone,
    such as `'monday/*.mp4'`. Both come in alphabetical order.
    """
    return [video for path in paths for video in _videos_of(path) or [path]]


def _videos_of(path: Path) -> list[Path]:
    if any(sign in str(path) for sign in "*?[") and not os.path.lexists(path):
        return _files(Path(path.anchor), str(path.relative_to(path.anchor)))
    return [file for file in _files(path, "**/*") if file.suffix.lower() in VIDEO_SUFFIXES]


def _files(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(path for path in folder.glob(pattern) if path.is_file())
    except (OSError, ValueError):  # a name longer than names can be, a folder that cannot be read
        return []
