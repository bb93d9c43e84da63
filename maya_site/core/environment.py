"""How the settings read the environment: a wrong value is one sentence that names the variable.

Never its value, which may be a key, and never the error of a parser, which may quote it.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ  # noqa: TID251 - for the settings, which read with it
from django.core.exceptions import ImproperlyConfigured

# What a URL needs between its scheme and its end. Of a password / ? # are written as %2F %3F %23.
USER_AND_HOST = r"(?:[^/?#\s]*@)?[^/?#@\s]*"
POSTGRES_URL = re.compile(rf"postgres(?:ql)?://{USER_AND_HOST}/[^/?#@\s]+(?:\?[^#\s]*)?")
SQLITE_URL = re.compile(r"sqlite://(?:/[^\s?#]+|:memory:)?")
REDIS_URL = re.compile(rf"rediss?://{USER_AND_HOST}(?:/\d*)?(?:\?[^#\s]*)?|unix://[^#\s]+")
PERCENT_SIGNS = "In a password write / ? # @ as %2F %3F %23 %40"
LINE = re.compile(r"\s*(?:#.*|(?:export\s+)?[A-Za-z_]\w*\s*=.*)?")
MIN_SECRET_KEY_LENGTH, MIN_SECRET_KEY_VARIETY = 50, 5
MIN_LEDGER_KEY_LENGTH = 32


class Env(environ.Env):  # type: ignore[misc]
    """Blanks around a value are no part of it. Raises ImproperlyConfigured."""

    boolean_strings = {*environ.Env.BOOLEAN_TRUE_STRINGS, "false", "off", "n", "no", "0"}

    def get_value(self, var: str, cast: Any = None, *rest: Any, **given: Any) -> Any:
        said = str(self.ENVIRON.get(var, "")).strip()
        if cast is bool and var in self.ENVIRON:
            if not said:
                return given.get("default")  # empty is not set
            if said.lower() not in self.boolean_strings:
                raise ImproperlyConfigured(f"{var} must be on or off.")
        found = super().get_value(var, cast, *rest, **given)
        return found.strip() if isinstance(found, str) else found

    def text(self, var: str, default: str = "") -> str:
        """One line. An empty variable means the default."""
        found = str(self.ENVIRON.get(var, "")).strip() or default
        if not found.isprintable():
            raise ImproperlyConfigured(f"{var} must be one line of printable letters.")
        return found

    def token(self, var: str, default: str = "") -> str:
        """A key or a name, as it stands in a header: ASCII without blanks."""
        found = self.text(var, default)
        if not found.isascii() or re.search(r"\s", found):
            raise ImproperlyConfigured(f"{var} holds a blank or a letter that no key has: copy it again.")
        return found

    def number(self, var: str, default: int, least: int, most: int | None = None) -> int:
        said = str(self.ENVIRON.get(var, "")).strip() or str(default)
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", said):
            raise ImproperlyConfigured(f"{var} must be a whole number.")
        if int(said) < least or (most is not None and int(said) > most):
            limits = f"{least} or more" if most is None else f"from {least} to {most}"
            raise ImproperlyConfigured(f"{var} must be {limits}.")
        return int(said)

    def fraction(self, var: str, least: float, most: float) -> float | None:
        """None if the variable is empty."""
        said = str(self.ENVIRON.get(var, "")).strip()
        if not said:
            return None
        try:
            found = float(said)
        except ValueError:
            raise ImproperlyConfigured(f"{var} must be a number.") from None
        if not (math.isfinite(found) and least <= found <= most):
            raise ImproperlyConfigured(f"{var} must be from {least:g} to {most:g}.")
        return found

    def choice(self, var: str, *known: str) -> str:
        """One of the known words. An empty variable means the first of them."""
        found = (self.text(var) or known[0]).lower()
        if found not in known:
            raise ImproperlyConfigured(f"{var} must be one of {', '.join(known)}.")
        return found

    def folder(self, var: str, default: Path) -> Path:
        found = Path(self.text(var) or default).expanduser()
        if found.exists() and not found.is_dir():
            raise ImproperlyConfigured(f"{var} must name a folder, and there is a file.")
        return found

    def database_url(self, var: str, default: str) -> str:
        found = self.text(var, default)
        if found.startswith("sqlite://"):
            is_complete = bool(SQLITE_URL.fullmatch(found.replace(" ", "_")))
        else:
            is_complete = bool(POSTGRES_URL.fullmatch(found)) and has_readable_port(found)
        if not is_complete:
            raise ImproperlyConfigured(
                f"{var} must begin with postgres:// or sqlite:/// and be as "
                f"postgres://user:password@host:5432/name. {PERCENT_SIGNS}."
            )
        return found

    def redis_url(self, var: str) -> str:
        found = self.text(var)
        if found and not (REDIS_URL.fullmatch(found) and has_readable_port(found)):
            raise ImproperlyConfigured(
                f"{var} must begin with redis://, rediss:// or unix:// and be as "
                f"redis://:password@host:6379/0. {PERCENT_SIGNS}."
            )
        return found

    def secret_key(self, var: str, *, strict: bool) -> str:
        found = self.text(var)
        is_weak = len(found) < MIN_SECRET_KEY_LENGTH or len(set(found)) < MIN_SECRET_KEY_VARIETY
        if found and strict and (is_weak or found.startswith("django-insecure-")):
            raise ImproperlyConfigured(
                f"{var} can be guessed: production needs {MIN_SECRET_KEY_LENGTH} random letters or more. "
                "Make one with python -c 'import secrets; print(secrets.token_urlsafe(50))'."
            )
        return found

    def secret_keys(self, var: str, *, strict: bool) -> list[str]:
        """Any number of keys, separated by commas."""
        found = [one.strip() for one in self.token(var).split(",") if one.strip()]
        if strict and any(len(one) < MIN_LEDGER_KEY_LENGTH for one in found):
            raise ImproperlyConfigured(
                f"{var} can be guessed: production needs {MIN_LEDGER_KEY_LENGTH} random letters or more in "
                "each. Make one with python -c 'import secrets; print(secrets.token_urlsafe(32))'."
            )
        return found


def has_readable_port(url: str) -> bool:
    """False also for a URL that cannot be taken apart at all."""
    try:
        _ = urlsplit(url).port
    except ValueError:
        # Several hosts of a PostgreSQL cluster, each with its port: the driver takes them apart.
        return bool(re.fullmatch(r"postgres\w*://(?:[^/]*@)?[\w.-]+:\d+(?:,[\w.-]+:\d+)+/.*", url))
    return True


def is_web_address(url: str) -> bool:
    """http or https, a host, and nothing that a parser trips over."""
    try:
        parts, _port = urlsplit(url), urlsplit(url).port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in url


def read_env_file(env: Env, said: str, default: Path) -> None:
    """Reads `said`, or `default` if it is there. A file that was named and is not readable is no reason to
    start with other settings than the ones that were meant."""
    file = Path(said).expanduser() if said else default
    if not said and not file.exists():
        return
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        hint = ". Correct the name, or leave it out for .env" if said else ""
        name = f"ENV_FILE names {file}, which" if said else str(file)
        raise ImproperlyConfigured(f"{name} cannot be read ({type(error).__name__}){hint}.") from None
    for number, line in enumerate(lines, 1):
        if not LINE.fullmatch(line):
            raise ImproperlyConfigured(f"Line {number} of {file} must be as NAME=value.")
    env.read_env(str(file))
