"""One command between the installed packages and an open bar."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from bartender.models.menu import MenuItem
from maya_site.edge import collected_static


@pytest.fixture
def prepare(no_menu, settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "staticfiles"
    # Hashing and compressing every file is not the point here, and takes seconds.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}

    def run(**options):
        out = io.StringIO()
        call_command("prepare", stdout=out, **options)
        return out.getvalue()

    yield run
    collected_static.is_in_use.cache_clear()


def test_a_fresh_bar_gets_its_menu_and_its_static_files(prepare, tmp_path):
    told = prepare()

    assert MenuItem.objects.filter(name="Negroni").exists()
    assert (tmp_path / "staticfiles").is_dir()
    assert "Loaded the house menu" in told


def test_a_database_from_before_the_first_version_is_refused_in_one_sentence(prepare):
    MigrationRecorder(connection).record_applied("jobs", "0001_initial")

    with pytest.raises(CommandError, match="made before version"):
        prepare()


def test_the_second_time_there_is_nothing_to_do(prepare):
    prepare()

    told = prepare()

    assert "Loaded" not in told
    assert "Collecting" not in told


def test_a_restart_keeps_the_price_that_staff_set(prepare):
    prepare()
    MenuItem.objects.filter(name="Negroni").update(price_cents=1234)

    prepare()

    assert MenuItem.objects.get(name="Negroni").price_cents == 1234


def test_force_does_every_step_again(prepare):
    prepare()

    assert "Collecting" in prepare(force=True)


def test_lost_static_files_are_collected_again(prepare, tmp_path):
    prepare()
    for path in sorted((tmp_path / "staticfiles").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (tmp_path / "staticfiles").rmdir()

    assert "Collecting" in prepare()


def test_it_says_where_the_bar_is(prepare, settings):
    settings.HOST, settings.PORT = "0.0.0.0", 8123

    assert "http://localhost:8123/" in prepare()
