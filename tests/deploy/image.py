"""What the Dockerfile and its list of files say, read without a Docker: none runs where the tests do."""

from __future__ import annotations

import json
import os
import re
import shutil
from fnmatch import fnmatch
from pathlib import Path

from tests.deploy.process import ROOT

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
IGNORE = ROOT / "deploy" / "Dockerfile.dockerignore"
Instruction = tuple[str, str]


def stages() -> list[list[Instruction]]:
    """Each begins with its FROM."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", DOCKERFILE.read_text()))
    found: list[list[Instruction]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        word, said = line.split(maxsplit=1)
        if word == "FROM":
            found.append([])
        found[-1].append((word, said))
    return found


def said(word: str, stage: list[Instruction]) -> list[str]:
    return [text for each, text in stage if each == word]


def command(text: str) -> list[str]:
    """The array at the end of ENTRYPOINT or HEALTHCHECK."""
    found: list[str] = json.loads(text[text.index("[") :])
    return found


def context() -> list[str]:
    """The files that a build is given: the last pattern that fits decides."""
    lines = IGNORE.read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    found = []
    for folder, folders, names in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        folders[:] = [each for each in folders if each not in {".git", ".venv", "node_modules"} or here.parts]
        found += [path for name in names if _kept(path := (here / name).as_posix(), patterns)]
    return sorted(found)


def _kept(path: str, patterns: list[str]) -> bool:
    kept = True
    for pattern in patterns:
        if _fits(path, pattern.removeprefix("!")):
            kept = pattern.startswith("!")
    return kept


def _fits(path: str, pattern: str) -> bool:
    """A pattern fits what it names and all that lies in it; without ** it begins at the root."""
    parts = path.split("/")
    wanted = pattern.removeprefix("**/").split("/")
    starts = range(len(parts)) if pattern.startswith("**/") else range(1)
    return any(
        len(parts) - start >= len(wanted) and all(map(fnmatch, parts[start:], wanted)) for start in starts
    )


def built(folder: Path) -> Path:
    for name in context():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder
