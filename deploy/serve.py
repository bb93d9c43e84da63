"""Open the bar on HOST and PORT of the settings, on Daphne, until SIGTERM or Ctrl-C."""

from maya_site.edge.reactor import EVENT_LOOP  # isort: skip  # before anything of Twisted

import argparse
import errno
import gc
import logging
import os
import socket
import sys

import django
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

logger = logging.getLogger(__name__)

BACKLOG = 511


def main() -> int:
    gc.disable()  # until all is loaded: it stays, and looking through it takes a tenth of the start
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    parser = argparse.ArgumentParser(prog="python -m deploy.serve", description=__doc__)
    parser.add_argument("--descriptor", type=int, help="an open socket to listen on, as workers get it")
    descriptor = parser.parse_args().descriptor
    try:
        django.setup()
    except ImproperlyConfigured as trouble:
        sys.exit(f"Maya: {trouble}")
    if descriptor is not None:
        return serve(socket.socket(fileno=descriptor), parent=os.getppid())
    _exit_on_check_errors()
    return start_server()


def start_server() -> int:
    from django.conf import settings

    from maya_site.edge import worker_processes

    listening = _listen(settings.HOST, settings.PORT)
    if settings.WORKERS == 1:
        return serve(listening)
    return worker_processes.supervise(listening, settings.WORKERS)


def serve(listening: socket.socket, parent: int = 0) -> int:
    from maya_site.asgi import application
    from maya_site.core import tracing
    from maya_site.edge.daphne_server import MayaDaphneServer

    # What was loaded stays: looking through it would stop every stream for some 60 ms, now and then.
    gc.collect()
    gc.freeze()
    gc.enable()
    logger.info("open, on %s", type(EVENT_LOOP).__module__)
    MayaDaphneServer(application, listening, parent=parent).run()
    tracing.stop()
    return 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host.strip("[]"), port), family=family, backlog=BACKLOG)
    except OSError as trouble:
        taken = trouble.errno == errno.EADDRINUSE
        why = "it is taken. Choose another PORT" if taken else str(trouble.strerror)
        sys.exit(f"Maya: cannot listen on port {port} of {host}: {why}.")
    listening.setblocking(False)
    return listening


def _exit_on_check_errors() -> None:
    serious = [found for found in checks.run_checks() if found.is_serious()]
    if serious:
        sys.exit("\n".join(f"Maya: {found.msg} ({found.id})" for found in serious))


if __name__ == "__main__":
    sys.exit(main())
