"""Things that happen at the same moment: threads that start as one, each with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

from maya_site.core.errors import Refusal


def run_concurrently(*works: Callable[[], Any]) -> list[Any]:
    """What each answered; a refusal is an answer. Anything else that was raised is raised here."""
    start = threading.Barrier(len(works))
    answers: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            answers[place] = work()
        except Refusal as refusal:
            answers[place] = refusal
        except BaseException as error:  # noqa: BLE001 - shown by the test that asked
            answers[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, Refusal):
            raise answer
    return answers


def refusal_messages(answers: list[Any]) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers if isinstance(answer, Refusal))
