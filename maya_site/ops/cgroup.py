"""What the container uses, from the kernel's control groups, version 1 and 2."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MEMINFO_PATH = Path("/proc/meminfo")
CGROUP_ROOT = Path("/sys/fs/cgroup")
SELF_CGROUP_PATH = Path("/proc/self/cgroup")
# Version 1 says "no limit" with a huge number, rounded to pages.
UNLIMITED_BYTES = 1 << 60


@dataclass(frozen=True)
class ContainerUsage:
    memory_bytes: int | None = None
    memory_limit_bytes: int | None = None
    cpu_seconds: float | None = None


def read_usage(root: Path = CGROUP_ROOT, self_cgroup: Path = SELF_CGROUP_PATH) -> ContainerUsage:
    return _version_2(_own_cgroup(root, self_cgroup)) or _version_1(root)


def total_memory_bytes(meminfo: Path = MEMINFO_PATH) -> int | None:
    """The machine's memory in bytes: the limit of a container that was given none."""
    for line in _read_text(meminfo).splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return None


def _version_2(folder: Path) -> ContainerUsage | None:
    memory = _read_number(folder / "memory.current")
    if memory is None:
        return None
    times = dict(
        line.split(maxsplit=1) for line in _read_text(folder / "cpu.stat").splitlines() if " " in line
    )
    micros = times.get("usage_usec", "")
    cpu = int(micros) / 1e6 if micros.isdigit() else None
    return ContainerUsage(memory, _read_number(folder / "memory.max"), cpu)


def _version_1(root: Path) -> ContainerUsage:
    limit = _read_number(root / "memory" / "memory.limit_in_bytes")
    nanos = _read_number(root / "cpuacct" / "cpuacct.usage") or _read_number(
        root / "cpu,cpuacct" / "cpuacct.usage"
    )
    return ContainerUsage(
        _read_number(root / "memory" / "memory.usage_in_bytes"),
        limit if limit is not None and limit < UNLIMITED_BYTES else None,
        nanos / 1e9 if nanos is not None else None,
    )


def _own_cgroup(root: Path, own: Path) -> Path:
    """`0::/path` of the process, where that is seen from inside; else the root."""
    for line in _read_text(own).splitlines():
        folder = root / line[3:].lstrip("/")
        if line.startswith("0::") and (folder / "memory.current").exists():
            return folder
    return root


def _read_number(path: Path) -> int | None:
    """None where there is no such file, or no such limit ("max")."""
    text = _read_text(path).strip()
    return int(text) if text.isdigit() else None


def _read_text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
