"""Maya speaks of a drink as one does: with its article, and with the right one."""

import pytest
from django.utils.translation import override

from bartender.errors import SoldOut
from maya_site.core.indefinite_article import with_article


@pytest.mark.parametrize(
    "said",
    [
        "an IPA",
        "an Iced Tea",
        "an Old Fashioned",
        "a Martini",
        "a Long Island",
        "a unicorn",
        "Water",
    ],
)
def test_the_article_goes_by_the_sound(said):
    with override("en"):
        assert with_article(said.split(" ", 1)[-1]) == said


def test_a_drink_is_sold_out_and_others_are_suggested():
    with override("en"):
        told = str(SoldOut("Cosmopolitan", ("Daiquiri", "Old Fashioned")))
    assert told == "The Cosmopolitan is sold out tonight. Perhaps a Daiquiri or an Old Fashioned?"


def test_spanish_keeps_the_name_as_the_menu_writes_it():
    with override("es"):
        assert with_article("IPA") == "IPA"
        assert str(SoldOut("IPA", ("Martini",))) == "IPA se ha agotado esta noche. ¿Quizá Martini?"
