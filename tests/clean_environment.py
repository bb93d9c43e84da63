"""Loaded by pytest before Django reads the settings: a developer's keys and `.env` stay out of the tests.

Only DATABASE_URL and REDIS_URL are kept, so that the same suite runs against PostgreSQL and Redis.
"""

import os
import re
from pathlib import Path

PRESERVED_VARIABLES = {"DATABASE_URL", "REDIS_URL"}
EXAMPLE = Path(__file__).resolve().parent.parent / ".env.example"


def clean_environment() -> None:
    for name in re.findall(r"^#?\s*([A-Z_]+)=", EXAMPLE.read_text(), re.MULTILINE):
        if name not in PRESERVED_VARIABLES:
            os.environ.pop(name, None)
    os.environ["ENV_FILE"] = os.devnull
    os.environ["MEMORY_STORE"] = "none"  # the tests of the memory bring their own, elsewhere it is not there
    os.environ["HOLD_SECONDS"] = "0"  # the bar sees an order at once, but where the hold is the story
    os.environ["SECRET_KEY"] = "only-for-tests-and-long-enough-to-pass-every-check-of-django"


def redis_url_for_worker(url: str, worker: str) -> str:
    """Each worker of a parallel run counts on from the given database: they clear their caches."""
    found = re.fullmatch(r"(rediss?://[^/]+)(?:/(\d+))?/?", url)
    number = re.fullmatch(r"gw(\d+)", worker)
    if not found or not number:
        return url
    return f"{found[1]}/{int(found[2] or 0) + int(number[1])}"


clean_environment()
if os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = redis_url_for_worker(
        os.environ["REDIS_URL"], os.environ.get("PYTEST_XDIST_WORKER", "")
    )
