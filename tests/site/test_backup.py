"""A house is kept and comes back, whole or not at all, by the commands that whoever runs the bar uses."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyrage
import pytest
from django.core.management import CommandError, call_command

from maya_site.ops.backup import storage
from maya_site.ops.backup.task import last_backup_at
from maya_site.tasks.models import Task
from tests.live_server import ROOT, temporary_database

EVENING = "two negronis\n20 % on top\nsend it\nI am allergic to nuts\nthree waters\nclose me out\nyes\nbye\n"
pytestmark = pytest.mark.slow


class Deployment:
    """One bar by its commands, with a database and folders of its own."""

    def __init__(self, folder: Path, database: str, **settings: str) -> None:
        self.folder = folder
        self.settings = {
            "DATABASE_URL": database,
            "BACKUP_STORE": str(folder / "backups"),
            "MEMORY_DIR": str(folder / "memory"),
            "MEMORY_STORE": "faiss",
            "EMBEDDER": "wordllama",
            "ENV_FILE": "/dev/null",
            **settings,
        }

    def run(self, *command: str, said: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, **self.settings, **settings}
        told = [sys.executable, "manage.py", *command]
        return subprocess.run(
            told, cwd=ROOT, env=env, input=said, capture_output=True, text=True, timeout=180, check=False
        )

    def ok(self, *command: str, said: str = "", **settings: str) -> str:
        done = self.run(*command, said=said, **settings)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *command: str, **settings: str) -> str:
        done = self.run(*command, **settings)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        return done.stderr.strip().splitlines()[-1]


@contextmanager
def deployment(folder: Path, *, empty: bool = False, **settings: str):
    folder.mkdir(exist_ok=True)
    with temporary_database(folder) as database:
        bar = Deployment(folder, database, **settings)
        bar.ok("migrate", "-v0")
        if not empty:
            bar.ok("load_menu")
            bar.ok("build_memory")
            bar.ok("chat", "--json", said=EVENING)
        yield bar


@pytest.fixture(scope="module")
def bar(tmp_path_factory):
    with deployment(tmp_path_factory.mktemp("bar")) as bar:
        yield bar


def backups(bar: Deployment) -> list[str]:
    return bar.ok("restore", "--list").split()


def test_an_evening_comes_back_into_an_empty_house_with_every_hash_and_the_book_in_order(bar, tmp_path):
    made = bar.ok("backup", "-v0")
    with deployment(tmp_path / "new", empty=True) as new:
        told = new.ok("restore", "latest", "--from", bar.settings["BACKUP_STORE"], "-v0")
        assert "every hash compared; 1 tab, and the book is in order" in " ".join(told.split())
        assert made.split(": ")[1].split(",")[0] in told  # as many rows
        assert "in order" in new.ok("ledger_check")
        again = json.loads(new.ok("chat", "--json", said="a martini\n").splitlines()[-1])
        assert again["tab"]["total_cents"] == 1300  # numbers go on after those that came back
        assert list((tmp_path / "new" / "memory").rglob("*.faiss"))


def test_a_backup_of_sqlite_restores_into_postgresql_and_the_other_way(bar, tmp_path):
    other = os.environ.get("OTHER_DATABASE_URL", "")
    if not other and bar.settings["DATABASE_URL"].startswith("postgres"):
        other = f"sqlite:///{tmp_path / 'other.sqlite3'}"
    if not other:
        pytest.skip("name an empty database of the other kind in OTHER_DATABASE_URL")
    bar.ok("backup", "-v0")
    new = Deployment(tmp_path, other)
    new.ok("migrate", "-v0")
    told = new.ok("restore", "latest", "--from", bar.settings["BACKUP_STORE"], "-v0")
    assert "every hash compared" in " ".join(told.split())


def test_a_house_in_use_is_never_written_over(bar):
    bar.ok("backup", "-v0")

    assert "restored into an empty one only" in bar.refused("restore", "latest")
    assert "in order" in bar.ok("ledger_check")


def test_sealed_backups_open_with_the_key_s_other_half_only(bar, tmp_path):
    key = pyrage.x25519.Identity.generate()
    kept = {"BACKUP_STORE": str(tmp_path / "sealed"), "BACKUP_RECIPIENT": str(key.to_public())}
    assert ".tar.gz.age" in bar.ok("backup", "-v0", **kept)
    (tmp_path / "key.txt").write_text(f"# made for the bar\n{key}\n")
    (tmp_path / "other.txt").write_text(str(pyrage.x25519.Identity.generate()))
    [sealed] = list((tmp_path / "sealed").iterdir())
    assert sealed.read_bytes().startswith(b"age-encryption.org/v1")
    assert b"negroni" not in sealed.read_bytes().lower()

    with deployment(tmp_path / "new", empty=True, BACKUP_STORE=kept["BACKUP_STORE"]) as new:
        assert "give the secret key with --identity" in new.refused("restore", "latest")
        assert "does not open with that key" in new.refused(
            "restore", "latest", "--identity", str(tmp_path / "other.txt")
        )
        new.ok("restore", "latest", "--identity", str(tmp_path / "key.txt"), "-v0")


def spoiled(archive: Path, how: str) -> None:
    content = archive.read_bytes()
    if how == "cut short":
        archive.write_bytes(content[: len(content) // 2])
    elif how == "one byte":
        archive.write_bytes(content[:-40] + bytes([content[-40] ^ 1]) + content[-39:])
    elif how == "not an archive":
        archive.write_bytes(b"hello")
    else:
        _rewritten(archive, how)


def _rewritten(archive: Path, how: str) -> None:
    """Somebody took a drink off a bill inside the archive, or its manifest away."""
    members = []
    with gzip.open(archive) as packed, tarfile.open(fileobj=packed) as tar:
        for info in tar:
            file = tar.extractfile(info)
            assert file is not None
            content = file.read()
            if how == "a changed row" and info.name.endswith("payments_ledgerentry.jsonl"):
                content = content.replace(b"-2200", b"-2100")
            if how == "a way out" and info.name == "manifest.json":
                content = content.replace(b'"files/memory/', b'"files/memory/../memory/', 1)
            if how == "another format" and info.name == "manifest.json":
                content = content.replace(b'"format": 1', b'"format": 2')
            if not (how == "no manifest" and info.name == "manifest.json"):
                members.append((info.name, content))
    with gzip.open(archive, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


@pytest.mark.parametrize(
    "how, told",
    [
        ("cut short", "is damaged"),
        ("one byte", "is damaged"),
        ("not an archive", "is damaged"),
        ("a changed row", "is not what its manifest says"),
        ("no manifest", "is damaged"),
        ("a way out", "is not what its manifest says"),
        ("another format", "another kind of Maya"),
    ],
)
def test_a_spoiled_backup_is_refused_and_leaves_the_house_empty(bar, tmp_path, how, told):
    place = tmp_path / "spoiled"
    bar.ok("backup", "-v0", BACKUP_STORE=str(place))
    [archive] = list(place.iterdir())
    spoiled(archive, how)
    with deployment(tmp_path / "new", empty=True, BACKUP_STORE=str(place)) as new:
        assert told in new.refused("restore", "latest")
        assert "0 tabs" in new.ok("ledger_check")


def test_a_backup_of_a_newer_release_asks_for_that_release(bar, tmp_path):
    place = tmp_path / "newer"
    bar.ok("backup", "-v0", BACKUP_STORE=str(place))
    [archive] = list(place.iterdir())
    with gzip.open(archive) as packed, tarfile.open(fileobj=packed) as tar:
        members = [(info.name, tar.extractfile(info).read()) for info in tar]  # type: ignore[union-attr]
    with gzip.open(archive, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in members:
            if name == "manifest.json":
                manifest = json.loads(content)
                manifest["migrations"].append(["bartender", "9999_robots"])
                content = json.dumps(manifest).encode()
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    with deployment(tmp_path / "new", empty=True, BACKUP_STORE=str(place)) as new:
        assert "it knows bartender.9999_robots. Deploy that first" in new.refused("restore", "latest")


def test_a_wrong_store_key_or_name_is_one_sentence(bar, tmp_path):
    assert "a folder or s3://" in bar.refused("backup", "--to", "ftp://somewhere")
    assert "BACKUP_RECIPIENT must be an age public key" in bar.refused("backup", BACKUP_RECIPIENT="nonsense")
    empty = str(tmp_path / "nothing")
    assert "There is no backup" in bar.refused("restore", "latest", "--from", empty)
    assert "There is none" in bar.ok("restore", "--list", "--from", empty)
    assert "does not answer" in bar.refused("restore", "maya-20260101T000000Z.tar.gz", "--from", empty)
    dead = {"BACKUP_ENDPOINT": "http://127.0.0.1:9", "BACKUP_ACCESS_KEY": "k", "BACKUP_SECRET_KEY": "s"}
    assert "does not answer" in bar.refused("backup", "--to", "s3://bar/maya", **dead)


def test_old_ones_are_forgotten_but_never_the_newest_three(tmp_path, settings):
    settings.BACKUP_STORE = str(tmp_path)
    now = datetime(2026, 11, 25, tzinfo=UTC)
    for days in (40, 30, 20, 10, 1):
        stamp = (now - timedelta(days=days)).strftime(storage.TIMESTAMP_FORMAT)
        (tmp_path / f"maya-{stamp}.tar.gz").write_bytes(b"x")
    (tmp_path / "notes.txt").write_text("not a backup")
    kept = storage.open_store()

    assert len(storage.delete_old_backups(kept, 14, now)) == 2
    assert len(storage.list_backups(kept)) == 3
    assert storage.delete_old_backups(kept, 0, now) == []
    assert (tmp_path / "notes.txt").exists()


def test_an_s3_compatible_store_keeps_and_gives_back(bar, tmp_path):
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    try:
        _make_bucket(address)
        s3 = {
            "BACKUP_STORE": "s3://bar-backups/maya",
            "BACKUP_ENDPOINT": address,
            "BACKUP_ACCESS_KEY": "key",
            "BACKUP_SECRET_KEY": "secret",
        }
        bar.ok("backup", "-v0", **s3)
        with deployment(tmp_path / "new", empty=True) as new:
            assert "every hash compared" in " ".join(new.ok("restore", "latest", "-v0", **s3).split())
    finally:
        server.stop()


def _make_bucket(address: str) -> None:
    import urllib.request

    request = urllib.request.Request(f"{address}/bar-backups", method="PUT")
    assert urllib.request.urlopen(request, timeout=10).status == 200


def test_the_commands_explain_themselves(capsys):
    for name in ("backup", "restore"):
        with pytest.raises(SystemExit):
            call_command(name, "--help")
        assert f"manage.py {name}" in " ".join(capsys.readouterr().out.split())


def test_a_command_s_refusal_is_a_command_error(settings, db):
    settings.BACKUP_STORE = "ftp://somewhere"
    with pytest.raises(CommandError, match="folder or s3"):
        call_command("backup")


def test_the_backup_of_the_day_is_kept_where_the_house_asked_for_it(bar, tmp_path):
    day = (
        "shell",
        "-v0",
        "-c",
        "from maya_site.ops.backup.task import run_daily_backup; print(run_daily_backup())",
    )
    place = tmp_path / "daily"

    assert bar.ok(*day, BACKUP_STORE="").strip() == ""
    assert (place / bar.ok(*day, BACKUP_STORE=str(place)).strip().splitlines()[-1]).exists()


def test_the_last_daily_backup_is_a_metric(settings, db):
    now = datetime.now(UTC)
    Task.objects.create(name="backup", key="backup:1", state="done", available_at=now, finished_at=now)

    settings.BACKUPS_REQUESTED = False
    assert last_backup_at() is None
    settings.BACKUPS_REQUESTED = True
    assert last_backup_at() == now
