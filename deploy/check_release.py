"""After a deploy: does the bar that guests meet run this release, and is it well?

    python -m deploy.check_release --commit "$GITHUB_SHA" [https://bar.example]

Without an address Modal is asked for that of the app `maya`. Exits with 1 and one line if the release does
not answer as it should in time; the workflow then rolls back.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.error
import urllib.request
from typing import Any

WAIT_SECONDS, PAUSE_SECONDS, ANSWER_SECONDS = 180.0, 3.0, 20.0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m deploy.check_release", description=__doc__)
    parser.add_argument("address", nargs="?", default="")
    parser.add_argument("--commit", required=True, help="the commit that was deployed")
    parser.add_argument("--seconds", type=float, default=WAIT_SECONDS)
    options = parser.parse_args(arguments)
    address = options.address.rstrip("/") or _deployed_address()
    deadline = time.monotonic() + options.seconds
    while (fault := find_fault(address, options.commit)) and time.monotonic() < deadline:
        time.sleep(min(PAUSE_SECONDS, options.seconds / 10))
    if fault:
        sys.exit(f"Maya: this release does not serve guests: {fault}.")
    sys.stdout.write(f"{address} serves guests with {options.commit[:12]}.\n")
    return 0


def find_fault(address: str, commit: str) -> str:
    """What is wrong with the release that answers at the address, or ""."""
    try:
        status, found = _ask_health(address)
    except (OSError, ValueError) as error:
        return f"/healthz gives no answer ({type(error).__name__})"
    if not commit.startswith(found.get("commit") or "?"):
        return f"commit {found.get('commit')} answers, not {commit[:12]}"
    ill = [name for name, state in found["checks"].items() if state == "down" or name == "host"]
    return (
        f"/healthz is {status} with {', '.join(ill) or found['status']} down" if ill or status != 200 else ""
    )


def _ask_health(address: str) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(f"{address}/healthz", headers={"Cache-Control": "no-cache"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - our own address
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def _deployed_address() -> str:
    import modal

    found: str | None = modal.Cls.from_name("maya", "Bar")().web.get_web_url()
    if not found:
        sys.exit("Maya: Modal names no address of the app maya: give one.")
    return found


if __name__ == "__main__":
    sys.exit(main())
