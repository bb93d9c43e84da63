"""How templates are loaded: the page's without their indentation, mails as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import engines

TEMPLATES = Path(settings.BASE_DIR) / "templates"


def loaded(name: str) -> str:
    ours: Any = engines["django"]
    return str(ours.engine.get_template(name).source)


@pytest.mark.parametrize("name", ["bartender/bar.html", "bartender/_menu.html", "display/display.html"])
def test_a_page_is_sent_without_the_indentation_of_its_template(name: str) -> None:
    source = loaded(name)
    on_disk = (TEMPLATES / name).read_text(encoding="utf-8")
    assert not re.search(r"^[ \t]", source, re.MULTILINE)
    assert [line.lstrip() for line in on_disk.splitlines()] == source.splitlines()


def test_a_plain_text_mail_is_sent_as_its_template_stands() -> None:
    source = loaded("bartender/receipt.txt")
    assert source == (TEMPLATES / "bartender/receipt.txt").read_text(encoding="utf-8")
