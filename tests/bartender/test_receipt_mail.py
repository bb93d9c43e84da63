"""Ada has her receipt mailed: by a real mail server on loopback, once, and her address is not kept."""

from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

import environ
import pytest
from aiosmtpd.controller import Controller

from bartender.models.receipts import ReceiptMail
from bartender.services import orders
from maya_site.tasks.models import Task
from maya_site.tasks.worker import run_due_tasks
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.staff_fixtures import pay_bill
from tests.guest_fixtures import make_context
from tests.live_server import free_port
from tests.payments.ledger_helpers import latest_tab

pytestmark = pytest.mark.django_db


class Mailbox:
    """A mail server's memory, with a dial for what it answers."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.mails.append(envelope)
        return self.answer

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    box = Mailbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    for name, value in environ.Env.email_url_config(settings.EMAIL_URL).items():
        setattr(settings, name, value)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    try:
        yield box
    finally:
        controller.stop()


def asks(visit, address):
    guest = guest_for_visit(visit)
    path = f"/tab/{latest_tab(visit).code}/receipt/"
    guest.open_page(path)
    guest.submit_form(f"{path}mail/", address=address)
    return guest.page


@pytest.fixture
def paid(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    pay_bill(ada)
    return ada


def test_a_receipt_is_mailed_once_and_the_address_is_forgotten(paid, mailbox):
    assert "on its way" in asks(paid, "ada@example.org")
    asks(paid, "Ada@example.org")
    run_due_tasks()
    run_due_tasks()
    (mail,) = mailbox.mails
    text = message_from_bytes(mail.content).get_payload()

    assert mail.rcpt_tos == ["ada@example.org"]
    assert "1 x Negroni: $11.00" in str(text)
    assert "Play money" in str(text)
    assert ReceiptMail.objects.get().address == ""
    assert "ada@" not in str(list(Task.objects.values()))


def test_a_server_that_is_away_is_asked_again_and_the_log_holds_no_address(paid, mailbox, caplog):
    mailbox.answer = "451 later"
    asks(paid, "ada@example.org")
    run_due_tasks()
    assert mailbox.mails == []
    assert ReceiptMail.objects.get().sent_at is None
    mailbox.answer = "250 OK"
    Task.objects.filter(name="mail_receipt").update(available_at="2020-01-01T00:00Z")
    run_due_tasks()

    assert len(mailbox.mails) == 1
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith("mail.")]
    assert "ada@" not in str(ours)
    assert "ada@" not in str(list(Task.objects.values()))


def test_an_address_that_is_refused_is_forgotten_and_not_tried_again(paid, mailbox):
    asks(paid, "nobody@example.org")
    run_due_tasks()

    assert ReceiptMail.objects.get().address == ""
    assert Task.objects.get(name="mail_receipt").state == "done"


@pytest.mark.parametrize("typed", ["", "ada", "ada@", "a@b.c\nBcc: all@example.org"])
def test_what_is_no_address_is_not_mailed_to(paid, mailbox, typed):
    guest = guest_for_visit(paid)
    path = f"/tab/{latest_tab(paid).code}/receipt/"
    guest.open_page(path)
    guest.post_forged(f"{path}mail/", address=typed)
    assert "look like an email address" in guest.page
    assert not ReceiptMail.objects.exists()


def test_without_a_mail_server_the_page_says_so(paid):
    page = guest_for_visit(paid).open_page(f"/tab/{latest_tab(paid).code}/receipt/")

    assert "cannot send mail" in page
    assert "receipt/mail/" not in page


def test_nobody_mails_a_strangers_receipt_and_nobody_mails_without_end(paid, cy, mailbox):
    stranger = guest_for_visit(cy)
    stranger.open_page("/")
    path = f"/tab/{latest_tab(paid).code}/receipt/mail/"
    form = stranger.find_forms("/say/")[-1]["fields"]
    stranger.client.post(path, form | {"address": "cy@example.org"})
    assert not ReceiptMail.objects.exists()
    for number in range(5):
        asks(paid, f"ada{number}@example.org")
    assert ReceiptMail.objects.count() == 3
