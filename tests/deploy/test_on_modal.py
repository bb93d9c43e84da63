"""What a container on Modal does, started as Modal starts it: in a process of its own."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from deploy import on_modal
from maya_site.tasks.models import Task
from maya_site.tasks.registry import PERIODIC_TASKS
from tests.deploy.process import ROOT

pytestmark = pytest.mark.any_database

AT_THE_SNAPSHOT = """
import os, random, socket, threading
import modal_app
from deploy import on_modal

on_modal.load_application()
print("threads", threading.active_count())
for number in os.listdir("/proc/self/fd"):
    path = f"/proc/self/fd/{number}"
    if os.path.exists(path) and os.readlink(path).startswith("socket:"):
        print("connected", socket.socket(fileno=os.dup(int(number))).family.name)
random.seed(7)
on_modal.after_snapshot_restore()
print("alike", random.random() == random.Random(7).random())
"""


# As Modal calls it: the app knows its layout, the container is entered, and guests come by the bar's address.
ASKED = """
import asyncio, json, modal_app
from urllib.parse import urlsplit
from tests.vendors.modal.container import enter_container

ADDRESS = "https://someone--maya-bar-web-dev.modal.run"
HOST = [(b"Host", urlsplit(ADDRESS).netloc.encode())]

plane = enter_container(modal_app.app, ADDRESS)
from deploy import on_modal
on_modal.set_own_address(modal_app.own_address())
print("unknown to Modal", plane.unknown)
application = on_modal.load_application()
on_modal.after_snapshot_restore()
from tests.deploy.test_bridge import ask, enter
from tests.vendors.modal.host import ModalHost

async def look():
    async with ModalHost(application) as host:
        for path in "/", "/livez":
            status, _headers, _pieces = await ask(host, path, headers=HOST)
            print(path, status)
        status, _headers, pieces = await ask(host, "/healthz", headers=HOST)
        print("/healthz", status, json.loads(b"".join(pieces))["checks"]["page"])
        for origin in ADDRESS, "https://elsewhere.example":
            guest, answer = await enter(host, "/ws/voice/", headers=[*HOST, (b"Origin", origin.encode())])
            print(origin, answer["type"])
            guest.say("websocket.disconnect")
            guest.call.cancel()

asyncio.run(look())
"""


def container(script, tmp_path, **environment):
    """The function's own file lies alone in a folder of the container, as Modal puts it there."""
    (tmp_path / "modal_app.py").write_text((ROOT / "deploy" / "modal_app.py").read_text())
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=os.environ
        | {"PYTHONPATH": str(ROOT), "REDIS_URL": "", "MODAL_MAX_CONTAINERS": "1"}
        | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.slow
class TestAContainer:
    def test_a_snapshot_holds_neither_threads_nor_connections_nor_common_luck(self, tmp_path):
        """A tryout: its database is made when the container wakes."""
        woke = container(
            AT_THE_SNAPSHOT,
            tmp_path,
            PYTHON_ENV="development",
            DATABASE_URL=f"sqlite:///{tmp_path / 'bar.sqlite3'}",
        )

        assert woke.returncode == 0, woke.stderr
        said = woke.stdout.splitlines()
        assert "threads 1" in said
        assert set(said) & {"connected AF_INET", "connected AF_INET6"} == set()
        assert said[-1] == "alike False"

    @pytest.mark.parametrize("shape", ["asgi", "daphne"])
    def test_a_first_deploy_lets_guests_in_by_the_address_that_modal_gave(self, tmp_path, shape):
        """Nobody named a host: the bar knows its own."""
        hops = {"asgi": "0", "daphne": "1"}[shape]
        asked = container(
            ASKED,
            tmp_path,
            PYTHON_ENV="development",
            DATABASE_URL=f"sqlite:///{tmp_path / 'bar.sqlite3'}",
            MAYA_MODAL_SHAPE=shape,
            PROXY_HOPS=hops,
        )

        assert asked.returncode == 0, asked.stderr
        assert "unknown to Modal []" in asked.stdout.splitlines()
        assert asked.stdout.splitlines()[-5:] == [
            "/ 200",
            "/livez 200",
            "/healthz 200 ok",
            "https://someone--maya-bar-web-dev.modal.run websocket.accept",
            "https://elsewhere.example websocket.close",
        ]

    @pytest.mark.parametrize(
        "environment, sentence",
        [
            ({"MODAL_MAX_CONTAINERS": "2"}, "MODAL_MAX_CONTAINERS is 2, but the database is SQLite"),
            (
                {"PAYMENT_PROVIDER": "simulated", "STRIPE_SECRET_KEY": "sk_" + "live_1"},
                "STRIPE_SECRET_KEY is a live key: nobody would be charged. (maya_site.E009)",
            ),
            ({"PYTHON_ENV": "production"}, "GEMINI_API_KEY or LLM_BASE_URL is missing: production needs it"),
        ],
    )
    def test_a_contradiction_in_the_secret_opens_no_container(self, tmp_path, environment, sentence):
        told = {"PYTHON_ENV": "development", "DATABASE_URL": f"sqlite:///{tmp_path / 'bar.sqlite3'}"}
        start = "from deploy import on_modal; on_modal.set_up_django()"
        refused = container(start, tmp_path, **told | environment)

        assert refused.returncode == 1
        assert sentence in refused.stderr


@pytest.mark.django_db(transaction=True)
def test_the_beat_does_every_job_whose_hour_has_come(monkeypatch):
    monkeypatch.setattr(on_modal, "is_trial", lambda: False)

    on_modal.run_scheduled_tasks()

    assert set(Task.objects.filter(state=Task.State.DONE).values_list("name", flat=True)) >= set(
        PERIODIC_TASKS
    )
    assert all(each.interval_seconds >= 60 for each in PERIODIC_TASKS.values()), (
        "the beat comes once a minute"
    )


@pytest.mark.django_db
def test_a_tryout_looks_after_itself():
    on_modal.run_scheduled_tasks()

    assert connection.vendor == "postgresql" or not Task.objects.exists()


def test_the_memory_of_a_release_comes_with_its_containers(tmp_path, settings, monkeypatch):
    monkeypatch.setattr(on_modal, "VOLUME_DIR", tmp_path / "data")
    monkeypatch.setattr(on_modal, "is_trial", lambda: False)
    settings.MEMORY_DIR = tmp_path / "here"
    settings.MEMORY_DIR.mkdir()
    (settings.MEMORY_DIR / "manifest.json").write_text("{}")
    (tmp_path / "data").mkdir()

    on_modal.save_memory_index()
    settings.MEMORY_DIR = tmp_path / "another"
    on_modal.after_snapshot_restore()

    assert (tmp_path / "another" / "manifest.json").read_text() == "{}"
