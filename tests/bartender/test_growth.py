"""Nothing that guests and staff do costs the database more after many evenings than after few.

SQLite counts the steps of its own machine: the same question makes as many steps on any computer, and a scan
of a growing table makes more of them with each row.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db import connection

from bartender.models.visits import Turn
from payments import ledger_checks
from tests.bench import growth_acts, past_evenings
from tests.bench.growth_acts import Act, Scene

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL does not count its steps"),
]
FEW, MANY, TABS_A_NIGHT = 20, 120, 4
STEPS_AT_ONCE = 20
# Less than a scan of the rows that are more takes.
MORE_STEPS, MORE = 200, 1.01
# What closes a date for good leaves no journal behind; what deletes, once a day, goes over what is old.
GROW_BY_DESIGN = ("staff: Z report", "job: delete_old_events", "job: forget_old_guests", "export of a night")


@dataclass
class Steps:
    """Of one act, and which query made most of them."""

    total: int = 0
    by_query: dict[str, int] = field(default_factory=dict)
    plans: dict[str, list[str]] = field(default_factory=dict)


def count_steps(act: Act) -> Steps:
    growth_acts.run_and_roll_back(act)  # what is cached from here on is cached in every process
    counted, found = [0], Steps()

    def count() -> int:
        counted[0] += STEPS_AT_ONCE
        return 0

    asked = []

    def attribute(execute, sql, params, many, context):
        asked.append((sql, params, counted[0]))
        return execute(sql, params, many, context)

    connection.connection.set_progress_handler(count, STEPS_AT_ONCE)
    try:
        with connection.execute_wrapper(attribute):
            growth_acts.run_and_roll_back(act)
    finally:
        connection.connection.set_progress_handler(None, 0)
    found.total = counted[0]
    for number, (sql, params, before) in enumerate(asked):
        after = asked[number + 1][2] if number + 1 < len(asked) else counted[0]
        found.by_query[sql] = found.by_query.get(sql, 0) + after - before
        if after - before > MORE_STEPS:
            found.plans[sql] = growth_acts.explain_query(sql, params)
    return found


def steps_after(past_tabs: int, choose: Callable[[Scene], dict[str, Act]]) -> dict[str, Steps]:
    """In a bar with so many past tabs, of which nothing is left afterwards."""
    found: dict[str, Steps] = {}

    def measure() -> None:
        past_evenings.add_past_evenings(past_tabs, past_tabs // TABS_A_NIGHT)
        found.update((name, count_steps(act)) for name, act in choose(growth_acts.make_scene()).items())

    growth_acts.run_and_roll_back(measure)
    return found


def what_grows(choose: Callable[[Scene], dict[str, Act]]) -> list[str]:
    few, many = steps_after(FEW, choose), steps_after(MANY, choose)
    return [
        f"{name}: {few[name].total} steps, then {now.total} after {MANY} tabs. {explain(few[name], now)}"
        for name, now in many.items()
        if now.total > few[name].total * MORE + MORE_STEPS
    ]


def explain(few: Steps, many: Steps) -> str:
    worst = max(many.by_query, key=lambda sql: many.by_query[sql] - few.by_query.get(sql, 0))
    return f"{worst}\n" + "\n".join(many.plans.get(worst, []))


def hot_acts(scene: Scene) -> dict[str, Act]:
    acts = {**growth_acts.guest_acts(scene), **growth_acts.staff_acts(scene), **growth_acts.system_acts()}
    return {name: act for name, act in acts.items() if not name.startswith(GROW_BY_DESIGN)}


@pytest.fixture(autouse=True)
def no_table_is_small(monkeypatch):
    """Each guest calls a person and brings an agent, so that a scan of these rows is seen, too. And each
    check of the ledger looks at the same number of tabs, though there are few."""
    monkeypatch.setattr(past_evenings, "RARELY", 1)
    monkeypatch.setattr(past_evenings, "DRAWER_ACTS", ())  # two rows a night are few for ever
    monkeypatch.setattr(ledger_checks, "WALKED_TABS", 4)


def test_no_hot_act_asks_more_of_the_database_after_many_evenings(menu):
    grown = what_grows(hot_acts)

    assert not grown, "\n\n".join(grown)


def test_a_question_that_reads_all_turns_is_found(menu):
    scan = Turn.objects.filter(guest_text="nobody said this")
    grown = what_grows(lambda scene: {"a scan": scan.exists, "by its key": lambda: Turn.objects.latest("pk")})

    assert [what.partition(":")[0] for what in grown] == ["a scan"]
    assert "SCAN bartender_turn" in grown[0]
