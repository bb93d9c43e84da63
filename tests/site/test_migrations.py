"""A deployment, or a rollback, leaves the release before on the new schema for a while: it must not trip."""

from typing import Any

import pytest
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.state import ModelState, ProjectState

from tests.site.expansion import RELEASED, contracting_migrations, undeclared_breaks


def tab() -> ProjectState:
    fields: list[tuple[str, models.Field[Any, Any]]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("note", models.CharField(max_length=40, null=True)),
        ("cents", models.IntegerField(default=0)),
    ]
    state = ProjectState()
    state.add_model(ModelState("bar", "Tab", fields))
    return state


def migration(*steps, contracts=""):
    made = Migration("0002_more", "bar")
    made.__dict__.update(operations=list(steps), contracts=contracts)
    return made


def add(field):
    return operations.AddField("tab", "extra", field)


def alter(name, field):
    return operations.AlterField("tab", name, field)


TRIPS = {
    "a column is dropped": operations.RemoveField("tab", "note"),
    "a column is renamed": operations.RenameField("tab", "note", "remark"),
    "a table is dropped": operations.DeleteModel("Tab"),
    "a table is renamed": operations.RenameModel("Tab", "Bill"),
    "a column must be filled, and only new code knows": add(models.IntegerField(default=0)),
    "what could be empty must be filled": alter("note", models.CharField(max_length=40)),
    "what was written does not fit": alter("note", models.CharField(max_length=20, null=True)),
    "another type": alter("cents", models.CharField(max_length=20)),
    "what was allowed twice is not": alter("cents", models.IntegerField(default=0, unique=True)),
    "a constraint": operations.AddConstraint(
        "tab", models.CheckConstraint(condition=models.Q(cents__gte=0), name="not_below_zero")
    ),
    "a statement that nobody can read": operations.RunSQL("DROP TABLE bar_tab"),
}
EXPANDS = {
    "a column that may be empty": add(models.IntegerField(null=True)),
    "a column that the database fills": add(models.IntegerField(default=0, db_default=0)),
    "more room": alter("note", models.CharField(max_length=80, null=True)),
    "a table": operations.CreateModel("Seat", [("id", models.BigAutoField(primary_key=True))]),
    "an index": operations.AddIndex("tab", models.Index(fields=["cents"], name="by_cents")),
    "rows are filled in": operations.RunPython(operations.RunPython.noop),
}


@pytest.mark.parametrize("step", TRIPS.values(), ids=TRIPS)
def test_what_takes_away_is_refused_until_it_says_why_it_may(step):
    assert len(undeclared_breaks(migration(step), tab())) == 1
    assert undeclared_breaks(migration(step, contracts="nothing reads it since 1.4"), tab()) == []


@pytest.mark.parametrize("step", EXPANDS.values(), ids=EXPANDS)
def test_what_old_code_need_not_know_of_is_let_through(step):
    assert undeclared_breaks(migration(step), tab()) == []


def test_the_release_before_runs_on_the_schema_of_this_one():
    assert contracting_migrations(RELEASED) == []
