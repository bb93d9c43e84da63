"""What the container uses, as the kernel counts it, in both versions of control groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MACHINE = Path("/proc/meminfo")
ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
# Version 1 says "no limit" with a huge number, rounded to pages.
NO_LIMIT = 1 << 60


@dataclass(frozen=True)
class Usage:
    memory_bytes: int | None = None
    memory_limit_bytes: int | None = None
    cpu_seconds: float | None = None


def usage(root: Path = ROOT, own: Path = OWN) -> Usage:
    return _version_2(_own_folder(root, own)) or _version_1(root)


def machine_memory(told: Path = MACHINE) -> int | None:
    """What there is at all: the limit of a container that was given none."""
    for line in _text(told).splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return None


def _version_2(folder: Path) -> Usage | None:
    memory = _number(folder / "memory.current")
    if memory is None:
        return None
    times = dict(line.split(maxsplit=1) for line in _text(folder / "cpu.stat").splitlines() if " " in line)
    micros = times.get("usage_usec", "")
    cpu = int(micros) / 1e6 if micros.isdigit() else None
    return Usage(memory, _number(folder / "memory.max"), cpu)


def _version_1(root: Path) -> Usage:
    limit = _number(root / "memory" / "memory.limit_in_bytes")
    nanos = _number(root / "cpuacct" / "cpuacct.usage") or _number(root / "cpu,cpuacct" / "cpuacct.usage")
    return Usage(
        _number(root / "memory" / "memory.usage_in_bytes"),
        limit if limit is not None and limit < NO_LIMIT else None,
        nanos / 1e9 if nanos is not None else None,
    )


def _own_folder(root: Path, own: Path) -> Path:
    """`0::/path` of the process, where that is seen from inside; else the root."""
    for line in _text(own).splitlines():
        folder = root / line[3:].lstrip("/")
        if line.startswith("0::") and (folder / "memory.current").exists():
            return folder
    return root


def _number(path: Path) -> int | None:
    """None where there is no such file, or no such limit ("max")."""
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
