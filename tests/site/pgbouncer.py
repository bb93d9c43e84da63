"""A real PgBouncer in transaction mode, on a free port before a PostgreSQL."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

INSTALL = "On Debian: apt-get install pgbouncer"


def find_pgbouncer() -> str | None:
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")


@contextmanager
def pgbouncer(database: dict[str, Any], folder: Path) -> Iterator[int]:
    """The port of a pooler that leads to the database of these Django settings."""
    binary = find_pgbouncer()
    assert binary
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    told = {
        "host": database["HOST"] or "127.0.0.1",
        "port": database["PORT"] or 5432,
        "user": database["USER"],
        "password": database["PASSWORD"],
    }
    server = " ".join(f"{name}={value}" for name, value in told.items() if value)
    file = folder / "pgbouncer.ini"
    file.write_text(
        f"[databases]\n* = {server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        "pool_mode = transaction\nauth_type = any\ndefault_pool_size = 5\nunix_socket_dir =\n"
    )
    file.chmod(0o644)
    running = subprocess.Popen(
        [binary, "-q", str(file)],
        stderr=subprocess.DEVNULL,
        user=pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None,  # it refuses to run as root
    )
    try:
        for _ in range(200):
            with socket.socket() as knocking:
                if knocking.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert running.poll() is None, "PgBouncer did not open"
            time.sleep(0.05)
        yield port
    finally:
        running.terminate()
        running.wait(10)
