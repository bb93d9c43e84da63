"""The units that are delivered are understood by systemd, and start what there is."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.live_server import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
HOME = "/opt/maya"


def lines(name):
    """A unit's settings; those of several values more than once."""
    text = (ROOT / "deploy" / "systemd" / name).read_text()
    return [tuple(line.split("=", 1)) for line in text.splitlines() if re.match(r"\w+=", line)]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze: apt-get install systemd")
def test_systemd_understands_every_unit_and_has_nothing_to_add(tmp_path):
    programs, units = tmp_path / "maya" / ".venv" / "bin", tmp_path / "units"
    programs.mkdir(parents=True)
    units.mkdir()
    for name in ("python", "celery"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    for unit in UNITS:
        named = unit.name.replace("@.", "@1.")  # a template is read by one of its instances
        (units / named).write_text(unit.read_text().replace(HOME, str(tmp_path / "maya")))
    # The second server is the same template.
    (units / "maya@2.service").write_text((units / "maya@1.service").read_text())

    run = ["systemd-analyze", "verify", "--man=no", *map(str, sorted(units.iterdir()))]
    done = subprocess.run(run, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr.replace(str(tmp_path), "")) == (0, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze: apt-get install systemd")
def test_a_wrong_unit_would_be_seen(tmp_path):
    unit = tmp_path / "maya-wrong.service"
    unit.write_text("[Service]\nExecStart=/no/such/program\nRestrat=always\n")

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )

    assert "Restrat" in done.stderr
    assert "/no/such/program" in done.stderr


def test_what_dies_is_started_again_and_never_given_up():
    for name in ("maya@.service", "maya-worker.service", "maya-beat.service"):
        assert {("Restart", "always"), ("StartLimitIntervalSec", "0")} <= set(lines(name)), name


def test_the_target_wants_every_unit_and_as_many_servers_as_they_are_told_of():
    ((_, wanted),) = [line for line in lines("maya.target") if line[0] == "Wants"]
    servers = [name for name in wanted.split() if name.startswith("maya@")]
    told = dict(
        word.split("=", 1)
        for key, value in lines("maya@.service")
        if key == "Environment"
        for word in value.split()
    )

    assert {re.sub(r"@\d", "@", name) for name in wanted.split()} == {unit.name for unit in UNITS} - {
        "maya.target"
    }
    assert int(told["WORKERS"]) == len(servers)


def test_the_units_run_the_commands_of_this_repository():
    started = [value for unit in UNITS for key, value in lines(unit.name) if key.startswith("ExecStart")]

    for command in started:
        program, *words = command.removeprefix(f"{HOME}/").split()
        assert program in (".venv/bin/python", ".venv/bin/celery")
        if words[0] == "manage.py":
            assert (ROOT / "manage.py").exists()
            assert words[1] in ("check", "prepare")
        elif words[0] == "-m":
            assert Path(ROOT, *words[1].split(".")).with_suffix(".py").exists()
