"""Get the study's clips: from their public addresses or from a folder, checked by SHA-256."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

from leglift.files import write_whole
from leglift.params import file_sha256
from leglift.vision.pose import cache_dir

PAGES = ("youtube.com", "youtu.be", "vimeo.com")
"""Addresses that are pages around a video; they need the extra `leglift[youtube]`."""


def clips_dir() -> Path:
    """Where fetched clips live, outside the repository."""
    return cache_dir() / "clips"


def clip_path(row: pd.Series, folder: Path | None = None) -> Path:
    """Where a clip of the source list lies once it is fetched."""
    return (folder or clips_dir()) / f"{row['clip_id']}{Path(row['file']).suffix.lower()}"


def fetch_all(videos: pd.DataFrame, source: Path | None = None, jobs: int = 4) -> pd.DataFrame:
    """Fetch every clip of the source list (`schemas.tables.VIDEOS`) that is not there yet.

    `source` is a folder that holds the files under their `file` names, instead of downloading;
    `jobs` are downloads at a time.

    Returns
    -------
    `clip_id`, `file` and `problem`, empty where the clip is there and its hash verifies.
    """
    clips_dir().mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(jobs) as pool:
        problems = list(pool.map(lambda row: _obtain(row[1], source), videos.iterrows()))
    return videos[["clip_id", "file"]].assign(problem=problems)


def _obtain(row: pd.Series, source: Path | None) -> str:
    """Copy or download one clip unless it is there; returns what went wrong, or nothing."""
    target = clip_path(row)
    if target.is_file() and file_sha256(target) == row["sha256"]:
        return ""
    if source is not None:
        return _copy(source / row["file"], target, row["sha256"])
    if any(page in row["url"] for page in PAGES):
        return _download_page(row["url"], target, row["sha256"])
    return _download(row["url"], target, row["sha256"])


def _copy(found: Path, target: Path, sha256: str) -> str:
    if not found.is_file():
        return f"not in {found.parent}"
    if file_sha256(found) != sha256:
        return "has other contents than listed (sha256)"
    write_whole(target, lambda part: shutil.copyfile(found, part))
    return ""


def _download(url: str, target: Path, sha256: str) -> str:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    try:
        pooch.retrieve(url, f"sha256:{sha256}", target.name, target.parent)
    except (OSError, ValueError) as error:
        return f"not available: {type(error).__name__}"
    return ""


def _download_page(url: str, target: Path, sha256: str) -> str:
    try:
        import yt_dlp
    except ImportError:
        return "is a video page: pip install leglift[youtube]"
    part = target.with_name(target.name + ".page")
    try:
        with yt_dlp.YoutubeDL({"outtmpl": str(part), "quiet": True}) as loader:
            loader.download([url])
    except yt_dlp.utils.DownloadError as error:
        return f"not available: {error}"
    return _copy(part, target, sha256)
