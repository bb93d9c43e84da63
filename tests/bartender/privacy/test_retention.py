"""What goes by itself: an unused visit when it is over, the others after the venue's days."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessFailureLog
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bartender import tasks
from bartender.models.menu import Venue
from bartender.models.returning_guests import ReturningGuest
from bartender.models.visits import OrderLine, Turn, Visit
from bartender.privacy import retention
from bartender.services import orders, returning_guests
from bartender.services.visits import open_visit
from maya_site.tasks.registry import PERIODIC_TASKS
from maya_site.tasks.tasks import delete_expired_sessions_and_logins
from rag import unanswered_questions
from rag.models import UnansweredQuestion
from tests.bartender.page_fixtures import PageGuest
from tests.guest_fixtures import make_context
from tests.rag.test_conversation import say

pytestmark = pytest.mark.django_db


def ended(days: float, *visits: Visit) -> None:
    when = timezone.now() - timedelta(days=days)
    Visit.objects.filter(pk__in=[visit.pk for visit in visits]).update(closed_at=when, last_seen_at=when)


def test_a_visit_that_nobody_used_goes_when_it_is_over_and_not_before(ada, ben, cy):
    say(ben, "hello")
    orders.add_line(cy, "IPA", 1, [], make_context())
    assert retention.purge_visits()["unused"] == 0

    ended(0.01, ada, ben, cy)

    assert retention.purge_visits() == {"unused": 1, "wished": 0, "over": 0}
    assert set(Visit.objects.all()) == {ben, cy}


def test_who_only_looks_around_leaves_no_row_at_all(menu):
    guest = PageGuest()
    for page in ("/", "/tab/", "/me/", "/me/export/", "/phone/", "/keys/", "/tab/split/", "/"):
        guest.client.get(page)
    assert guest.client.cookies  # the visit's code is there, for the first act
    assert not Visit.objects.exists()

    guest.open_page()
    guest.say("hello")
    assert Visit.objects.count() == 1


def test_after_the_venues_days_the_words_go_and_the_sales_stay(ada, ben):
    Venue.objects.update(retention_days=7)
    say(ada, "two negronis")
    say(ada, "I am allergic to nuts")
    say(ben, "my dog is called Rex")
    ended(6.9, ada)
    ended(7.1, ben)
    assert retention.purge_visits() == {"unused": 0, "wished": 0, "over": 1}
    assert not Visit.objects.filter(pk=ben.pk).exists()  # he had nothing: nothing is left of him

    ended(7.1, ada)
    assert tasks.purge_visits() == {"unused": 0, "wished": 0, "over": 1}

    now = Visit.objects.get()
    assert (now.allergies, now.brain_state, now.age_state) == ([], {}, "unknown")
    assert not Turn.objects.exists()
    assert OrderLine.objects.get().quantity == 2
    assert tasks.purge_visits() == {"unused": 0, "wished": 0, "over": 0}


def test_who_asked_to_be_remembered_is_still_known_when_the_days_of_a_visit_are_over(ada):
    say(ada, "a negroni")
    returning_guests.save_usual(ada)
    ended(40, ada)

    assert retention.purge_visits()["over"] == 1
    assert ReturningGuest.objects.get().usual_order[0]["item"] == "Negroni"


def test_a_question_that_others_asked_since_outlives_the_visit_of_the_first_who_asked(ada):
    for question in ("may I bring a parrot", "may I bring an owl"):
        Turn.objects.create(visit=ada, client_id=question, guest_text=question, outcome="done")
        unanswered_questions.record_question(question)
    UnansweredQuestion.objects.filter(text__contains="owl").update(
        last_seen_at=timezone.now() - timedelta(days=45)
    )
    ended(40, ada)
    retention.purge_visits()

    assert list(UnansweredQuestion.objects.values_list("text", flat=True)) == ["may I bring a parrot"]


def test_sessions_and_logins_that_are_long_over_go_too(db):
    old, now = timezone.now() - timedelta(days=91), timezone.now()
    Session.objects.create(session_key="a", session_data="words", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="b", session_data="words", expire_date=now + timedelta(hours=1))
    for at in (old, now):
        row = AccessFailureLog.objects.create(username="sam", ip_address="192.0.2.1")
        AccessFailureLog.objects.filter(pk=row.pk).update(attempt_time=at)

    assert delete_expired_sessions_and_logins() == {"sessions": 1, "logins": 1}
    assert delete_expired_sessions_and_logins() == {"sessions": 0, "logins": 0}


def test_a_long_backlog_is_worked_off_in_batches(menu, monkeypatch):
    monkeypatch.setattr(retention, "BATCH_SIZE", 5)
    monkeypatch.setattr(retention, "MAX_VISITS_PER_RUN", 20)
    ended(0.01, *(open_visit() for _ in range(32)))

    assert [retention.purge_visits()["unused"] for _ in range(3)] == [20, 12, 0]


def test_a_bigger_batch_asks_no_more_questions(menu):
    asked = []
    for many in (2, 20):
        ended(0.01, *(open_visit() for _ in range(many)))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert retention.purge_visits()["unused"] == many
        asked.append(len(queries))

    assert asked[1] <= asked[0] + many  # the news to each open page, where there is one
    assert PERIODIC_TASKS["purge_visits"].interval_seconds == 600
