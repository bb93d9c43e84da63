"""What a turn asks of the database: few questions, and the same answers as ever."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from bartender.brains.rule_based.brain import RuleBasedBrain
from bartender.conversation.turn import collect_events, take_turn
from bartender.models.menu import MenuItem, Venue
from bartender.services.bills import bill_of
from bartender.services.orders import add_line, current_tab
from maya_site.core.db import CompiledQuery
from payments import ledger
from payments.models import Tab
from tests.guest_fixtures import make_context

MOST = {
    "how strong is a negroni?": 13,
    "what do I owe?": 18,
    "a martini please": 36,
    "make that three": 37,  # one is what people have said of this guest and alcohol
    "drop one martini": 32,
    "tip 15 percent": 32,
}


def says(visit, said):
    return async_to_sync(collect_events)(take_turn(visit, said, make_context().key, RuleBasedBrain()))[-1]


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
    add_line(ada, "Martini", 1, [], make_context())
    Venue.objects.update(name="Elsewhere")

    assert Venue.current().name == "Elsewhere"
    assert current_tab(ada) == Tab.objects.get()
    assert current_tab(ben) is None
    assert [line.item for line in bill_of(ada).lines] == ["Martini"]
    assert bill_of(ben).lines == ()


def test_a_lookup_gives_whole_rows_each_by_its_own_value(ada, ben):
    tabs = [add_line(visit, "IPA", 2, [], make_context()).tab for visit in (ada, ben)]
    by_visit = CompiledQuery(lambda code: Tab.objects.filter(visit_code=code), str)

    for visit, tab in zip((ada, ben), tabs, strict=True):
        found = by_visit.first(visit.code)
        assert found is not None
        assert found.__dict__.keys() >= {field.attname for field in Tab._meta.concrete_fields}
        assert (found.pk, found.total_cents, found.opened_at) == (tab.pk, 12_00, tab.opened_at)
    assert by_visit.rows("nobody's") == []


def test_a_lookup_by_two_values_takes_them_in_order(ada, ben):
    asked = make_context()
    line = add_line(ada, "IPA", 1, [], asked)
    done = ledger.find_visit_journal(ada.code, asked.with_request("add", 1, "IPA"))

    assert done is not None
    assert ledger.find_tab_journal(line.tab, asked.key) == done
    assert ledger.find_tab_journal(line.tab, "another") is None
    assert ledger.find_visit_journal(ben.code, asked) is None
    with pytest.raises(ValueError, match="zip"):
        CompiledQuery(lambda code, key: Tab.objects.filter(visit_code=code, code=key), str, str).rows("one")


def test_a_lookup_leaves_its_constants_alone_whatever_the_value(ada):
    martini = MenuItem.objects.get(name="Martini")
    MenuItem.objects.filter(pk=martini.pk).update(position=1, description="100% gin")
    by_id = CompiledQuery(lambda pk: MenuItem.objects.filter(pk=pk, position__gte=1), int)
    by_name = CompiledQuery(
        lambda name, slug: MenuItem.objects.filter(
            name=name, slug=slug, glass=martini.glass, description__contains="0%"
        ),
        str,
        str,
    )

    assert (
        by_id.rows(martini.pk) == list(MenuItem.objects.filter(pk=martini.pk, position__gte=1)) == [martini]
    )
    assert by_id.rows(1) == list(MenuItem.objects.filter(pk=1, position__gte=1))
    assert by_name.rows("Martini", martini.slug) == [martini]
    assert by_name.rows(martini.slug, "Martini") == []
    assert by_name.rows(martini.glass, martini.glass) == []
    assert by_name.rows("100%s", "%s") == []


def test_the_same_value_twice_is_two_parameters(ada):
    tab = add_line(ada, "IPA", 2, [], make_context()).tab
    Tab.objects.filter(pk=tab.pk).update(code=ada.code)
    lookup = CompiledQuery(lambda code, visit: Tab.objects.filter(code=code, visit_code=visit), str, str)

    assert lookup.rows(ada.code, ada.code) == [tab]
    assert lookup.rows(ada.code, "another") == lookup.rows("another", ada.code) == []


@pytest.mark.parametrize("value", [None, 7, b"code"])
def test_a_lookup_refuses_what_the_orm_would_read_in_another_way(ada, value):
    with pytest.raises(TypeError, match="This lookup takes str, not"):
        CompiledQuery(lambda code: Tab.objects.filter(visit_code=code), str).rows(value)


@pytest.mark.parametrize(
    "lookup",
    [
        pytest.param(lambda code: Tab.objects.filter(Q(visit_code=code) | Q(code=code)), id="twice"),
        pytest.param(lambda code: Tab.objects.all(), id="not at all"),
        pytest.param(lambda code: Tab.objects.filter(visit_code__startswith=code), id="as a pattern"),
        pytest.param(lambda code: Tab.objects.filter(visit_code=code.lower()), id="in lower case"),
        pytest.param(lambda code: Tab.objects.filter(visit_code=code, code=code[:4]), id="and its beginning"),
    ],
)
def test_a_lookup_whose_value_is_not_one_parameter_is_refused(ada, lookup):
    with pytest.raises(ValueError, match="so write it with the ORM: SELECT"):
        CompiledQuery(lookup, str).rows(ada.code)
