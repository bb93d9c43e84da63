"""Why the database does not answer, in words for staff: what to do differs."""

from __future__ import annotations

import re

from django.db import connection

PROBE_SECONDS = 2
# libpq gives no code for a connection that never came about, only the server's and the system's words.
REASONS = {
    r'database ".*" does not exist|no such database': "there is no database of that name",
    r"password authentication failed|no password supplied|role .* does not exist|auth failed|no such user": (
        "it refuses the user or the password"
    ),
    r"unsupported startup parameter": (
        "a pooler refuses our start-up options, so set DATABASE_POOLER=pgbouncer"
    ),
    r"connection refused|no such file or directory": "nothing listens at its address",
    r"could not translate host name|name or service not known|failed to resolve|getaddrinfo": (
        "its host name is unknown"
    ),
    r"timeout|timed out|no answer in time": "it hangs and gave no answer in time",
    r"too many connections|remaining connection slots|no more connections": "it has no connection left",
    r"starting up|shutting down|recovery mode|the connection is closed|terminat": "it starts or stops",
    r"unable to open database file|readonly database": "its file cannot be opened",
}


def describe_failure(error: BaseException) -> str:
    """Never an address, a name or the driver's own words. Asks anew where only the pool's patience ended, two
    seconds at most."""
    message = str(error)
    if connection.vendor == "postgresql" and _is_pool_timeout(error):
        message = _ask_directly() or message
    said = (why for words, why in REASONS.items() if re.search(words, message, re.IGNORECASE))
    return next(said, "it does not answer")


def _is_pool_timeout(error: BaseException) -> bool:
    causes = (error, error.__cause__, error.__context__)
    return any(type(cause).__name__ in {"PoolTimeout", "TooManyRequests"} for cause in causes)


def _ask_directly() -> str:
    """What a connection of its own is told, or "" if it was made: then the pool is merely full."""
    import psycopg

    params = {**connection.get_connection_params(), "connect_timeout": PROBE_SECONDS}
    params = {
        name: value for name, value in params.items() if name not in {"cursor_factory", "context", "pool"}
    }
    try:
        with psycopg.connect(**params):
            return ""
    except psycopg.Error as error:
        return str(error)
