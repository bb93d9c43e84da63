"""Every column says whose it is, and what is a guest's is erased and exported by that alone."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from bartender.conversation import persistence
from bartender.models.responsible_service import Approval
from bartender.models.visits import Turn, Visit
from bartender.privacy.data_register import COLUMN_CATEGORIES, DATA_REGISTER
from bartender.privacy.export import export_name
from bartender.privacy.retention import purge_visits
from bartender.privacy.visit_rows import guest_tables
from bartender.services import orders, returning_guests
from maya_site.core.cookies import visit_cookie_name
from payments import append_only, invariants
from payments.models import LedgerEntry, Tab
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.privacy.marked_rows import columns_with_mark, play_evening, write_marks
from tests.guest_fixtures import make_context

pytestmark = pytest.mark.django_db
ME, FORGET = reverse("bartender:me"), reverse("bartender:me_forget")
KEPT = {"books", "inner", "staff", "venue"}


def unsaid(register):
    """What to add, column by column."""
    found = []
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label
        table = register.get(label)
        said = Counter(dict(table.columns_with_category()).keys()) if table else Counter()
        for field in model._meta.concrete_fields:
            if field.name not in said:
                categories = ", ".join(COLUMN_CATEGORIES)
                found.append(
                    f"{label}.{field.name} says nobody's: add {field.name!r} to one of {categories} "
                    f"of REGISTER[{label!r}] in bartender/privacy/data_register.py"
                    + ("" if table else "; a table with rows of guests names its path and how it is erased")
                )
    return found


def test_every_column_of_every_table_says_whose_it_is():
    assert unsaid(DATA_REGISTER) == []


def test_a_new_column_is_noticed_with_what_to_add():
    """The control: a register without one of its tables, and a table without one of its columns."""
    less = {label: table for label, table in DATA_REGISTER.items() if label != "bartender.Turn"}
    found = unsaid(less)

    assert any(one.startswith("bartender.Turn.guest_text says nobody's: add 'guest_text'") for one in found)


def test_no_column_is_said_twice_and_none_is_made_up():
    for label, table in DATA_REGISTER.items():
        names = Counter(column for column, _kind in table.columns_with_category())
        real = {field.name for field in apps.get_model(label)._meta.concrete_fields}
        assert set(names) <= real, label
        assert not [name for name, times in names.items() if times > 1], label


def test_what_is_a_guests_is_erased_and_what_is_kept_says_why():
    for label, table in DATA_REGISTER.items():
        if table.columns_of("guest") or table.columns_of("hidden"):
            assert table.erasure_mode, label
        if (
            table.visit_code_paths
            and table.erasure_mode != "row"
            and KEPT & {kind for _column, kind in table.columns_with_category()}
        ):
            assert table.retention_reason, label


def whose(columns):
    return {
        where: dict(DATA_REGISTER[where.rpartition(".")[0]].columns_with_category())[where.rpartition(".")[2]]
        for where in columns
    }


@pytest.fixture
def sam(db):
    return User.objects.create_user("sam", is_staff=True)


def test_after_forget_everything_no_column_of_any_table_holds_a_mark_of_the_guest(ada, ben, sam):
    guest = guest_for_visit(ada)
    play_evening(ada, ben, sam, guest)
    marked, bens = write_marks(ada, "mark"), write_marks(ben, "twin")
    for label, _table in guest_tables():  # the test fills what it says it fills
        assert apps.get_model(label)._base_manager.exists(), label
    mine = {where for where, kind in whose(marked).items() if kind in ("guest", "hidden")}
    assert {"bartender.Visit.allergies", "bartender.Visit.age_state"} - mine == {"bartender.Visit.age_state"}
    assert mine <= columns_with_mark("mark")
    Visit.objects.filter(pk=ada.pk).update(age_state="declared")
    amounts = list(LedgerEntry.objects.order_by("id").values_list("cents", flat=True))

    guest.open_page(ME)
    guest.submit_form(FORGET, everything="on")

    left = whose(columns_with_mark("mark"))
    assert {where: kind for where, kind in left.items() if kind not in KEPT} == {}
    now = Visit.objects.get(pk=ada.pk)
    assert (now.age_state, now.allergies, now.language, now.returning_guest) == ("unknown", [], "en", None)
    assert now.closed_at is not None
    assert now.erased_at is not None
    assert list(LedgerEntry.objects.order_by("id").values_list("cents", flat=True)) == amounts
    assert bens <= columns_with_mark("twin")  # and Ben, at whose table she sat, has lost nothing
    assert append_only.missing_triggers() == []


def test_the_file_for_the_guest_holds_all_that_is_theirs_and_no_secret(ada, ben, sam):
    guest = guest_for_visit(ada)
    play_evening(ada, ben, sam, guest)
    write_marks(ben, "twin")
    marked = whose(write_marks(ada, "mark"))
    Visit.objects.filter(pk=ada.pk).update(age_state="declared")

    told = guest.client.get(reverse("bartender:me_export")).content.decode()
    visit = json.loads(told)["visits"][0]

    assert "twin-" not in told
    assert (visit["age_state"], visit["language"][:5], visit["allergies"][0][:5]) == (
        "declared",
        "mark-",
        "mark-",
    )
    tab = visit["tabs"][0]
    assert (tab["subtotal_cents"], tab["tip_cents"], tab["paid_cents"]) == (22_00, 0, 22_00)
    assert [one["amount_cents"] for one in visit["payments"]] == [22_00, 3_00]
    assert [one["amount_cents"] for one in visit["refunds"]] == [1_00]
    assert visit["tickets"][0]["status"] == "new"
    assert {one["kind"] for one in visit["approvals"]} == {"allergy", "alcohol"}
    for where, kind in marked.items():
        label, _, column = where.rpartition(".")
        if DATA_REGISTER[label].visit_code_paths and kind in ("guest", "books"):
            rows = (
                [json.loads(told)["remembered"]]
                if label == "bartender.ReturningGuest"
                else _rows(visit, label)
            )
            assert all(holds_a_mark(row[column]) for row in rows), where
    assert not {"encrypted_keys", "handoff_code", "nonce", "process_id"} & set(_keys(json.loads(told)))


def _rows(visit, label):
    return [visit] if label == "bartender.Visit" else visit[export_name(label)]


def holds_a_mark(value):
    return "mark-" in str(value) or str(value).startswith("2031-01-01")


def _keys(told):
    if isinstance(told, dict):
        yield from told
        told = told.values()
    if isinstance(told, str | int | float | bool | None):
        return
    for inner in told:
        yield from _keys(inner)


def test_a_visit_whose_bill_is_open_goes_on_and_its_guest_lifts_nobodys_no(ada, ben, sam):
    guest = guest_for_visit(ada)
    play_evening(ada, ben, sam, guest, paid=False)
    Visit.objects.filter(pk=ada.pk).update(age_state="refused", allergies=["milk"], language="es")
    guest.open_page(ME)
    guest.submit_form(FORGET, everything="on")

    now = Visit.objects.get(pk=ada.pk)
    assert (now.closed_at, now.erased_at, now.age_state, now.allergies) == (None, None, "refused", [])
    assert [leave.kind for leave in Approval.objects.filter(visit=ada)] == ["alcohol"]
    assert Tab.objects.get(visit_code=ada.code).due_cents == 22_00
    assert "$22.00" in guest.open_page("/tab/")

    Visit.objects.filter(pk=ada.pk).update(closed_at=timezone.now())
    assert purge_visits() == {"unused": 0, "wished": 1, "over": 0}
    now.refresh_from_db()
    assert (now.age_state, now.language) == ("unknown", "en")
    assert not Approval.objects.filter(visit=ada).exists()
    assert purge_visits() == {"unused": 0, "wished": 0, "over": 0}


def test_a_visit_without_sales_leaves_no_row_and_no_cookie(ada):
    guest = guest_for_visit(ada)
    guest.open_page()
    guest.say("I am allergic to nuts")
    assert Visit.objects.get(pk=ada.pk).allergies

    guest.open_page(ME)
    guest.submit_form(FORGET, everything="on")

    assert not Visit.objects.exists()
    assert guest.client.cookies[visit_cookie_name()].value == ""


def test_who_comes_back_after_the_visit_is_over_is_forgotten_too(ada):
    guest = guest_for_visit(ada)
    guest.open_page()
    guest.say("two negronis")
    Visit.objects.update(closed_at=timezone.now())
    guest.open_page(ME)
    guest.submit_form(FORGET, everything="on")

    assert not Turn.objects.exists()
    assert Visit.objects.get().erased_at


def test_a_turn_that_was_under_way_writes_nothing_of_what_was_forgotten(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    begun = persistence.start_turn(ada, "my dog is called Rex", "turn-1", "house")
    returning_guests.erase_guest_data(ada.code)
    persistence.save_turn(ada, begun.turn, ending(brain_state={"dog": "Rex"}))

    assert Visit.objects.get().brain_state == {}
    assert audit_is_clean()


def ending(**changes):
    fixed: dict[str, list[Any]] = {name: [] for name in ("tools", "citations", "token_usages")}
    return persistence.FinishedTurn(
        **{
            "outcome": "done", "reply": "Rex!", "emotion": "happy", "phase": "greeting",
            "brain_name": "house", "brain_state": {},
            "budget_level": "full", "first_text_ms": None, "elapsed_ms": 1.0, **fixed, **changes,
        }
    )  # fmt: skip


def audit_is_clean():
    return list(invariants.check_tabs(Tab.objects.all())) == []
