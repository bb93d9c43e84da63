"""Print what the stock client hears of an evening: python -m tests.stock"""

import json
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.chromium import find_chromium
from tests.served import served
from tests.stock.client import BROWSER, MISSING, Stock, foreign_page, installed


def main() -> None:
    if not installed():
        raise SystemExit(MISSING)
    folder = Path(tempfile.mkdtemp())
    with (
        foreign_page(folder) as foreign,
        served(folder, ALLOWED_ORIGINS=foreign) as bar,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=BROWSER)
        for name, said in Stock(browser.new_page(), bar, foreign).evening():
            print(f"{name:28} {json.dumps(said, ensure_ascii=False)[:120]}")
        browser.close()


if __name__ == "__main__":
    main()
