"""Two windows call and two displays answer in the same moment: one request, one person."""

from functools import partial

import pytest

from bartender.errors import RequestAlreadyAnswered
from bartender.models.assistance import AssistanceRequest
from bartender.models.visits import ANNOUNCEMENT_BRAIN
from bartender.services import assistance
from bartender.services.visits import open_visit
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.payments.concurrency import run_concurrently

pytestmark = [pytest.mark.django_db(transaction=True)]
ROUNDS = 5


def answered(request, person):
    try:
        assistance.answer_request(request, person)
    except RequestAlreadyAnswered:
        return False
    return True


def test_two_calls_at_once_are_one_request_with_the_words_of_both(menu):
    for _ in range(ROUNDS):
        guest = open_visit()
        call = partial(assistance.record_assistance_call, guest, "help")
        run_concurrently(partial(call, "over here", "one"), partial(call, "quickly", "two"))

        request = AssistanceRequest.objects.get(visit=guest)
        assert sorted(request.guest_text.splitlines()) == ["over here", "quickly"]


def test_of_two_people_who_answer_at_once_one_is_coming(menu):
    people = create_staff_user("sam"), create_staff_user("mo")
    for _ in range(ROUNDS):
        guest = open_visit()
        request = assistance.record_assistance_call(guest, "help", "", "one")
        came = run_concurrently(*(partial(answered, request, person) for person in people))

        assert sorted(came) == [False, True]
        assert guest.turns.filter(brain=ANNOUNCEMENT_BRAIN).count() == 1


def test_without_the_held_visit_both_would_come(menu, monkeypatch):
    """The control: the same moment, with the row as it was when the button was drawn."""
    people = create_staff_user("sam"), create_staff_user("mo")
    monkeypatch.setattr(assistance, "_lock_request", lambda request: request)
    guest = open_visit()
    rows = [assistance.record_assistance_call(guest, "help", "", "one") for _ in people]
    came = run_concurrently(
        *(partial(answered, row, person) for row, person in zip(rows, people, strict=True))
    )

    assert came == [True, True]
