"""Which release this is: a version that people know, and the commit that it was built from."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

VERSION = "0.1.0"
ROOT = Path(__file__).resolve().parents[2]
UNKNOWN = "unknown"
COMMIT_LENGTH = 12


def release_name(commit: str) -> str:
    """As error reports name a release."""
    return f"maya@{VERSION}+{commit}"


@cache
def checked_out_commit(root: Path = ROOT) -> str:
    """The first letters of the commit that lies checked out in `root`, or "unknown". An image holds no
    history, so whoever builds it says MAYA_COMMIT."""
    try:
        folder = _git_folder(root / ".git")
        head = (folder / "HEAD").read_text().strip()
        shared = folder / "commondir"
        common = (folder / shared.read_text().strip()) if shared.is_file() else folder
        name = head.removeprefix("ref: ")
        commit = head if name == head else _read_ref(common, name)
    except (OSError, UnicodeDecodeError):
        return UNKNOWN
    return commit[:COMMIT_LENGTH] if re.fullmatch(r"[0-9a-f]{40,64}", commit) else UNKNOWN


def _git_folder(entry: Path) -> Path:
    """`.git` itself, or where a work tree's file of that name leads."""
    if entry.is_dir():
        return entry
    return (entry.parent / entry.read_text().removeprefix("gitdir:").strip()).resolve()


def _read_ref(folder: Path, name: str) -> str:
    file = folder / name
    if file.is_file():
        return file.read_text().strip()
    lines = (folder / "packed-refs").read_text().splitlines()
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), "")
