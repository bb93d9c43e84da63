import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maya_site.ops.components import Component, check_brain_live, check_components, check_worker_live
from maya_site.tasks.wakeup import celery_runs_tasks

KIND_STYLES = {"real": "SUCCESS", "simulated": "WARNING", "off": "NOTICE"}


class Command(BaseCommand):
    help = (
        "Say what is real, what is simulated and what is down; fail if a configured service does not "
        "answer. Example: manage.py check_services --json"
    )
    # It is asked when something is wrong: that is no reason not to answer.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--summary", action="store_true", help="one line, for the start of the server")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *, summary: bool, json: bool, **options: Any) -> None:
        found = [check_brain_live(part) for part in check_components()]
        if summary and not celery_runs_tasks():  # the server, which is not open yet, runs them
            found = [part for part in found if part.name != "jobs"]
        found += filter(None, [check_worker_live()])
        if json:
            self.stdout.write(as_json(found))
        elif summary:
            self.stdout.write("; ".join(f"{part.name}: {self._format_status(part)}" for part in found))
        else:
            for part in found:
                self.stdout.write(f"{part.name:<12}{self._format_status(part)}")
        if silent := [part.name for part in found if not part.is_available]:
            raise CommandError(f"does not answer: {', '.join(silent)}. See manage.py check_services.")

    def _format_status(self, part: Component) -> str:
        if not part.is_available:
            return self.style.ERROR(f"down ({part.detail})")
        style = getattr(self.style, KIND_STYLES[part.kind])
        return f"{style(part.kind)} ({part.detail})"


def as_json(found: list[Component]) -> str:
    return json.dumps(
        {part.name: {"kind": part.kind, "answers": part.is_available, "says": part.detail} for part in found}
    )
