"""The ledger and the closed business dates are append-only: by trigger, whoever writes."""

from django.db import migrations

from payments import append_only


def create(apps, schema_editor):
    append_only.create_triggers(schema_editor)


def drop(apps, schema_editor):
    append_only.drop_triggers(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
