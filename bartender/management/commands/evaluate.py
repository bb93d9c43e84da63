"""Scenarios, played with a brain in a house that is thrown away afterwards, and judged."""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from bartender.brains import BRAINS, get_brain
from bartender.evaluation.kinds import cases_of, shipped
from bartender.evaluation.scores import Tally, as_json, each, faults, table, try_all
from bartender.menu.loader import load_menu
from bartender.services.visits import open_visit
from maya_site.lib.errors import Refused
from maya_site.lib.evaluation import Options, Score

HELP = (
    "Play scenarios with a brain and judge the tabs they leave and the words that were said. Safe beside an "
    "open bar: everything happens in a database in memory, with the house's own menu and the simulated till; "
    "a real language model costs what it costs. Exit code 1 if fewer pass than asked for. "
    "Example: manage.py evaluate --brain house --times 3 --only tips"
)


class Command(BaseCommand):
    help = HELP
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("files", nargs="*", type=Path, metavar="FILE", help="scenario files (default: the house's own)")
        add("--brain", choices=sorted(BRAINS), default="house", help="who thinks (default: house)")
        add("--times", type=int, default=1, metavar="K", help="try each scenario K times (pass^k)")
        add("--at-once", type=int, default=4, metavar="N", help="how many are played side by side")
        add("--only", action="append", default=[], metavar="NAME", help="those whose name or theme has this")
        add("--json", action="store_true", help="the whole report on stdout, as JSON")
        add("--report", type=Path, metavar="FILE", help="the whole report as JSON, in a file")
        add("--each", action="store_true", help="a line for every scenario: what it left behind")
        add("--strict-latency", action="store_true", help="over its latency budget is wrong too")
        add("--at-least", type=float, default=100.0, metavar="PERCENT", help="of pass^k, to exit with 0")

    def handle(self, *, files: list[Path], times: int, at_once: int, **options: Any) -> None:
        if times < 1 or at_once < 1:
            raise CommandError("--times and --at-once take whole numbers from 1 on.")
        if not getattr(settings, "THROWN_AWAY", False):
            _elsewhere(files, options | {"times": times, "at_once": at_once})
            return
        scores = self._chosen(files or shipped(), options)
        call_command("migrate", verbosity=0, interactive=False)
        load_menu()
        _somebody_thinks(options["brain"])
        self.done = 0
        async_to_sync(try_all)(scores, times, at_once, lambda score: self._progress(score, len(scores)))
        self._tell(scores, options)
        reached = Tally(scores, options["strict_latency"]).rate(times) * 100
        if reached < options["at_least"]:
            raise CommandError(
                f"{reached:.1f} % pass {times} of {times} times, {options['at_least']:g} % were asked for. "
                "What failed is named above; play one alone with --only NAME --json."
            )

    def _chosen(self, files: Sequence[Path], options: dict[str, Any]) -> list[Score]:
        wanted = [one.lower() for one in options["only"]]
        try:
            found = [
                Score(path.name, case)
                for path in files
                for case in cases_of(path, Options(brain=options["brain"]))
                if not wanted or any(one in f"{case.theme} {case.name}".lower() for one in wanted)
            ]
        except Refused as error:
            raise CommandError(str(error)) from error
        if not found:
            raise CommandError("No scenario has that name or theme. Leave out --only to play them all.")
        return found

    def _progress(self, score: Score, total: int) -> None:
        """On a terminal a line that grows; elsewhere nothing, so that a log holds the result only."""
        self.done += 1
        if self.stderr.isatty():
            self.stderr.write(f"\r{self.done}/{total}", ending="\n" if self.done == total else "")

    def _tell(self, scores: Sequence[Score], options: dict[str, Any]) -> None:
        strict = options["strict_latency"]
        report = json.dumps(
            as_json(scores, brain=options["brain"], strict=strict), ensure_ascii=False, indent=1
        )
        if options["report"]:
            _write(options["report"], report)
        if options["json"]:
            self.stdout.write(report)
            return
        for line in each(scores, strict=strict) if options["each"] else ():
            self.stdout.write(line)
        for line in (*faults(scores, strict=strict), *table(scores, strict=strict)):
            self.stdout.write(line)
        slow = sum(bool(trial.slow) for score in scores for trial in score.trials)
        if slow:
            self.stdout.write(f"{slow} tries went over their latency budget.")


def _somebody_thinks(brain: str) -> None:
    """Said before the first scenario and not by each of them."""
    try:
        get_brain(open_visit("chat"), brain)
    except Refused as error:
        raise CommandError(str(error)) from error


def _write(path: Path, report: str) -> None:
    try:
        path.write_text(report + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"The report was not written: {error.strerror}: {path}") from error


def _elsewhere(files: Sequence[Path], options: dict[str, Any]) -> None:
    """In a process of its own that has never heard of the bar's database."""
    again = [str(path) for path in files]
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        if name in ("json", "each", "strict_latency", "force_color", "no_color") and value:
            again.append(flag)
        elif name in ("brain", "times", "at_once", "report", "at_least") and value is not None:
            again += [flag, str(value)]
    again += [part for one in options["only"] for part in ("--only", one)]
    command = [
        sys.executable,
        str(settings.BASE_DIR / "manage.py"),
        "evaluate",
        "--settings=maya_site.scratch",
    ]
    ended = subprocess.run([*command, *again], check=False)
    if ended.returncode:
        sys.exit(ended.returncode)  # it has said why
