"""Print what the stock client hears of an evening: python -m tests.rtvi_client"""

import json
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.chromium import find_chromium
from tests.live_server import run_live_server
from tests.rtvi_client.client import BROWSER, MISSING, RtviClient, installed, serve_foreign_page


def main() -> None:
    if not installed():
        raise SystemExit(MISSING)
    folder = Path(tempfile.mkdtemp())
    with (
        serve_foreign_page(folder) as foreign,
        run_live_server(folder, ALLOWED_ORIGINS=foreign) as bar,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=BROWSER)
        for name, said in RtviClient(browser.new_page(), bar, foreign).play_evening():
            print(f"{name:28} {json.dumps(said, ensure_ascii=False)[:120]}")
        browser.close()


if __name__ == "__main__":
    main()
