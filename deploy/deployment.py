"""What the deployer's machine says of a deployment on Modal: read once, checked by name, baked in.

Nothing of Maya is imported here: her settings ask for keys that lie in Modal's secret, not on this machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from environ import Env

ROOT = Path(__file__).resolve().parent.parent
# The first is used where nothing is said. Why that one: maya_site/decisions/0012-modal.md.
SHAPES = ("asgi", "daphne")
REQUIRED_KEYS = ["GEMINI_API_KEY", "CARTESIA_API_KEY", "SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL"]
LIVE = ("sk_live_", "rk_live_")
POSTGRES = ("postgres://", "postgresql://")


class CannotDeploy(ValueError):
    """One sentence that names the variable."""


@dataclass(frozen=True)
class Deployment:
    production: bool = True
    memory_mb: int = 4096
    max_containers: int = 3
    shape: str = SHAPES[0]

    def baked(self) -> dict[str, str | None]:
        """What a container is told, over what the secret says of it: /metrics shows what was deployed."""
        return {
            "PYTHON_ENV": "production" if self.production else "development",
            "MODAL_MEMORY_MB": str(self.memory_mb),
            "MODAL_MAX_CONTAINERS": str(self.max_containers),
            "MAYA_MODAL_SHAPE": self.shape,
            # Behind the bridge guests come by one hop: ours.
            "PROXY_HOPS": "1" if self.shape == "daphne" else "0",
        }


def of_this_machine() -> Deployment:
    """PYTHON_ENV is not taken from a file: a developer's .env says development, and means a laptop."""
    told = dict(os.environ)
    file = told.get("ENV_FILE") or str(ROOT / ".env")
    values: dict[str, str] = {}
    if Path(file).is_file():
        Env.read_env(file, overwrite=False)
        values = dict(os.environ)
    return read(told, {**values, **told}, named="ENV_FILE" in told and bool(values))


def read(told: Mapping[str, str], values: Mapping[str, str], *, named: bool = False) -> Deployment:
    """`named`: ENV_FILE names the file that the secret is made of, so what is wrong with it is told now."""
    found = Deployment(
        production=told.get("PYTHON_ENV", "") in {"", "production"},
        memory_mb=_positive(values, "MODAL_MEMORY_MB", Deployment.memory_mb),
        max_containers=_positive(values, "MODAL_MAX_CONTAINERS", Deployment.max_containers),
        shape=values.get("MAYA_MODAL_SHAPE", "") or Deployment.shape,
    )
    if found.shape not in SHAPES:
        raise CannotDeploy(f"MAYA_MODAL_SHAPE is {found.shape!r}: it must be {' or '.join(SHAPES)}.")
    for sentence in _contradictions(found, values, named):
        raise CannotDeploy(sentence)
    return found


def _positive(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name, "") or str(default)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise CannotDeploy(f"{name} is {text!r}: it must be a positive whole number.")
    return int(text)


def _contradictions(found: Deployment, values: Mapping[str, str], named: bool) -> Iterator[str]:
    if found.production and named:
        for name in REQUIRED_KEYS:
            if not values.get(name) and not (name == "GEMINI_API_KEY" and values.get("GOOGLE_API_KEY")):
                yield f"{name} is missing: production needs it in the secret. Set it in {values['ENV_FILE']}."
    database = values.get("DATABASE_URL", "") if found.production else ""
    if found.max_containers > 1 and not _shared(database, found.production):
        yield too_many_containers(found.max_containers)
    if values.get("PAYMENT_PROVIDER") == "simulated" and values.get("STRIPE_SECRET_KEY", "").startswith(LIVE):
        yield "PAYMENT_PROVIDER is simulated, but STRIPE_SECRET_KEY is a live key: nobody would be charged."


def _shared(database: str, production: bool) -> bool:
    """Production without an address here has it in the secret, which Modal asks for by name."""
    return database.startswith(POSTGRES) if database else production


def too_many_containers(most: int) -> str:
    return (
        f"MODAL_MAX_CONTAINERS is {most}, but the database is SQLite: each container would have a bar of its "
        "own. Set it to 1, or DATABASE_URL to a PostgreSQL database."
    )
