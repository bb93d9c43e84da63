"""The live PostgreSQL and Redis of the gate, started where they are installed but stopped.

`python .ci/servers.py use` makes a fresh database and prints DATABASE_URL and REDIS_URL, one a line, or
nothing when one of the two is not to be had. `python .ci/servers.py drop URL` removes that database again.
DATABASE_URL and REDIS_URL may name other servers than the local ones. Stderr says which were used.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

POSTGRES = os.environ.get("DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
REDIS = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/1"


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def postgres_version() -> str:
    with psycopg.connect(POSTGRES, connect_timeout=3) as connection:
        return f"PostgreSQL {connection.info.server_version // 10000}"


def redis_version() -> str:
    with redis.from_url(REDIS, socket_connect_timeout=3) as client:
        return f"Redis {client.info('server')['redis_version']}"


def start_postgres() -> bool:
    if not shutil.which("pg_lsclusters"):
        return False
    listed = subprocess.run(["pg_lsclusters", "-h"], capture_output=True, text=True, check=True).stdout
    for version, name, *_rest in map(str.split, listed.splitlines()):
        start = ["pg_ctlcluster", "--skip-systemctl-redirect", version, name, "start"]
        subprocess.run(start, check=False)
    return True


def start_redis() -> bool:
    if not shutil.which("redis-server"):
        return False
    options = ["--daemonize", "yes", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    subprocess.run(["redis-server", *options], check=False, stdout=subprocess.DEVNULL)
    return True


def reach(version: Callable[[], str], start: Callable[[], bool], url: str) -> bool:
    """Ask, start what is installed, and ask again for ten seconds."""
    host = urlsplit(url).hostname
    for attempt in range(20):
        try:
            say(f"Using {version()} at {host}.")
        except (psycopg.OperationalError, redis.RedisError) as error:
            if attempt == 0 and not start():
                say(f"Nothing answers at {host}, and nothing is installed to start: {str(error).strip()}")
                return False
        else:
            return True
        time.sleep(0.5)
    say(f"What was started at {host} does not answer.")
    return False


def use() -> None:
    # Both are asked, so that both get their line.
    answers = [
        reach(postgres_version, start_postgres, POSTGRES),
        reach(redis_version, start_redis, REDIS),
    ]
    if all(answers):
        name = f"maya_gate_{os.getpid()}"
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        fresh = urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()
        sys.stdout.write(f"{fresh}\n{REDIS}\n")


def drop(url: str) -> None:
    name = urlsplit(url).path.strip("/")
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(statement.format(sql.Identifier(name)))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["use"]:
            use()
        case ["drop", url]:
            drop(url)
        case _:
            sys.exit(__doc__)
