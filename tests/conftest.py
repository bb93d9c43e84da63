"""What every test stands on. The guests themselves are in tests/guest_fixtures.py."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import redis
from django.conf import settings
from django.db import OperationalError, connections
from django.db.backends.sqlite3.base import DatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from bartender.menu.loader import load_menu
from bartender.menu.snapshot import current_menu
from maya_site.core.rate_limits import rate_limiter
from maya_site.core.venue import VENUE_LOCALE
from tests import promtool, unknown_variables
from tests.chromium import INSTALL, find_chromium

pytest_plugins = ["tests.guest_fixtures"]

# No worker runs beside the tests, so in a suite that takes long every periodic job would be late by the
# clock. A database that is only set up after all tests has missed none. Tests of late jobs choose both
# moments.
SET_UP_AT = datetime(2999, 1, 1, tzinfo=UTC)

# Two cores under load make any deadline a coin toss; a falsified example is printed so that it can be kept.
hypothesis_settings.register_profile("maya", deadline=None, print_blob=True)
hypothesis_settings.load_profile("maya")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not find_chromium():
        _skip(items, "browser", f"no Chromium found. {INSTALL}")
    if not (promtool.find_prometheus() and promtool.find_prometheus("promtool")):
        _skip(items, "prometheus", f"no Prometheus found. {promtool.INSTALL}")


def _skip(items: list[pytest.Item], mark: str, why: str) -> None:
    for item in items:
        if item.get_closest_marker(mark):
            item.add_marker(pytest.mark.skip(reason=why))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    found = find_chromium()
    skipped = f"Browser tests were skipped: no Chromium found. {INSTALL}"
    terminalreporter.write_line(f"Browser tests drive {found}." if found else skipped)
    watch = promtool.find_prometheus()
    skipped = f"Tests of the rules and dashboards were skipped: no Prometheus found. {promtool.INSTALL}"
    terminalreporter.write_line(f"Rules are judged by {watch}." if watch else skipped)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as a bar uses it: in memory its threads would share one connection's locks."""
    for connection in connections.all():
        if connection.vendor == "sqlite":
            file = tmp_path_factory.mktemp("database") / "test.sqlite3"
            connection.settings_dict["TEST"]["NAME"] = str(file)
        else:
            # Threads of many tests live in one process, and some keep a connection until they are collected.
            connection.settings_dict["OPTIONS"]["pool"] |= {"max_size": 60}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The bar's menu is loaded once for all tests; what a test changes of it is rolled back."""
    with django_db_blocker.unblock():
        load_menu()
        current_menu()
        MigrationRecorder.Migration.objects.update(applied=SET_UP_AT)
    yield
    with django_db_blocker.unblock():
        _end_other_sessions()


def _end_other_sessions() -> None:
    """A connection that a thread still holds would keep PostgreSQL from dropping the test database."""
    for connection in connections.all():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture
def jobs_in_the_server(settings: Any) -> None:
    """A bar whose own server does the jobs, also on a Redis: beside the tests runs no Celery worker, and
    `check_services` would say so."""
    settings.JOB_RUNNER = "server"


@pytest.fixture(autouse=True)
def _no_model_was_asked_before() -> None:
    """What a model answered to monitors in another test stays red for half a minute."""
    from maya_site.ops.model_probe import MODEL_PROBE

    MODEL_PROBE.clear()


@pytest.fixture(autouse=True, scope="session")
def _a_flush_may_empty_the_ledger() -> Iterator[None]:
    """Tests with real transactions end with a flush: on SQLite a DELETE, so the ledger's triggers step aside.

    On PostgreSQL it is TRUNCATE, which they do not watch.
    """
    from payments import append_only

    operations_class = DatabaseWrapper.ops_class
    flush = operations_class.execute_sql_flush

    def flush_without_triggers(operations: Any, sql_list: Any) -> None:
        with operations.connection.cursor() as cursor:
            schema_editor: Any = SimpleNamespace(connection=operations.connection, execute=cursor.execute)
            append_only.drop_triggers(schema_editor)
            try:
                flush(operations, sql_list)
            finally:
                append_only.create_triggers(schema_editor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations_class, "execute_sql_flush", flush_without_triggers)
        yield


@pytest.fixture(autouse=True, scope="session")
def _a_flush_waits_for_who_is_late() -> Iterator[None]:
    """On PostgreSQL a thread of the test before may still hold its last row, or read a table that the flush
    comes to after one that the thread waits for: the bar's own patience of one second is for guests."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def flush_unless_deadlocked(operations: Any, sql_list: Any) -> bool:
        try:
            flush(operations, sql_list)
        except OperationalError as error:
            if not isinstance(error.__cause__, psycopg.errors.DeadlockDetected):
                raise
            return False
        return True

    def patient(operations: Any, sql_list: Any) -> None:
        with operations.connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '30s'")
            try:
                _ = flush_unless_deadlocked(operations, sql_list) or flush(operations, sql_list)
            finally:
                cursor.execute("SET lock_timeout = '1s'")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", patient)
        yield


@pytest.fixture(autouse=True)
def _nothing_is_remembered_from_the_last_test() -> None:
    """Rate limits are counted anew; each worker has its own Redis database. What a process noted of the
    venue's row is that of the row as it is again. A page in Spanish leaves its language to the thread."""
    translation.deactivate()
    rate_limiter().local.reset()
    if settings.REDIS_URL:
        with redis.from_url(settings.REDIS_URL) as emptied:
            emptied.flushdb()
    VENUE_LOCALE.update("USD", "UTC")


@pytest.fixture(autouse=True, scope="session")
def _unknown_template_variables_are_errors() -> Iterator[None]:
    with unknown_variables.unknown_variables_are_errors():
        yield


@pytest.fixture(autouse=True)
def _no_template_asked_for_what_nobody_gave() -> Iterator[None]:
    """Also where something on the way swallowed the error."""
    unknown_variables.unknown_variables.clear()
    # A test that changes DEBUG or TEMPLATES leaves another engine behind.
    unknown_variables.engine().string_if_invalid = unknown_variables.MISSING_OBJECT
    yield
    assert not unknown_variables.unknown_variables, unknown_variables.unknown_variables
