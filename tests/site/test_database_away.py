"""The database is away, refuses, hangs, or stands behind a pooler: each is told as what it is."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from maya_site.core.database_failures import describe_failure
from maya_site.core.errors import Busy
from tests.deploy.process import ROOT, Process, free_port
from tests.site.pgbouncer import INSTALL, find_pgbouncer, pgbouncer
from tests.waiting import wait_until

needs_postgres = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="asks a real PostgreSQL: set DATABASE_URL to one"
)
needs_pgbouncer = pytest.mark.skipif(not find_pgbouncer(), reason=f"no PgBouncer found. {INSTALL}")


def manage(*words, **environment):
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=os.environ | {"REDIS_URL": ""} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("words", [["load_menu"], ["x_report"], ["expire_visits"], ["chat"], ["drain_jobs"]])
def test_a_command_says_in_one_line_that_nothing_listens(words):
    refused = manage(*words, DATABASE_URL=f"postgres://maya:hush@127.0.0.1:{free_port()}/maya")

    assert refused.returncode == 1
    assert refused.stderr.strip().splitlines()[-1:] == [
        "Maya: the database cannot be used: nothing listens at its address. See DATABASE_URL."
    ]
    assert "Traceback" not in refused.stderr
    assert "hush" not in refused.stderr


@pytest.mark.parametrize(
    "words, reason",
    [
        ('connection failed: FATAL:  database "maya" does not exist', "there is no database of that name"),
        ('FATAL:  password authentication failed for user "maya"', "it refuses the user or the password"),
        ("connection to server failed: Connection refused", "nothing listens at its address"),
        ("connection timeout expired", "it hangs and gave no answer in time"),
        ("FATAL: unsupported startup parameter: options", "a pooler refuses our start-up options"),
        ("something that no driver has said yet", "it does not answer"),
    ],
)
def test_each_failure_has_words_of_its_own(words, reason):
    assert describe_failure(OperationalError(words)).startswith(reason)


@pytest.mark.slow
def test_a_server_that_accepts_and_says_nothing_hangs():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        refused = manage("load_menu", DATABASE_URL=f"postgres://maya:hush@127.0.0.1:{port}/maya")

    assert "it hangs and gave no answer in time" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


LOCK = """
import threading, time
from django.db import OperationalError, connection, transaction
from bartender.models.menu import Venue

held, enough = threading.Event(), threading.Event()

def hold():
    with transaction.atomic():
        Venue.objects.select_for_update().first()
        held.set()
        enough.wait(30)
    connection.close()

holder = threading.Thread(target=hold)
holder.start()
held.wait(30)
begun = time.monotonic()
try:
    with transaction.atomic():
        Venue.objects.select_for_update().first()
except OperationalError as refused:
    print(type(refused.__cause__).__name__, 0.9 < time.monotonic() - begun < 10)
enough.set()
holder.join()
with connection.cursor() as cursor:
    for _ in range(8):
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",), "a lock timeout was left on a server connection"
print(Venue.objects.count())
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@needs_postgres
@needs_pgbouncer
class TestBehindPgBouncer:
    @pytest.fixture
    def address(self):
        folder = Path(tempfile.mkdtemp(prefix="maya-pgbouncer-"))  # pytest's own is closed to its user
        folder.chmod(0o755)
        with pgbouncer(connection.settings_dict, folder) as port:
            yield f"postgres://maya@127.0.0.1:{port}/{connection.settings_dict['NAME']}"
        shutil.rmtree(folder)

    @pytest.mark.usefixtures("menu")
    def test_a_lock_that_is_held_is_given_up_after_a_second_and_no_timeout_stays_behind(self, address):
        done = manage("shell", "-v0", "-c", LOCK, DATABASE_URL=address, DATABASE_POOLER="pgbouncer")

        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == ["LockNotAvailable", "True", "1"]

    def test_without_the_setting_it_is_named(self, address):
        refused = manage("load_menu", DATABASE_URL=address)

        assert "set DATABASE_POOLER=pgbouncer" in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1


class Relay:
    """Passes bytes between us and PostgreSQL, until it hangs: connections stay open, nothing comes."""

    def __init__(self, host, port):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.target, self.hangs, self.sockets = (host, port), threading.Event(), []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                ours = self.listening.accept()[0]
            except OSError:
                return
            theirs = socket.create_connection(self.target)
            self.sockets += [ours, theirs]
            for source, sink in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        try:
            while data := source.recv(65536):
                while self.hangs.is_set():
                    time.sleep(0.02)
                sink.sendall(data)
        except OSError:
            return
        finally:
            end(sink)

    def close(self):
        self.hangs.clear()
        self.listening.close()
        for each in self.sockets:
            end(each)
            each.close()


def end(stream):
    """Also while another thread waits at it: closing alone would tell PostgreSQL nothing, and what its
    session holds locked would stay locked."""
    with suppress(OSError):  # it has ended already
        stream.shutdown(socket.SHUT_RDWR)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@needs_postgres
def test_a_guest_hears_of_a_database_that_hangs_within_two_seconds():
    told = connection.settings_dict
    port, password = free_port(), f":{told['PASSWORD']}" if told["PASSWORD"] else ""
    with closing(Relay(told["HOST"] or "127.0.0.1", int(told["PORT"] or 5432))) as relay:
        address = f"postgres://{told['USER']}{password}@127.0.0.1:{relay.port}/{told['NAME']}"
        here = {"DATABASE_URL": address, "REDIS_URL": "", "PORT": str(port)}
        with Process("-m", "deploy.serve", port=port, **here) as bar:
            assert bar.ask("/", Host="localhost")[0] == 200
            relay.hangs.set()
            waits = []
            for _ in range(3):
                begun = time.monotonic()
                status, said = bar.ask("/", Host="localhost")
                waits.append(time.monotonic() - begun)
                assert (status, said.strip()) == (503, str(Busy()))
            relay.hangs.clear()
            wait_until(lambda: bar.ask("/", Host="localhost")[0] == 200, 30)

    assert max(waits) < 2, waits
