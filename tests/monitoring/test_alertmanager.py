"""A bar that is down wakes somebody: a real Prometheus fires, a real Alertmanager tells a webhook and a
mailbox."""

import http.server
import json
import re
import subprocess
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress

import pytest
import yaml
from aiosmtpd.controller import Controller
from django.core.management import CommandError, call_command

from maya_site.ops.alerting import NOBODY, alertmanager_config
from tests.live_server import free_port
from tests.monitoring.files import load_alerts
from tests.monitoring.prometheus import RUNBOOKS_URL, Prometheus
from tests.promtool import find_alertmanager, find_prometheus
from tests.waiting import wait_until

pytestmark = pytest.mark.any_database


@pytest.fixture
def configured(settings):
    settings.ALERT_MAIL_TO = "night@bar.example, owner@bar.example"
    settings.ALERT_WEBHOOK_URL = "https://pager.example/hook"
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://set", "mail.example", 587
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = True, "bar", "hush"
    return settings


@contextmanager
def webhook():
    """Whoever carries the phone: what was posted to it."""
    heard = []

    class Pager(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words):
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pager) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", heard
        server.shutdown()
        thread.join()


@contextmanager
def mailbox():
    letters = []

    class Box:
        async def handle_DATA(self, _server, _session, envelope):
            letters.append((sorted(envelope.rcpt_tos), envelope.content.decode()))
            return "250 kept"

    server = Controller(Box(), hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        yield server.port, letters
    finally:
        server.stop()


@contextmanager
def alertmanager(folder, config):
    """The address of a real one."""
    port, file = free_port(), folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(config))
    run = [find_alertmanager(), f"--config.file={file}", f"--storage.path={folder / 'kept'}"]
    run += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    with (folder / "alertmanager.log").open("wb") as log:
        running = subprocess.Popen(run, stdout=log, stderr=log)
    try:
        wait_until(lambda: is_ready(port), 30)
        yield f"127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(30)


def is_ready(port):
    with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=2).close()
        return True
    return False


def hasty(config):
    """The same, without the patience of a real night."""
    routes = [config["route"], *config["route"]["routes"]]
    for route in routes:
        route |= {"group_wait": "1s", "group_interval": "1s"}
    return config


class HastyPrometheus(Prometheus):
    """With the delivered rules, which wait for a second where they wait for minutes."""

    def configuration(self):
        rules = self.folder / "alerts.yml"
        rules.write_text(re.sub(r"for: \d+m", "for: 1s", rules.read_text()))
        return super().configuration()


@pytest.mark.slow
@pytest.mark.prometheus
@pytest.mark.alertmanager
def test_a_bar_that_is_down_wakes_somebody_by_webhook_and_mail(tmp_path, settings):
    with webhook() as (pager, heard), mailbox() as (port, letters):
        settings.ALERT_WEBHOOK_URL, settings.ALERT_MAIL_TO = pager, "night@bar.example, owner@bar.example"
        settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://set", "127.0.0.1", port
        settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = False, ""
        (tmp_path / "am").mkdir()
        with alertmanager(tmp_path / "am", hasty(alertmanager_config())) as address:
            prometheus = HastyPrometheus(tmp_path / "watch", "token", f"http://127.0.0.1:{free_port()}")
            prometheus.alertmanagers = [address]
            with prometheus:
                wait_until(lambda: named("MayaDown", heard), 60)
                wait_until(lambda: [letter for letter in letters if "MayaDown" in letter[1]], 60)

    (told, *_) = named("MayaDown", heard)
    assert (told["status"], told["labels"]["severity"]) == ("firing", "page")
    assert told["annotations"]["runbook_url"] == f"{RUNBOOKS_URL}/MayaDown.md"
    assert told["annotations"]["summary"] == load_alerts()["MayaDown"]["annotations"]["summary"]
    assert "runbooks" not in told["labels"]
    (to, text) = next(letter for letter in letters if "MayaDown" in letter[1])
    assert to == ["night@bar.example", "owner@bar.example"]
    assert "firing" in text.lower()


def named(alert, heard):
    return [one for post in heard for one in post["alerts"] if one["labels"]["alertname"] == alert]


@pytest.mark.alertmanager
def test_alertmanager_understands_every_configuration_that_is_written(tmp_path, configured):
    for mail, hook in (
        ("", ""),
        ("a@bar.example", ""),
        ("", "https://pager.example"),
        ("a@bar.example", "http://x"),
    ):
        configured.ALERT_MAIL_TO, configured.ALERT_WEBHOOK_URL = mail, hook
        call_command("alertmanager_config", tmp_path / "written.yml")
        run = [find_prometheus("amtool"), "check-config", str(tmp_path / "written.yml")]
        checked = subprocess.run(run, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.alertmanager
@pytest.mark.parametrize(
    "labels, receiver",
    [("severity=page alertname=MayaDown", "page"), ("severity=ticket alertname=MayaHttp5xx", "ticket")],
)
def test_pages_and_tickets_go_their_ways(tmp_path, configured, labels, receiver):
    call_command("alertmanager_config", tmp_path / "written.yml")
    run = [find_prometheus("amtool"), "config", "routes", "test", f"--config.file={tmp_path / 'written.yml'}"]

    routed = subprocess.run([*run, *labels.split()], capture_output=True, text=True, check=True)

    assert routed.stdout.strip() == receiver


def test_tickets_go_by_mail_alone_where_there_is_mail(configured):
    page, ticket, _nobody = alertmanager_config()["receivers"]
    assert set(page) == {"name", "email_configs", "webhook_configs"}
    assert set(ticket) == {"name", "email_configs"}

    configured.ALERT_MAIL_TO = ""
    assert set(alertmanager_config()["receivers"][1]) == {"name", "webhook_configs"}


def test_without_a_way_it_is_said_loudly_and_nothing_breaks(tmp_path, settings, capsys):
    settings.ALERT_MAIL_TO = settings.ALERT_WEBHOOK_URL = ""
    call_command("alertmanager_config", tmp_path / "written.yml")

    assert "ALERTS TELL NOBODY" in capsys.readouterr().out
    route = yaml.safe_load((tmp_path / "written.yml").read_text())["route"]
    assert {route["receiver"], *(one["receiver"] for one in route["routes"])} == {NOBODY}


def test_mail_without_a_mail_server_is_refused(tmp_path, settings):
    settings.ALERT_MAIL_TO, settings.EMAIL_URL = "night@bar.example", ""

    with pytest.raises(CommandError, match="set EMAIL_URL"):
        call_command("alertmanager_config", tmp_path / "written.yml")
    settings.EMAIL_URL = "smtp://set"
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("alertmanager_config", tmp_path / "nowhere" / "written.yml")


def test_each_alert_has_a_severity_that_is_routed():
    assert {rule["labels"]["severity"] for rule in load_alerts().values()} == {"page", "ticket"}
