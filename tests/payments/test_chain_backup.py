"""An older copy of the bar agrees with itself; a backup, which is outside it, does not agree with it."""

import gzip
import io
import json
import tarfile
from contextlib import nullcontext
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS

from maya_site.ops.backup import create, restore
from maya_site.ops.backup.errors import RestoreError
from payments import invariants, ledger_checks
from payments.models import Document, Tab
from tests.payments import tampering
from tests.payments.ledger_helpers import assert_ledger_consistent, make_tab, sell, settle_tab

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(tmp_path, settings, monkeypatch):
    """Backups are read by the test's own connection: its transaction is nobody else's to see."""
    monkeypatch.setattr(create, "open_snapshot", lambda folder: nullcontext(DEFAULT_DB_ALIAS))
    settings.MEMORY_DIR = tmp_path / "memory"
    return str(tmp_path / "backups")


def compare(store):
    call_command("restore", "latest", source=store, compare=True, stdout=(out := StringIO()))
    return out.getvalue()


def test_an_older_copy_put_in_place_lacks_what_the_newest_backup_has(store):
    ledger_checks.check_recent()
    tab = settle_tab(sell(sell(make_tab()), 2))
    create.create_backup(store)
    sell(make_tab())
    assert "every row that the backup has" in compare(store)

    with tampering.superuser() as execute:
        execute("UPDATE payments_tab SET status = 'closing' WHERE id = %s", [tab.pk])
    tampering.cut_tail(Tab.objects.get(pk=tab.pk))
    chain_findings = [one for one in invariants.check_tabs(Tab.objects.all()) if "chain" in one.invariant]

    assert chain_findings == []
    with pytest.raises(CommandError, match=f"Tab {tab.code}: journal 4 .payment. is gone, which maya-"):
        compare(store)
    assert not Document.objects.filter(tab=tab).exists()


def test_a_row_that_was_altered_is_not_as_the_backup_has_it(store):
    tab = settle_tab(sell(make_tab(), 2))
    create.create_backup(store)
    tampering.alter_time(tab)
    with pytest.raises(CommandError, match=f"Tab {tab.code}: journal 2 .freeze. is not as it was"):
        compare(store)


def test_the_heads_in_a_manifest_are_those_of_the_rows(store):
    """Whoever alters a backup can make its plain hashes anew, and not the keyed one."""
    settle_tab(sell(make_tab(), 2))
    name = create.create_backup(store).name
    with gzip.open(Path(store) / name) as packed, tarfile.open(fileobj=io.BytesIO(packed.read())) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert restore._verify_chain(name, manifest) is True

    sell(make_tab())
    with pytest.raises(RestoreError, match="the heads of its tabs are not those of its manifest"):
        restore._verify_chain(name, manifest)
    manifest["chain"]["key"] = "of-a-bar"
    assert restore._verify_chain(name, manifest) is False
    assert assert_ledger_consistent()
