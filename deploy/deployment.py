"""What the deployer's machine says of a deployment on Modal: read once, checked by name, baked in.

Nothing of Maya is imported here: her settings ask for keys that lie in Modal's secret, not on this machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from environ import Env

from maya_site.core.release import checked_out_commit

ROOT = Path(__file__).resolve().parent.parent
# The first is used where nothing is said. Why that one: docs/decisions/0012-modal.md.
SERVER_SHAPES = ("asgi", "daphne")
MODEL_KEY, MODEL_ADDRESS = "GEMINI_API_KEY", "LLM_BASE_URL"
VOICE_KEY, VOICE_NAME = "CARTESIA_API_KEY", "TTS_PROVIDER"
# Not ALLOWED_HOSTS: a container knows its own address (deploy/on_modal.py).
OTHER_KEYS = ("SECRET_KEY", "DATABASE_URL")
REQUIRED_KEYS = (MODEL_KEY, VOICE_KEY, *OTHER_KEYS)
ALTERNATIVES = {MODEL_KEY: MODEL_ADDRESS, VOICE_KEY: f"a local voice in {VOICE_NAME}"}
LIVE_KEY_PREFIXES = ("sk_live_", "rk_live_")
POSTGRES_SCHEMES = ("postgres://", "postgresql://")


class DeploymentError(ValueError):
    """One sentence that names the variable."""


@dataclass(frozen=True)
class Deployment:
    production: bool = True
    memory_mb: int = 4096
    max_containers: int = 3
    shape: str = SERVER_SHAPES[0]
    required_keys: tuple[str, ...] = REQUIRED_KEYS  # of the secret
    commit: str = ""

    def container_environment(self) -> dict[str, str | None]:
        """What a container is told, over what the secret says of it: /metrics shows what was deployed."""
        return {
            "PYTHON_ENV": "production" if self.production else "development",
            "MODAL_MEMORY_MB": str(self.memory_mb),
            "MODAL_MAX_CONTAINERS": str(self.max_containers),
            "MAYA_MODAL_SHAPE": self.shape,
            "MAYA_COMMIT": self.commit,
            # Behind the bridge guests come by one hop: ours.
            "PROXY_HOPS": "1" if self.shape == "daphne" else "0",
        }


def load_deployment() -> Deployment:
    """PYTHON_ENV is not taken from a file: a developer's .env says development, and means a laptop."""
    given = {"MAYA_COMMIT": checked_out_commit(), **os.environ}
    file = given.get("ENV_FILE") or str(ROOT / ".env")
    values: dict[str, str] = {}
    if given.get("ENV_FILE") and not Path(file).exists():
        raise DeploymentError(f"ENV_FILE names {file}, which does not exist.")
    if Path(file).is_file():
        Env.read_env(file, overwrite=False)
        values = dict(os.environ)
    return parse_deployment(given, {**values, **given}, names_env_file="ENV_FILE" in given and bool(values))


def parse_deployment(
    environment: Mapping[str, str], values: Mapping[str, str], *, names_env_file: bool = False
) -> Deployment:
    """`names_env_file`: ENV_FILE names what the secret is made of, so a fault in it is told now."""
    found = Deployment(
        production=environment.get("PYTHON_ENV", "") in {"", "production"},
        memory_mb=_parse_positive(values, "MODAL_MEMORY_MB", Deployment.memory_mb),
        max_containers=_parse_positive(values, "MODAL_MAX_CONTAINERS", Deployment.max_containers),
        shape=values.get("MAYA_MODAL_SHAPE", "") or Deployment.shape,
        required_keys=_required_keys(values),
        commit=environment.get("MAYA_COMMIT", ""),
    )
    if found.shape not in SERVER_SHAPES:
        raise DeploymentError(
            f"MAYA_MODAL_SHAPE is {found.shape!r}: it must be {' or '.join(SERVER_SHAPES)}."
        )
    for sentence in _contradictions(found, values, names_env_file):
        raise DeploymentError(sentence)
    return found


def _parse_positive(values: Mapping[str, str], name: str, default: int) -> int:
    text = values.get(name, "") or str(default)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise DeploymentError(f"{name} is {text!r}: it must be a positive whole number.")
    return int(text)


def _required_keys(values: Mapping[str, str]) -> tuple[str, ...]:
    """A bar that wants no cloud has the address of its own model, or a voice of the container's, in place of
    a key."""
    has_address = values.get(MODEL_ADDRESS) and not (values.get(MODEL_KEY) or values.get("GOOGLE_API_KEY"))
    has_voice = values.get(VOICE_NAME, "") not in ("", "auto") and not values.get(VOICE_KEY)
    return (
        MODEL_ADDRESS if has_address else MODEL_KEY,
        VOICE_NAME if has_voice else VOICE_KEY,
        *OTHER_KEYS,
    )


def _contradictions(found: Deployment, values: Mapping[str, str], names_env_file: bool) -> Iterator[str]:
    if found.production and names_env_file:
        for name in found.required_keys:
            if not values.get(name) and not (name == MODEL_KEY and values.get("GOOGLE_API_KEY")):
                what = f"{name} or {ALTERNATIVES[name]}" if name in ALTERNATIVES else name
                yield f"{what} is missing: production needs it in the secret. Set it in {values['ENV_FILE']}."
    database = values.get("DATABASE_URL", "") if found.production else ""
    if found.max_containers > 1 and not _is_shared_database(database, found.production):
        yield too_many_containers_message(found.max_containers)
    if values.get("PAYMENT_PROVIDER") == "simulated" and values.get("STRIPE_SECRET_KEY", "").startswith(
        LIVE_KEY_PREFIXES
    ):
        yield "PAYMENT_PROVIDER is simulated, but STRIPE_SECRET_KEY is a live key: nobody would be charged."


def _is_shared_database(database: str, production: bool) -> bool:
    """Production without an address here has it in the secret, which Modal asks for by name."""
    return database.startswith(POSTGRES_SCHEMES) if database else production


def too_many_containers_message(max_containers: int) -> str:
    return (
        f"MODAL_MAX_CONTAINERS is {max_containers}, but the database is SQLite: each container would have a "
        "bar of its own. Set it to 1, or DATABASE_URL to a PostgreSQL database."
    )
