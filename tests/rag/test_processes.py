"""Two processes read while a third builds, and again and again: nobody ever sees half an index."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.live_server import temporary_database

ROOT = Path(__file__).resolve().parents[2]
MIGRATE = """
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
"""
READER = """
    import json, threading, time
    from rag.memory import MEMORY
    from rag.search import search_passages
    from rag.models import Knowledge
    from rag import refresher

    refresher.INDEX_REFRESHER._thread = threading.current_thread()  # as in a server: a question never builds
    seen, wrong, until = set(), [], time.monotonic() + 60
    while time.monotonic() < until and not any("number 3" in text for text in seen):
        MEMORY.refresh(build_if_missing=False)
        time.sleep(0.02)
        for one in search_passages("where is the piano"):
            seen.add(one.text)
        if MEMORY.reason:
            wrong.append(MEMORY.reason)
    print(json.dumps({"seen": sorted(seen), "wrong": wrong}))
"""
BUILDER = """
    import pathlib, sys, time
    from django.core.management import call_command

    folder = pathlib.Path(sys.argv[1])
    for number in range(4):
        (folder / "piano.md").write_text(f"# The piano\\nThe piano stands in room number {number}.")
        call_command("build_memory", source=folder, verbosity=0)
        time.sleep(0.3)
"""
FORKED = """
    import os, numpy
    from rag.providers.faiss.store import FaissStore
    import pathlib, sys

    folder = pathlib.Path(sys.argv[1])
    store = FaissStore()
    store.write(numpy.eye(64, 256, dtype=numpy.float32), folder)
    index = store.read(folder, 64, 256)
    index.nearest(numpy.eye(1, 256, dtype=numpy.float32), 5)
    child = os.fork()
    found = index.nearest(numpy.eye(1, 256, dtype=numpy.float32), 5)
    if child == 0:
        os._exit(0 if found[0] == (0, 1.0) else 1)
    print(os.waitpid(child, 0)[1])
"""
UNUSED = """
    import sys
    import maya_site.asgi
    from django.test import Client
    heavy = "numpy faiss memvid_sdk tokenizers wordllama onnxruntime pypdf google.genai"
    print(sorted(set(heavy.split()) & set(sys.modules)))
"""


def run(code: str, folder: Path, *arguments: str, database: str) -> subprocess.Popen[str]:
    mine = {"DATABASE_URL": database, "MEMORY_STORE": "faiss", "MEMORY_DIR": str(folder / "memory")}
    begin = "import django; django.setup()\n"
    environment = os.environ | mine | {"DJANGO_SETTINGS_MODULE": "maya_site.settings"}
    return subprocess.Popen(
        [sys.executable, "-c", begin + textwrap.dedent(code), *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def last_line_of(process: subprocess.Popen[str]) -> str:
    out, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors
    return out.strip().splitlines()[-1] if out.strip() else ""


@pytest.mark.slow
def test_two_processes_read_while_one_builds_four_times(tmp_path, notes):
    with temporary_database(tmp_path) as database:
        last_line_of(
            run(
                "from django.core.management import call_command as c; c('migrate', verbosity=0)",
                tmp_path,
                database=database,
            )
        )
        readers = [run(READER, tmp_path, database=database) for _ in range(2)]
        builder = run(BUILDER, tmp_path, str(notes), database=database)
        last_line_of(builder)
        answers = [json.loads(last_line_of(reader)) for reader in readers]

    for answer in answers:
        assert "The piano stands in room number 3." in answer["seen"]
        assert set(answer["wrong"]) <= {"none was built yet"}


@pytest.mark.slow
def test_a_child_of_a_process_that_searched_can_search(tmp_path, notes):
    process = run(FORKED, tmp_path, str(notes), database="sqlite://:memory:")

    assert last_line_of(process) == "0"


@pytest.mark.slow
def test_a_server_that_starts_imports_nothing_of_the_memory(tmp_path):
    assert last_line_of(run(UNUSED, tmp_path, database="sqlite://:memory:")) == "[]"
