"""What a template of ours asks for, and nobody gives it, fails the test that shows the page."""

from contextlib import suppress

import pytest
from django.template import Context, Origin, Template
from django.test import Client

from tests import unknown_variables
from tests.unknown_variables import OURS, UnknownVariable, engine

OUR_FILE = Origin(str(OURS / "made_up.html"), "made_up.html")
DJANGOS_FILE = Origin("/site-packages/django/contrib/admin/templates/admin/base.html")


class Thing:
    here = ""

    def raises(self):
        from bartender.models.visits import Visit

        raise Visit.DoesNotExist


def rendered(text, origin):
    found = Template(text, origin=origin, engine=engine())
    return found.render(Context({"thing": Thing(), "rows": [], "named": "Ada"}))


ASKED = [
    "{{ nobody }}",
    "{{ thing.nobody }}",
    "{{ thing.nobody.either }}",
    "{{ thing.raises }}",
    "{{ nobody|default:'something' }}",
    "{{ named|default:nobody }}",
    "{% if nobody %}{% endif %}",
    "{% if not thing.nobody %}{% endif %}",
    "{% for one in nobody %}{% endfor %}",
    "{% if nobody == named %}{% endif %}",
    "{% if named in nobody %}{% endif %}",
    "{% with one=nobody %}{% endwith %}",
    "{% load i18n %}{% blocktranslate %}Hello {{ nobody }}{% endblocktranslate %}",
    "{% load i18n %}{% blocktranslate with one=nobody %}Hello {{ one }}{% endblocktranslate %}",
]


@pytest.fixture
def forgiven():
    """What these tests ask for on purpose."""
    yield
    unknown_variables.unknown_variables.clear()


@pytest.mark.parametrize("text", ASKED)
def test_a_name_that_nobody_gives_is_an_error(text, forgiven):
    """Raised where it stands; or, where a tag takes any exception for "no", at the end of the test."""
    with suppress(UnknownVariable):
        rendered(text, OUR_FILE)

    (said,) = unknown_variables.unknown_variables
    assert said.startswith("made_up.html asks for ")
    assert said.endswith(", which nobody gives it")


@pytest.mark.parametrize("text", [text for text in ASKED if "default:nobody" not in text])
def test_djangos_own_templates_count_on_its_silence(text):
    rendered(text, DJANGOS_FILE)

    assert unknown_variables.unknown_variables == []


@pytest.mark.parametrize(
    "text",
    [
        "{{ thing.here }}",
        "{% if thing.here %}{% endif %}",
        "{% for one in rows %}{{ forloop.first }}{% endfor %}",
    ],
)
def test_what_is_there_and_empty_is_fine(text):
    assert rendered(text, OUR_FILE) == ""


def test_the_pages_that_tests_open_are_watched(menu, forgiven, monkeypatch):
    monkeypatch.setattr("bartender.web.guest.bar_context", lambda *given: {})
    with pytest.raises(UnknownVariable):
        Client().get("/")
