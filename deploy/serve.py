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
    except ImproperlyConfigured as error:
        sys.exit(f"Maya: {error}")
    if descriptor is not None:
        return serve(_adopt(descriptor), parent=os.getppid())
    _exit_on_check_errors()
    return start_server()


def start_server() -> int:
    from django.conf import settings

    from maya_site.edge import worker_processes

    listening = _listen(settings.HOST, settings.PORT)
    if settings.WORKERS == 1:
        return serve(listening)
    if listening.family != socket.AF_INET:
        sys.exit(
            "Maya: WORKERS above 1 listens on IPv4 alone. Set HOST to an IPv4 address, or let systemd listen "
            "(deploy/systemd)."
        )
    listening.close()  # it is free; supervisord opens it for all
    worker_processes.run_workers(
        host=settings.HOST,
        port=settings.PORT,
        backlog=BACKLOG,
        count=settings.WORKERS,
        base=settings.BASE_DIR,
    )


def serve(listening: socket.socket, parent: int = 0) -> int:
    from maya_site.asgi import application
    from maya_site.core import tracing
    from maya_site.edge.daphne_server import MayaDaphneServer
    from maya_site.edge.worker_processes import forget_dead_workers

    forget_dead_workers(os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""))
    # What was loaded stays: looking through it would stop every stream for some 60 ms, now and then.
    gc.collect()
    gc.freeze()
    gc.enable()
    logger.info("open, on %s", type(EVENT_LOOP).__module__)
    MayaDaphneServer(application, listening, parent=parent, when_open=_notify_systemd).run()
    tracing.stop()
    return 0


def _adopt(descriptor: int) -> socket.socket:
    """The socket that supervisord or systemd listens on. What stood in its place, standard input perhaps,
    reads as empty."""
    listening = socket.socket(fileno=os.dup(descriptor))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, descriptor)
    os.close(nothing)
    listening.setblocking(False)
    return listening


def _notify_systemd() -> None:
    """That guests are served now, where `Type=notify` asks for it: the next process is restarted after
    that."""
    if address := os.environ.get("NOTIFY_SOCKET", ""):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.sendto(b"READY=1", address.replace("@", "\0", 1) if address[0] == "@" else address)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host.strip("[]"), port), family=family, backlog=BACKLOG)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        why = "it is taken. Choose another PORT" if taken else str(error.strerror)
        sys.exit(f"Maya: cannot listen on port {port} of {host}: {why}.")
    listening.setblocking(False)
    return listening


def _exit_on_check_errors() -> None:
    serious = [found for found in checks.run_checks() if found.is_serious()]
    if serious:
        sys.exit("\n".join(f"Maya: {found.msg} ({found.id})" for found in serious))


if __name__ == "__main__":
    sys.exit(main())
