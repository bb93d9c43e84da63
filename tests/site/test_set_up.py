"""run_maya.sh on machines that are not quite what one hopes for. The locks are empty: nothing is fetched."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAMS = ("bash", "cmp", "cp", "dirname", "grep", "sed", "tail")


@pytest.fixture
def machine(tmp_path):
    """A clone on a machine whose PATH holds little more than bash; `pythons` are added to it by name."""
    clone, bin_folder = tmp_path / "clone", tmp_path / "bin"
    (clone / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "run_maya.sh", clone)
    for lock in ("base", "dev", "voice"):
        (clone / "requirements" / f"{lock}.txt").write_text("# nothing is needed\n")
    bin_folder.mkdir()
    for program in PROGRAMS:
        (bin_folder / program).symlink_to(shutil.which(program) or program)

    def run(*arguments, **pythons):
        for name, script in pythons.items():
            path = bin_folder / name.replace("_", ".")
            path.write_text(f"#!{shutil.which('bash')}\n{script}\n")
            path.chmod(0o755)
        command = [bin_folder / "bash", "./run_maya.sh", *arguments]
        environment = {"PATH": str(bin_folder), "HOME": str(tmp_path)}
        return subprocess.run(
            command, cwd=clone, env=environment, capture_output=True, text=True, check=False
        )

    return run


def test_a_machine_without_python_is_told_what_to_install(machine):
    done = machine("tools")

    assert done.returncode == 1
    assert done.stderr == (
        "Maya: no Python 3.11 or newer was found. "
        "Install one, or name it: PYTHON=/path/to/python ./run_maya.sh\n"
    )


@pytest.mark.slow
def test_a_broken_shim_an_old_python_a_second_run_and_a_bad_lock(machine, tmp_path):
    """One story, since a virtual environment takes seconds to make."""
    broken, old, good = "echo 'no such version' >&2; exit 127", "exit 1", f'exec {sys.executable} "$@"'

    first = machine("tools", python3_12=broken, python3_13=old, python3=good)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("Making .venv with Python 3.")

    second = machine("tools")
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")

    (tmp_path / "clone" / "requirements" / "dev.txt").write_text("maya-without-a-hash==1.0\n")
    third = machine("tools")
    assert third.returncode == 1
    assert "requirements/dev.txt could not be installed" in third.stderr


def test_an_unknown_word_shows_how_it_is_used(machine):
    done = machine("serve")

    assert done.returncode == 2
    assert "./run_maya.sh test [pytest args]" in done.stdout
