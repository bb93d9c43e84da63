"""Rehearse with a Gemini that follows a script: no key, no network.

python -m tests.vendors.gemini [--port 8484] [--delay 0.5] [--house]
"""

import argparse
import contextlib
import os
import threading

import django

from tests.vendors.gemini.evening import answer_request, slowly
from tests.vendors.gemini.script import ResponseRule
from tests.vendors.gemini.server import KEY, ScriptedGemini


def _rule_based_head() -> ResponseRule:
    """Reads Maya's own menu file and thinks with her code, but opens no database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    django.setup()
    from tests.vendors.gemini.rule_based import RuleBasedModel

    return RuleBasedModel()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--port", type=int, default=8484)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before the first word of an answer")
    parser.add_argument(
        "--house", action="store_true", help="the house brain is its head: it understands guests"
    )
    asked = parser.parse_args()
    head = _rule_based_head() if asked.house else answer_request
    with ScriptedGemini(asked.port, models=set()) as gemini:
        gemini.always(slowly(head, asked.delay))
        print("A scripted Gemini listens. In another terminal, then start the bar there; Ctrl-C ends it.")
        print(f"export GEMINI_API_KEY={KEY}\nexport GEMINI_BASE_URL={gemini.address}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
