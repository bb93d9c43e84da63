"""What supervisord is told, where no PostgreSQL is at hand to start several servers of the bar's own."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from maya_site.edge import worker_processes
from tests.live_server import free_port
from tests.waiting import wait_until

SERVER = """
import os, signal, socket, sys
listening = socket.socket(fileno=0)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
while True:
    guest, _ = listening.accept()
    guest.sendall(str(os.getpid()).encode())
    guest.close()
"""
START = """
import pathlib, sys
from maya_site.edge import worker_processes as workers
workers.CONFIGURATION = workers.CONFIGURATION.replace("-m deploy.serve --descriptor 0", sys.argv[3])
workers.START_SECONDS = 1
workers.run_workers(
    host="127.0.0.1", port=int(sys.argv[1]), backlog=64, count=2, base=pathlib.Path(sys.argv[2])
)
"""


@pytest.fixture
def processes(tmp_path):
    """Two processes behind one port, each of which tells its number."""
    server, port = tmp_path / "server.py", free_port()
    server.write_text(SERVER)
    run = [sys.executable, "-c", START, str(port), str(tmp_path), str(server)]
    with (tmp_path / "log").open("wb") as log:
        started = subprocess.Popen(run, stdout=log, stderr=log)
    try:
        wait_until(lambda: who_answers(port), 30)
        yield tmp_path, port, started
    finally:
        started.terminate()
        started.wait(30)


def who_answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as guest:
            return int(guest.recv(20) or b"0")
    except OSError:
        return 0


def control(folder, *words):
    conf = next((folder / "var" / "workers").glob("*/supervisord.conf"))
    run = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(conf), *words]
    return subprocess.run(run, capture_output=True, text=True, check=False).stdout


@pytest.mark.slow
def test_a_killed_one_is_replaced_and_each_is_restarted_by_itself_while_the_other_answers(processes):
    folder, port, started = processes
    wait_until(lambda: control(folder, "status").count("RUNNING") == 2, 30)
    first = pids(folder)

    os.kill(first["worker:1"], signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{first['worker:1']}/exe").exists(), 10)  # it takes nobody with it
    assert all(who_answers(port) for _ in range(50))
    wait_until(lambda: control(folder, "status").count("RUNNING") == 2, 30)
    second = pids(folder)
    assert (second["worker:1"] != first["worker:1"], second["worker:2"]) == (True, first["worker:2"])

    assert "worker:2: started" in control(folder, "restart", "worker:2")
    third = pids(folder)
    assert (third["worker:2"] != second["worker:2"], third["worker:1"]) == (True, second["worker:1"])
    assert who_answers(port) in third.values()

    started.terminate()
    assert started.wait(30) == 0
    assert who_answers(port) == 0
    assert not [pid for pid in third.values() if Path(f"/proc/{pid}").exists()]


def pids(folder):
    lines = [line.split() for line in control(folder, "status").splitlines()]
    return {words[0]: int(words[3].rstrip(",")) for words in lines}


def test_live_gauges_of_the_dead_are_forgotten_and_those_of_the_living_are_kept(tmp_path):
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    for pid in (gone.pid, os.getpid()):
        (tmp_path / f"gauge_livesum_{pid}.db").touch()
        (tmp_path / f"counter_{pid}.db").touch()

    worker_processes.forget_dead_workers(str(tmp_path))
    worker_processes.forget_dead_workers("")

    left = {file.name for file in tmp_path.iterdir()}
    assert left == {f"gauge_livesum_{os.getpid()}.db", f"counter_{os.getpid()}.db", f"counter_{gone.pid}.db"}
