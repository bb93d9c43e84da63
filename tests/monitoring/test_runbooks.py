"""Each alert has its page, and what the pages tell to do helps against the fault that they are for."""

import ast
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.utils import timezone

from maya_site.tasks.models import Task
from payments import tasks
from payments.models import ProviderEvent, Tab
from payments.settlement import reconcile_payment
from rag.memory import MEMORY
from tests.guest_fixtures import make_context
from tests.live_server import ROOT, collectstatic_lock, free_port, temporary_database
from tests.monitoring.exposed import metric_families
from tests.monitoring.files import load_alerts
from tests.payments import tampering
from tests.payments.conftest import run_scripted_stripe
from tests.payments.ledger_helpers import make_tab, sell
from tests.payments.stripe_checkout import confirm_pending_payment, order_and_request_bill, pay_at_stripe
from tests.promtool import RULES
from tests.site.test_backup import Deployment, deployment
from tests.waiting import wait_until

PAGES = RULES.parent / "runbooks"
HOUSE = {"README", "on-call", "incident", "capacity", "ledger-tampering"}
SHAPE = ["What the guest sees", "Look at", "Do", "How to know that it worked", "Write down"]
COMMAND = re.compile(r"`python manage\.py ([^`]+)`")
ANY_COMMAND = re.compile(r"`((?:python|celery|py-spy|modal|docker|systemctl|curl|amtool|promtool) [^`]+)`")
NOT_RUN = re.compile(r"<!-- not run by a test: (.{15,}) -->")
LINK = re.compile(r"\]\(([\w-]+\.md)\)")


def pages():
    return {page.stem: page.read_text() for page in sorted(PAGES.glob("*.md"))}


def commands():
    return sorted({told for page in pages().values() for told in COMMAND.findall(page)})


def test_every_alert_has_its_page_and_every_page_its_alert():
    assert set(pages()) - HOUSE == set(load_alerts())
    for name, rule in load_alerts().items():
        assert rule["annotations"]["runbook_url"] == f"{{{{ $externalLabels.runbooks }}}}/{name}.md"


@pytest.mark.parametrize("name", load_alerts())
def test_a_page_has_the_shape_of_all_pages(name):
    assert re.findall(r"^## (.+)$", pages()[name], re.M) == SHAPE


def test_pages_lead_to_pages():
    for page in pages().values():
        assert set(LINK.findall(page)) <= {f"{name}.md" for name in pages()}
    assert {f"{name}.md" for name in set(pages()) - {"README"}} <= set(LINK.findall(pages()["README"]))


@pytest.mark.parametrize("told", commands())
def test_every_command_exists_and_takes_what_it_is_given(told):
    name, *words = shlex.split(told)
    command = load_command_class(get_commands()[name], name)

    command.create_parser("manage.py", name).parse_args(words)


def test_every_command_is_run_here_against_its_fault_or_its_page_says_why_not():
    """A paragraph is what stands between empty lines; a point of a list is one as well."""
    to_run = set()
    for page in pages().values():
        for paragraph in re.split(r"\n\n|\n(?=\d\. |\* )", page):
            assert "not run by a test" not in paragraph or NOT_RUN.search(paragraph), paragraph
            if not NOT_RUN.search(paragraph):
                to_run |= set(ANY_COMMAND.findall(paragraph))

    assert to_run == followed()


def test_no_page_holds_commands_in_a_block_where_nobody_looks_for_them():
    assert not [name for name, page in pages().items() if "```" in page]


def followed() -> set[str]:
    """Every command that a test of this file follows, by the literal."""
    calls = [node for node in ast.walk(ast.parse(Path(__file__).read_text())) if isinstance(node, ast.Call)]
    named = [
        call for call in calls if isinstance(call.func, ast.Name) and call.func.id in ("follow", "words_of")
    ]
    literals = [call.args[0] for call in named]
    return {each.value for each in literals if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def words_of(told: str, **given: str) -> list[str]:
    """What a page tells to type after `manage.py`, with what it leaves to the reader filled in."""
    assert f"`{told}`" in "".join(pages().values()), f"no page tells to run {told}"
    words = [given.get(word, word) for word in shlex.split(told)]
    return words[2:] if words[0] == "python" else words


def follow(told: str, **given: str) -> str:
    """Runs a command as a page tells it. Returns what it says; raises CommandError where it refuses."""
    said = StringIO()
    call_command(*words_of(told, **given), stdout=said, stderr=said)
    return said.getvalue()


def figure(client, name):
    found = metric_families(client.get("/metrics").content.decode())
    return found[name].samples[0].value if name in found else None


pytestmark = pytest.mark.django_db
YESTERDAY = f"{timezone.now() - timedelta(days=1):%Y-%m-%d}"


def test_the_book_is_broken_and_put_right(client):
    tab = sell(make_tab())
    Tab.objects.filter(pk=tab.pk).update(subtotal_cents=1)
    tasks.check_ledger()
    assert figure(client, "maya_ledger_invariant_violations") > 0

    with pytest.raises(CommandError, match="Take the tabs named above out of service"):
        follow("python manage.py ledger_check")
    with pytest.raises(CommandError):
        follow("python manage.py ledger_check --tab CODE", CODE=tab.code[:8])
    Tab.objects.filter(pk=tab.pk).update(subtotal_cents=tab.subtotal_cents)

    assert "in order" in follow("python manage.py ledger_check")
    tasks.check_ledger()
    assert figure(client, "maya_ledger_invariant_violations") == 0


def test_a_row_that_somebody_altered_is_named_and_what_an_older_release_wrote_is_adopted():
    tasks.check_ledger()
    tab = sell(sell(make_tab()), 2)
    with pytest.raises(CommandError, match="no Z report 1"):
        follow("python manage.py ledger_check --proof Z-1=PROOF")
    with tampering.superuser() as execute:
        execute("UPDATE payments_journal SET chain_mac = NULL WHERE tab_id = %s", [tab.pk])
        execute("UPDATE payments_tab SET chain_head = NULL WHERE id = %s", [tab.pk])
    with pytest.raises(CommandError, match="1 violations"):
        follow("python manage.py ledger_check")

    follow('python manage.py ledger_adopt "rolled back from 22:10 to 22:40"')

    assert "in order" in follow("python manage.py ledger_check")


class TestWithStripe:
    @pytest.fixture
    def stripe(self, settings):
        with run_scripted_stripe(settings) as stripe:
            yield stripe

    def test_paid_there_and_not_here(self, client, ada, stripe):
        payment = confirm_pending_payment(order_and_request_bill(ada))
        pay_at_stripe(stripe, payment)
        with time_machine.travel(timezone.now() + timedelta(minutes=5)):
            with pytest.raises(CommandError, match="1 differences"):
                follow("python manage.py reconcile_payments")
            with pytest.raises(CommandError, match="1 differences"):
                follow("python manage.py reconcile_payments --since 2026-11-24", **{"2026-11-24": YESTERDAY})
            assert figure(client, "maya_reconcile_differences") == 1

            reconcile_payment(payment, make_context())  # what the button of the payment's page does

            assert "No differences" in follow("python manage.py reconcile_payments")
            assert figure(client, "maya_reconcile_differences") == 0

    def test_nobody_looks_into_events(self, client, ada, stripe):
        payment = confirm_pending_payment(order_and_request_bill(ada))
        pay_at_stripe(stripe, payment)
        now = timezone.now()
        ProviderEvent.objects.create(
            provider="stripe",
            event_id="evt_1",
            type="checkout.session.completed",
            object_id=str(payment.reference),
            livemode=False,
            body=json.dumps({"id": payment.reference, "metadata": {"maya_payment": payment.code}}),
        )
        ProviderEvent.objects.update(received_at=now - timedelta(minutes=10))
        assert figure(client, "maya_payments_oldest_unsettled_seconds") >= 600

        follow("python manage.py drain_jobs --most 200")

        assert figure(client, "maya_payments_oldest_unsettled_seconds") == 0
        assert figure(client, "maya_stripe_events_oldest_pending_seconds") == 0
        payment.refresh_from_db()
        assert payment.status == "succeeded"

    @pytest.mark.usefixtures("jobs_in_the_server")
    def test_the_till_is_away_and_back(self, client, settings, stripe):
        assert "real" in follow("python manage.py check_services")
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        with time_machine.travel(timezone.now() + timedelta(minutes=5)):
            forget_probes()
            with pytest.raises(CommandError, match="does not answer: payments"):
                follow("python manage.py check_services")
        settings.STRIPE_API_BASE = stripe.address
        forget_probes()
        assert "real" in follow("python manage.py check_services")


def forget_probes():
    from maya_site.core.providers import PROBE_CACHE

    PROBE_CACHE.clear()


def test_jobs_wait_and_are_worked_off(client):
    Task.objects.create(name="expire_visits", key="late", available_at=timezone.now() - timedelta(minutes=9))
    assert figure(client, "maya_jobs_oldest_wait_seconds") >= 540

    follow("python manage.py drain_jobs --most 200")

    assert figure(client, "maya_jobs_oldest_wait_seconds") == 0


KEPT = "from maya_site.ops.backup.task import last_backup_at; print(last_backup_at())"


@pytest.mark.slow
def test_there_is_no_backup_and_then_there_is(tmp_path):
    with deployment(tmp_path / "bar", empty=True) as bar:
        assert bar.ok("shell", "-v0", "-c", KEPT).strip() == "None"

        bar.ok("backup", "--to", str(tmp_path / "elsewhere"))
        assert bar.ok("shell", "-v0", "-c", KEPT).strip() == "None"  # that is not where the bar keeps them

        made = bar.ok(*words_of("python manage.py backup"))
        assert bar.ok(*words_of("python manage.py restore --list")).strip() in made
        assert bar.ok("shell", "-v0", "-c", KEPT).strip() != "None"
        with deployment(tmp_path / "new", empty=True) as new:
            assert "every hash" in new.ok(
                *words_of("python manage.py restore latest"), "--from", bar.settings["BACKUP_STORE"]
            )


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("redis-server"), reason="no redis-server to start a worker on")
def test_nobody_works_and_the_worker_that_the_page_starts_does(tmp_path):
    port = free_port()
    broker = [
        "redis-server",
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(tmp_path),
    ]
    worker = words_of("celery -A maya_site.celery worker --beat --pool threads")
    with temporary_database(tmp_path) as database, collectstatic_lock():
        bar = Deployment(tmp_path, database, REDIS_URL=f"redis://127.0.0.1:{port}/0", PYTHONPATH=str(ROOT))
        with ended(subprocess.Popen(broker, stdout=subprocess.DEVNULL)):
            bar.ok("prepare")
            assert "does not answer: worker" in bar.refused("check_services")
            run = [sys.executable, "-m", *worker, "--loglevel", "ERROR"]
            with ended(subprocess.Popen(run, cwd=tmp_path, env=os.environ | bar.settings)):
                wait_until(lambda: bar.run("check_services").returncode == 0, 60)


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.slow
def test_a_bar_without_its_tables_is_down_and_is_prepared(tmp_path):
    with temporary_database(tmp_path, has_tables=False) as database, collectstatic_lock():
        bar = Deployment(tmp_path, database, JOB_RUNNER="server")
        assert "does not answer: migrations" in bar.refused(*words_of("python manage.py check_services"))

        bar.ok(*words_of("python manage.py prepare"))

        bar.ok(*words_of("python manage.py check_services"))


def test_the_memory_is_gone_and_is_built_again(client, settings, tmp_path):
    settings.MEMORY_DIR, settings.MEMORY_STORE, settings.EMBEDDER = tmp_path / "memory", "faiss", "wordllama"
    MEMORY.unload()
    assert figure(client, "maya_rag_available") == 0

    follow("python manage.py build_memory")

    assert follow("python manage.py search_memory hours")
    assert figure(client, "maya_rag_available") == 1
    MEMORY.unload()
