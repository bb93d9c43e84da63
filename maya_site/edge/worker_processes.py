"""Several processes on one port. supervisord holds the socket, starts them, and replaces one that dies."""

from __future__ import annotations

import os
import pwd
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

# One more than a server takes to say goodbye to its guests and to stop.
STOP_TIMEOUT_SECONDS = 15
# A process that lived for this long is started; one that ends sooner is tried again, a second later each
# time.
START_SECONDS = 3
START_RETRIES = 1000

CONFIGURATION = """\
; Written at the start by maya_site/edge/worker_processes.py.
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={folder}/pid
childlogdir={folder}
{user}
[unix_http_server]
file={folder}/control
chmod=0700
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{folder}/control
[fcgi-program:worker]
socket=tcp://{host}:{port}
socket_backlog={backlog}
command={python} -m deploy.serve --descriptor 0
process_name=%(process_num)d
numprocs={count}
numprocs_start=1
directory={base}
environment=PROMETHEUS_MULTIPROC_DIR="{folder}/metrics"
autorestart=true
startsecs={start}
startretries={retries}
stopwaitsecs={stop}
stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
stderr_logfile=/dev/stderr
stderr_logfile_maxbytes=0
"""


def run_workers(*, host: str, port: int, backlog: int, count: int, base: Path) -> NoReturn:
    """This process becomes supervisord, with `count` servers on one socket. What it needs lies in
    `var/workers/PORT`, made anew at each start: the configuration, for `supervisorctl -c`, and the workers'
    figures."""
    folder = base / "var" / "workers" / str(port)
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "metrics").mkdir(parents=True)
    written = folder / "supervisord.conf"
    # As root it would warn at each start that it stays root.
    user = f"user={pwd.getpwuid(0).pw_name}\n" if os.geteuid() == 0 else ""
    names = {"folder": folder, "base": base, "python": sys.executable}
    escaped = {name: str(path).replace("%", "%%") for name, path in names.items()}
    numbers = {"stop": STOP_TIMEOUT_SECONDS, "start": START_SECONDS, "retries": START_RETRIES}
    written.write_text(
        CONFIGURATION.format(
            **escaped, **numbers, user=user, host=host, port=port, backlog=backlog, count=count
        )
    )
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "supervisor.supervisord", "-c", str(written)])  # noqa: S606


def forget_dead_workers(shared: str) -> None:
    """Takes the live gauges of processes that were killed out of the folder of figures that all workers
    share; does nothing where there is none ("")."""
    from prometheus_client import multiprocess

    for file in Path(shared).glob("gauge_live*_*.db") if shared else ():
        pid = int(file.stem.rpartition("_")[2])
        with suppress(PermissionError):
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                multiprocess.mark_process_dead(pid, shared)  # type: ignore[no-untyped-call]
