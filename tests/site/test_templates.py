"""How templates are loaded: the page's without their indentation, mails as they stand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import Context, Engine, Template, engines
from django.urls import clear_script_prefix, set_script_prefix
from django.utils.translation import override

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


def load_page(source: str, folder: Path) -> Template:
    (folder / "page.html").write_text(source, encoding="utf-8")
    loaders = [
        (
            "maya_site.edge.template_loader.CachedLoader",
            ["maya_site.edge.template_loader.UnindentedLoader"],
        )
    ]
    engine = Engine(dirs=[str(folder)], loaders=loaders, builtins=["django.templatetags.i18n"])
    return engine.get_template("page.html")


def test_words_and_addresses_without_a_variable_are_looked_up_once_in_each_language(tmp_path: Path) -> None:
    source = '{% if shown %}{% translate "Menu" %} {% url "bartender:bar" %}{% endif %}'
    page = load_page(source, tmp_path)
    for _again in range(2):
        for language, words in (("en", "Menu /"), ("es", "Carta /")):
            with override(language):
                assert page.render(Context({"shown": True})) == words


def test_a_page_under_another_prefix_has_its_addresses(tmp_path: Path) -> None:
    page = load_page('{% url "bartender:bar" %}', tmp_path)
    assert page.render(Context()) == "/"
    set_script_prefix("/below/")
    try:
        assert page.render(Context()) == "/below/"
    finally:
        clear_script_prefix()


@pytest.mark.parametrize(
    "source, first, second",
    [
        ('{% url "bartender:order" drink %}', "/order/ipa/", "/order/negroni/"),
        ("{% translate drink %}", "ipa", "negroni"),
        ('{% translate "Menu" as word %}{{ word }} {{ drink }}', "Menu ipa", "Menu negroni"),
        (
            '{% for one in "ab" %}{{ drink }}{% translate "Menu" %}{% endfor %}',
            "ipaMenu" * 2,
            "negroniMenu" * 2,
        ),
    ],
)
def test_what_has_a_variable_is_written_for_each_page(
    tmp_path: Path, source: str, first: str, second: str
) -> None:
    page = load_page(source, tmp_path)
    with override("en"):
        assert [page.render(Context({"drink": one})) for one in ("ipa", "negroni")] == [first, second]
