"""What a GET costs: processor, bytes on the wire, and the requests of a browser's first visit.

    python -m tests.bench.bench_get [--rounds 40]

The whole ASGI application and, beside it in the same process and in turns, a bare page of Django's (its
stock middleware, one template, no query). The figure is the median of the rounds, in ms of this process's
processor; `/metrics` and `/healthz` are asked as monitors ask them. Then what a server sends, and how many
requests a Chromium makes, where there is one.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import gc
import gzip
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.chromium import ARGUMENTS, find_chromium
from tests.live_server import ROOT, run_live_server, temporary_database

WARM_UP_ROUNDS, GETS_A_ROUND = 2, 10
BROWSER_ENCODINGS = "gzip, deflate, br, zstd"
Headers = dict[str, str]
Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        return measure(asked.rounds)
    with tempfile.TemporaryDirectory(prefix="get_bench_") as name:
        measure_in_process(Path(name), sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="get_bench_") as name, run_live_server(Path(name)) as bar:
        print_wire(bar)
        print_browser(bar)


def measure_in_process(folder: Path, arguments: list[str]) -> None:
    with temporary_database(folder) as database:
        own = {
            "DATABASE_URL": database,
            "ENV_FILE": os.devnull,
            "DJANGO_SETTINGS_MODULE": "maya_site.settings",
            "ALLOWED_HOSTS": "testserver",
            "LOG_LEVEL": "error",
            "MEMORY_STORE": "none",
            "REDIS_URL": "",
        }
        run = {"check": True, "cwd": ROOT, "env": os.environ | own}
        subprocess.run([sys.executable, "manage.py", "prepare"], stdout=subprocess.DEVNULL, **run)  # type: ignore[call-overload]
        subprocess.run([sys.executable, "-m", "tests.bench.bench_get", "--measure", *arguments], **run)  # type: ignore[call-overload]


def measure(rounds: int) -> None:
    import django

    django.setup()
    from maya_site.asgi import application

    acts = {name: get(application, *asked) for name, asked in pages().items()}
    acts["a bare page of Django's"] = get(bare_application(), "/", {})
    asyncio.run(print_processor(acts, rounds))


def pages() -> dict[str, tuple[str, Headers]]:
    """Name, path and headers. Ada has three lines on her tab, Ben an allergy, Cy has never been here."""
    from bartender.models.visits import Visit
    from bartender.services.orders import add_line
    from bartender.services.visits import open_visit
    from maya_site.core.cookies import sign_visit_code, visit_cookie_name
    from payments.ledger import OperationContext

    do_periodic_tasks()
    ada, ben = open_visit(), open_visit()
    for number, drink in enumerate(("Negroni", "IPA", "Martini")):
        add_line(ada, drink, 1, [], OperationContext(f"bench:{number}", turn="bench"))
    Visit.objects.filter(pk=ben.pk).update(allergies=["nuts"])
    zipped = {"accept-encoding": BROWSER_ENCODINGS, "accept-language": "en"}

    def of(visit: Visit) -> Headers:
        return zipped | {"cookie": f"{visit_cookie_name()}={sign_visit_code(visit.code)}"}

    return {
        "/": ("/", zipped),
        "/ uncompressed": ("/", {"accept-language": "en"}),
        "/ with three lines": ("/", of(ada)),
        "/ with an allergy": ("/", of(ben)),
        "/ in Spanish": ("/", zipped | {"accept-language": "es"}),
        "/?find=gin": ("/?find=gin", zipped),
        "/healthz": ("/healthz", {}),
        "/metrics": ("/metrics", {"accept-encoding": "gzip"}),
    }


class BareUrls:
    """A middleware: the settings keep their own addresses, so nothing that Django remembers of them goes."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        request.urlconf = self
        return self.get_response(request)

    @property
    def urlpatterns(self) -> list[Any]:
        from django.urls import path

        return [path("", show_bare_page)]


@functools.cache
def bare_page() -> Any:
    from django.template import Context, Engine

    page = Engine().from_string("<!doctype html><title>{{ title }}</title><p>{{ text }}</p>")
    return lambda: page.render(Context({"title": "A page", "text": "It says one thing."}))


def show_bare_page(request: Any) -> Any:
    from django.http import HttpResponse

    return HttpResponse(bare_page()())


def do_periodic_tasks() -> None:
    """As in a bar whose worker is on time, also when the next slots of time begin."""
    from django.utils import timezone

    from maya_site.tasks.models import Task
    from maya_site.tasks.registry import PERIODIC_TASKS

    now, rows = timezone.now(), []
    for each in PERIODIC_TASKS.values():
        slots = range(max(2, 1200 // each.interval_seconds))
        keys = [each.slot_key(now + timedelta(seconds=number * each.interval_seconds)) for number in slots]
        done = {"state": Task.State.DONE, "available_at": now, "finished_at": now}
        rows += [Task(name=each.name, key=key, **done) for key in keys]
    Task.objects.bulk_create(rows, ignore_conflicts=True)


def bare_application() -> Application:
    from django.core.asgi import get_asgi_application
    from django.test import override_settings

    stock = ["security.SecurityMiddleware", "common.CommonMiddleware", "csrf.CsrfViewMiddleware"]
    middleware = [f"{__name__}.BareUrls", "django.contrib.sessions.middleware.SessionMiddleware"]
    middleware += [f"django.middleware.{name}" for name in stock]
    middleware += ["django.contrib.auth.middleware.AuthenticationMiddleware"]
    with override_settings(MIDDLEWARE=middleware):
        handler: Application = get_asgi_application()
    return handler


def get(application: Application, target: str, headers: Headers) -> Callable[[], Awaitable[None]]:
    path, _, query = target.partition("?")
    named = {"host": "testserver", **headers}

    async def act() -> None:
        sent: list[dict[str, Any]] = []
        waiting = iter([{"type": "http.request", "body": b""}])

        async def receive() -> dict[str, Any]:
            if message := next(waiting, None):
                return message
            await asyncio.sleep(3600)  # until the answer is out
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
            "client": ("127.0.0.1", 50_000),
            "server": ("testserver", 80),
        }
        await application(scope, receive, send)
        if sent[0]["status"] != 200:
            raise RuntimeError(f"{target}: {sent[0]['status']}")

    return act


async def print_processor(acts: dict[str, Callable[[], Awaitable[None]]], rounds: int) -> None:
    from maya_site.core.rate_limits import rate_limiter

    taken: dict[str, list[float]] = {name: [] for name in acts}
    for number in range(-WARM_UP_ROUNDS, rounds):
        rate_limiter().local.reset()
        for name, act in acts.items():
            gc.collect()
            began = time.process_time()
            for _ in range(GETS_A_ROUND):
                await act()
            if number >= 0:
                taken[name].append((time.process_time() - began) * 1000 / GETS_A_ROUND)
    print(f"{f'ms of processor, {rounds} rounds of {GETS_A_ROUND}':<32}{'median':>9}{'least':>9}")
    for name, figures in taken.items():
        print(f"{name:<32}{statistics.median(figures):>9.2f}{min(figures):>9.2f}")


def print_wire(bar: str) -> None:
    print(f"\n{'bytes on the wire':<32}{'plain':>9}{'gzip':>9}{'browser':>9}  answered in")
    for path in ("/", "/?find=gin", "/tab/", "/healthz", "/metrics"):
        sizes = [fetch(bar, path, encoding) for encoding in ("", "gzip", BROWSER_ENCODINGS)]
        print(f"{path:<32}" + "".join(f"{size:>9,}" for size, _ in sizes) + f"  {sizes[-1][1] or 'plain'}")


def fetch(bar: str, path: str, encodings: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(bar.removeprefix("http://"), timeout=30)
    connection.request("GET", path, headers={"Accept-Encoding": encodings} if encodings else {})
    answer = connection.getresponse()
    body, encoding = answer.read(), answer.getheader("Content-Encoding", "")
    connection.close()
    if encoding == "gzip":
        gzip.decompress(body)  # or it is broken
    return len(body), encoding


def print_browser(bar: str) -> None:
    if not find_chromium():
        return print("No Chromium was found: requests were not counted.")
    from playwright.sync_api import sync_playwright

    from tests.bench.bench_page import medians, weigh

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        found = medians([weigh(browser, bar) for _ in range(3)])
        nodes = count_nodes(browser, bar)
        browser.close()
    print(
        f"\nFirst visit: {found.requests:.0f} requests, {found.kilobytes:.0f} KiB, CLS {found.cls:.3f}, "
        f"blocked {found.blocked_ms:.0f} ms, {nodes[0]} elements, {nodes[0] - nodes[1]} beside the menu"
    )


def count_nodes(browser: Any, bar: str) -> tuple[int, int]:
    """All elements of the page, and those of the menu's drinks."""
    page = browser.new_page()
    page.goto(bar)
    everything = page.evaluate("document.querySelectorAll('*').length")
    drinks = page.evaluate("document.querySelectorAll('#menu h3, #menu .drinks, #menu .drinks *').length")
    page.close()
    return everything, drinks


if __name__ == "__main__":
    main()
