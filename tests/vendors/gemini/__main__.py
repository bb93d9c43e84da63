"""Rehearse with a Gemini that follows a script: no key, no network.

python -m tests.vendors.gemini [--port 8484] [--delay 0.5]
"""

import argparse
import contextlib
import threading

from tests.vendors.gemini.evening import evening, slowly
from tests.vendors.gemini.server import KEY, ScriptedGemini


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--port", type=int, default=8484)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before the first word of an answer")
    asked = parser.parse_args()
    with ScriptedGemini(asked.port, models=set()) as gemini:
        gemini.always(slowly(evening, asked.delay))
        print("A scripted Gemini listens. In another terminal, then start the bar there; Ctrl-C ends it.")
        print(f"export GEMINI_API_KEY={KEY}\nexport GEMINI_BASE_URL={gemini.address}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
