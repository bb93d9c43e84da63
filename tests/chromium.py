"""Where the machine's Chromium is. Nothing is downloaded."""

import os
import shutil
from functools import cache

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
INSTALL = "On Debian: apt-get install chromium"
# As root there is no sandbox; the rest keeps it from calling home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@cache
def find_chromium() -> str:
    for name in (os.environ.get("CHROMIUM", ""), *NAMES, MACOS):
        if name and (found := shutil.which(name)):
            return found
    return ""
