"""One built version of the index on disk: a folder with its files and a manifest with their hashes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from maya_site.core.errors import MayaError

FORMAT_VERSION = 1
MANIFEST_FILE = "manifest.json"
POINTER_FILE = "current.json"
PASSAGE_IDS_FILE, SENTENCE_VECTORS_FILE, SENTENCE_OFFSETS_FILE = "ids.npy", "parts.npy", "starts.npy"


class InvalidIndex(MayaError):
    """Why an index is not used. The memory is off until a good one is built."""


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


def write_manifest(folder: Path, **about: object) -> Manifest:
    """Writes the manifest of a folder's files. Nothing in the folder changes afterwards."""
    files = {path.name: sha256_of(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST_FILE}
    manifest = Manifest(version=FORMAT_VERSION, files=files, **about)  # type: ignore[arg-type]
    (folder / MANIFEST_FILE).write_text(json.dumps(asdict(manifest), indent=1))
    return manifest


def activate_version(home: Path, version_folder: Path) -> None:
    """Makes this version the current one, by replacing one small file at once."""
    pointer = {"generation": version_folder.name, "manifest": sha256_of(version_folder / MANIFEST_FILE)}
    waiting = home / f"{POINTER_FILE}.{os.getpid()}"
    with waiting.open("w") as file:
        json.dump(pointer, file)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(home / POINTER_FILE)


def current_version(home: Path) -> Path:
    """The folder of the current version. Raises InvalidIndex if there is none."""
    try:
        pointer = json.loads((home / POINTER_FILE).read_text())
        folder, wanted = home / str(pointer["generation"]), str(pointer["manifest"])
    except FileNotFoundError as error:
        raise InvalidIndex("none was built yet") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidIndex("the pointer to the index cannot be read") from error
    try:
        if folder.parent != home or sha256_of(folder / MANIFEST_FILE) != wanted:
            raise InvalidIndex("the manifest is not the one that was built")
    except OSError as error:
        raise InvalidIndex("the manifest is missing") from error
    return folder


def read_manifest(folder: Path) -> Manifest:
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST_FILE).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise InvalidIndex("the manifest cannot be read") from error
    if manifest.version != FORMAT_VERSION:
        raise InvalidIndex(f"it was built by another version ({manifest.version})")
    return manifest


def verify_files(folder: Path, manifest: Manifest, *, embedder: str, dimension: int) -> None:
    """Checks that every file has the manifest's hash, and that the embedder is the one that built it."""
    if manifest.embedder != embedder:
        raise InvalidIndex(f"it was built by the embedder {manifest.embedder}, not {embedder}")
    if manifest.dimension != dimension:
        raise InvalidIndex(f"its vectors have {manifest.dimension} dimensions, not {dimension}")
    for name, wanted in manifest.files.items():
        path = folder / name
        if not path.is_file():
            raise InvalidIndex(f"{name} is missing")
        if sha256_of(path) != wanted:
            raise InvalidIndex(f"{name} is not what was built")


def delete_old_versions(home: Path, retained: set[str]) -> None:
    """Deletes older versions, and what a failed build left. Call it with the lock held."""
    for path in home.iterdir():
        if path.is_dir() and path.name not in retained:
            shutil.rmtree(path, ignore_errors=True)
