"""A whole bar of its own: a fresh database with the menu in it, behind the real server in another process."""

import atexit
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_SECONDS = 30


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def temporary_database(folder: Path, *, has_tables: bool = True) -> Iterator[str]:
    """Beside the one of the tests, of the same kind; its tables are empty, or not there."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        if has_tables:
            shutil.copy(_migrated_file(), folder / "served.sqlite3")
        yield f"sqlite:///{folder / 'served.sqlite3'}"
        return
    server, _, name = url.rpartition("/")
    own = f"{name}_served_{os.getpid()}_{free_port()}"
    template = _migrated_database(server, name) if has_tables else "template1"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(own), sql.Identifier(template))
        )
        try:
            yield f"{server}/{own}"
        finally:
            _drop_database(connection, own)


@cache
def _migrated_file() -> Path:
    """Migrations take longer than all else that a new bar needs, so a process of tests runs them once."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    made = Path(folder.name) / "migrated.sqlite3"
    _migrate(f"sqlite:///{made}")
    return made


@cache
def _migrated_database(server: str, name: str) -> str:
    made = f"{name}_migrated_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(made)))

    def drop() -> None:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            _drop_database(connection, made)

    atexit.register(drop)
    _migrate(f"{server}/{made}")
    return made


def _migrate(database: str) -> None:
    run = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(run, cwd=ROOT, env=os.environ | {"DATABASE_URL": database}, check=True)


def _drop_database(connection: psycopg.Connection, name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def collectstatic_lock() -> Iterator[None]:
    """One at a time: static files are collected into one folder by all workers of the tests."""
    with (ROOT / ".gitignore").open() as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


@contextmanager
def run_live_server(folder: Path, **environment: str) -> Iterator[str]:
    """The address of a running bar; its log is served.log in the folder."""
    port = free_port()
    with temporary_database(folder) as database, (folder / "served.log").open("wb") as log:
        mine = {
            "DATABASE_URL": database,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "JOB_RUNNER": "server",  # beside the tests runs no Celery worker
            **environment,
        }
        run = {"cwd": ROOT, "env": os.environ | mine, "stdout": log, "stderr": log}
        with collectstatic_lock():
            subprocess.run([sys.executable, "manage.py", "prepare"], check=True, **run)  # type: ignore[call-overload]
        server = subprocess.Popen([sys.executable, "-m", "deploy.serve"], **run)  # type: ignore[call-overload]
        try:
            wait_until_open(f"http://127.0.0.1:{port}/healthz", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(TIMEOUT_SECONDS)
            server.kill()
            server.wait()


def wait_until_open(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.1)
    raise TimeoutError(f"nobody opened {url}; see served.log")
