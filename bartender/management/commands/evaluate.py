"""Plays scenarios with a brain against a database in memory, and checks the tabs and the replies."""

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

from bartender.brains import brain_names, get_brain
from bartender.evaluation.registry import load_cases, scenario_files
from bartender.evaluation.scores import (
    PassSummary,
    build_json_report,
    format_case_lines,
    format_failures,
    format_table,
    run_all_cases,
)
from bartender.evaluation.sentences import format_reach_table
from bartender.menu.loader import load_menu
from bartender.services.visits import open_visit
from maya_site.core.errors import Refusal
from maya_site.core.evaluation import CaseResult, EvaluationOptions

HELP = (
    "Play scenarios with a brain and check the tabs and the replies. Safe while the bar is open: it uses "
    "a database in memory, the built-in menu and simulated payments. A real language model is called for "
    "real, at its price. Exit code 1 if fewer pass than asked for. Example: manage.py evaluate --brain "
    "house --times 3 --only tips"
)


class Command(BaseCommand):
    help = HELP
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("files", nargs="*", type=Path, metavar="FILE", help="scenario files (default: the house's own)")
        add("--brain", choices=brain_names(), default="house", help="who thinks (default: house)")
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
            _run_in_subprocess(files, options | {"times": times, "at_once": at_once})
            return
        scores = self._select_cases(files or scenario_files(), options)
        call_command("migrate", verbosity=0, interactive=False)
        load_menu()
        _check_brain(options["brain"])
        self.completed_count = 0
        async_to_sync(run_all_cases)(
            scores, times, at_once, lambda score: self._show_progress(score, len(scores))
        )
        self._print_results(scores, options)
        reached = PassSummary(scores, options["strict_latency"]).pass_rate(times) * 100
        if reached < options["at_least"]:
            raise CommandError(
                f"{reached:.1f} % pass {times} of {times} times, {options['at_least']:g} % were asked for. "
                "What failed is named above; play one alone with --only NAME --json."
            )

    def _select_cases(self, files: Sequence[Path], options: dict[str, Any]) -> list[CaseResult]:
        wanted = [one.lower() for one in options["only"]]
        try:
            found = [
                CaseResult(path.name, case)
                for path in files
                for case in load_cases(path, EvaluationOptions(brain=options["brain"]))
                if not wanted or any(one in f"{case.theme} {case.name}".lower() for one in wanted)
            ]
        except Refusal as error:
            raise CommandError(str(error)) from error
        if not found:
            raise CommandError("No scenario has that name or theme. Leave out --only to play them all.")
        return found

    def _show_progress(self, score: CaseResult, total: int) -> None:
        """Writes a counter to a terminal, and nothing elsewhere, so that logs hold the result only."""
        self.completed_count += 1
        if self.stderr.isatty():
            self.stderr.write(
                f"\r{self.completed_count}/{total}", ending="\n" if self.completed_count == total else ""
            )

    def _print_results(self, scores: Sequence[CaseResult], options: dict[str, Any]) -> None:
        strict = options["strict_latency"]
        report = json.dumps(
            build_json_report(scores, brain=options["brain"], strict=strict), ensure_ascii=False, indent=1
        )
        if options["report"]:
            _write_report(options["report"], report)
        if options["json"]:
            self.stdout.write(report)
            return
        for line in format_case_lines(scores, strict=strict) if options["each"] else ():
            self.stdout.write(line)
        lines = (
            *format_failures(scores, strict=strict),
            *format_table(scores, strict=strict),
            *format_reach_table(scores),
        )
        for line in lines:
            self.stdout.write(line)
        slow = sum(bool(trial.latency_failures) for score in scores for trial in score.trials)
        if slow:
            self.stdout.write(f"{slow} tries went over their latency budget.")


def _check_brain(brain: str) -> None:
    """Fails once, before the first scenario, if the brain cannot be used."""
    try:
        get_brain(open_visit("chat"), brain)
    except Refusal as error:
        raise CommandError(str(error)) from error


def _write_report(path: Path, report: str) -> None:
    try:
        path.write_text(report + "\n", encoding="utf-8")
    except OSError as error:
        raise CommandError(f"The report was not written: {error.strerror}: {path}") from error


def _run_in_subprocess(files: Sequence[Path], options: dict[str, Any]) -> None:
    """Runs the command again in a process with settings that do not know the bar's database."""
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
        "--settings=maya_site.settings_evaluation",
    ]
    ended = subprocess.run([*command, *again], check=False)
    if ended.returncode:
        sys.exit(ended.returncode)  # the child process has printed why
