"""What a turn asks of the database: few questions, and the same answers as ever."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bartender.brains.house.brain import HouseBrain
from bartender.conversation.turn import collect, take_turn
from bartender.records.menu import Venue
from bartender.services.bills import bill_of
from bartender.services.orders import add, current_tab
from maya_site.lib.db import Ready
from payments import ledger
from payments.models import Tab
from tests.cast import cause

MOST = {
    "how strong is a negroni?": 13,
    "what do I owe?": 18,
    "a martini please": 36,
    "make that three": 36,
    "drop one martini": 32,
    "tip 15 percent": 32,
}


def says(visit, said):
    return async_to_sync(collect)(take_turn(visit, said, cause().key, HouseBrain()))[-1]


def test_no_turn_asks_more_than_it_needs(ada):
    says(ada, "an ipa please")  # opens the tab
    asked = {}
    for said in MOST:
        with CaptureQueriesContext(connection) as queries:
            assert says(ada, said).outcome == "done"
        asked[said] = len(queries)

    assert {said: count for said, count in asked.items() if count > MOST[said]} == {}


def test_a_longer_evening_costs_no_more_questions(ada):
    counts = []
    for said in ["an ipa please", *["what do I owe?"] * 3, *["how was your day?"] * 8, "what do I owe?"]:
        with CaptureQueriesContext(connection) as queries:
            says(ada, said)
        counts.append(len(queries))

    assert counts[-1] == counts[1]


def test_what_is_looked_up_is_what_is_written_now(ada, ben):
    add(ada, "Martini", 1, [], cause())
    Venue.objects.update(name="Elsewhere")

    assert Venue.here().name == "Elsewhere"
    assert current_tab(ada) == Tab.objects.get()
    assert current_tab(ben) is None
    assert [line.item for line in bill_of(ada).lines] == ["Martini"]
    assert bill_of(ben).lines == ()


def test_a_lookup_gives_whole_rows_each_by_its_own_value(ada, ben):
    tabs = [add(visit, "IPA", 2, [], cause()).tab for visit in (ada, ben)]
    by_visit = Ready(lambda code: Tab.objects.filter(visit_code=code), "some code")

    for visit, tab in zip((ada, ben), tabs, strict=True):
        found = by_visit.first(visit.code)
        assert found is not None
        assert found.__dict__.keys() >= {field.attname for field in Tab._meta.concrete_fields}
        assert (found.pk, found.total_cents, found.opened_at) == (tab.pk, 12_00, tab.opened_at)
    assert by_visit.rows("nobody's") == []


def test_a_lookup_by_two_values_takes_them_in_order(ada, ben):
    asked = cause()
    line = add(ada, "IPA", 1, [], asked)
    done = ledger.answered(ada.code, asked.asking("add", 1, "IPA"))

    assert done is not None
    assert ledger.already(line.tab, asked.key) == done
    assert ledger.already(line.tab, "another") is None
    assert ledger.answered(ben.code, asked) is None
    with pytest.raises(ValueError, match="zip"):
        Ready(lambda code, key: Tab.objects.filter(visit_code=code, code=key), "a", "b").rows("only one")
