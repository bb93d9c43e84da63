"""One built state of the memory on disk: a folder with its files and a manifest that vouches for them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from maya_site.lib.errors import MayaError

VERSION = 1
MANIFEST = "manifest.json"
POINTER = "current.json"
IDS, PARTS, STARTS = "ids.npy", "parts.npy", "starts.npy"


class BadIndex(MayaError):
    """Why an index is not read. The memory goes without it until a good one is built."""


@dataclass(frozen=True)
class Manifest:
    version: int
    stamp: str
    corpus: str  # the hash of what was embedded
    embedder: str
    dimension: int
    count: int
    stores: list[str]
    files: dict[str, str]  # name: sha256


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(folder: Path, **about: object) -> Manifest:
    """Write the manifest of a folder's files; from now on nothing in it changes."""
    files = {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST}
    manifest = Manifest(version=VERSION, files=files, **about)  # type: ignore[arg-type]
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
    return manifest


def swap_in(home: Path, generation: Path) -> None:
    """From here on readers find this one. The pointer is replaced as a whole, or not at all."""
    told = {"generation": generation.name, "manifest": sha256_of(generation / MANIFEST)}
    waiting = home / f"{POINTER}.{os.getpid()}"
    with waiting.open("w") as file:
        json.dump(told, file)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(home / POINTER)


def current(home: Path) -> Path:
    """The folder in use. Raises BadIndex where there is none."""
    try:
        told = json.loads((home / POINTER).read_text())
        folder, wanted = home / str(told["generation"]), str(told["manifest"])
    except FileNotFoundError as error:
        raise BadIndex("none was built yet") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadIndex("the pointer to the index cannot be read") from error
    try:
        if folder.parent != home or sha256_of(folder / MANIFEST) != wanted:
            raise BadIndex("the manifest is not the one that was built")
    except OSError as error:
        raise BadIndex("the manifest is missing") from error
    return folder


def manifest_of(folder: Path) -> Manifest:
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise BadIndex("the manifest cannot be read") from error
    if manifest.version != VERSION:
        raise BadIndex(f"it was built by another version ({manifest.version})")
    return manifest


def check(folder: Path, manifest: Manifest, *, embedder: str, dimension: int) -> None:
    """Every file is there and is to the last bit what was built, by the embedder that will ask it."""
    if manifest.embedder != embedder:
        raise BadIndex(f"it was built by the embedder {manifest.embedder}, not {embedder}")
    if manifest.dimension != dimension:
        raise BadIndex(f"its vectors have {manifest.dimension} dimensions, not {dimension}")
    for name, wanted in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise BadIndex(f"{name} is missing")
        if sha256_of(path) != wanted:
            raise BadIndex(f"{name} is not what was built")


def clean_up(home: Path, keep: set[str]) -> None:
    """Older generations, and what a build that died left behind. Call it with the lock held."""
    for path in home.iterdir():
        if path.is_dir() and path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)
