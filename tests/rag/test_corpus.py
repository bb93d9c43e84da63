"""The bar's own corpus: enough of it, true to the menu, and nothing in it that belongs in a table."""

import re

import pytest

from bartender.claim_gate.evidence import build_evidence
from bartender.claim_gate.gate import ClaimGate, UnsupportedClaim
from bartender.menu.snapshot import current_menu
from bartender.services.bills import bill_of
from bartender.services.visits import open_visit
from rag.ingest import CORPUS_DIR
from rag.models import Passage
from rag.reading.chunks import MAX_CHUNK_LENGTH
from rag.reading.files import find_files, parse_file
from tests.rag.conftest import rebuild_index

CHUNKS = [chunk for path in find_files(CORPUS_DIR) for chunk in parse_file(path, path.read_bytes()).chunks]
AMOUNT = re.compile(
    r"[$€£]|\b(?:dollars?|cents?|euros?|bucks|USD|pounds? sterling)\b|\b\d+(?:\.\d\d)?\s?(?:%|percent)", re.I
)


def test_the_house_knows_more_than_120_things_each_said_once():
    assert len(CHUNKS) >= 120
    assert len({chunk.title for chunk in CHUNKS}) == len(CHUNKS)
    assert all(80 < len(chunk.text) <= MAX_CHUNK_LENGTH for chunk in CHUNKS)


def test_no_passage_names_an_amount():
    assert [chunk.title for chunk in CHUNKS if AMOUNT.search(f"{chunk.title} {chunk.text}")] == []


def test_every_drink_of_the_menu_has_its_passage(menu):
    told = "\n".join(f"{chunk.title} {chunk.context} {chunk.text}" for chunk in CHUNKS).lower()

    assert [drink.name for drink in menu.drinks if drink.name.lower() not in told] == []


def test_how_a_cocktail_is_made_names_everything_that_the_menu_says_is_in_it(menu):
    made = {chunk.title: chunk.text.lower() for chunk in CHUNKS if "is made here" in chunk.title}
    cocktails = [drink for drink in menu.drinks if drink.category == "Cocktails"]

    for drink in cocktails:
        (text,) = (text for title, text in made.items() if drink.name in title)
        missing = [part.name for part in drink.recipe if part.name not in text]
        assert missing == [], drink.name


def test_no_passage_would_be_held_back_as_a_claim_that_nothing_backs(db):
    """What Maya tells from memory passes the same gate as all that she says."""
    nothing = build_evidence(current_menu(), bill_of(open_visit()))
    held = []
    for chunk in CHUNKS:
        gate = ClaimGate(nothing, is_quoted=True)
        parts = [*gate.feed(chunk.text), *gate.close()]
        held += [f"{chunk.title}: {part.text}" for part in parts if isinstance(part, UnsupportedClaim)]

    assert held == []


@pytest.mark.django_db
def test_the_corpus_is_read_as_it_is_written():
    rebuild_index()

    assert Passage.objects.published().count() == len(CHUNKS)
    assert set(Passage.objects.values_list("author", flat=True)) == {"the house", "Maya"}
